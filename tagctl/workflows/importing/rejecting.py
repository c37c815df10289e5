"""What is not taken from a file: counted, some of it shown, all of it written beside the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from tagctl.errors import DataError, Problem, UsageProblem
from tagctl.io.cells import currency_of
from tagctl.io.rejects import write_rejects
from tagctl.io.table import TableFile
from tagctl.io.writing import Draft
from tagctl.messages import _
from tagctl.reports.importing import Reject
from tagctl.store import rejected
from tagctl.store.operations import Operation

_KEPT = 100  # rejects of a file that a report has; beyond them, the first of every code
_BATCH = 5_000
_SHOWN = 20  # rejects named when too many stop the import
_EXAMPLES = 5  # rejects named when nothing is left: they are mostly alike
_LENGTH = 200  # characters of a row's text in the report; the rejects file has all of it


class Limit:
    """How many rows of all files of an import may hold something that is rejected. `wanted` is their number
    (int), their share of the `rows` that are read (float), or None for any number."""

    def __init__(self, wanted: float | None, rows: int) -> None:
        self.shown = f"{wanted * 100:.12g}%" if isinstance(wanted, float) else str(wanted)
        self.rows = rows
        self.allowed = rows if wanted is None else wanted
        if isinstance(wanted, float):
            self.allowed = int(round(wanted * rows, 6))
        self.met = 0


class Rejects:
    """The rejected rows and cells of one file, of which this is the `number` in the import. Only `examples`
    are in memory. `cells` and `rows` count rejects by code, of single cells and of whole rows."""

    def __init__(self, op: Operation, table: TableFile, number: int, limit: Limit) -> None:
        self.examples: list[Reject] = []
        self.cells: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self._store = op.store
        self._table = table
        self._number = number
        self._limit = limit
        self._met = bytearray()  # by row: 1 where something was rejected
        self._waiting: list[rejected.Rejected] = []
        self._stored = 0

    def cell(self, row: int, header: str, code: str, reason: str, text: str) -> None:
        """An optional cell that cannot be read: its field stays empty."""
        self.cells[code] += 1
        self._add(row, header, code, reason, text, whole=False)

    def row(self, row: int, header: str | None, code: str, reason: str, text: str) -> None:
        """A row that is not taken at all, because of this cell (or of its shape)."""
        self.rows[code] += 1
        self._add(row, header, code, reason, text, whole=True)

    def lines(self, texts: Sequence[str]) -> str:
        """A whole row as text."""
        return ", ".join(text for text in texts if text)

    def cells_by_row(self) -> dict[int, int]:
        """How many single cells of each row are rejected so far."""
        self._flush()
        return rejected.cells_by_row(self._store, self._number)

    def write(self, op: Operation) -> str | None:
        """Write them to a file beside the source, which is there once the operation is kept; its name."""
        if not (self.cells or self.rows):
            return None
        self._flush()
        draft = write_rejects(self._table, rejected.of_file(self._store, self._number))
        op.at_end(partial(_settle, draft))
        return draft.path.name

    def _add(self, row: int, header: str | None, code: str, reason: str, text: str, *, whole: bool) -> None:
        if len(self.examples) < _KEPT or self.cells[code] + self.rows[code] == 1:
            place = self._table.location(row, header)
            self.examples.append(Reject(place, code, reason, text[:_LENGTH], whole))
        self._waiting.append((row, header, code, reason, whole))
        if len(self._waiting) >= _BATCH:
            self._flush()
        if row >= len(self._met):
            self._met.extend(bytes(row + _BATCH - len(self._met)))
        if not self._met[row]:
            self._met[row] = 1
            self._limit.met += 1
            if self._limit.met > self._limit.allowed:
                raise _too_many(self._limit, self.examples)

    def _flush(self) -> None:
        rejected.add(self._store, self._number, self._stored, self._waiting)
        self._stored += len(self._waiting)
        self._waiting.clear()


def _settle(draft: Draft, kept: bool) -> None:
    """Put the file in place once the import is kept; where a program holds the old one, say where it is."""
    if not kept:
        draft.drop()
        return
    try:
        draft.place()
    except UsageProblem as error:
        what = _("The import is kept. What it rejected is in {file}.").format(file=draft.temporary.name)
        next_ = _("Rename it once the old file is closed.")
        raise UsageProblem([*error.problems, Problem("rejects-elsewhere", what, next_)]) from None


def _too_many(limit: Limit, examples: Sequence[Reject]) -> DataError:
    problems = [_problem(reject) for reject in examples[:_SHOWN]]
    problems.append(
        Problem(
            "too-many-rejects",
            _(
                "Nothing was imported: --max-rejects {limit} allows something rejected in {allowed} of"
                " {rows} rows, and there is more."
            ).format(limit=limit.shown, allowed=f"{limit.allowed:,}", rows=f"{limit.rows:,}"),
            _("Correct the file, or allow more with --max-rejects, a number of rows or a share like 5%."),
        )
    )
    return DataError(problems)


def nothing_left(table: TableFile, examples: Sequence[Reject]) -> DataError:
    """The error for a file whose every row was rejected."""
    problems = [_problem(reject) for reject in examples[:_EXAMPLES] if reject.whole_row]
    what = _("Nothing was imported: every row was rejected.")
    problems.append(Problem("no-row-left", what, _advice(examples), table.location()))
    return DataError(problems)


def _advice(examples: Sequence[Reject]) -> str:
    """What may help where every row was rejected, judging by the first."""
    wanting = next((reject.text for reject in examples if reject.code == "no-rate"), None)
    if wanting is not None:
        return _(
            "Say in tagctl.toml what one {currency} is worth, with rates; or, if your own money is in it, "
            'currency = "{currency}".'
        ).format(currency=currency_of(wanting) or "USD")
    code = next((reject.code for reject in examples if reject.whole_row), None)
    if code == "digits-lost":
        return _("The lost digits are not in the file: export it again, with the column as text.")
    if code == "not-a-date":
        return _(
            "Say how dates are written with --date-format, or which column is the time with --map HEADER=at."
        )
    if code == "unknown-label":
        return _("Add the tags with tagctl tags add, or import without --unknown reject.")
    return _("Check which column is the key (--key) and, for events, the time (--map HEADER=at).")


def _problem(reject: Reject) -> Problem:
    excerpt = reject.text or None
    return Problem(reject.code, reject.reason, "", reject.location, excerpt, len(reject.text) or 1)
