"""For which date a file speaks, as its name tells; and when it was last written."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from pathlib import Path

# 2026-10-31, 20261031, 2026年10月31日; a month alone (2026-10, 202610, 2026年10月) is its last day.
_DATE = re.compile(
    r"(?<!\d)(20\d\d)(?P<mark>[-_.年/ ]?)(0?[1-9]|1[0-2])"
    r"(?:(?:(?P=mark)|月)(?:(?<=\D)0?[1-9]|0[1-9]|[12]\d|3[01]))?(?!\d)"
)


def named_date(name: str) -> date | None:
    """The one date in the name of a file; None where there is none, or several."""
    found = {day for match in _DATE.finditer(name) if (day := _date(match.group()))}
    return found.pop() if len(found) == 1 else None


def written_at(path: Path) -> int | None:
    """When the file was last written (Unix seconds); None for what is no file, as a pipe."""
    try:
        return int(path.stat().st_mtime)
    except FileNotFoundError:
        return None


def _date(text: str) -> date | None:
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    if len(numbers) == 1:  # written together
        digits = str(numbers[0])
        numbers = [int(digits[:4]), int(digits[4:6]), *([int(digits[6:])] if len(digits) > 6 else [])]
    year, month = numbers[:2]
    try:
        return date(year, month, numbers[2] if len(numbers) > 2 else monthrange(year, month)[1])
    except ValueError:
        return None
