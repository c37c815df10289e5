"""Rows of totals, which spreadsheets put under (and between) the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_WORDS: Final = frozenset(
    {
        "合计",
        "合計",
        "总合计",
        "总计",
        "總計",
        "小计",
        "小計",
        "本页合计",
        "本页小计",
        "共计",
        "共計",
        "汇总",
        "累计",
    }
    | {"total", "totals", "grandtotal", "subtotal", "sub-total"}
)
_LAST: Final = frozenset(word[-1] for word in _WORDS) | {"L", "S", ":", "：", " "}
_LONGEST: Final = 20


def is_total(text: str) -> bool:
    """Whether a cell says that its row is a total: 合 计, 总计：, Grand Total."""
    if text[-1:] not in _LAST or len(text) > _LONGEST:
        return False
    return "".join(text.split()).rstrip(":：").lower() in _WORDS


def no_total(texts: Sequence[str]) -> bool:
    """Whether the last characters of these cells tell that none of them says so, as they mostly do."""
    return _LAST.isdisjoint([text[-1:] for text in texts])


def is_total_row(texts: Sequence[str]) -> bool:
    """Whether the first filled cell says so, and the row is not full as a row of data would be."""
    first = next((text for text in texts if text), "")
    return is_total(first) and "" in texts
