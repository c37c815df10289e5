"""What is not taken from a file, collected until there is too much of it."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.errors import DataError, Problem
from tagctl.io.cells import currency_of
from tagctl.io.table import TableFile
from tagctl.messages import _, ngettext
from tagctl.reports.importing import Reject

_SHOWN = 20  # rejects named when too many stop the import
_EXAMPLES = 5  # rejects named when nothing is left: they are mostly alike
_LENGTH = 200  # characters of a row's text in the report; the rejects file has all of it


class Rejects:
    """The rejected rows and cells of one file. `allowed` is how many more the import may have."""

    def __init__(self, table: TableFile, allowed: int | None) -> None:
        self.entries: list[Reject] = []
        self._table = table
        self._allowed = allowed

    def cell(self, row: int, header: str, code: str, reason: str, text: str) -> None:
        """An optional cell that cannot be read: its field stays empty."""
        self._add(Reject(self._table.location(row, header), code, reason, text[:_LENGTH], whole_row=False))

    def row(self, row: int, header: str | None, code: str, reason: str, text: str) -> None:
        """A row that is not taken at all, because of this cell (or of its shape)."""
        self._add(Reject(self._table.location(row, header), code, reason, text[:_LENGTH]))

    def lines(self, texts: Sequence[str]) -> str:
        """A whole row as text."""
        return ", ".join(text for text in texts if text)

    def _add(self, reject: Reject) -> None:
        self.entries.append(reject)
        if self._allowed is not None and len(self.entries) > self._allowed:
            raise too_many(self.entries)


def too_many(entries: Sequence[Reject]) -> DataError:
    """The error that stops an import."""
    problems = [_problem(reject) for reject in entries[:_SHOWN]]
    problems.append(
        Problem(
            "too-many-rejects",
            ngettext(
                "Nothing was imported: {count} rejected row or cell is more than --max-rejects allows.",
                "Nothing was imported: {count} rejected rows or cells are more than --max-rejects allows.",
                len(entries),
            ).format(count=len(entries)),
            _("Correct the file, or allow more with --max-rejects N."),
        )
    )
    return DataError(problems)


def nothing_left(table: TableFile, entries: Sequence[Reject]) -> DataError:
    """The error for a file whose every row was rejected."""
    problems = [_problem(reject) for reject in entries[:_EXAMPLES] if reject.whole_row]
    advice = _("Check which column is the key (--key) and, for events, the time (--map HEADER=at).")
    wanting = next((reject.text for reject in entries if reject.code == "no-rate"), None)
    if wanting is not None:
        advice = _(
            "Say in tagctl.toml what one {currency} is worth, with rates; or, if your own money is in it, "
            'currency = "{currency}".'
        ).format(currency=currency_of(wanting) or "USD")
    problems.append(
        Problem(
            "no-row-left",
            _("Nothing was imported: every row was rejected."),
            advice,
            table.location(),
        )
    )
    return DataError(problems)


def _problem(reject: Reject) -> Problem:
    excerpt = reject.text or None
    return Problem(reject.code, reject.reason, "", reject.location, excerpt, len(reject.text) or 1)
