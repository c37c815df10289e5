"""The formula guard: text that a spreadsheet program would run as a formula gets an apostrophe in front.

`unguard(guard(text)) == text` for every text; import undoes what export (ours or another product's) did.
"""

from __future__ import annotations

import re
import unicodedata

_FORMULA = frozenset("=+-@\t\r＝＋－＠")
_TRIGGERS = _FORMULA | {"'"}
# A number, or a phone number of at least 7 digits: harmless, and unreadable with an apostrophe.
_NUMBER = re.compile(r"[+-](?:\d+(?:\.\d+)?|\d[\d ()\-]{5,}\d)", re.ASCII)
_LITERAL = re.compile(r'="([^"]*)"')


def guard(text: str) -> str:
    """The text, safe to open in a spreadsheet program."""
    return "'" + text if needs_guard(text) else text


def needs_guard(text: str) -> bool:
    """Whether the text starts like a formula (or with an apostrophe), and is no number or phone."""
    if not text:
        return False
    first = text[0]
    if first not in _TRIGGERS:
        # Blanks and invisible (bidi, zero-width) characters may hide the sign from the eye.
        return _hidden(first) and _visible(text)[:1] in _FORMULA
    return not (first in "+-" and _NUMBER.fullmatch(text))


def unguard(text: str) -> str:
    """The text without its guard: a leading apostrophe goes before a digit, another apostrophe or a sign;
    of `="0012"`, as shops write ids to save them from spreadsheets, what is within the quotes."""
    if text[:1] == "=" and (literal := _LITERAL.fullmatch(text.rstrip())):
        return literal[1]
    if text[:1] != "'" or len(text) == 1:
        return text
    rest = text[1:]
    if rest[0].isdigit() or rest[0] in _TRIGGERS or needs_guard(rest):
        return rest
    return text


def _visible(text: str) -> str:
    for index, character in enumerate(text):
        if not _hidden(character):
            return text[index:]
    return ""


def _hidden(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cf", "Cc")
