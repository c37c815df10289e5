"""What is doubtful about a column, as sentences for the report."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.io import vocabulary
from tagctl.io.profile import Profile
from tagctl.messages import _

_MANY = 0.5  # a type that so many cells speak for is worth a word where it was not taken


def always(header: str, column: Profile) -> Iterator[str]:
    """What is doubtful whatever the column becomes."""
    if column.ambiguous:
        yield _(
            "{header}: dates such as {example} may be day/month or month/day. Say which with"
            " --date-format %d/%m/%Y or %m/%d/%Y."
        ).format(header=header, example=column.doubtful)
    if column.broken:
        yield _("{header}: some cells hold �, so characters were lost before this file was written.").format(
            header=header
        )
    if column.lost_digits:
        yield _(
            "{header}: the spreadsheet holds numbers of more than 15 digits, whose last digits are lost."
        ).format(header=header)


def as_number(header: str, column: Profile) -> Iterator[str]:
    """What is to be said of a column that is read as numbers with a decimal point."""
    if column.dots_unclear:
        yield _(
            "{header}: numbers such as {example} may be decimals or thousands. They are read as decimals; if"
            " they are thousands: --decimal-comma"
        ).format(header=header, example=column.thousand)


def as_text(header: str, column: Profile) -> Iterator[str]:
    """What is to be said of a column that is kept as text."""
    if column.nulls:
        yield _("{header}: {share:.0%} of the cells hold a word such as {example}, kept as text.").format(
            header=header, share=column.nulls / max(column.rows, 1), example=column.null
        )
    found = None if vocabulary.says(header, "text") else _nearly(header, column)
    if found is not None:
        kind, share = found
        yield _(
            "{header}: {share:.0%} of the cells are of type {type}, too few for the column, which is kept as"
            " text. --map '{header}=:{type}' reads them, and rejects the others."
        ).format(header=header, share=share, type=kind)


def _nearly(header: str, column: Profile) -> tuple[str, float] | None:
    """The type that the header names and many cells have, and their share."""
    money, count = vocabulary.says(header, "money"), vocabulary.says(header, "count")
    if money or count:
        kind, share = "number" if count else "money", column.share("plain", "grouped", "comma", "money")
    elif vocabulary.says(header, "date") and not column.ambiguous:
        kind, share = "datetime" if column.share("datetime") else "date", column.timely
    else:
        return None
    return (kind, share) if _MANY <= share < 1 else None
