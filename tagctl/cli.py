"""The entry: builds the command tree on demand, inside the one boundary where errors become exit codes.

Names and first sentences of the commands are known here, so that `--help` and completion need not
import the commands; only the command that runs is imported.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, NoReturn

import typer

from tagctl import messages, settings
from tagctl.commands._boundary import guarded
from tagctl.commands._invocation import Invocation
from tagctl.commands._tree import Context, Group, Resolved
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import N_, _

if TYPE_CHECKING:
    from types import FrameType


class Entry(NamedTuple):
    """A command of the top level: its module in commands/, its panel, its first sentence."""

    module: str
    panel: str
    summary: str


_START, _BRING, _DEFINE = N_("Start"), N_("Bring data in"), N_("Tags and rules")
_LOOK, _OUT, _BACK = N_("Look and ask"), N_("Take lists out"), N_("What was done")

COMMANDS = {
    "demo": Entry("demo", _START, N_("Watch the whole job on a small shop's files, in a folder of its own")),
    "init": Entry("init", _START, N_("Make a project in this folder")),
    "import": Entry(
        "import_", _BRING, N_("Import customers, events or assignments from Excel and CSV files")
    ),
    "fields": Entry("fields", _BRING, N_("List the fields that imports brought, with types and roles")),
    "customers": Entry("customers", _BRING, N_("List customers, find who is there twice, and unite them")),
    "taxonomy": Entry("taxonomy", _DEFINE, N_("Check, show, compare, apply or draft taxonomy.yaml")),
    "tags": Entry("tags", _DEFINE, N_("Curate the list of tags, and the labels that are none yet")),
    "rules": Entry("rules", _DEFINE, N_("Check, test and explain rules.yaml")),
    "assign": Entry("assign", _DEFINE, N_("Give a tag to customers by hand")),
    "unassign": Entry("unassign", _DEFINE, N_("Take from customers a tag that a file or a person gave")),
    "pin": Entry("pin", _DEFINE, N_("Pin a tag to customers, against rules, files and expiry")),
    "ban": Entry("ban", _DEFINE, N_("Ban a tag for customers, whoever gives it")),
    "schema": Entry("schema", _DEFINE, N_("Print the JSON Schema of taxonomy.yaml or rules.yaml")),
    "run": Entry("run", _DEFINE, N_("Recompute every rule's tags and write what changed")),
    "findings": Entry("findings", _LOOK, N_("List what the checks noticed, and whom it concerns")),
    "show": Entry("show", _LOOK, N_("Show one customer with fields, tags and events")),
    "why": Entry("why", _LOOK, N_("Explain why a customer has, or has not, a tag")),
    "segment": Entry("segment", _OUT, N_("List, look at and export groups of customers")),
    "export": Entry("export", _OUT, N_("Export customers, events, assignments or changes")),
    "history": Entry("history", _BACK, N_("List the operations, newest first")),
    "undo": Entry("undo", _BACK, N_("Take back an operation")),
}

_TAKES_VALUE = ("--project", "--db", "--lang")
_FLAGS = ("--quiet", "-q")


class Root(Group):
    """The top level: loads a command when it is asked for, takes the global options anywhere."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Resolved:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"tagctl.commands.{entry.module}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def summaries(self, ctx: Context) -> list[tuple[str, str, str]]:
        return [(_(entry.panel), name, _(entry.summary)) for name, entry in COMMANDS.items()]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, global_first(args))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: object,
    ) -> int:
        parent = super().main
        code = guarded(lambda: parent(args, "tagctl", complete_var, False, windows_expand_args, **extra))
        if standalone_mode:
            sys.exit(int(code))
        return int(code)


def global_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the global options moved to the front; nothing after `--` is touched."""
    first: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        if argument == "--":
            rest += arguments[index:]
            break
        if argument in _TAKES_VALUE:
            if index + 1 == len(arguments):
                raise UsageProblem(Problem("usage", _("Option {name} needs a value.").format(name=argument)))
            first += arguments[index : index + 2]
            index += 1
        elif argument in _FLAGS or argument.startswith(tuple(f"{name}=" for name in _TAKES_VALUE)):
            first.append(argument)
        else:
            rest.append(argument)
        index += 1
    return first + rest


def _version(wanted: bool) -> None:
    if wanted:
        show_version()
        raise typer.Exit


def show_version() -> None:
    """`tagctl 0.1.0`"""
    from tagctl import __version__

    print(f"tagctl {__version__}")


def build() -> typer.Typer:
    """The application, in the language in use: help texts are translated as they are declared."""
    application = typer.Typer(
        cls=Root,
        help=_(
            "Keeps a team's customer tags true: import, tag by rules, explain, find conflicts, export, undo."
        ),
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @application.callback()
    def root(
        context: typer.Context,
        project: Annotated[
            str | None,
            typer.Option(
                metavar="DIR", help=_("The project's folder (TAGCTL_PROJECT; else found from here upward).")
            ),
        ] = None,
        db: Annotated[
            str | None, typer.Option(metavar="FILE", help=_("The database, if not the project's tagctl.db."))
        ] = None,
        lang: Annotated[
            Literal["en", "zh"] | None, typer.Option(help=_("The language (TAGCTL_LANG; else the system's)."))
        ] = None,
        quiet: Annotated[
            bool, typer.Option("--quiet", "-q", help=_("Print no reports and notes, only data and errors."))
        ] = False,
        version: Annotated[
            bool,
            typer.Option("--version", help=_("Show the version and exit."), callback=_version, is_eager=True),
        ] = False,
    ) -> None:
        from tagctl.render import terminal

        terminal.be_quiet(quiet)
        context.obj = Invocation(project, db, quiet)

    return application


app = build()


def main() -> NoReturn:
    """The console script: prepares the streams and the language, runs the command, exits."""
    arguments = sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console in cp936 has no emoji: print ? rather than fail
            stream.reconfigure(errors="replace")
    if arguments == ["--version"]:
        show_version()
        sys.exit(0)
    signal.signal(signal.SIGTERM, _terminate)
    messages.use(messages.asked(arguments) or settings.project_language(arguments) or messages.system())
    build()()
    raise AssertionError("the application exits by itself")


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends like Ctrl-C: what was not finished is rolled back."""
    raise KeyboardInterrupt
