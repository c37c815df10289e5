"""`tagctl undo N`: take an operation back, with the files it wrote."""

from __future__ import annotations

from tagctl.reports.operations import UndoReport
from tagctl.settings import Settings
from tagctl.store import undo as undos
from tagctl.store.operations import Operation


def undo(op: Operation, number: int, settings: Settings) -> UndoReport:
    """Undo an operation (an undo too) within a new one of kind undo.

    Raises GuardStop with all obstacles: later operations on the same rows, files changed since; UsageProblem
    where there is nothing to undo.
    """
    done = undos.undo(op, number, taxonomy_file=settings.taxonomy_file)
    return UndoReport(
        operation=None,
        undone=number,
        kind=done.kind,
        counts=done.counts,
        files=done.files,
        dry_run=op.dry_run,
    )
