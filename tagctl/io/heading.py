"""The header of a table: chosen by hand or found, refused where it is none, or names a column twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import headerrow
from tagctl.messages import _
from tagctl.normalise import identity

if TYPE_CHECKING:
    from tagctl.io.table import Raw, Row

_TOLD = 20  # duplicate headers named at once


def header(raw: Raw, top: list[Row], wanted: tuple[int, int] | None) -> tuple[int, int, list[str]]:
    """The first and last row of the header, given or found, and the columns' names.

    Raises UsageProblem (no such row) and DataError (it looks like data)."""
    texts = [row.texts for row in top]
    if raw.named:
        return 1, 1, list(texts[0])
    if wanted is not None:
        first, last = wanted
        if not 1 <= first <= last <= len(top) or not any(
            cell.strip() for row in texts[first - 1 : last] for cell in row
        ):
            raise UsageProblem(
                problem(
                    raw,
                    "bad-header-row",
                    _("Row {row} cannot be the header: it is empty or not there.").format(row=last),
                    _("Give --header-row the number of the row that holds the column names."),
                )
            )
        return first, last, headerrow.names(texts, first, last, raw.merged)
    first, last = headerrow.bounds(texts, raw.merged)
    names = headerrow.names(texts, first, last, raw.merged)
    if headerrow.looks_like_data(names) or headerrow.is_typed(top[last - 1]):
        text = ", ".join(names[:5])
        raise DataError(
            problem(
                raw,
                "no-header",
                _("Row {row} looks like data, not like a header: {text}").format(row=first, text=text),
                _("If the file has no header, add --no-header; else name its row with --header-row."),
                row=first,
            )
        )
    return first, last, names


def repeated(names: list[str]) -> list[int]:
    """Columns whose header an earlier one has."""
    first: dict[str, int] = {}
    return [i for i, name in enumerate(names) if name and first.setdefault(identity(name), i) != i]


def refuse_duplicates(raw: Raw, row: int, named: list[tuple[int, str]]) -> None:
    """Raise DataError where columns (index, name) have one header."""
    problems = []
    first: dict[str, tuple[int, str]] = {}
    for index, name in named:
        earlier = first.setdefault(identity(name), (index, name))
        if earlier[0] != index:
            problems.append(
                problem(
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


def problem(
    raw: Raw, code: str, what: str, next_: str, *, row: int | None = None, header: str | None = None
) -> Problem:
    """A problem at a place of this file."""
    location = Location(file=raw.path.name, sheet=raw.sheet, row=row, header=header)
    return Problem(code, what, next_, location)
