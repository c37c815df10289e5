"""Errors become exit codes here: ours, Typer's, the system's, and bugs. Nothing passes unexplained."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable

import typer

from tagctl.errors import ExitCode, Problem, StoreError, TagctlError, UsageProblem
from tagctl.messages import _

_UsageError: type[Exception] = typer.BadParameter.__mro__[
    1
]  # click's own class, wherever this Typer keeps it


def guarded(action: Callable[[], object]) -> int:
    """Runs the action and returns the exit code of the process; what went wrong is told on stderr."""
    try:
        result = action()
        sys.stdout.flush()
    except TagctlError as error:
        return _told(error)
    except typer.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except SystemExit as stop:  # Typer's answer to a closed pipe, and the end of a completion
        if isinstance(stop.__context__, OSError):
            return ExitCode.OK
        raise
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except _UsageError as error:
        return _told(UsageProblem(usage_problem(error)))
    except OSError as error:
        return _told(StoreError(_system_problem(error)))
    except Exception as error:
        return _bug(error)
    if result == ExitCode.INTERRUPTED:  # Typer turns Ctrl-C into an exit code by itself
        return _interrupted()
    return result if isinstance(result, int) else ExitCode.OK


def _told(error: TagctlError) -> int:
    from tagctl.render.problems import show_problems

    sys.stdout.flush()
    show_problems(error.problems)
    return error.exit_code


def _interrupted() -> int:
    from tagctl.render.terminal import complain

    complain(_("Interrupted. Whatever was not finished was rolled back."))
    return ExitCode.INTERRUPTED


def _system_problem(error: OSError) -> Problem:
    what = _("{file}: {reason}").format(file=error.filename, reason=error.strerror or error)
    advice = _("Check that the file exists, that no other program holds it, and that the disk has room.")
    return Problem("file-problem", what if error.filename else str(error.strerror or error), advice)


def _bug(error: Exception) -> int:
    """A defect of ours: the traceback goes to a file, never to the terminal."""
    import tempfile
    import traceback
    from pathlib import Path

    from tagctl import __version__
    from tagctl.render.problems import show_problems

    handle, name = tempfile.mkstemp(prefix="tagctl-bug-", suffix=".log")  # readable by its owner only
    os.close(handle)
    told = "".join(traceback.format_exception(error))
    Path(name).write_text(f"tagctl {__version__}, Python {sys.version}\n\n{told}", encoding="utf-8")
    show_problems(
        [
            Problem(
                "bug",
                _("This is a defect of tagctl, not of your files. Nothing unfinished was kept."),
                _("Please report it with this file (it may hold values of your data): {file}").format(
                    file=name
                ),
            )
        ]
    )
    return ExitCode.BUG


# ── Typer's usage errors, in our words ───────────────────────────────────────────────────────────


def usage_problem(error: BaseException) -> Problem:
    """What is wrong with the command line. Typer's classes are told apart by name: they moved in 0.26."""
    context = getattr(error, "ctx", None)
    kind = type(error).__name__
    parameter = getattr(error, "param", None)
    message = str(getattr(error, "message", error))
    advice = ""
    if kind == "NoSuchOption":
        what = _("There is no option {name}.").format(name=getattr(error, "option_name", ""))
        advice = _nearest_option(getattr(error, "option_name", ""), context)
    elif kind == "MissingParameter":
        what = _("{name} is missing.").format(name=_name(parameter, context))
    elif kind == "BadOptionUsage":
        what = _("Option {name} needs a value.").format(name=getattr(error, "option_name", ""))
    elif kind == "BadParameter" and parameter is not None:
        what = _("Wrong value for {name}.").format(name=_name(parameter, context))
        advice = _expected(parameter, message)
    elif match := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", message, re.DOTALL):
        what = _("Unexpected: {arguments}").format(arguments=match.group(1))
    else:
        what = message
    help_line = _("See: {command} --help").format(command=context.command_path) if context else ""
    return Problem("usage", what, "\n".join(line for line in (advice, help_line) if line))


def _name(parameter: object, context: object) -> str:
    options = getattr(parameter, "opts", [])
    if getattr(parameter, "param_type_name", "") == "option":
        return str(max(options, key=len))
    # typer keeps its copy of click private: there is no public type to name here
    return str(parameter.make_metavar(context)).strip("[]{}.")  # type: ignore[attr-defined]


def _expected(parameter: object, message: str) -> str:
    type_ = getattr(parameter, "type", None)
    choices = getattr(type_, "choices", None)
    if choices:
        return _("One of: {choices}").format(choices=", ".join(str(choice) for choice in choices))
    if str(getattr(type_, "name", "")).startswith("int"):
        return _("A whole number is needed.")
    return message


def _nearest_option(wanted: str, context: object) -> str:
    from difflib import get_close_matches

    command = getattr(context, "command", None)
    parameters = command.get_params(context) if command else []
    known = [name for parameter in parameters for name in getattr(parameter, "opts", [])]
    near = get_close_matches(wanted, [*known, "--project", "--db", "--lang", "--quiet"], n=1)
    return _("Did you mean {name}?").format(name=near[0]) if near else ""
