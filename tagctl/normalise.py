"""When two labels, headers or texts are the same (product words: the identity of a label).

`identity` is for names of tags, dimensions and headers; `fold` is for comparing values in rules.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Text compared without regard to case and width: NFKC, casefold, trimmed. Spaces inside stay."""
    if text.isascii():
        return text.strip().lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def nameable(text: str) -> bool:
    """Whether a text can be a name: there is something, and no line break or control character inside."""
    name = text.strip()
    return bool(name) and not any(unicodedata.category(character) == "Cc" for character in name)


@lru_cache(maxsize=65536)
def identity(label: str) -> str:
    """The identity of a label: folded, inner spaces collapsed, traditional Han folded to simplified."""
    text = _SPACES.sub(" ", fold(label)).strip()
    return text if text.isascii() or not _has_han(text) else _simplified(text)


def _has_han(text: str) -> bool:
    # Comparisons: compiling a character class of these ranges takes longer than a whole start.
    return any(
        "\u3400" <= c <= "\u4dbf"
        or "\u4e00" <= c <= "\u9fff"
        or "\uf900" <= c <= "\ufaff"
        or "\U00020000" <= c <= "\U0003ffff"
        for c in text
    )


def _simplified(text: str) -> str:
    return str(_converter().convert(text))


@cache
def _converter() -> Any:  # noqa: ANN401
    import opencc  # 25 ms: loaded for Han text only

    return opencc.OpenCC("t2s")
