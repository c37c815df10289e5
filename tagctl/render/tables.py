"""Tables of rows: fields, segment members, exports looked at."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.render import terminal
from tagctl.render.terminal import Cell, Figure, say
from tagctl.render.values import shown
from tagctl.reports.tables import Table

FIELD_TITLES = {
    "subject": N_("Of"),
    "field": N_("Field"),
    "role": N_("Role"),
    "type": N_("Type"),
    "filled": N_("Filled"),
    "distinct": N_("Different"),
    "example": N_("Example"),
    "used_in": N_("Used in"),
}
MAPPING_TITLES = {
    "name": N_("Mapping"),
    "subject": N_("Of"),
    "columns": N_("Columns"),
    "roles": N_("Roles"),
    "tags": N_("Tags"),
    "ignored": N_("Ignored"),
    "last_file": N_("Last file"),
    "operation": N_("Operation"),
}
SEGMENT_TITLES = {
    "segment": N_("Segment"),
    "name": N_("Segment"),
    "customers": N_("Customers"),
    "share": N_("Share"),
    "strategy": N_("Strategy"),
    "dimension": N_("Dimension"),
    "tag": N_("Tag"),
}


def show_table(table: Table, zone: ZoneInfo, titles: Mapping[str, str] | None = None) -> None:
    """The rows; column names that have a title are translated, users' own stay as they are."""
    names = titles or {}
    terminal.table(
        [_(names[column]) if column in names else column for column in table.columns],
        [
            [_cell(value, type_, zone) for type_, value in zip(table.types, row, strict=True)]
            for row in table.rows
        ],
    )
    if table.total is not None and table.total > len(table.rows):
        say(
            _("{shown} of {total} rows; all with --limit 0").format(
                shown=f"{len(table.rows):,}", total=f"{table.total:,}"
            )
        )


def _cell(value: object, type_: str, zone: ZoneInfo) -> Cell:
    text = shown(value, type_, zone)
    return Figure(text) if type_ in ("number", "money") else text
