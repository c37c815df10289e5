"""Cells that say whether a tag is held: yes, 1, ✓, 是 or x; no, 0, ×, 否."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tagctl.io.cells import FALSE, TRUE, CellError
from tagctl.io.guard import unguard
from tagctl.io.nothing import NULLS
from tagctl.messages import _
from tagctl.normalise import fold

_YES: Final = TRUE | {"x", "✔", "☑", "✅", "●", "对", "有", "on"}
_NO: Final = FALSE | NULLS | {"✗", "✘", "✕", "❌", "☐", "○", "错", "无", "没有", "off"}


@lru_cache(maxsize=4096)
def mark(text: str) -> bool | None:
    """Whether a cell says yes; None for one that says neither yes nor no."""
    word = fold(unguard(text)).replace("\ufe0f", "")  # what makes ✔ an emoji
    if word in _YES:
        return True
    return False if word in _NO else None


def unclear(text: str) -> CellError:
    """What is wrong with a cell that says neither."""
    return CellError("not-a-mark", _("“{text}” says neither yes nor no").format(text=text[:40]))
