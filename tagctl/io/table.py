"""What every reader gives: a table with one row of headers, and rows of text cells.

A format's reader supplies records from the top of the file; here the header row is found among them,
headers are checked, and the whole file is surveyed once, so that whatever refuses a file is raised
before anything is imported from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import guard, headerrow
from tagctl.messages import _
from tagctl.normalise import identity

MAX_CELL = 1_048_576  # characters; more is a damaged file, not a cell
_TOLD = 20  # duplicate headers named at once
SAMPLE_HEAD = 5_000
SAMPLE_REST = 10_000


class Row(NamedTuple):
    """One row. `number` counts as a spreadsheet program shows it, title and blank rows included.

    `texts` is what a person sees ('' is empty), `values` runs parallel where the format has types
    (date, datetime, time, timedelta, float, int, bool, ErrorCell; None elsewhere). A row with an
    `error` (ragged-row, bad-quotes, bad-json) holds its cells as they came, not aligned to the headers.
    """

    number: int
    texts: Sequence[str]
    values: Sequence[object] | None = None
    error: str | None = None


class ErrorCell(NamedTuple):
    """A spreadsheet's error in place of a value: #N/A, #DIV/0!"""

    text: str


Records = Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class TableFile:
    """An open file. `count` is the number of rows below the header, `blank` of them are empty and not
    given by `rows()`; rows() therefore yields count - blank rows, those with an `error` included.

    `sample` holds the first rows and an even selection of the others. `guarded` tells whether a leading
    apostrophe may be a guard to drop (not in jsonl). `notes` are sentences for the report. `data` is where
    the bytes are, if not at `path`.
    """

    path: Path
    format: str
    headers: tuple[str, ...]
    records: Records
    sample: tuple[Row, ...]
    count: int
    blank: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    notes: tuple[str, ...] = ()
    guarded: bool = True
    data: Path | None = None

    def rows(self) -> Iterator[Row]:
        """The rows below the header, streaming; may be called again."""
        return self.records()

    def sha256(self) -> str:
        """The hash of the bytes that are read: unpacked ones, where the file is packed."""
        with (self.data or self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def location(self, row: int | None = None, header: str | None = None) -> Location:
        """A place in this file."""
        return Location(file=self.path.name, sheet=self.sheet, row=row, header=header)


@dataclass(frozen=True, slots=True)
class Raw:
    """What a format's reader knows before the header row is looked for."""

    path: Path
    format: str
    records: Records  # every record of the file, numbered from 1
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notes: tuple[str, ...] = ()
    guarded: bool = True
    named: bool = False  # the first record holds the headers, whatever it looks like
    data: Path | None = None


def build(raw: Raw, *, header_row: int | None = None, no_header: bool = False) -> TableFile:
    """Find the header row, check the headers, survey the rows. Raises DataError, UsageProblem."""
    if raw.named and (header_row or no_header):
        raise UsageProblem(
            _problem(
                raw,
                "no-header-row",
                _("The columns of a {format} file have names of their own.").format(format=raw.format),
                _("Leave out --header-row and --no-header."),
            )
        )
    top = list(islice(raw.records(), max(headerrow.LOOK, header_row or 0)))
    if not any(_filled(row.texts) for row in top):
        raise DataError(_problem(raw, "empty-file", _("The file holds no rows."), _("Export it again.")))
    if no_header:
        start = 0
        width = max(len(row.texts) for row in top)
        names: list[str] = [""] * width
    else:
        start = _header_index(raw, top, header_row)
        names = [_clean(text, raw.guarded) for text in top[start - 1].texts]
    repeated = _repeated(names)
    doubtful = [i for i, name in enumerate(names) if not name or i in repeated]
    used, sample, count, blank = _survey(raw.records, start, doubtful)
    if no_header:
        names = [f"column {i}" for i in range(1, len(names) + 1)]
        keep = list(range(len(names)))
    else:
        keep = [i for i in range(len(names)) if i in used or i not in doubtful]
    notes = list(raw.notes)
    left_out = [str(i + 1) for i in repeated if i not in keep]
    if left_out:
        notes.append(
            _("Columns without a cell whose header stands twice are left out: {numbers}").format(
                numbers=", ".join(left_out)
            )
        )
    unnamed = [i for i in keep if not names[i]]
    if unnamed:
        notes.append(
            _("Columns without a header are called {names}.").format(
                names=", ".join(f"column {i + 1}" for i in unnamed)
            )
        )
    named = [(i, names[i] or f"column {i + 1}") for i in keep]
    _refuse_duplicates(raw, start, named)
    if start > 1:
        notes.append(_("The header is row {row}; rows above it are skipped.").format(row=start))
    shape = _shape(keep)
    return TableFile(
        path=raw.path,
        format=raw.format,
        headers=tuple(name for _i, name in named),
        records=lambda: _body(raw.records, start, *shape),
        sample=tuple(_body(lambda: iter(sample), 0, *shape)),
        count=count,
        blank=blank,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        sheet=raw.sheet,
        header_row=None if no_header or raw.named else start,
        notes=tuple(notes),
        guarded=raw.guarded,
        data=raw.data,
    )


def _header_index(raw: Raw, top: list[Row], wanted: int | None) -> int:
    """The number of the header row, given or found."""
    if raw.named:
        return 1
    if wanted is not None:
        if not 1 <= wanted <= len(top) or not _filled(top[wanted - 1].texts):
            raise UsageProblem(
                _problem(
                    raw,
                    "bad-header-row",
                    _("Row {row} cannot be the header: it is empty or not there.").format(row=wanted),
                    _("Give --header-row the number of the row that holds the column names."),
                )
            )
        return wanted
    found = headerrow.find([row.texts for row in top])
    if headerrow.looks_like_data(top[found - 1].texts):
        text = ", ".join(top[found - 1].texts[:5])
        raise DataError(
            _problem(
                raw,
                "no-header",
                _("Row {row} looks like data, not like a header: {text}").format(row=found, text=text),
                _("If the file has no header, add --no-header; else name its row with --header-row."),
                row=found,
            )
        )
    return found


def _survey(records: Records, start: int, doubtful: list[int]) -> tuple[set[int], list[Row], int, int]:
    """Read everything once: which doubtful columns hold data, a sample, how many rows, how many blank."""
    used: set[int] = set()
    head: list[Row] = []
    rest: list[Row] = []
    stride = 50
    count = blank = 0
    for row in islice(records(), start, None):
        count += 1
        texts = row.texts
        if not texts or (not texts[0].strip() and not _filled(texts)):
            blank += 1
            continue
        if doubtful and row.error is None:
            used.update(i for i in doubtful if i < len(texts) and texts[i].strip())
        if len(head) < SAMPLE_HEAD:
            head.append(row)
        elif count % stride == 0:
            rest.append(row)
            if len(rest) >= SAMPLE_REST:
                rest = rest[1::2]
                stride *= 2
    return used, head + rest, count, blank


Shape = tuple[int, Callable[[Sequence[str]], Sequence[str]] | None]


def _shape(keep: list[int]) -> Shape:
    """How many cells a row must have, and how to pick the named ones (None: all of them)."""
    width = keep[-1] + 1 if keep else 0
    if keep == list(range(width)):
        return width, None
    if len(keep) == 1:
        only = keep[0]
        return width, lambda cells: (cells[only],)
    return width, itemgetter(*keep)


def _body(
    records: Records, start: int, width: int, pick: Callable[[Sequence[str]], Sequence[str]] | None
) -> Iterator[Row]:
    """The rows below the header, without blank ones, ragged ones marked."""
    for row in islice(records(), start, None):
        number, texts, values, error = row
        if error is not None:
            yield row
            continue
        if not texts or (not texts[0].strip() and not _filled(texts)):
            continue
        if len(texts) != width:
            if len(texts) < width or _filled(texts[width:]):
                yield Row(number, texts, None, "ragged-row")
                continue
            texts = texts[:width]
            values = values[:width] if values is not None else None
            row = Row(number, texts, values)
        if pick is not None:
            row = Row(number, pick(texts), None if values is None else pick(values))  # type: ignore[arg-type]
        yield row


def _filled(texts: Sequence[str]) -> bool:
    return any(text and not text.isspace() for text in texts)


def _clean(header: str, guarded: bool) -> str:
    """A header as field name: one line, no guard apostrophe."""
    name = " ".join(header.split())
    return guard.unguard(name) if guarded else name


def _repeated(names: list[str]) -> list[int]:
    """Columns whose header an earlier one has."""
    first: dict[str, int] = {}
    return [i for i, name in enumerate(names) if name and first.setdefault(identity(name), i) != i]


def _refuse_duplicates(raw: Raw, row: int, named: list[tuple[int, str]]) -> None:
    problems = []
    first: dict[str, tuple[int, str]] = {}
    for index, name in named:
        earlier = first.setdefault(identity(name), (index, name))
        if earlier[0] != index:
            problems.append(
                _problem(
                    raw,
                    "duplicate-header",
                    _("Columns {first} and {second} have the same header: {a}, {b}").format(
                        first=earlier[0] + 1, second=index + 1, a=earlier[1], b=name
                    ),
                    _("Rename one of them in the file."),
                    row=row,
                    header=name,
                )
            )
    if problems:
        raise DataError(problems[:_TOLD])


def _problem(
    raw: Raw, code: str, what: str, next_: str, *, row: int | None = None, header: str | None = None
) -> Problem:
    location = Location(file=raw.path.name, sheet=raw.sheet, row=row, header=header)
    return Problem(code, what, next_, location)
