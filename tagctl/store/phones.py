"""Phone numbers in one form: E.164, such as +8613800138000, read as people of a region write them.

What data/regions.json knows of a country is its calling code, its prefix within the country and what a
national number looks like: enough to tell which texts are the same number, and which are none.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")  # by far the most of them: spared the rest
_LOOKS = re.compile(r"\+?[\d\s().\-–—/·]+")
_LEAST, _MOST = 7, 15  # digits, the calling code included
_INTERNATIONAL = re.compile(r"\+|00(?=[1-9])|011(?=[1-9]\d{9})")


def e164(text: str, region: str) -> str | None:
    """The number as +86…; None for a text that is no whole number of one subscriber.

    `region` (CN, US …) is the country of numbers that are written without one. Extensions, short and local
    numbers and two numbers in one text give None.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip()
    if region == "CN" and (mobile := _MOBILE.fullmatch(text)):
        return f"+86{mobile[1]}"
    if not _LOOKS.fullmatch(text):
        return None
    digits = re.sub(r"[^\d+]", "", text.replace("(0)", ""))
    abroad = _INTERNATIONAL.match(digits)
    if abroad is not None:
        return _of_code(digits[abroad.end() :])
    home = _regions().get(region)
    if home is None:
        return None
    return _national(digits, home) or (_of_code(digits) if digits.startswith(home["code"]) else None)


def region_of(timezone: str) -> str:
    """The region in which this time zone is kept; CN where that cannot be told."""
    return next((region for region, known in _regions().items() if timezone in known["zones"]), "CN")


def is_region(text: str) -> bool:
    """Whether this names a region (two capital letters)."""
    return text in _regions()


def _of_code(digits: str) -> str | None:
    """A number that begins with its calling code."""
    for length in (1, 2, 3):
        for region in _by_code().get(digits[:length], ()):
            found = _national(digits[length:], _regions()[region])
            if found is not None:
                return found
    return None


def _national(digits: str, region: Mapping[str, Any]) -> str | None:
    trunk = region["trunk"]
    written = [digits]
    if trunk and digits.startswith(trunk):
        written.insert(0, digits[len(trunk) :])
    for number in written:
        whole = region["code"] + number
        if _LEAST <= len(whole) <= _MOST and _pattern(region["number"]).fullmatch(number):
            return f"+{whole}"
    return None


@cache
def _regions() -> dict[str, dict[str, Any]]:
    data = json.loads((Path(__file__).parent / "data" / "regions.json").read_text("utf-8"))
    found: dict[str, dict[str, Any]] = data["regions"]
    return found


@cache
def _by_code() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for region, known in _regions().items():
        found.setdefault(known["code"], []).append(region)
    return found


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)
