"""`tagctl undo N`: take an operation back, with the files it wrote."""

from __future__ import annotations

from dataclasses import replace

from tagctl.errors import GuardStop
from tagctl.messages import _
from tagctl.reports.operations import UndoReport
from tagctl.settings import Settings
from tagctl.sql import Sql, values
from tagctl.store import reading
from tagctl.store import undo as undos
from tagctl.store.operations import Operation


def undo(op: Operation, number: int, settings: Settings, *, cascade: bool = False) -> UndoReport:
    """Undo an operation (an undo too) within a new one of kind undo; with `cascade` also those that stand in
    the way.

    Raises GuardStop with all obstacles: later operations on the same rows, files changed since; UsageProblem
    where there is nothing to undo.
    """
    try:
        done = undos.undo(
            op,
            number,
            {settings.taxonomy_file: "taxonomy", settings.rules_file: "rules"},
            cascade=cascade,
            timezone=settings.timezone,
        )
    except GuardStop as stop:
        raise _with_way_out(stop, number) from None
    also = reading.operations(op.store, Sql("o.number IN ") + values(done.also)) if done.also else ()
    return UndoReport(
        operation=None,
        undone=number,
        kind=done.kind,
        counts=done.counts,
        files=done.files,
        dry_run=op.dry_run,
        also=also,
    )


def _with_way_out(stop: GuardStop, number: int) -> GuardStop:
    """Where only operations stand in the way, all of them can be taken back at once."""
    *others, last = stop.problems
    if all(problem.code == "undo-obstacle" for problem in stop.problems):
        advice = _("Take back with it all that stands in the way: tagctl undo {number} --cascade")
        last = replace(last, next=f"{last.next}\n{advice.format(number=number)}")
    return GuardStop([*others, last], stop.report)
