"""A sheet that is a form of one record: names on the left, values on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tagctl.io import headerrow
from tagctl.io.table import Raw, Row
from tagctl.messages import _

_LINES = range(2, 41)


def turned(raw: Raw, top: list[Row]) -> tuple[Raw, list[Row]]:
    """A sheet that is such a form as a header and a row; anything else as it is. `top`: its first rows."""
    found = as_rows(top) if raw.sheet is not None and len(top) < headerrow.LOOK else None
    if found is None:
        return raw, top
    note = _(
        "The sheet is a form, with names on the left and values on the right: it is read as one row. "
        "If it is a table, name its header with --header-row."
    )
    return replace(raw, records=lambda: iter(found), notes=(*raw.notes, note), merged=()), list(found)


def as_rows(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    """Header and one row of values, where these (all rows of the sheet) are such a form; else None.

    Two columns, and more known headers below each other than in the first line.
    """
    from tagctl.io import vocabulary

    lines = [row for row in rows if any(text.strip() for text in row.texts)]
    while lines and _filled(lines[0]) < 2 and not vocabulary.count_known(lines[0].texts):
        lines.pop(0)  # a title
    used = sorted({i for row in lines for i, text in enumerate(row.texts) if text.strip()})
    if len(used) != 2 or len(lines) not in _LINES:
        return None
    left, right = used
    names = [row.texts[left].strip() for row in lines]
    if "" in names or headerrow.repeats(names) or headerrow.looks_like_data(names):
        return None
    known = vocabulary.count_known(names)
    if known < max(2, len(names) / 2) or known <= vocabulary.count_known(lines[0].texts):
        return None
    number = lines[0].number
    values = [None if row.values is None else row.values[right] for row in lines]
    return Row(number, names), Row(number, [row.texts[right] for row in lines], values)


def _filled(row: Row) -> int:
    return sum(1 for text in row.texts if text.strip())
