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
from tagctl.errors import ExitCode
from tagctl.messages import N_, _
from tagctl.render.terminal import Styled, say
from tagctl.workflows import demonstrating

FOLDER = "tagctl-demo"


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=N_("A folder that is new or empty."))] = Path(FOLDER),
) -> None:
    """Copies the files, types every command of the story, and says what to try next."""
    demonstrating.prepare(folder)
    root = context.find_root().command
    with contextlib.chdir(folder), _environment():
        for number, step in enumerate(demonstrating.story(), start=1):
            say()
            say(Styled(f"{number}. {step.story}", "strong"))
            say(Styled(f"$ {step}", "name"))
            code = root.main(args=list(step.arguments), prog_name="tagctl", standalone_mode=False)
            if code:
                raise typer.Exit(code)
    _farewell(folder)


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """The shop's clock and zone, and no other project's settings, while the story runs."""
    before = dict(os.environ)
    for variable in ("TAGCTL_PROJECT", "TAGCTL_DB"):
        os.environ.pop(variable, None)
    os.environ.update(demonstrating.ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _farewell(folder: Path) -> None:
    say()
    say(Styled(_("Done. Everything is in {folder}: open {file}, or try:").format(
        folder=folder, file=demonstrating.SEGMENT_FILE), "strong"))
