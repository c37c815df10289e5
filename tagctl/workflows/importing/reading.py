"""One pass over a file: cells to stored values, batch by batch and column by column, into the stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import compress, islice
from typing import Any

from tagctl.io.cells import CellError, Converter, error_cell
from tagctl.io.headers import TAG
from tagctl.io.marks import mark, unclear
from tagctl.io.table import ErrorCell, Row, TableFile
from tagctl.io.totals import aside, no_aside
from tagctl.messages import _
from tagctl.store.identifiers import CONTACTS, may_be_nobody
from tagctl.store.labels import Cells
from tagctl.store.staging import CLEAR, Stage
from tagctl.workflows.importing.accounting import Account
from tagctl.workflows.importing.currency import Currencies, Wanting
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.mapping import ColumnMapping
from tagctl.workflows.importing.rejecting import Rejects

_BATCH = 200  # rows: few, so that they stay in the processor's cache

Values = list[Any]


@dataclass(slots=True)
class Tally:
    """What one pass met: rows staged and rejected, of those unread (left out before their key was looked
    at); per column filled and bad cells; columns of contacts in which somebody may be nobody."""

    staged: int = 0
    rejected: int = 0
    unread: int = 0
    filled: dict[int, int] = field(default_factory=dict)
    bad: dict[int, int] = field(default_factory=dict)
    suspects: set[int] = field(default_factory=set)


class Pass:
    """Reads a table into a stage. One object per file."""

    def __init__(
        self,
        table: TableFile,
        mapping: ColumnMapping,
        converters: dict[int, Converter],
        stage: Stage,
        cells: Cells,
        rejects: Rejects,
        currencies: Currencies,
        *,
        strict: bool,
    ) -> None:
        self.tally = Tally()
        self.account = Account(mapping.columns(), guarded=table.guarded, silent=cells.silent)
        self._table = table
        self._mapping = mapping
        self._converters = converters
        self._stage = stage
        self._cells = cells
        self._rejects = rejects
        self._currencies = currencies
        self._strict = strict

    def run(self) -> Tally:
        """Stage all rows."""
        rows = self._table.rows()
        while batch := list(islice(rows, _BATCH)):
            self._stage.add(self._staged(batch))
        self._cells.flush()
        return self.tally

    def _staged(self, batch: list[Row]) -> Iterator[Sequence[Any]]:
        """The rows of a batch as the stage takes them, rejected ones left out."""
        whole = [row for row in batch if row.error is None]
        if len(whole) < len(batch):
            self._reject_misshapen(batch)
        whole = self._without_asides(whole)
        whole, foreign = self._with_rates(whole)
        if not whole:
            return iter(())
        texts = list(zip(*[row[1] for row in whole], strict=True))
        typed: list[Sequence[object] | None] | None = None
        if whole[0].values is not None:
            columns = zip(*(row.values or () for row in whole), strict=True)
            typed = [None if column.count(None) == len(column) else column for column in columns]
        take = [True] * len(whole)  # rows not rejected
        unread: list[tuple[int, int]] = []
        done: list[tuple[Column, Values, dict[int, CellError]]] = []

        def converted(column: Column, *, required: bool = False) -> Values:
            kinds = foreign if column.type == "money" else {}
            values, errors = self._convert(column, texts[column.index], typed and typed[column.index], kinds)
            self._count(column, values, errors)
            if column.role in CONTACTS and may_be_nobody(values):
                self.tally.suspects.add(column.index)
            self._reject(column, whole, errors, take, whole_row=required or self._strict)
            unread.extend((whole[index].number, column.index) for index in errors)
            done.append((column, values, errors))
            if self._stage.clears and not required:
                values = [CLEAR if v is None and i not in errors else v for i, v in enumerate(values)]
            return values

        mapping = self._mapping
        keys = converted(mapping.key, required=True)
        fixed = [[row.number for row in whole], keys]
        own: Values = []
        if mapping.at is not None:
            times = converted(mapping.at, required=True)
        values = [converted(column) for column in mapping.values]
        if mapping.at is not None:
            own, identities = self._identities(keys, times, values)
            fixed += [times, own, identities]
            self._require(mapping.at, times, own, whole, take)
            places = {column.index: place for place, column in enumerate(mapping.values)}
            self._stage.add_unread((row, places[index]) for row, index in unread if index in places)
        self._require(mapping.key, keys, own, whole, take)
        cells = []
        for column in mapping.tags:
            numbers, errors = self._tag_cells(column, whole, texts[column.index], take)
            done.append((column, [number or None for number in numbers], errors))
            cells.append(numbers)
        self._account_for(whole, texts, take, done)
        self.tally.rejected += take.count(False)
        self.tally.staged += take.count(True)
        staged = zip(*fixed, *values, *cells, strict=True)
        return staged if all(take) else compress(staged, take)

    def _account_for(
        self,
        rows: list[Row],
        texts: list[tuple[str, ...]],
        take: list[bool],
        done: list[tuple[Column, Values, dict[int, CellError]]],
    ) -> None:
        """Every cell of a batch: those of rows not taken, then the others by column."""
        some = not all(take)
        if some:
            for row, taken in zip(rows, take, strict=True):
                if not taken:
                    self.account.row(row.texts)
            texts = [tuple(compress(column, take)) for column in texts]
        for column, values, errors in done:
            bad = sum(take[index] for index in errors)
            kept = list(compress(values, take)) if some else values
            self.account.column(column, texts[column.index], kept, bad)
        self.account.passed_over(texts)

    def _identities(self, keys: Values, times: Values, values: list[Values]) -> tuple[Values, Values]:
        """Whether each event has its own id, and that id, else the digest of its content."""
        mapping = self._mapping
        if mapping.id is None:
            return [0] * len(keys), _digests(keys, times, mapping, values)
        given = [v or None for v in values[mapping.values.index(mapping.id)]]  # one that clears is empty
        own = [0 if v is None else 1 for v in given]
        if all(own):
            return own, given
        digests = _digests(keys, times, mapping, values)
        return own, [mine or digest for mine, digest in zip(given, digests, strict=True)]

    def _convert(
        self,
        column: Column,
        texts: Sequence[str],
        typed: Sequence[object] | None,
        foreign: Mapping[int, str],
    ) -> tuple[Values, dict[int, CellError]]:
        own = self._converters[column.index]
        if not foreign and typed is None:
            try:
                return own.column(texts), {}
            except CellError:
                pass  # rare: once more, cell by cell, to know which
        values: Values = []
        errors: dict[int, CellError] = {}
        for index, text in enumerate(texts):
            convert = self._currencies.converter(column, foreign[index]) if index in foreign else own
            try:
                values.append(convert(text, typed[index] if typed is not None else None))
            except CellError as error:
                values.append(None)
                errors[index] = error
        return values, errors

    def _count(self, column: Column, values: Values, errors: dict[int, CellError]) -> None:
        filled, bad = self.tally.filled, self.tally.bad
        present = len(values) - values.count(None)
        filled[column.index] = filled.get(column.index, 0) + present + len(errors)
        if errors:
            bad[column.index] = bad.get(column.index, 0) + len(errors)

    def _reject(
        self,
        column: Column,
        rows: list[Row],
        errors: dict[int, CellError],
        take: list[bool],
        *,
        whole_row: bool,
    ) -> None:
        for index, error in errors.items():
            number, text = rows[index].number, rows[index].texts[column.index]
            if whole_row:
                self._rejects.row(number, column.header, error.code, error.reason, text)
                take[index] = False
            else:
                self._rejects.cell(number, column.header, error.code, error.reason, text)

    def _require(
        self, column: Column, values: Values, own: Values, rows: list[Row], take: list[bool]
    ) -> None:
        """Reject rows without a key or time; a further line of an event may leave it to the first."""
        if None not in values:
            return
        code, reason = missing(column.role)
        for index, value in enumerate(values):
            if value is None and take[index] and not (own and own[index]):
                self._rejects.row(
                    rows[index].number, column.header, code, reason, self._rejects.lines(rows[index].texts)
                )
                take[index] = False

    def _reject_misshapen(self, batch: list[Row]) -> None:
        width = len(self._table.headers)
        for row in batch:
            if row.error is None:
                continue
            if row.error == "ragged-row":
                reason = _("the row has {found} cells, the header {wanted}").format(
                    found=len(row.texts), wanted=width
                )
            else:
                reason = _unread(row.error)
            self._rejects.row(row.number, None, row.error, reason, self._rejects.lines(row.texts))
            self.account.raw(row.texts)
            self.tally.rejected += 1
            self.tally.unread += 1

    def _without_asides(self, rows: list[Row]) -> list[Row]:
        """Reject rows of totals and remarks: the key says so, or what comes first where there is no key."""
        key = self._mapping.key
        if no_aside([row[1][key.index] for row in rows]):
            return rows
        found = {row.number: code for row in rows if (code := aside(row.texts, row.texts[key.index]))}
        if not found:
            return rows
        reasons = {"total-row": _("a row of totals"), "remark": _("a remark below the table")}
        for row in rows:
            if row.number in found:
                code, text = found[row.number], self._rejects.lines(row.texts)
                self._rejects.row(row.number, key.header, code, reasons[code], text)
                self.account.row(row.texts)
        self.tally.rejected += len(found)
        self.tally.unread += len(found)
        return [row for row in rows if row.number not in found]

    def _with_rates(self, rows: list[Row]) -> tuple[list[Row], dict[int, str]]:
        """Reject rows with amounts in a currency without a rate; of those left, the currency by index."""
        foreign = self._currencies.foreign(rows)
        if not foreign:
            return rows, {}
        wanting = {index: why for index, why in foreign.items() if isinstance(why, Wanting)}
        column = self._mapping.currency
        for index, why in wanting.items():
            header = column.header if column else None
            self._rejects.row(rows[index].number, header, why.error.code, why.error.reason, why.text)
            self.account.row(rows[index].texts)
        self.tally.rejected += len(wanting)
        self.tally.unread += len(wanting)
        left = [index for index in range(len(rows)) if index not in wanting]
        named = {new: code for new, old in enumerate(left) if isinstance(code := foreign.get(old), str)}
        return [rows[index] for index in left], named

    def _tag_cells(
        self, column: Column, rows: list[Row], texts: Sequence[str], take: list[bool]
    ) -> tuple[Values, dict[int, CellError]]:
        """The numbers of a tag column's cells. A spreadsheet's error is rejected, not made a label; so is
        what is neither in a column that says yes or no."""
        errors: dict[int, CellError] = {}
        if column.role == TAG:
            errors = {i: unclear(text) for i, text in enumerate(texts) if text.strip() and mark(text) is None}
        if rows and rows[0].values is not None:
            typed = ((i, row.values[column.index]) for i, row in enumerate(rows) if row.values is not None)
            errors |= {i: error_cell(value) for i, value in typed if isinstance(value, ErrorCell)}
        if errors:
            self._count(column, [], errors)
            self._reject(column, rows, errors, take, whole_row=self._strict)
            texts = ["" if i in errors else text for i, text in enumerate(texts)]
        return self._numbers(column, texts), errors

    def _numbers(self, column: Column, texts: Sequence[str]) -> Values:
        numbers = self._cells.numbers(column.index, texts)
        filled = len(numbers) - numbers.count(0)
        self.tally.filled[column.index] = self.tally.filled.get(column.index, 0) + filled
        return numbers


def _unread(error: str) -> str:
    """Why the cells of a row are not looked at."""
    if error == "repeated-header":
        return _("the row repeats the header")
    if error == "bad-json":
        return _("the line is no JSON object, or names a key twice")
    return _("the row's quotes do not fit")


def missing(role: str | None) -> tuple[str, str]:
    """Code and sentence for a row without its key or time."""
    if role == "at":
        return "missing-time", _("the time is empty")
    return "missing-key", _("the key is empty")


def _digests(keys: Values, times: Values, mapping: ColumnMapping, values: list[Values]) -> Values:
    """Identities of events without an own id: customer, time and all filled cells, whatever their order."""
    columns = sorted(zip((column.field for column in mapping.values), values, strict=True))
    marked = [_marked(f"\x1f{field}=", cells) for field, cells in columns]
    contents = map("".join, zip(map(str, keys), _marked("\x1f", times), *marked, strict=True))
    return [f"#{blake2b(content.encode(), digest_size=12).hexdigest()}" for content in contents]


def _marked(mark: str, cells: Values) -> list[str]:
    return ["" if cell is None or cell == CLEAR else f"{mark}{cell}" for cell in cells]
