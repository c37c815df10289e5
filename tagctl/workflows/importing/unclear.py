"""What cannot be told about the columns of a file, as errors that say what would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tagctl.errors import Problem
from tagctl.io import vocabulary
from tagctl.io.headers import ColumnGuess
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.model import CUSTOMER

MOST_FIELDS = 1900  # SQLite takes 2000 columns in a table, ours among them


def key_unclear(table: TableFile, guesses: Sequence[ColumnGuess], subject: str) -> Problem:
    """The error for a file whose key cannot be told."""
    if table.count == table.blank:
        return Problem(
            "no-rows",
            _("There are headers, and no row below them."),
            _("Export the file again; where another row holds the headers, name it with --header-row."),
            table.location(table.header_row),
        )
    if all(row.error is not None for row in table.sample):
        return Problem(
            "no-row-fits",
            _("No row fits the {count} columns of the header.").format(count=len(table.headers)),
            _("Look how cells are separated (--delimiter), and which row holds the headers (--header-row)."),
            table.location(table.header_row),
        )
    if subject != CUSTOMER:
        return _who_unclear(table, guesses)
    known = vocabulary.roles(CUSTOMER).get("key", {})
    named = [g for g in guesses if vocabulary.form(g.header) in known and g.filled]
    named += [g for g in guesses if g.role in ("phone", "email") and g.filled]
    if named:
        best = named[0]
        unique = [g.header for g in guesses if g.unique]
        found = no_key(table, best.header, (best.filled, best.rows, best.distinct), unique)
        return replace(found, what=" ".join([found.what, *best.notes]))
    return no_key(table, None, None, [g.header for g in guesses if g.unique])


def _who_unclear(table: TableFile, guesses: Sequence[ColumnGuess]) -> Problem:
    """The error for events: who did one may have done many, so counts of values tell nothing."""
    advice = _("Name it with --key; names of people identify nobody. The columns are: {names}").format(
        names=", ".join(table.headers[:20])
    )
    id_ = next((g.header for g in guesses if g.role == "id"), None)
    if id_ is not None:
        lines = _(
            "Where these are lines of events, import the events first, with the same ids; then this file with"
        )
        advice += f"\n{lines} --id {id_}"
    return replace(no_key(table, None, None), next=advice)


def no_key(
    table: TableFile, header: str | None, counts: tuple[int, int, int] | None, candidates: Sequence[str] = ()
) -> Problem:
    """A file without a sure key. `header` looked like one; `counts` are its filled, rows, distinct."""
    what = _("It is not clear which column identifies the customer.")
    if header is not None and counts is not None:
        what = _(
            "{header} does not identify the customers: {filled} of {rows} rows have it, {distinct} differ."
        ).format(header=header, filled=counts[0], rows=counts[1], distinct=counts[2])
        candidates = [header, *candidates]
    names = list(dict.fromkeys(candidates or table.headers))[:8]
    return Problem(
        "no-key",
        what,
        _("Name the column with --key; rows with the same key are united. Columns: {names}").format(
            names=", ".join(names)
        ),
        table.location(table.header_row),
    )


def too_many_columns(new: int, known: int) -> Problem:
    """The error for more columns than a table can have."""
    return Problem(
        "too-many-columns",
        _("{new} new columns besides the {known} that there are: more than {most} cannot be kept.").format(
            new=new, known=known, most=MOST_FIELDS
        ),
        _("Leave columns out with --ignore, or remove them from the file."),
    )


def time_unclear(table: TableFile, guesses: Sequence[ColumnGuess]) -> Problem:
    """The error for events whose time cannot be told."""
    dates = [guess for guess in guesses if vocabulary.says(guess.header, "date")]
    doubts = [note for guess in dates for note in guess.notes]
    doubts += [
        _("{header}: {count} of {total} cells can be read as a time.").format(
            header=guess.header, count=guess.times, total=guess.filled
        )
        for guess in dates
        if guess.filled and not guess.notes
    ]
    return Problem(
        "no-time",
        " ".join([_("It is not clear which column says when it happened."), *doubts]),
        _("Name it with --map HEADER=at. The columns are: {names}").format(
            names=", ".join(table.headers[:20])
        ),
        table.location(table.header_row),
    )


def nearest(header: str, headers: Sequence[str]) -> str:
    """Advice for a header that is not there."""
    import difflib

    near = difflib.get_close_matches(header, headers, n=1)
    if near:
        return _("Did you mean “{name}”?").format(name=near[0])
    return _("The columns are: {names}").format(names=", ".join(headers[:20]))
