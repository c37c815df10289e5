"""CSV, TSV and other delimited text, and columns aligned by spaces."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, islice, repeat
from pathlib import Path
from typing import TextIO

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import dialect, encoding
from tagctl.io.dialect import SPACES, Dialect
from tagctl.io.table import MAX_CELL, Raw, Row
from tagctl.messages import _


def read(
    path: Path,
    wanted_encoding: str | None = None,
    wanted_delimiter: str | None = None,
    promised: str | None = None,
) -> Raw:
    """The records of a delimited file; `promised` is the delimiter that its name speaks of.

    Raises DataError, UsageProblem.
    """
    found = encoding.detect(path, wanted_encoding)
    with _open(path, found.name) as file:
        head = file.read(dialect.LOOK)
    if wanted_delimiter is not None:
        shape = dialect.given(_delimiter(wanted_delimiter), head)
    else:
        shape = dialect.sniff(head, promised)
    return Raw(
        path=path,
        format="tsv" if shape.delimiter == "\t" else "csv",
        records=_records(path, found.name, shape),
        encoding=found.name,
        delimiter=None if shape.delimiter == dialect.ONE_COLUMN else shape.delimiter,
        notes=tuple(_notes(found, shape)),
    )


def _notes(found: encoding.Encoding, shape: Dialect) -> Iterator[str]:
    if found.note:
        yield found.note
    if shape.quote == "'":
        yield _("Cells stand in single quotes, which are left out.")


def _delimiter(wanted: str) -> str:
    named = {
        "tab": "\t",
        "\\t": "\t",
        "space": SPACES,
        "spaces": SPACES,
        "comma": ",",
        "semicolon": ";",
        "pipe": "|",
    }
    found = named.get(wanted.lower(), wanted)
    if found != SPACES and (len(found) != 1 or found in '\r\n"'):
        raise UsageProblem(
            Problem(
                "bad-delimiter",
                _("{text} cannot be a delimiter.").format(text=wanted),
                _("Give one character, or tab, comma, semicolon, pipe, spaces."),
            )
        )
    return found


def _records(path: Path, encoding_name: str, shape: Dialect) -> Callable[[], Iterator[Row]]:
    if shape.delimiter == SPACES:
        return lambda: _aligned(path, encoding_name, shape)
    return lambda: _separated(path, encoding_name, shape)


def _separated(path: Path, encoding_name: str, shape: Dialect) -> Iterator[Row]:
    """The records, without a step of Python for each, up to the first that is misquoted."""
    csv.field_size_limit(MAX_CELL)
    numbers = count(shape.skip + 1)
    with _open(path, encoding_name) as file:
        yield from (Row(number, ()) for number, _line in enumerate(islice(file, shape.skip), 1))
        records = zip(numbers, shape.records(file), repeat(None), repeat(None), strict=False)
        try:
            yield from map(partial(tuple.__new__, Row), records)
            return
        except csv.Error:
            given = next(numbers) - 2  # the misquoted one took a number
    yield from islice(_carefully(path, encoding_name, shape), given, None)


def _aligned(path: Path, encoding_name: str, shape: Dialect) -> Iterator[Row]:
    with _open(path, encoding_name) as file:
        for number, line in enumerate(file, 1):
            if number > shape.skip:
                yield Row(number, line.split())
            else:
                yield Row(number, ())


def _carefully(path: Path, encoding_name: str, shape: Dialect) -> Iterator[Row]:
    """The records, where some are misquoted: these as their text."""
    with _open(path, encoding_name) as file:
        number = 0
        for _i in range(shape.skip):
            file.readline()
            number += 1
            yield Row(number, ())
        reader = shape.records(file)
        line = 0
        while True:
            try:
                for cells in reader:
                    number += 1
                    line = reader.line_num
                    yield Row(number, cells)
                return
            except csv.Error as error:
                number += 1
                text = _text(path, encoding_name, shape.skip + line, shape.skip + reader.line_num)
                if "unexpected end" in str(error) or "field limit" in str(error):
                    raise DataError(_unclosed(path, number, text)) from None
                line = reader.line_num
                yield Row(number, (text,), None, "bad-quotes")


def _text(path: Path, encoding_name: str, first: int, last: int) -> str:
    """The lines of a record that cannot be parted into cells."""
    with _open(path, encoding_name) as file:
        return "".join(islice(file, first, last)).rstrip("\r\n")


def _unclosed(path: Path, number: int, text: str) -> Problem:
    return Problem(
        "unclosed-quote",
        _(
            "A quote opened in this row is never closed, or its cell is longer than {limit} characters."
        ).format(limit=MAX_CELL),
        _('Close the quote, or double it ("") where it belongs to the text.'),
        Location(file=path.name, row=number),
        excerpt=text.split("\n", 1)[0][:200],
    )


def _open(path: Path, encoding_name: str) -> TextIO:
    return path.open(encoding=encoding_name, newline="")
