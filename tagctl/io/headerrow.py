"""Which row of a file is its header: title and note rows may stand above it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

LOOK = 60  # rows in which the header is looked for
_VALUE = re.compile(
    r"[-+￥¥$€]?\d[\d.,]*%?|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T].*)?|true|false|#[A-Z/0]{3,}[!?]?", re.I
)
# No column is called so: one such cell is enough.
_NEVER_A_NAME = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?\d{11,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", re.I)


def find(rows: Sequence[Sequence[str]]) -> int:
    """The number (from 1) of the header row: the first that is about as wide as the rows below it."""
    from tagctl.io import vocabulary

    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
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


def looks_like_data(cells: Sequence[str]) -> bool:
    """Whether most filled cells of a would-be header are numbers or dates, or one is an id or address."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if any(_NEVER_A_NAME.fullmatch(cell) for cell in filled):
        return True
    return sum(1 for cell in filled if _VALUE.fullmatch(cell)) * 2 > len(filled)


def _typical(counts: list[int]) -> int:
    """A width that most rows reach: the upper quartile, so that title rows do not pull it down."""
    ordered = sorted(counts)
    return ordered[(len(ordered) * 3) // 4] if ordered else 0
