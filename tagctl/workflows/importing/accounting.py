"""Every cell of a file in one of four places: stored, rejected, in an ignored column, or saying nothing.

What is read is counted by rows and columns, what became of it by values: where the two differ, a cell was
lost without a word, and the import stops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tagctl.io.guard import unguard
from tagctl.io.headers import IGNORED, NO_FIELD
from tagctl.io.nothing import NULLS
from tagctl.reports.importing import CellCounts
from tagctl.workflows.importing.fitting import Column


class Account:
    """The cells of one file. `guarded` is the file's (TableFile.guarded); `silent(column, text)` tells which
    tag cells say nothing."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        guarded: bool,
        silent: Callable[[int, str], bool],
    ) -> None:
        self._columns = columns
        self._ignored = [column for column in columns if column.role == IGNORED]
        self._guarded = guarded
        self._silent = silent
        self.read = self.stored = self.rejected = self.ignored = self.blank = 0

    def raw(self, texts: Sequence[str]) -> None:
        """A row that does not fit the columns: rejected as it came."""
        filled = sum(1 for text in texts if _filled(text))
        self.read += len(texts)
        self.rejected += filled
        self.blank += len(texts) - filled

    def row(self, texts: Sequence[str]) -> None:
        """A row that is rejected as a whole."""
        filled = sum(self._says(column, texts[column.index]) for column in self._columns)
        self.read += len(texts)
        self.rejected += filled
        self.blank += len(texts) - filled

    def column(self, column: Column, texts: Sequence[str], values: Sequence[Any], bad: int) -> None:
        """The cells of one column in rows that are taken, and what they became; `bad` could not be read."""
        nothing = values.count(None) - bad
        self.read += len(texts)
        self.rejected += bad
        self.stored += len(values) - bad - nothing
        if bad or nothing != texts.count(""):
            told = zip(texts, values, strict=True)
            nothing = sum(1 for text, value in told if value is None and not self._says(column, text))
        self.blank += nothing

    def passed_over(self, texts: Sequence[Sequence[str]]) -> None:
        """The ignored columns of rows that are taken; `texts` by column."""
        for column in self._ignored:
            filled = sum(1 for text in texts[column.index] if _filled(text))
            self.read += len(texts[column.index])
            self.ignored += filled
            self.blank += len(texts[column.index]) - filled

    def refused(self, cells: int) -> None:
        """Stored cells that are rejected after all."""
        self.stored -= cells
        self.rejected += cells

    def taken_out(self, texts: Sequence[str], bad: int) -> None:
        """A row that was taken is rejected after all; `bad` of its cells were rejected already."""
        ignored = sum(1 for column in self._ignored if _filled(texts[column.index]))
        filled = sum(self._says(column, texts[column.index]) for column in self._columns)
        self.ignored -= ignored
        self.stored -= filled - ignored - bad
        self.rejected += filled - bad

    def counts(self) -> CellCounts:
        """What is to be told. AssertionError, a fault of ours, where it does not add up."""
        found = CellCounts(self.read, self.stored, self.rejected, self.ignored, self.blank)
        if self.read != self.stored + self.rejected + self.ignored + self.blank or min(found.row()) < 0:
            raise AssertionError(f"cells must add up: {found}")
        return found

    def _says(self, column: Column, text: str) -> bool:
        """Whether a cell of this column says anything; '-' and null do so only in text."""
        if column.role in NO_FIELD or not _filled(text):
            return _filled(text) and (column.role == IGNORED or not self._silent(column.index, text))
        plain = (unguard(text) if self._guarded else text).strip()
        if column.type == "list":
            return any(character.isalnum() for character in plain)
        return bool(plain) and (column.type == "text" or plain.lower() not in NULLS)


def _filled(text: str) -> bool:
    return bool(text) and not text.isspace()
