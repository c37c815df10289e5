"""What is to be said about the cells of one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tagctl.io.cells import Converter
from tagctl.messages import _, ngettext
from tagctl.model import CUSTOMER
from tagctl.workflows.importing.currency import Currencies
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.mapping import ColumnMapping


def cell_notes(
    subject: str, mapping: ColumnMapping, by_column: Mapping[int, Converter], currencies: Currencies
) -> Iterator[str]:
    """What was taken away from cells."""
    converters = [*by_column.values(), *currencies.converters()]
    unguarded = sum(c.unguarded for c in converters)
    nulls = sum(c.nulls for c in converters)
    if unguarded:
        yield ngettext(
            '{count} cell was guarded against spreadsheets (\'text or ="text"); the guard is dropped.',
            '{count} cells were guarded against spreadsheets (\'text or ="text"); the guard is dropped.',
            unguarded,
        ).format(count=unguarded)
    if nulls:
        yield ngettext(
            "{count} cell holds a word for nothing (null, N/A, -) and counts as empty.",
            "{count} cells hold a word for nothing (null, N/A, -) and count as empty.",
            nulls,
        ).format(count=nulls)
    for column in mapping.columns():
        timed = by_column[column.index].timed if column.index in by_column else 0
        if timed:
            yield f"{_timed(column, timed)} {_keeping(subject, column)}"


def _timed(column: Column, count: int) -> str:
    return ngettext(
        "{header}: {count} cell has a time of day, but the field is a date: the day is kept, the time is"
        " not.",
        "{header}: {count} cells have a time of day, but the field is a date: the days are kept, the times"
        " are not.",
        count,
    ).format(header=column.header, count=count)


def _keeping(subject: str, column: Column) -> str:
    """How times are kept: rules.yaml declares the fields of customers, and what is stored is converted."""
    if subject == CUSTOMER:
        advice = _(
            "To keep the time: “{field}: datetime” under fields: in rules.yaml, and import the file again."
        )
        return advice.format(field=column.field)
    advice = _(
        "To keep the time: undo the import that made the field, and import with --map '{header}=:datetime'."
    )
    return advice.format(header=column.header)


def difference_notes(columns: Sequence[Column], differing: Sequence[int]) -> Iterator[str]:
    """In which columns rows of one key differ, which are united."""
    names = [f"{c.header} ({count})" for c, count in zip(columns, differing, strict=True) if count]
    if names:
        yield _(
            "Rows with the same key differ in {names}, by number of keys. The last value not empty is kept."
        ).format(names=", ".join(names))
