"""The history of operations, and undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tagctl.record import record


@record
class OperationRow:
    number: int
    kind: str
    at: int
    as_of: int
    by: str
    note: str | None
    what: str
    counts: Mapping[str, Any]
    undoes: int | None = None
    undone_by: int | None = None
    changes: tuple[tuple[str, str, str], ...] = ()  # (gained or lost, tag, source), for one customer or tag


@record
class UndoReport:
    operation: int | None
    undone: int
    kind: str
    counts: Mapping[str, int]
    files: tuple[str, ...] = ()
    dry_run: bool = False
    also: tuple[OperationRow, ...] = ()  # what was taken back with it, newest first
