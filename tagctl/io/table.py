"""What every reader gives: a table with one row of headers, and rows of text cells.

A format's reader supplies records from the top of the file; here the header row is found among them,
headers are checked, and the whole file is surveyed once, so that whatever refuses a file is raised
before anything is imported from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from tagctl.errors import DataError, Location, UsageProblem
from tagctl.io import guard, headerrow, heading
from tagctl.messages import _

MAX_CELL = 1_048_576  # characters; more is a damaged file, not a cell
SAMPLE_HEAD = 5_000
SAMPLE_REST = 10_000
_BLOCK = 100  # rows that are looked at together: few, so that they stay in the processor's cache


class Row(NamedTuple):
    """One row. `number` counts as a spreadsheet program shows it, title and blank rows included.

    `texts` is what a person sees ('' is empty), `values` runs parallel where the format has types
    (date, datetime, time, timedelta, float, int, bool, ErrorCell; None elsewhere). A row with an
    `error` (ragged-row, repeated-header, bad-quotes, bad-json) holds its cells as they came, not
    aligned to the headers.
    """

    number: int
    texts: Sequence[str]
    values: Sequence[object] | None = None
    error: str | None = None


class ErrorCell(NamedTuple):
    """A spreadsheet's error in place of a value: #N/A, #DIV/0!, or a formula that was never calculated."""

    text: str
    code: str = "error-cell"


Merge = tuple[int, int, int, int]  # top, left, bottom, right of merged cells, from 1
Records = Callable[[], Iterator[Row]]
HeaderRow = int | tuple[int, int] | None  # one row, or the first and last of several


class Opening(NamedTuple):
    """How a file is to be read, where the user says so; all else is found in it."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: HeaderRow = None
    no_header: bool = False


AS_FOUND = Opening()


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
    merged: tuple[Merge, ...] = ()


def build(raw: Raw, *, header_row: HeaderRow = None, no_header: bool = False) -> TableFile:
    """Find the header row or rows, check the headers, survey the rows. Raises DataError, UsageProblem."""
    if raw.named and (header_row or no_header):
        raise UsageProblem(
            heading.problem(
                raw,
                "no-header-row",
                _("The columns of a {format} file have names of their own.").format(format=raw.format),
                _("Leave out --header-row and --no-header."),
            )
        )
    wanted = (header_row, header_row) if isinstance(header_row, int) else header_row
    top = list(islice(raw.records(), max(headerrow.LOOK, wanted[1] if wanted else 0)))
    if not any(_filled(row.texts) for row in top):
        raise DataError(
            heading.problem(raw, "empty-file", _("The file holds no rows."), _("Export it again."))
        )
    if wanted is None and not no_header:
        from tagctl.io import card

        raw, top = card.turned(raw, top)
    if no_header:
        first = start = 0
        width = max(len(row.texts) for row in top)
        names: list[str] = [""] * width
    else:
        first, start, names = heading.header(raw, top, wanted)
        if raw.guarded:
            names = [guard.unguard(name) for name in names]
    repeated = heading.repeated(names)
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
    heading.refuse_duplicates(raw, start, named)
    notes += headerrow.notes(first, start, raw.merged)
    again = None if no_header or raw.named or start > first else top[start - 1].texts
    body = partial(_body, shape=_shape(keep), header=again)
    return TableFile(
        path=raw.path,
        format=raw.format,
        headers=tuple(name for _i, name in named),
        records=lambda: body(islice(raw.records(), start, None)),
        sample=tuple(body(sample)),
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


def _survey(records: Records, start: int, doubtful: list[int]) -> tuple[set[int], list[Row], int, int]:
    """Read everything once: which doubtful columns hold data, a sample, how many rows, how many blank."""
    used: set[int] = set()
    head: list[Row] = []
    rest: list[Row] = []
    stride = 50
    count = blank = 0
    rows = islice(records(), start, None)
    while block := list(islice(rows, _BLOCK)):
        before, count = count, count + len(block)
        given = block if _begin_filled(block) else [row for row in block if _filled(row.texts)]
        blank += len(block) - len(given)
        for i in doubtful:
            if any(i < len(row.texts) and row.texts[i].strip() for row in given if row.error is None):
                used.add(i)
        if len(head) < SAMPLE_HEAD:
            head += given
            continue
        rest += [row for row in block[-(before + 1) % stride :: stride] if _filled(row.texts)]
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


def _body(rows: Iterable[Row], *, shape: Shape, header: Sequence[str] | None) -> Iterator[Row]:
    """Rows below the header without blank ones; ragged ones are marked, and where files were joined, the
    headers of the later ones."""
    again = {header[0], f"\ufeff{header[0]}"} if header and len(header) > 1 else set()
    rows = iter(rows)
    while block := list(islice(rows, _BLOCK)):
        if shape[1] is None and _regular(block, shape[0], again):
            yield from block
        else:
            yield from _shaped(block, shape, again, header)


def _regular(block: Sequence[Row], width: int, again: set[str]) -> bool:
    """Whether every row is one of data as it is, told without a step of Python for each."""
    return (
        {len(row[1]) for row in block} == {width}
        and _begin_filled(block)
        and again.isdisjoint([row[1][0] for row in block])
        and all(row[3] is None for row in block)
    )


def _begin_filled(block: Sequence[Row]) -> bool:
    """Whether the first cell of every row says something."""
    first = [row[1][0] if row[1] else "" for row in block]
    return "" not in first and not any(map(str.isspace, first))


def _shaped(
    block: Iterable[Row], shape: Shape, again: set[str], header: Sequence[str] | None
) -> Iterator[Row]:
    width, pick = shape
    for row in block:
        number, texts, values, error = row
        if error is not None:
            yield row
            continue
        if not texts or (not texts[0].strip() and not _filled(texts)):
            continue
        if texts[0] in again and header and list(texts[1:]) == list(header[1:]):
            yield Row(number, texts, None, "repeated-header")
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
