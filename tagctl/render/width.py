"""How many terminal columns a text takes: full-width characters take two."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Columns taken by the text; it must not hold line breaks."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled with spaces to that many columns; longer texts stay as they are."""
    space = " " * max(0, columns - width(text))
    return space + text if right else text + space


def cut(text: str, columns: int) -> str:
    """The text shortened to that many columns, with … where something is missing."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _cell(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"
