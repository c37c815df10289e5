"""Which customers a person means: named one by one, or in a column of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import headers
from tagctl.io.guard import unguard
from tagctl.io.registry import open_table
from tagctl.io.table import TableFile
from tagctl.messages import _, ngettext
from tagctl.model import CUSTOMER
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store import customers
from tagctl.store.connection import Store

_TOLD = 20  # unknown customers told one by one
_NAMING = ("key", "phone", "email")  # roles of a column that names customers, the best first


@record
class Who:
    """The customers, in the one way in which the command line names them."""

    names: tuple[str, ...] = ()
    when: str | None = None
    file: str | None = None
    column: str | None = None


def ways(who: Who) -> None:
    """UsageProblem where the customers are named in no way, or in more than one."""
    given = [bool(who.names), who.when is not None, who.file is not None]
    if sum(given) == 1 and (who.column is None or who.file is not None):
        return
    what = (
        _("--column is for --from FILE.")
        if sum(given) == 1
        else _("The customers are named in more than one way.")
        if any(given)
        else _("It is not said which customers.")
    )
    advice = _("Name them after the tag, or say --when CONDITION, or --from FILE.")
    raise UsageProblem(Problem("which-customers", what, advice))


def named(store: Store, texts: Sequence[str]) -> Sql:
    """The customers that these texts name, by key or identifier. UsageProblem with all that name nobody."""
    return _sought(store, {text.strip(): None for text in texts})


def listed(store: Store, file: str, column: str | None) -> Sql:
    """The customers that a column of a file names: the one that is asked for, else the one that looks like
    keys, else the only one. UsageProblem with all that are not there, each with its row."""
    table = _opened(Path(file))
    place = _column(table, column)
    header = table.headers[place]
    found: dict[str, Location | None] = {}
    if len(table.headers) == 1 and not customers.seek(store, {header: None}):
        found[header] = table.location()  # a bare list: its first line is no header
    for row in table.rows():
        text = unguard(row.texts[place]) if table.guarded else row.texts[place]
        if text.strip():
            found.setdefault(text.strip(), table.location(row.number, header))
    if not found:
        what = _("{file} names no customer in the column “{column}”.").format(
            file=table.path.name, column=header
        )
        raise UsageProblem(Problem("no-customers", what, _("Another column: --column NAME")))
    return _sought(store, found)


def _opened(file: Path) -> TableFile:
    """The table; where it clearly has no header, as a bare list of keys."""
    try:
        return open_table(file)
    except DataError as error:
        if error.problems[0].code != "no-header":
            raise
        return open_table(file, no_header=True)


def _column(table: TableFile, asked: str | None) -> int:
    if asked is not None:
        for place, header in enumerate(table.headers):
            if identity(header) == identity(asked):
                return place
        what = _("{file} has no column “{column}”.").format(file=table.path.name, column=asked)
    else:
        guesses = headers.recognise(table.headers, table.sample, CUSTOMER)
        for role in _NAMING:
            for place, guess in enumerate(guesses):
                if guess.role == role:
                    return place
        if len(table.headers) == 1:
            return 0
        what = _("It is not clear which column of {file} names the customers.").format(file=table.path.name)
    advice = _("Name one with --column: {columns}").format(columns=", ".join(table.headers))
    raise UsageProblem(Problem("which-column", what, advice))


def _sought(store: Store, texts: Mapping[str, Location | None]) -> Sql:
    problems = customers.seek(store, texts)
    if problems:
        raise UsageProblem(_cut(problems))
    return Sql("SELECT customer FROM temp.found")


def _cut(problems: Sequence[Problem]) -> Iterator[Problem]:
    yield from problems[:_TOLD]
    more = len(problems) - _TOLD
    if more > 0:
        text = ngettext("{count} more is not known.", "{count} more are not known.", more)
        yield Problem("unknown-customer", text.format(count=f"{more:,}"))
