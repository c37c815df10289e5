"""Which character parts the cells: the one that gives the most rows the same number of cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LOOK = 256 * 1024  # characters looked at
ROWS = 200
SPACES = " "  # one or more spaces between columns
ONE_COLUMN = "\x1f"  # parts nothing: commas in the only column are text
_DELIMITERS = (",", "\t", ";", "|", "，")
_SEP_LINE = re.compile(r'"?sep=(.)"?[ ,;\t]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    delimiter: str
    skip: int = 0  # lines before the table that say how to read it (sep=;)
    escape: str | None = None


def sniff(head: str) -> Dialect:
    """The dialect of a file that begins so."""
    lines = _whole_lines(head)
    told = _SEP_LINE.fullmatch(lines[0].strip("\r\n")) if lines else None
    if told:
        return Dialect(told[1], 1, _escape(lines[1:], told[1]))
    scores = {d: _score(lines, d) for d in _DELIMITERS}
    # A full-width comma is mostly punctuation inside cells: it parts them only where nothing else does.
    scores["，"] *= 0.5
    best = max(_DELIMITERS, key=lambda d: scores[d])
    if scores[best] < 0.25 and _aligned(lines):
        return Dialect(SPACES)
    chosen = best if scores[best] > 0 else ONE_COLUMN
    return Dialect(chosen, 0, _escape(lines, chosen))


def given(delimiter: str, head: str) -> Dialect:
    """The dialect where the user names the delimiter."""
    lines = _whole_lines(head)
    told = _SEP_LINE.fullmatch(lines[0].strip("\r\n")) if lines else None
    skip = 1 if told else 0
    return Dialect(delimiter, skip, None if delimiter == SPACES else _escape(lines[skip:], delimiter))


def _whole_lines(head: str) -> list[str]:
    lines = head.splitlines(keepends=True)
    return lines[:-1] if len(head) >= LOOK and len(lines) > 1 else lines


def _parse(
    lines: Iterable[str], delimiter: str, escape: str | None = None, strict: bool = False
) -> list[list[str]]:
    """Up to ROWS records that hold anything. A quote left open at the end ends the list."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(lines, delimiter=delimiter, strict=strict, escapechar=escape):
            if any(cell.strip() for cell in record):
                records.append(record)
                if len(records) == ROWS:
                    break
    except csv.Error:
        if strict:
            raise
    return records


def _score(lines: list[str], delimiter: str) -> float:
    """How evenly the delimiter parts the rows, weighed by the number of cells; 0 if it parts nothing.

    A header that it does not part speaks against it: it may be the separator inside a column of labels.
    """
    records = _parse(lines, delimiter)
    parted_first = bool(records) and len(records[0]) > 1
    if not parted_first:
        records = records[1:]
    counts = Counter(len(record) for record in records)
    parted = {n: c for n, c in counts.items() if n > 1}
    if not parted:
        return 0.0
    width, rows = max(parted.items(), key=lambda item: (item[1], item[0]))
    share = rows / len(records)
    if not parted_first and share < 0.7:
        return 0.0
    evenness = share**2 * (1 - 1 / width)
    return evenness if parted_first and len(records[0]) == width else evenness * 0.6


def _aligned(lines: list[str]) -> bool:
    """Whether columns stand under each other, parted by runs of spaces."""
    rows = [line for line in lines[:ROWS] if line.strip()]
    if len(rows) < 2:
        return False
    counts = Counter(len(row.split()) for row in rows)
    width, number = counts.most_common(1)[0]
    wide = sum(1 for row in rows if re.search(r"\S {2,}\S|^ +\S", row))
    return width > 1 and number >= 0.9 * len(rows) and wide >= 0.5 * len(rows)


def _escape(lines: list[str], delimiter: str) -> str | None:
    """A backslash, where it marks quotes inside cells and doubled quotes do not explain the rows."""
    if not any('\\"' in line for line in lines):
        return None
    try:
        _parse(lines, delimiter, strict=True)
    except csv.Error:
        try:
            _parse(lines, delimiter, escape="\\", strict=True)
        except csv.Error:
            return None
        return "\\"
    return None
