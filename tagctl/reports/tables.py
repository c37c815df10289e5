"""Rows and columns: lists, segments, exports."""

from __future__ import annotations

from tagctl.record import record

Cell = str | int | float | None


@record
class Table:
    """Rows to list or export: `types` runs parallel to `columns`; values are in stored form."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int | None = None


@record
class SegmentReport:
    """segment show: how many of all customers, how they spread over tags, and the first rows."""

    name: str
    strategy: str | None
    size: int
    customers: int
    breakdown: tuple[tuple[str, str, int], ...]  # (dimension, tag, how many of the segment hold it)
    rows: Table
    not_imported: tuple[str, ...] = ()  # event types and fields that it reads and no import brought


@record
class ExportReport:
    what: str
    file: str
    format: str
    rows: int
    columns: tuple[str, ...]
    guarded: int = 0  # cells that got the formula guard's apostrophe
    not_imported: tuple[str, ...] = ()  # of a segment, as in SegmentReport
