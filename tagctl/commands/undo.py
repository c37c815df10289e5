"""`tagctl undo OPERATION`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session, confirm, numbered
from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.render import terminal
from tagctl.render.operations import show_undo
from tagctl.workflows import undoing


def undo(
    context: typer.Context,
    operation: Annotated[
        int, typer.Argument(metavar="OPERATION", min=1, help=_("Its number; see: tagctl history"))
    ],
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Takes back what the operation did; is itself an operation that can be taken back."""
    session = Session(context, by=by)
    session.require_database()
    if terminal.is_terminal():  # an undo can itself be undone: elsewhere it needs no --yes
        confirm(_("Take back operation {number}?").format(number=operation), yes=yes, dry_run=dry_run)
    with session.changing("undo", what=str(operation), note=note, dry_run=dry_run, sync=False) as current:
        report = undoing.undo(current, operation, session.settings)
    session.emit(numbered(report, current), format_, show_undo)


app = single(
    undo,
    help=_(
        "Take back an operation. What later operations built on it stands in the way and is named; "
        "runs never do. An undo can itself be undone."
    ),
    examples=("tagctl undo 7 --dry-run", "tagctl undo 7 --yes"),
)
