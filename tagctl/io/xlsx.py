"""Writes xlsx: every text a typed text cell (never a formula or link), numbers and dates as such."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.io import packed
from tagctl.io.guard import unguard
from tagctl.messages import _
from tagctl.model import MONEY_SCALE
from tagctl.record import record

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MAX_TEXT = 32_767
MAX_ROWS = 1_048_576
_MAX_EXACT = 10**15  # the digits that a spreadsheet keeps
_DAY_ZERO = date(1899, 12, 30).toordinal()  # from which a spreadsheet counts days
_LOOK = 200  # rows that decide the widths

Cell = Callable[[int, int, Any], None]


@record
class Choice:
    """A column in which one of some words is to be chosen; `advice` shows where a cell of it is entered."""

    words: Sequence[str]
    advice: str


def write_xlsx(
    file: IO[bytes],
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[Any]],
    timezone: ZoneInfo,
    name: str,
    choices: Mapping[int, Choice] | None = None,
) -> tuple[int, int]:
    """Rows and cells with an apostrophe written. Raises UsageProblem where a sheet cannot hold them. With
    `choices`, by the number of the column, the sheet is one to fill in: with drop-downs and a filter."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False},
    )
    sheet = book.add_worksheet()
    writer = _Sheet(book, sheet, timezone, name, columns)
    iterator = iter(rows)
    first = list(islice(iterator, _LOOK))
    for index, (column, kind) in enumerate(zip(columns, types, strict=True)):
        width = max([_width(column), *(_width(writer.shown(kind, row[index])) for row in first)], default=8)
        sheet.set_column(index, index, min(max(width + 2, 8), 60))
    sheet.freeze_panes(1, 0)
    header = book.add_format({"bold": True})
    for index, column in enumerate(columns):
        sheet.write_string(0, index, writer.text(0, index, column), header)
    put = [writer.cell(kind) for kind in types]
    count = 0
    for source in (first, iterator):
        for row in source:
            count += 1
            if count >= MAX_ROWS:
                raise _too_many(name)
            for index, value in enumerate(row):
                if value is not None:
                    put[index](count, index, value)
    if choices:
        _to_fill_in(sheet, choices, count, len(columns))
    book.close()
    return count, writer.guarded


def _to_fill_in(sheet: Worksheet, choices: Mapping[int, Choice], rows: int, columns: int) -> None:
    for column, choice in choices.items():
        rule = {
            "validate": "list",
            "source": list(choice.words),
            "ignore_blank": True,
            "input_message": choice.advice[:255],
        }
        sheet.data_validation(1, column, max(rows, 1), column, rule)
    sheet.autofilter(0, 0, rows, columns - 1)


class _Sheet:
    """Writes cells by type, counting what import would otherwise misread."""

    def __init__(
        self, book: Workbook, sheet: Worksheet, timezone: ZoneInfo, name: str, columns: Sequence[str]
    ) -> None:
        self.guarded = 0
        self._sheet = sheet
        self._timezone = timezone
        self._name = name
        self._columns = columns
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._amount = book.add_format({"num_format": "0.00##"})

    def cell(self, kind: str) -> Cell:
        """How to write a cell of this type."""
        by_type: dict[str, Cell] = {
            "number": self._put_number,
            "money": self._put_money,
            "date": self._put_date,
            "datetime": self._put_moment,
            "bool": self._put_bool,
            "tags": self._put_tags,
        }
        return by_type.get(kind, self._put_text)

    def text(self, row: int, column: int, value: str) -> str:
        """The text as a cell may hold it: import drops certain apostrophes, so those are doubled."""
        if len(value) > MAX_TEXT:
            raise UsageProblem(
                Problem(
                    "cell-too-long",
                    _("A cell of {length} characters does not fit into xlsx ({limit} at most).").format(
                        length=len(value), limit=MAX_TEXT
                    ),
                    _("Export to csv or jsonl, or leave this column out."),
                    Location(file=self._name, row=row + 1, header=self._columns[column]),
                )
            )
        if unguard(value) != value:
            self.guarded += 1
            return "'" + value
        return value

    def shown(self, kind: str, value: object) -> str:
        """About what stands in the cell, for its width."""
        if value is None:
            return ""
        if kind == "datetime":
            return "2024-01-01 00:00:00"
        if kind == "tags":
            return _packed(value)
        return str(value)

    def _put_text(self, row: int, column: int, value: object) -> None:
        self._sheet.write_string(row, column, self.text(row, column, str(value)))

    def _put_tags(self, row: int, column: int, value: object) -> None:
        self._put_text(row, column, _packed(value))

    def _put_bool(self, row: int, column: int, value: int) -> None:
        self._sheet.write_boolean(row, column, bool(value))

    def _put_number(self, row: int, column: int, value: float) -> None:
        if float(f"{value:.15g}") == value:
            self._sheet.write_number(row, column, value)
        else:  # a spreadsheet would drop its last digits
            self._sheet.write_string(row, column, repr(float(value)))

    def _put_money(self, row: int, column: int, value: int) -> None:
        if abs(value) < _MAX_EXACT:
            self._sheet.write_number(row, column, value / MONEY_SCALE, self._amount)
        else:
            from tagctl.io.writing import money

            self._sheet.write_string(row, column, money(value))

    def _put_date(self, row: int, column: int, value: str) -> None:
        day = date.fromisoformat(value)
        if day.year < 1901:  # a spreadsheet's calendar begins in 1900, and its first weeks are wrong
            self._sheet.write_string(row, column, value)
        else:
            self._sheet.write_number(row, column, day.toordinal() - _DAY_ZERO, self._day)

    def _put_moment(self, row: int, column: int, value: int) -> None:
        from tagctl.io.writing import local, moment_of

        moment = moment_of(value, self._timezone)
        if moment.year < 1901 or moment.fold:
            self._sheet.write_string(row, column, local(value, self._timezone))
        else:
            seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
            serial = moment.toordinal() - _DAY_ZERO + seconds / 86_400
            self._sheet.write_number(row, column, serial, self._moment)


def _packed(value: object) -> str:
    found = json.loads(value) if isinstance(value, str) else value
    return packed.join([str(item) for item in found] if isinstance(found, Iterable) else [])


def _width(text: str) -> int:
    return max((sum(2 if c > "\u2e7f" else 1 for c in line) for line in text.split("\n")), default=0)


def _too_many(name: str) -> UsageProblem:
    return UsageProblem(
        Problem(
            "too-many-rows",
            _("A sheet holds {limit} rows at most.").format(limit=MAX_ROWS),
            _("Export to csv."),
            Location(file=name),
        )
    )
