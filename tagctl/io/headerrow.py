"""Which rows of a file are its header: titles may stand above it, merged cells may group its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from tagctl.messages import _, ngettext
from tagctl.normalise import identity

if TYPE_CHECKING:
    from tagctl.io.table import Merge, Row

LOOK = 60  # rows in which the header is looked for
_NAMED = 5  # rows told in a note
JOINT = " / "  # between the parts of a name that stands in several rows
_VALUE = re.compile(
    r"[-+￥¥$€]?\d[\d.,]*%?|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T].*)?|true|false|#[A-Z/0]{3,}[!?]?", re.I
)
# No column is called so: one such cell is enough.
_NEVER_A_NAME = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?\d{11,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", re.I)

Texts = Sequence[Sequence[str]]


def find(rows: Texts) -> int:
    """The number (from 1) of the header row: the first that is about as wide as the rows below it."""
    from tagctl.io import vocabulary

    filled = [len(_filled(row)) for row in rows]
    typical = _typical([n for n in filled if n])
    enough = max(1, ceil(typical * 0.6))
    candidates = [i for i, n in enumerate(filled) if n >= enough]
    first = candidates[0] if candidates else next(i for i, n in enumerate(filled) if n)
    # A title row of a narrow table can be as wide as the table: a row of known headers right below it wins.
    best, best_known = first, vocabulary.count_known(rows[first])
    for i in candidates[1:4]:
        known = vocabulary.count_known(rows[i])
        if known >= 2 and known > best_known and filled[i] >= filled[best]:
            best, best_known = i, known
    return best + 1


def bounds(rows: Texts, merged: Sequence[Merge]) -> tuple[int, int]:
    """The first and last row of the header. Only merged cells tell that there is more than one."""
    first = last = find(rows)
    if not merged:
        return first, last
    filled = [len(_filled(row)) for row in rows]
    groups = [m for m in merged if m[0] <= len(rows) and filled[m[0] - 1] >= 2]  # a title stands alone
    above = [top for top, _left, bottom, _right in groups if top < first <= bottom]
    if above:
        first = min(above)
    elif first > 1 and repeats(rows[first - 1]) and any(m[0] == m[2] == first - 1 for m in groups):
        first -= 1
    while lower := [m[2] for m in groups if first <= m[0] <= last < m[2] <= len(rows)]:
        last = max(lower)
    if first == last and _names_below(rows, first, [m for m in groups if m[0] == m[2] == first]):
        last += 1
    return first, last


def names(rows: Texts, first: int, last: int, merged: Sequence[Merge]) -> list[str]:
    """The columns' names: what stands in rows first to last above each other, joined."""
    width = max(len(row) for row in rows[first - 1 : last])
    grid = [[*row, *[""] * (width - len(row))] for row in rows[first - 1 : last]]
    across = [m for m in merged if first <= m[0] <= m[2] < last and m[3] > m[1]]
    for top, left, bottom, right in across:  # a group's name holds for all of its columns
        for row in range(top, bottom + 1):
            grid[row - first][left - 1 : right] = [grid[top - first][left - 1]] * (
                min(right, width) - left + 1
            )
    if not across:
        _spread(grid)
    columns = (
        [" ".join(part.lstrip("\ufeff").split()) for part in column] for column in zip(*grid, strict=True)
    )
    return [JOINT.join(dict.fromkeys(filter(None, parts))) for parts in columns]


def notes(first: int, last: int, merged: Sequence[Merge]) -> list[str]:
    """Sentences on what was taken for the header, and on cells merged below it."""
    found = []
    if last > first:
        note = _("Rows {first} to {last} are the header; names above each other are joined.")
        found.append(note.format(first=first, last=last))
    elif last > 1:
        found.append(_("The header is row {row}; rows above it are skipped.").format(row=last))
    rows = sorted({top for top, _left, bottom, _right in merged if last < top < bottom})
    if rows:
        note = ngettext(
            "Cells are merged over several rows, from row {rows}: only the first of these has the value.",
            "Cells are merged over several rows, from rows {rows}: only the first of each has the value.",
            len(rows),
        )
        more = " …" if len(rows) > _NAMED else ""
        found.append(note.format(rows=", ".join(map(str, rows[:_NAMED])) + more))
    return found


def looks_like_data(cells: Sequence[str]) -> bool:
    """Whether most filled cells of a would-be header are numbers or dates, or one is an id or address."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if any(_NEVER_A_NAME.fullmatch(cell) for cell in filled):
        return True
    return sum(1 for cell in filled if _VALUE.fullmatch(cell)) * 2 > len(filled)


def is_typed(row: Row) -> bool:
    """Whether half of the filled cells are numbers or dates of a spreadsheet, not texts."""
    filled = [value for text, value in zip(row.texts, row.values or (), strict=False) if text.strip()]
    typed = [value for value in filled if isinstance(value, int | float | date | time | timedelta)]
    return bool(typed) and len(typed) * 2 >= len(filled)


def _spread(grid: list[list[str]]) -> None:
    """Without merged cells a group's name stands over its first column, and blanks over the others."""
    for upper, lower in pairwise(grid):
        for column in range(1, len(upper)):
            if not upper[column].strip() and lower[column].strip() and lower[column - 1].strip():
                upper[column] = upper[column - 1]


def _names_below(rows: Texts, row: int, groups: Sequence[Merge]) -> bool:
    """Whether the row below this one names the columns of its groups (and not their first values)."""
    from tagctl.io import vocabulary

    if not groups or len(rows) < row + 2:
        return False
    below = rows[row]
    named = _filled(below)
    under = {column for _top, left, _bottom, right in groups for column in range(left - 1, right)}
    if not under <= named or repeats(below) or looks_like_data(below) or not _filled(rows[row + 1]) - under:
        return False
    return named == under or vocabulary.count_known(below) > 0


def repeats(row: Sequence[str]) -> bool:
    """Whether two filled cells are alike as headers."""
    found = [identity(cell) for cell in row if cell.strip()]
    return len(set(found)) < len(found)


def _filled(row: Sequence[str]) -> set[int]:
    return {index for index, cell in enumerate(row) if cell.strip()}


def _typical(counts: list[int]) -> int:
    """A width that most rows reach: the upper quartile, so that title rows do not pull it down."""
    ordered = sorted(counts)
    return ordered[(len(ordered) * 3) // 4] if ordered else 0
