"""Which character parts the cells: the one that gives the most rows the same number of cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import StringIO

LOOK = 256 * 1024  # characters looked at
ROWS = 200
SPACES = " "  # one or more spaces between columns
ONE_COLUMN = "\x1f"  # parts nothing: commas in the only column are text
_DELIMITERS = (",", "\t", ";", "|", "，", "；")
# Full-width ones are mostly punctuation inside cells: they part them only where nothing else does.
_WEIGHTS = {"，": 0.5, "；": 0.5}
_NAMED = 1.25  # the weight of the delimiter that the file's name promises
_SEP_LINE = re.compile(r'"?sep=(.)"?[ ,;\t]*', re.IGNORECASE)
_SINGLE = re.compile(r"(?:^|[,\t;|，；]) ?'(?:[^']|'')*'(?=[,\t;|，；\r\n]|$)")
_BACKSLASH = re.compile(r"\\(.)")
_MARK = "\0"  # stands for an escaped quote until the cells are parted; no file that is read holds one


@dataclass(frozen=True, slots=True)
class Dialect:
    """`skip` lines before the table say how to read it (sep=;). `escaped`: a backslash stands before quotes
    inside cells. `spaced`: spaces may stand between a delimiter and a quote."""

    delimiter: str
    skip: int = 0
    quote: str = '"'
    escaped: bool = False
    spaced: bool = False

    def records(self, lines: Iterable[str]) -> Reader:
        """The lines parted into cells. Strict: what is misquoted raises csv.Error."""
        return Reader(self, lines)


class Reader:
    """Iterates over records; may be iterated on after an error."""

    def __init__(self, shape: Dialect, lines: Iterable[str]) -> None:
        self._source = csv.reader(
            _marked(lines, shape.quote) if shape.escaped else lines,
            delimiter=shape.delimiter,
            quotechar=shape.quote,
            skipinitialspace=shape.spaced,
            strict=True,
        )
        self._records: Iterator[list[str]] = self._source
        if shape.escaped:
            # Not a generator: that would end at the first error.
            self._records = map(self._unmarked, self._source)
        self._quote = shape.quote

    def _unmarked(self, row: list[str]) -> list[str]:
        return [cell.replace(_MARK, self._quote) for cell in row]

    @property
    def line_num(self) -> int:
        """How many lines were taken."""
        return self._source.line_num

    def __iter__(self) -> Iterator[list[str]]:
        return self._records


def sniff(head: str, promised: str | None = None) -> Dialect:
    """The dialect of a file that begins so; `promised` is the delimiter that its name speaks of."""
    lines, told = _whole_lines(head)
    if told:
        return _quoting(Dialect(told, 1), lines)
    quote = _quote(lines)
    weights = {d: _NAMED if d == promised else _WEIGHTS.get(d, 1.0) for d in _DELIMITERS}
    scores = {d: _score(lines, Dialect(d, quote=quote)) * weights[d] for d in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda d: scores[d])
    if scores[best] < 0.25 and _aligned(lines):
        return Dialect(SPACES)
    return _quoting(Dialect(best if scores[best] > 0 else ONE_COLUMN), lines)


def given(delimiter: str, head: str) -> Dialect:
    """The dialect where the user names the delimiter."""
    lines, told = _whole_lines(head)
    found = Dialect(delimiter, 1 if told else 0)
    return found if delimiter == SPACES else _quoting(found, lines)


def _whole_lines(head: str) -> tuple[list[str], str | None]:
    """The lines of the table, and what a sep= line above them names."""
    lines = list(StringIO(head, newline=""))  # splitlines() knows ends of lines that a file does not
    if len(head) >= LOOK and len(lines) > 1:
        lines.pop()
    told = _SEP_LINE.fullmatch(lines[0].strip("\r\n")) if lines else None
    return (lines[1:], told[1]) if told else (lines, None)


def _quoting(shape: Dialect, lines: list[str]) -> Dialect:
    """How cells are quoted, where plain double quotes do not explain the rows as well."""
    shape = replace(shape, quote=_quote(lines))
    escaped = replace(shape, escaped=True)
    if any("\\" + shape.quote in line for line in lines) and not _readable(lines, shape):
        return escaped if _readable(lines, escaped) else shape
    spaced = replace(shape, spaced=True)
    if any(f"{shape.delimiter} {shape.quote}" in line for line in lines):
        return spaced if _score(lines, spaced) > _score(lines, shape) else shape
    return shape


def _quote(lines: list[str]) -> str:
    """A single quote, where most lines have cells wholly in them, and none in double ones."""
    rows = [line for line in lines[:ROWS] if line.strip()]
    single = sum(1 for line in rows if _SINGLE.search(line))
    double = any(re.search(r'(?:^|[,\t;|，；]) ?"', line) for line in rows)
    return "'" if single * 2 > len(rows) and not double else '"'


def _marked(lines: Iterable[str], quote: str) -> Iterator[str]:
    r"""Lines with \" marked and \\ as one backslash; any other backslash is text (C:\new)."""
    meanings = {quote: _MARK, "\\": "\\"}
    for line in lines:
        yield _BACKSLASH.sub(lambda m: meanings.get(m[1], m[0]), line) if "\\" in line else line


def _readable(lines: list[str], shape: Dialect) -> bool:
    """Whether the first records are well quoted; what is left open at the end may go on there."""
    try:
        for number, _record in enumerate(shape.records(lines)):
            if number == ROWS:
                break
    except csv.Error as error:
        return "unexpected end" in str(error)
    return True


def _parse(lines: list[str], shape: Dialect) -> list[list[str]]:
    """Up to ROWS records that hold anything. A row that is misquoted counts as one cell."""
    records: list[list[str]] = []
    reader = shape.records(lines)
    while len(records) < ROWS:
        try:
            for record in reader:
                if any(cell.strip() for cell in record):
                    records.append(record)
                    if len(records) == ROWS:
                        break
            break
        except csv.Error as error:
            if "unexpected end" in str(error):
                break
            records.append([""])
    return records


def _score(lines: list[str], shape: Dialect) -> float:
    """How evenly the delimiter parts the rows, weighed by the number of cells; 0 if it parts nothing.

    A header that it does not part speaks against it: it may be the separator inside a column of labels.
    """
    records = _parse(lines, shape)
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
