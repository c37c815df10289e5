"""What is said about rows that may be corrections of events without an id, and about lines of one event."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.messages import ngettext
from tagctl.store import staging
from tagctl.store.operations import Operation
from tagctl.store.pairing import Alike
from tagctl.store.staging import Stage
from tagctl.workflows.importing.mapping import ColumnMapping

_SHOWN = 5  # rows that are named


def notes(alike: Alike, mapping: ColumnMapping, op: Operation, *, corrected: bool) -> Iterator[str]:
    """Which rows, and in which columns they differ from the events that they are like."""
    count = len(alike.lines)
    if not count:
        return
    headers = {column.column: column.header for column in mapping.values}
    told = {
        "count": count,
        "rows": ", ".join(map(str, alike.lines[:_SHOWN])) + (" …" if count > _SHOWN else ""),
        "columns": ", ".join(f"{headers[column]} ({n})" for column, n in alike.columns.items()),
        "number": op.number,
    }
    if corrected:
        yield ngettext(
            "{count} row corrects an event known before (row {rows}), in {columns}.",
            "{count} rows correct events known before (rows {rows}), in {columns}.",
            count,
        ).format(**told)
    else:
        yield ngettext(
            "{count} row (row {rows}) is like an event known before, but for {columns}, and was added"
            " beside it. If it is a correction: tagctl undo {number}, then import with --correct; or with"
            " --id COLUMN, where a column tells events apart.",
            "{count} rows (rows {rows}) are like events known before, but for {columns}, and were added"
            " beside them. If they are corrections: tagctl undo {number}, then import with --correct; or with"
            " --id COLUMN, where a column tells events apart.",
            count,
        ).format(**told)


def line_notes(stage: Stage, mapping: ColumnMapping) -> Iterator[str]:
    """Which events have lines that say different amounts: perhaps they are to be added up."""
    amount = next((column for column in mapping.values if column.role == "amount"), None)
    count = staging.lines_differing(stage, amount.field) if amount and mapping.id else 0
    if count and amount and mapping.id:
        yield ngettext(
            "{header}: {count} event has lines with different amounts; the first line's is the event's."
            " Where each line has an amount of its own, make each an event: --id COLUMN, if a column numbers"
            " the lines, else --ignore {id}.",
            "{header}: {count} events have lines with different amounts; the first line's is the event's."
            " Where each line has an amount of its own, make each an event: --id COLUMN, if a column numbers"
            " the lines, else --ignore {id}.",
            count,
        ).format(header=amount.header, count=count, id=mapping.id.header)
