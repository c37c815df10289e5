"""What a sheet holds that the fast reader does not tell: errors, formulas never calculated, hidden rows and
columns, numbers shown otherwise than they are stored. One small reader per format finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tagctl.io.oddities.numberformats import NumberFormat
from tagctl.io.table import ErrorCell, Merge

NEVER_CALCULATED = "never-calculated"


@dataclass(slots=True)
class Run:
    """Cells below each other that share a number format."""

    first: int
    last: int
    format: NumberFormat


@dataclass(slots=True)
class Oddities:
    """Rows and columns count from 1. `texts` are those that calamine gives otherwise than they stand there;
    `merged` is filled only where it does not tell."""

    errors: dict[int, dict[int, ErrorCell]] = field(default_factory=dict)
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    formats: dict[int, list[Run]] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Merge] = field(default_factory=list)

    def add_error(self, row: int, column: int, cell: ErrorCell) -> None:
        """A cell without a value."""
        self.errors.setdefault(row, {})[column] = cell

    def cells(self, row: int) -> dict[int, ErrorCell | str]:
        """What stands in cells of a row that calamine gives otherwise."""
        return {**self.texts.get(row, {}), **self.errors.get(row, {})}

    def add_format(self, row: int, column: int, format: NumberFormat) -> None:
        """A cell with a number that is shown in a format of its own. Rows come in order."""
        runs = self.formats.setdefault(column, [])
        if runs and runs[-1].last >= row - 1 and runs[-1].format == format:
            runs[-1].last = row
        else:
            runs.append(Run(row, row, format))

    def formatting(self) -> Callable[[int], list[tuple[int, NumberFormat]]]:
        """Tells the columns of a row that have a format; to be asked row by row, in order."""
        at = dict.fromkeys(self.formats, 0)

        def formatted(row: int) -> list[tuple[int, NumberFormat]]:
            found = []
            for column, runs in self.formats.items():
                index = at[column]
                while index < len(runs) and runs[index].last < row:
                    index += 1
                at[column] = index
                if index < len(runs) and runs[index].first <= row:
                    found.append((column, runs[index].format))
            return found

        return formatted
