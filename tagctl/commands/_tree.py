"""The shapes of the command tree: commands and groups whose help is in the user's language.

Typer's own help words are English only, and its panels load half of rich; so help is written here,
the same on a terminal (with bold titles) and in a pipe.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import N_, _
from tagctl.render.width import pad, width

# Click's own classes, which Typer vendors since 0.26: there is no one place to import them from.
Context = Any
Formatter = Any
Parameter = Any
Resolved = Any

_TYPERS_OWN = {
    "--help": N_("Show this help and exit."),
    "--install-completion": N_("Install completion for this shell."),
    "--show-completion": N_("Print the completion script for this shell."),
}


class Command(TyperCommand):
    """A command whose help has usage, what it does, arguments, options and examples."""

    def format_help(self, ctx: Context, formatter: Formatter) -> None:
        formatter.write("\n".join(command_help(self, ctx)) + "\n")


class Group(TyperGroup):
    """A command with commands below it."""

    def format_help(self, ctx: Context, formatter: Formatter) -> None:
        formatter.write("\n".join(group_help(self, ctx)) + "\n")

    def summaries(self, ctx: Context) -> list[tuple[str, str, str]]:
        """Panel, name and first sentence of every command."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(_("Commands"), name, first_sentence(c.help or "")) for name, c in found if c is not None]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(self, ctx: Context, args: list[str]) -> Resolved:
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise unknown_command(args[0], names, ctx.command_path)
        return super().resolve_command(ctx, args)


def single(function: Callable[..., Any], *, help: str, examples: Sequence[str] = ()) -> typer.Typer:
    """An app of one command. `help`'s first sentence is its short help."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    add(app, function, name=None, help=help, examples=examples)
    return app


def group(help: str) -> typer.Typer:
    """An app to which `add` gives commands."""
    app = typer.Typer(
        cls=Group,
        help=help,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_nothing)
    return app


def add(
    app: typer.Typer,
    function: Callable[..., Any],
    *,
    name: str | None,
    help: str,
    examples: Sequence[str] = (),
) -> None:
    """Registers a function as a command; each example is a command line, `tagctl` included."""
    app.command(name, cls=Command, help=help, epilog="\n".join(examples))(function)


def _nothing() -> None:
    """Groups do nothing by themselves; with a callback a group of one command stays a group."""


def unknown_command(name: str, known: Iterable[str], path: str = "tagctl") -> UsageProblem:
    """The error for a command that does not exist, with the nearest that does."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    advice = (
        _("Did you mean: {command}").format(command=f"{path} {near[0]}")
        if near
        else _("See: {command} --help").format(command=path)
    )
    what = _("There is no command “{name}”.").format(name=name)
    return UsageProblem(Problem("unknown-command", what, advice))


# ── help ─────────────────────────────────────────────────────────────────────────────────────────


def command_help(command: TyperCommand, ctx: Context) -> list[str]:
    """The lines of a command's help."""
    lines = [*_usage(command, ctx), "", *_wrapped(command.help or "", 0)]
    parameters: list[Parameter] = command.get_params(ctx)
    arguments = [p for p in parameters if p.param_type_name == "argument" and not p.hidden]
    options = [p for p in parameters if p.param_type_name == "option" and not p.hidden]
    lines += _section(_("Arguments"), (_row(p, ctx) for p in arguments))
    lines += _section(_("Options"), (_row(p, ctx) for p in options))
    if command.epilog:
        lines += ["", _title(_("Examples")), *(f"  {line}" for line in command.epilog.splitlines())]
    if ctx.parent is not None:
        lines += ["", _("Everywhere: --project DIR, --db FILE, --lang en|zh, --quiet (see tagctl --help).")]
    return lines


def group_help(group: Group, ctx: Context) -> list[str]:
    """The lines of a group's help: its commands, each with its first sentence."""
    lines = [*_usage(group, ctx), "", *_wrapped(group.help or "", 0)]
    panels: dict[str, list[tuple[str, str]]] = {}
    for panel, name, summary in group.summaries(ctx):
        panels.setdefault(panel, []).append((name, summary))
    names = max((width(name) for rows in panels.values() for name, _summary in rows), default=0)
    for title, rows in panels.items():
        lines += _section(title, rows, names)
    parameters: list[Parameter] = group.get_params(ctx)
    options = [p for p in parameters if p.param_type_name == "option" and not p.hidden]
    return lines + _section(_("Options"), (_row(p, ctx) for p in options))


def first_sentence(text: str) -> str:
    """The text up to its first full stop, Chinese or followed by a space, without it."""
    text = " ".join(inspect.cleandoc(text).split())
    ends = [place for mark in ("。", ". ") if (place := text.find(mark)) > 0]
    return text[: min(ends)] if ends else text.removesuffix(".")


def _usage(command: TyperCommand | TyperGroup, ctx: Context) -> list[str]:
    pieces = [ctx.command_path]
    for parameter in command.get_params(ctx):
        if parameter.param_type_name == "argument":
            name = parameter.make_metavar(ctx).strip("[]{}.")
            shown = f"{name}…" if parameter.nargs != 1 else name
            pieces.append(shown if parameter.required else f"[{shown}]")
    if isinstance(command, TyperGroup):
        pieces.append(_("COMMAND"))
    pieces.append(_("[OPTIONS]"))
    title, line = _("Usage: {line}").split("{line}", 1)[0], " ".join(pieces)
    return [_title(title) + line]


def _row(parameter: Parameter, ctx: Context) -> tuple[str, str]:
    """The name and the explanation of a parameter, its default and choices included."""
    text = parameter.help or ""
    if parameter.param_type_name == "argument":
        return parameter.make_metavar(ctx).strip("[]{}."), text
    names = ", ".join(sorted(parameter.opts, key=len))
    for option, meaning in _TYPERS_OWN.items():
        if option in parameter.opts:
            return names, _(meaning)
    if not parameter.is_flag:
        names += " " + parameter.make_metavar(ctx).strip("[]<>").replace("<", "").replace(">", "")
    default = parameter.get_default(ctx, call=False)
    if parameter.show_default and default not in (None, False, "", (), []):
        text += " " + _("[default: {value}]").format(value=default)
    if parameter.required:
        text += " " + _("[required]")
    return names, text


def _section(title: str, rows: Iterable[tuple[str, str]], names: int = 0) -> list[str]:
    found = list(rows)
    if not found:
        return []
    names = names or min(34, max(width(name) for name, _text in found))
    lines = ["", _title(title)]
    for name, text in found:
        explained = _wrapped(text, names + 4)
        if width(name) > names:
            lines += [f"  {name}", *(" " * (names + 4) + line for line in explained)]
        else:
            lines += [f"  {pad(name, names)}  {explained[0] if explained else ''}".rstrip()]
            lines += [" " * (names + 4) + line for line in explained[1:]]
    return lines


def _title(text: str) -> str:
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else typer.style(text, bold=True)


def _wrapped(text: str, indent: int) -> list[str]:
    """The text in lines that fit; paragraphs stay apart; Chinese breaks anywhere."""
    limit = max(30, min(_columns(), 100) - indent)
    lines: list[str] = []
    for index, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if index:
            lines.append("")
        lines += _fill(" ".join(paragraph.split()), limit)
    return lines if text else []


def _fill(text: str, limit: int) -> list[str]:
    lines, line = [], ""
    for word in _words(text):
        if line and width(line) + width(word.rstrip()) > limit:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()] if line else lines


def _words(text: str) -> list[str]:
    """Pieces between which a line may break: words with their space, and single full-width characters."""
    words: list[str] = []
    closing = "，。、；：）？！”》"
    for character in text:
        wide = width(character) == 2
        joins = words and not words[-1].endswith(" ") and (not wide or character in closing)
        if joins and (character in closing or width(words[-1][-1]) == 1 or character == " "):
            words[-1] += character
        else:
            words.append(character)
    return words


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
