"""What every operation did to a customer, or to a tag: from the journal, the intervals, who made which row.

Operations that were taken back are told too, and so is what taking them back changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from tagctl.model import CUSTOMER, Field
from tagctl.reports.operations import Change
from tagctl.reports.tables import Cell
from tagctl.sql import Sql, fill, name, values
from tagctl.store import catalog, journal
from tagctl.store.connection import Store
from tagctl.store.schema import event_table

Changes = dict[int, list[Change]]
"""What each operation did."""

_OVERRIDDEN = {"pin": ("pinned", "unpinned"), "ban": ("banned", "unbanned")}

_HELD = """
SELECT a.gained_op, 'gained', t.name, a.source, count(*)
FROM tags t CROSS JOIN assignments a ON a.tag = t.id {customer} WHERE {which} GROUP BY 1, t.id, 4
UNION ALL
SELECT a.lost_op, 'lost', t.name, a.source, count(*)
FROM tags t CROSS JOIN assignments a ON a.tag = t.id {customer}
WHERE {which} AND a.lost_op IS NOT NULL GROUP BY 1, t.id, 4
"""

# Rows that are there, and rows that are gone, with who brought and who took them.
_KEPT_AND_GONE = """
SELECT r.op, NULL, r.pk, r.image FROM ({rows}) r
UNION ALL
SELECT json_extract(j.before, '$.op'), j.op, j.pk, j.before FROM journal j
WHERE j."table" = '{table}' AND j.action = 'delete' AND {gone}
"""


def held(store: Store, customer: int | None, tags: tuple[int, ...] | None) -> Changes:
    """Tags gained and lost, by source: of a customer, of some tags (then with how many customers), or of
    both."""
    of_customer = Sql("AND a.customer = ?", (customer,)) if customer is not None else Sql("")
    which = Sql("1") if tags is None else Sql("t.id IN ") + values(tags)
    found: Changes = {}
    for op, what, tag, source, count in store.rows(fill(_HELD, customer=of_customer, which=which)):
        many = count if customer is None else None
        found.setdefault(op, []).append(Change(what, tag, source=source, count=many))
    return found


def of_customer(store: Store, customer: int, shown: Callable[[Cell, str], str | None]) -> Changes:
    """Everything else that was done to a customer: made, united, fields before and after (as `shown`, by
    type), gone and back, events, pins and bans. Operations that only read tags are there, empty."""
    found: Changes = {}
    _made(store, customer, found)
    _united(store, customer, found)
    _fields(store, customer, shown, found)
    _events(store, customer, found)
    _overrides(store, Sql("r.customer = ?", (customer,)), "$.customer", (customer,), found)
    for query in ("SELECT op FROM readings WHERE customer = ?", _READ_NO_MORE):
        for (op,) in store.rows(query, (customer,)):
            found.setdefault(op, [])
    return found


_READ_NO_MORE = "SELECT gone_op FROM readings WHERE customer = ? AND gone_op IS NOT NULL"


def of_tags(store: Store, tags: tuple[int, ...]) -> Changes:
    """What was done to tags themselves: made, renamed, moved, merged, given aliases; pins and bans."""
    found: Changes = {}
    for op, tag in store.rows(Sql("SELECT op, name FROM tags WHERE id IN ") + values(tags)):
        found.setdefault(op, []).append(Change("created", tag))
    for tag in tags:
        _tag_edits(store, tag, found)
    _aliases(store, tags, found)
    overrides: Changes = {}
    _overrides(store, Sql("r.tag IN ") + values(tags), "$.tag", tags, overrides)
    for op, changes in overrides.items():
        for what, tag_name in dict.fromkeys((change.what, change.name) for change in changes):
            count = sum((change.what, change.name) == (what, tag_name) for change in changes)
            found.setdefault(op, []).append(Change(what, tag_name, count=count))
    return found


# ── a customer ───────────────────────────────────────────────────────────────────────────────────


def _made(store: Store, customer: int, found: Changes) -> None:
    row = store.one("SELECT tagctl_op, tagctl_key FROM customers WHERE tagctl_id = ?", (customer,))
    if row is not None:
        found.setdefault(row[0], []).append(Change("created", row[1]))
    for op, action in store.rows(
        "SELECT op, action FROM journal WHERE \"table\" = 'customers' AND pk = ? AND action <> 'update'",
        (customer,),
    ):
        what = "removed" if action == "delete" else "restored"
        found.setdefault(op, []).append(Change(what, row[1] if row is not None else ""))


def _united(store: Store, customer: int, found: Changes) -> None:
    rows = Sql("SELECT op, id AS pk, json_object('kind', kind, 'text', text) AS image FROM known_as ")
    rows += Sql("WHERE customer = ?", (customer,))
    for op, gone, _pk, image in _kept_and_gone(store, "known_as", rows, "$.customer", (customer,)):
        if image["kind"] == "key":
            found.setdefault(op, []).append(Change("united", image["text"]))
            if gone is not None:
                found.setdefault(gone, []).append(Change("separated", image["text"]))


def _fields(store: Store, customer: int, shown: Callable[[Cell, str], str | None], found: Changes) -> None:
    fields = {field.column: field for field in catalog.read_fields(store).get(CUSTOMER, ())}
    for op, column, before, after in _cells(store, "customers", customer):
        if column == "tagctl_gone":
            found.setdefault(op, []).append(Change("back" if after is None else "gone", ""))
            continue
        field = fields.get(column) or Field(column, "text", None, column)
        change = Change("field", field.name, None, shown(before, field.type), shown(after, field.type))
        found.setdefault(op, []).append(change)


def _events(store: Store, customer: int, found: Changes) -> None:
    for (event_type,) in store.rows("SELECT name FROM event_types ORDER BY id"):
        table = event_table(event_type)
        of = f"FROM {name(table)} e WHERE e.tagctl_customer = ?"
        for what, query in (
            ("events", f"SELECT e.tagctl_op, count(*) {of} GROUP BY 1"),
            (
                "corrected",
                'SELECT j.op, count(DISTINCT j.pk) FROM journal j WHERE j."table" = ?2 '
                f"AND j.action = 'update' AND j.pk IN (SELECT e.tagctl_id {of}1) GROUP BY 1",
            ),
        ):
            parameters = (customer, table) if what == "corrected" else (customer,)
            for op, count in store.rows(query, parameters):
                found.setdefault(op, []).append(Change(what, event_type, count=count))


def _cells(store: Store, table: str, pk: int) -> Iterable[tuple[int, str, Cell, Cell]]:
    """(operation, column, before, after) of every change of a row's cells, one for each operation."""
    types = store.columns(table)
    entries: dict[str, dict[int, Cell]] = {}
    for op, column, value in store.rows(
        "SELECT j.op, e.key, "
        f"iif({journal.HOLDS_NUL.format('j.before')}, tagctl_cell(j.before, e.key), e.value) "
        "FROM journal j, json_each(j.before) e "
        "WHERE j.\"table\" = ? AND j.pk = ? AND j.action = 'update' ORDER BY j.id",
        (table, pk),
    ):
        exact = float(value) if types.get(column) == "REAL" and value is not None else value
        entries.setdefault(column, {}).setdefault(op, exact)
    for column, before in entries.items():
        now: Cell = None
        if column in types:
            now = store.value(
                f"SELECT {name('t', column)} FROM {name(table)} t WHERE {journal.key(table)} = ?", (pk,)
            )
        operations = list(before)
        for place, op in enumerate(operations):
            last = place + 1 == len(operations)
            after = now if last else before[operations[place + 1]]
            if after != before[op]:
                yield op, column, before[op], after


# ── tags ─────────────────────────────────────────────────────────────────────────────────────────


def _tag_edits(store: Store, tag: int, found: Changes) -> None:
    dimensions: dict[Cell, str] = dict(store.rows("SELECT id, name FROM dimensions"))
    names: dict[Cell, str] = dict(store.rows("SELECT id, name FROM tags"))
    now = names[tag]
    for op, column, before, after in _cells(store, "tags", tag):
        told = found.setdefault(op, [])
        if column == "name":
            told.append(Change("renamed", now, None, str(before), str(after)))
        elif column == "dimension":
            told.append(Change("moved", now, None, dimensions.get(before), dimensions.get(after)))
        elif column == "parent":
            told.append(Change("parent", now, None, names.get(before), names.get(after)))
        elif column == "merged_into":
            told.append(Change("merged", now, None, names.get(before), names.get(after)))
        elif column == "state":
            told.append(Change("state", now, None, str(before), str(after)))


def _aliases(store: Store, tags: tuple[int, ...], found: Changes) -> None:
    rows = Sql("SELECT op, id AS pk, json_object('text', text) AS image FROM aliases WHERE tag IN ")
    for op, gone, _pk, image in _kept_and_gone(store, "aliases", rows + values(tags), "$.tag", tags):
        found.setdefault(op, []).append(Change("alias_added", image["text"]))
        if gone is not None:
            found.setdefault(gone, []).append(Change("alias_removed", image["text"]))


# ── rows that come and go ────────────────────────────────────────────────────────────────────────


def _overrides(store: Store, where: Sql, path: str, owners: tuple[int, ...], found: Changes) -> None:
    names: dict[int, str] = dict(store.rows("SELECT id, name FROM tags"))
    rows = Sql(
        "SELECT r.op, r.id AS pk, json_object('kind', r.kind, 'tag', r.tag, 'reason', r.reason) AS image "
    )
    rows += Sql("FROM overrides r WHERE ") + where
    for op, gone, _pk, image in _kept_and_gone(store, "overrides", rows, path, owners):
        begun, ended = _OVERRIDDEN[image["kind"]]
        tag = names.get(image["tag"], "")
        found.setdefault(op, []).append(Change(begun, tag, after=image["reason"]))
        if gone is not None:
            found.setdefault(gone, []).append(Change(ended, tag))


def _kept_and_gone(
    store: Store, table: str, rows: Sql, path: str, owners: tuple[int, ...]
) -> Iterable[tuple[int, int | None, int, dict[str, Any]]]:
    """(made by, removed by, id, image) of the rows of a table that belong to `owners`. A row that was removed
    and restored is told for each removal."""
    gone = Sql(f"json_extract(j.before, '{path}') IN ") + values(owners)
    query = fill(_KEPT_AND_GONE, rows=rows, table=Sql(table), gone=gone)
    told: set[int] = set()
    for op, by, pk, image in sorted(store.rows(query), key=lambda row: (row[1] is None, row[1])):
        if by is not None or pk not in told:
            yield op, by, pk, json.loads(image)
        told.add(pk)
