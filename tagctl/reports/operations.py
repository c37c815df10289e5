"""The history of operations, and undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tagctl.record import record


@record
class Change:
    """What an operation did to a customer or a tag. `what`: gained, lost (a tag, with its source; of a tag,
    by how many customers) · created, removed, restored · field (before, after) · united, separated (another
    key) · gone, back · events, corrected (a type, how many) · pinned, unpinned, banned, unbanned (a tag;
    `after` is the reason) · of a tag: renamed, moved, parent, merged, state (before, after), alias_added,
    alias_removed."""

    what: str
    name: str
    source: str | None = None
    before: str | None = None
    after: str | None = None
    count: int | None = None


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
    along: tuple[int, ...] = ()  # what an undo took back besides `undoes`
    changes: tuple[Change, ...] = ()  # where one customer or tag was asked for


@record
class UndoReport:
    operation: int | None
    undone: int
    kind: str
    counts: Mapping[str, int]
    files: tuple[str, ...] = ()
    dry_run: bool = False
    also: tuple[OperationRow, ...] = ()  # what was taken back with it, newest first
