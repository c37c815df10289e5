"""A private copy of the database with one customer only, in which runs can be tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tagctl.sql import Sql, name, values
from tagctl.store.connection import Store, open_private
from tagctl.store.schema import event_table

_WHOLE = ("dimensions", "tags", "aliases", "event_types", "fields", "rules", "operations")
_OWN = {
    "customers": "tagctl_id = ?",
    # The table leads with the tag: a look-up for each.
    "assignments": "tag IN (SELECT id FROM tags) AND customer = ?",
    "overrides": "customer = ?",
    "outranked": "customer = ?",
    "rule_state": "customer = ?",
}


@contextmanager
def excerpt(store: Store, customer: int) -> Iterator[Store]:
    """The copy, in memory, with the customer's own events and assignments and everybody's taxonomy."""
    with open_private() as made:
        made.execute("PRAGMA foreign_keys = OFF")  # what rows refer to need not be there
        _shape(store, made)
        for table in _WHOLE:
            _copy(store, made, table, "1 OR ?", customer)
        for table, which in _OWN.items():
            _copy(store, made, table, which, customer)
        for (event_type,) in store.rows("SELECT name FROM event_types"):
            _copy(store, made, event_table(event_type), "tagctl_customer = ?", customer)
        yield made


def _shape(store: Store, made: Store) -> None:
    """The tables that imports and runs have made or widened, as they are in the original."""
    made.execute("DROP VIEW customer_list")
    for table in ("rule_state", "customers"):
        made.execute(f"DROP TABLE {table}")
    events = [event_table(event_type) for (event_type,) in store.rows("SELECT name FROM event_types")]
    for table in ("rule_state", "customers", *events):
        for (text,) in store.rows(
            "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('table', 'index') "
            "AND sql IS NOT NULL ORDER BY type DESC",
            (table,),
        ):
            made.execute(text)


def _copy(store: Store, made: Store, table: str, which: str, customer: int) -> None:
    columns = list(store.columns(table))
    listed = ", ".join(name(column) for column in columns)
    made.executemany(
        f"INSERT OR REPLACE INTO {name(table)} ({listed}) VALUES ({', '.join('?' * len(columns))})",
        store.rows(f"SELECT {listed} FROM {name(table)} WHERE {which}", (customer,)),
    )


def instants(store: Store, table: str, column: str) -> list[str | int]:
    """The different values of a column of dates or instants."""
    return [
        value
        for (value,) in store.rows(
            f"SELECT DISTINCT {name(column)} FROM {name(table)} WHERE {name(column)} IS NOT NULL"
        )
    ]


def recorded(store: Store, tags: Iterable[str]) -> set[int]:
    """The instants that the record of some tags holds: since when, gained as of, lost as of."""
    asked = values(tags)
    rows = store.rows(
        Sql(
            "SELECT a.since, g.as_of, l.as_of FROM assignments AS a "
            "JOIN operations AS g ON g.number = a.gained_op "
            "LEFT JOIN operations AS l ON l.number = a.lost_op "
            "WHERE a.tag IN (SELECT t.id FROM tags AS t WHERE t.name IN "
        )
        + asked
        + Sql(")")
    )
    return {instant for row in rows for instant in row if instant is not None}
