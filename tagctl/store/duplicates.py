"""Customers who may be the same person: an identifier shared, or the name and something else besides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from tagctl.reports.customers import DuplicateRow
from tagctl.sql import Sql, name
from tagctl.store.catalog import customer_column
from tagctl.store.connection import Store
from tagctl.store.identifiers import define, identifiers, values
from tagctl.store.schema import GONE

_CROWD = 10  # customers with one phone or address: a shop's own, not a person's
_TOWNS = 20  # a city with more than one in so many of the customers says nothing
_COMMON = 3  # customers of one name: beyond, the city besides says nothing
_PRESENT = "tagctl_gone IS NULL"

Witness = tuple[str, list[int]]


def duplicates(store: Store) -> tuple[DuplicateRow, ...]:
    """Clusters of customers who are not gone, each with what speaks for it; the order is that of the
    customers."""
    define(store)
    witnesses = [*_keys(store), *_shared(store), *_names(store)]
    found: dict[int, set[int]] = {}  # customer → its cluster, one object for all members
    for _text, members in witnesses:
        united = set().union(members, *(found[member] for member in members if member in found))
        found.update(dict.fromkeys(united, united))
    said: dict[int, list[str]] = {}
    for text, members in witnesses:
        said.setdefault(min(found[members[0]]), []).append(text)
    return tuple(
        DuplicateRow(number, key, called, tuple(dict.fromkeys(said[first])))
        for number, first in enumerate(sorted({min(cluster) for cluster in found.values()}), start=1)
        for key, called in _called(store, sorted(found[first]))
    )


def _called(store: Store, customers: Iterable[int]) -> list[tuple[str, str | None]]:
    column = customer_column(store, "name")
    query = f"SELECT tagctl_key, {name(column) if column else 'NULL'} FROM customers WHERE tagctl_id = ?"
    return [(str(key), called) for one in customers for key, called in store.rows(query, (one,))]


def _keys(store: Store) -> Iterator[Witness]:
    """Keys that differ in case and width only."""
    yield from _grouped(
        store, "key", Sql("SELECT tagctl_fold(tagctl_key) AS value, tagctl_id AS customer FROM customers")
    )


def _shared(store: Store) -> Iterator[Witness]:
    for identifier in identifiers(store):
        yield from _grouped(store, identifier.name, values(identifier))


def _grouped(store: Store, kind: str, every: Sql, most: int = _CROWD) -> Iterator[Witness]:
    rows = store.rows(
        Sql("SELECT value, group_concat(DISTINCT customer) FROM (")
        + every
        + Sql(
            f") WHERE customer NOT IN {GONE} GROUP BY value "
            "HAVING value IS NOT NULL AND count(DISTINCT customer) BETWEEN 2 AND ? ORDER BY value",
            (most,),
        )
    )
    for value, members in rows:
        yield f"{kind} {value}", sorted(int(member) for member in str(members).split(","))


# ── the name and another witness ─────────────────────────────────────────────────────────────────


def _names(store: Store) -> Iterator[Witness]:
    column = customer_column(store, "name")
    if column is None:
        return
    folded = f"replace(tagctl_fold({name('c', column)}), ' ', '')"  # 王 伟 is 王伟
    for role, most in (("birthday", _CROWD), ("city", _COMMON)):
        other = customer_column(store, role)
        if other is None:
            continue
        both = f"{folded} || ', {role} ' || {name('c', other)}"
        rare = f"{folded} IN (SELECT value FROM temp.names)"
        if role == "city":  # where most customers live, to live there says nothing
            cell, all_ = name("x", other), f"(SELECT count(*) FROM customers WHERE {_PRESENT})"
            rare += (
                f" AND {name('c', other)} NOT IN (SELECT {cell} FROM customers x "
                f"WHERE {cell} IS NOT NULL AND x.{_PRESENT} GROUP BY {cell} HAVING count(*) > {_COMMON} "
                f"AND count(*) * {_TOWNS} > {all_})"
            )
        _fill_names(store, folded, most)
        yield from _grouped(
            store,
            "name",
            Sql(f"SELECT {both} AS value, c.tagctl_id AS customer FROM customers c WHERE {rare}"),
            most,
        )
    masked = [c for role in ("phone", "email") if (c := customer_column(store, role)) is not None]
    if masked:
        _fill_names(store, folded, _CROWD)
        yield from _masked(store, folded, masked)


def _fill_names(store: Store, folded: str, most: int) -> None:
    """temp.names: the names that some customers share, but not many."""
    store.execute("DROP TABLE IF EXISTS temp.names")
    store.execute("CREATE TEMP TABLE names (value TEXT PRIMARY KEY) WITHOUT ROWID")
    store.execute(
        f"INSERT INTO temp.names SELECT {folded} FROM customers c WHERE c.{_PRESENT} GROUP BY 1 "
        "HAVING count(*) BETWEEN 2 AND ? AND max(length(" + folded + ")) > 1",
        (most,),
    )


def _masked(store: Store, folded: str, columns: Iterable[str]) -> Iterator[Witness]:
    """The same name, and a masked value (138****8000) that the other's can be."""
    for column in columns:
        cell = name("c", column)
        people: dict[str, list[tuple[int, str]]] = {}
        for called, customer, text in store.rows(
            f"SELECT {folded}, c.tagctl_id, {cell} FROM customers c WHERE {cell} IS NOT NULL "
            f"AND c.{_PRESENT} AND {folded} IN (SELECT value FROM temp.names) ORDER BY c.tagctl_id"
        ):
            people.setdefault(str(called), []).append((int(customer), str(text)))
        for called, known in people.items():
            for (one, text), (other, again) in combinations(known, 2):
                if _covers(text, again) or _covers(again, text):
                    yield f"name {called}, {text} = {again}", [one, other]


def _covers(mask: str, text: str) -> bool:
    """Whether a masked text can stand for the other, which is whole."""
    parts = [re.escape(part) for part in re.split(r"[*＊•●]+", mask)]
    return len(parts) > 1 and not re.search(r"[*＊•●]", text) and bool(re.fullmatch(".+".join(parts), text))
