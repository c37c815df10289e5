"""Data is shown on a terminal, never sent to it: control, bidi and zero-width characters become visible."""

from __future__ import annotations

import unicodedata

_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINER = "\u200d"


def safe(text: str) -> str:
    """The text with every character that could move the cursor, colour, reorder or hide written as \\uXXXX.

    A zero-width joiner stays between two emoji, where it is part of one picture.
    """
    if text.isprintable():
        return text
    shown = []
    for index, character in enumerate(text):
        if unicodedata.category(character) not in _SHOWN or (
            character == _JOINER and _joins_emoji(text, index)
        ):
            shown.append(character)
        else:
            shown.append(_escape(character))
    return "".join(shown)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _joins_emoji(text: str, index: int) -> bool:
    before = text[:index].rstrip("\ufe0f")[-1:]
    after = text[index + 1 : index + 2]
    return _is_emoji(before) and _is_emoji(after)


def _is_emoji(character: str) -> bool:
    return bool(character) and (
        unicodedata.category(character) == "So" or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
