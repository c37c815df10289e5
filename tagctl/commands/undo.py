"""`tagctl undo OPERATION`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session, confirm, numbered
from tagctl.commands._tree import single
from tagctl.messages import _, ngettext
from tagctl.render import terminal
from tagctl.render.operations import show_planned, show_undo
from tagctl.reports.operations import UndoReport
from tagctl.workflows import undoing


def undo(
    context: typer.Context,
    operation: Annotated[
        int, typer.Argument(metavar="OPERATION", min=1, help=_("Its number; see: tagctl history"))
    ],
    cascade: Annotated[
        bool,
        typer.Option("--cascade", help=_("Take back with it the later operations that stand in the way.")),
    ] = False,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Takes back what the operation did; is itself an operation that can be taken back."""
    session = Session(context, by=by)
    session.require_database()
    if terminal.is_terminal() and not (yes or dry_run):
        # An undo can itself be undone: elsewhere it needs no --yes.
        with session.changing("undo", what=str(operation), dry_run=True, sync=False) as current:
            preview = undoing.undo(current, operation, session.settings, cascade=cascade)
        _ask(preview)
    with session.changing("undo", what=str(operation), note=note, dry_run=dry_run, sync=False) as current:
        report = undoing.undo(current, operation, session.settings, cascade=cascade)
    session.emit(numbered(report, current), format_, show_undo)


def _ask(preview: UndoReport) -> None:
    """Shows what goes with it, and asks."""
    show_planned(preview)
    count = len(preview.also)
    question = (
        ngettext(
            "Take back operation {number} and {count} other?",
            "Take back operation {number} and {count} others?",
            count,
        )
        if count
        else _("Take back operation {number}?")
    )
    confirm(question.format(number=preview.undone, count=count), yes=False)


app = single(
    undo,
    help=_(
        "Take back an operation. What it did to the YAML files goes back with it. What later operations "
        "built on it stands in the way and is named, and --cascade takes that back too; runs never do. An "
        "undo can itself be undone, a cascade as one."
    ),
    examples=("tagctl undo 7 --dry-run", "tagctl undo 7 --yes", "tagctl undo 7 --cascade"),
)
