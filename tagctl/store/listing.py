"""Customers as a list: key, name, identifiers, how many tags."""

from __future__ import annotations

from tagctl.reports.tables import Table
from tagctl.sql import name
from tagctl.store.catalog import customer_column
from tagctl.store.connection import Store
from tagctl.store.identifiers import define, identifiers
from tagctl.store.reading import count_customers

_FEW = 1000  # customers: beyond, all assignments are counted at once


def customers(store: Store, limit: int = 0, *, gone: bool = False) -> Table:
    """Customers who are not gone, or (`gone`) those who are: key, name, identifiers as written, phones in
    their one form too, keys from before a merge, number of tags; in the order in which they came. 0 lists
    all."""
    define(store)
    called = customer_column(store, "name")
    chosen = ["c.tagctl_key", name("c", called) if called else "NULL"]
    titles = ["key", "name"]
    for one in identifiers(store):
        if one.column is None:
            continue
        chosen.append(name("c", one.column))
        titles.append(one.name)
        if one.form == "phone":
            chosen.append(f"tagctl_identifier('phone', {name('c', one.column)})")
            titles.append("phone_e164")
    chosen.append(
        "(SELECT group_concat(k.text, ', ') FROM known_as k "
        "WHERE k.customer = c.tagctl_id AND k.kind = 'key')"
    )
    held = "FROM assignments a WHERE a.lost_op IS NULL"
    if 0 < limit <= _FEW:  # the table of assignments leads with the tag
        chosen.append(
            f"(SELECT count(*) FROM tags t WHERE EXISTS (SELECT 1 {held} AND a.tag = t.id "
            "AND a.customer = c.tagctl_id))"
        )
        source = "customers c"
    else:
        chosen.append("coalesce(h.tags, 0)")
        counted = f"SELECT a.customer, count(DISTINCT a.tag) AS tags {held} GROUP BY a.customer"
        source = f"customers c LEFT JOIN ({counted}) h ON h.customer = c.tagctl_id"
    rows = store.rows(
        f"SELECT {', '.join(chosen)} FROM {source} "
        f"WHERE c.tagctl_gone IS {'NOT ' if gone else ''}NULL ORDER BY c.tagctl_id LIMIT ?",
        (limit or -1,),
    )
    types = ("text",) * (len(titles) + 1)
    total = count_customers(store, gone=gone)
    return Table((*titles, "earlier_keys", "tags"), (*types, "number"), tuple(rows), total)
