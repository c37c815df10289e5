"""What is said about rows that are, or may be, corrections of events without an id."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.messages import ngettext
from tagctl.store.operations import Operation
from tagctl.store.pairing import Alike
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
