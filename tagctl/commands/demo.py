"""`tagctl demo`: the main job on a small shop's files, with the real commands."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.render.terminal import Styled, say
from tagctl.render.width import pad, width
from tagctl.workflows import demonstrating


def demo(
    context: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help=_("A folder that is new or empty."))
    ] = "tagctl-demo",
) -> None:
    """Copies the shop's files, types every command of the story, and says what to try next."""
    place = Path(folder)
    demonstrating.prepare(place)
    root = context.find_root().command
    with contextlib.chdir(place), _environment():
        for number, step in enumerate(demonstrating.story(), start=1):
            say()
            say(Styled(f"── {number}. {step.story}", "strong"))
            say(Styled(f"$ {step}", "name"))
            sys.stdout.flush()
            code = root.main(args=list(step.arguments), standalone_mode=False)
            if code:
                raise typer.Exit(code)
    _farewell(place)


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """The shop's clock and zone, nobody's own project, and nobody to ask, while the story runs."""
    before, stdin = dict(os.environ), sys.stdin
    for variable in ("TAGCTL_PROJECT", "TAGCTL_DB"):
        os.environ.pop(variable, None)
    os.environ.update(demonstrating.ENVIRONMENT)
    try:
        with Path(os.devnull).open(encoding="utf-8") as sys.stdin:
            yield
    finally:
        sys.stdin = stdin
        os.environ.clear()
        os.environ.update(before)


def _farewell(folder: Path) -> None:
    say()
    say(Styled(_("── That was the main job. Now look around:"), "strong"))
    lines = [(activation, _("so that “tagctl” is found")) for activation in _activation()]
    lines.append(
        (
            f"cd {folder}",
            _("the spreadsheet, the YAML files, tagctl.db and {file}").format(
                file=demonstrating.SEGMENT_FILE
            ),
        )
    )
    lines += [(demonstrating.command_line(words), what) for words, what in demonstrating.next_commands()]
    columns = max(width(command) for command, _what in lines)
    for command, what in lines:
        say("  ", Styled(pad(command, columns), "name"), "  ", Styled(f"# {what}", "dim"))


def _activation() -> Iterator[str]:
    """The line that puts tagctl on the path, where it runs from a virtual environment that is not active."""
    if sys.prefix == sys.base_prefix or shutil.which("tagctl") is not None:
        return
    prefix = Path(sys.prefix)
    with contextlib.suppress(ValueError):
        prefix = prefix.relative_to(Path.cwd())
    yield str(prefix / "Scripts" / "activate") if os.name == "nt" else f". {prefix / 'bin' / 'activate'}"


app = single(
    demo,
    help=_("Watch the whole job on a small shop's files, in a folder of its own."),
    examples=("tagctl demo", "tagctl demo shop --lang zh"),
)
