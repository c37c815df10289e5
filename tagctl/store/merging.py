"""Several customers become one: values by a policy, tags, events, pins and readings united, keys kept.

Whatever belongs to the customers who go is journaled before it is changed or deleted, their intervals too;
so undo brings them back as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tagctl.model import CUSTOMER
from tagctl.record import record
from tagctl.reports.customers import MergedField
from tagctl.reports.tables import Cell
from tagctl.sql import Sql, name, values
from tagctl.store import catalog, journal, rule_words
from tagctl.store.identifiers import KEY, define, identifiers
from tagctl.store.operations import Operation
from tagctl.store.undo_rows import event_tables

Keep = Literal["newest", "first", "longest"]


@record
class Merged:
    """What a merge united: fields that changed or differed, tags gained by the customer who stays, events
    moved; `exclusive` dimensions of which the customer holds several tags, and tags held though banned."""

    fields: tuple[MergedField, ...]
    tags: tuple[str, ...]
    events: int
    exclusive: tuple[str, ...]
    banned: tuple[str, ...]


def merge(op: Operation, into: int, others: Sequence[int], keep: Keep) -> Merged:
    """Unite `others` with the customer `into`, who keeps the key. Of differing values `keep` decides: the one
    written last, that of the first customer (`into`, then in the order given) or the longest text."""
    store = op.store
    gone = values(others)
    held = _holds(op, into)
    fields = _fields(op, into, others, keep)
    _remember(op, into, others, fields)
    events = 0
    for table in event_tables(store):
        events += _move(op, table, "tagctl_customer", into, Sql("tagctl_customer IN ") + gone)
    _readings(op, into, gone)
    _presence(op, into, gone)
    for other in others:
        for table, same in (("overrides", "o.kind = t.kind"), ("outranked", "1")):
            _move_unless(op, table, same, into, other)
    _assignments(op, into, gone)
    where = Sql("tagctl_id IN ") + gone
    journal.deleting(op, "customers", where)
    store.execute(Sql("DELETE FROM customers WHERE ") + where)
    op.keep(customers_merged=len(others), events_moved=events)
    gained = tuple(tag for tag in _holds(op, into) if tag not in held)
    return Merged(fields, gained, events, _exclusive(op, into), _banned(op, into))


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def _fields(op: Operation, into: int, others: Sequence[int], keep: Keep) -> tuple[MergedField, ...]:
    """Write the values that win; the fields in which something changed or differed."""
    found = []
    changed: dict[str, Cell] = {}
    forms = {one.column: one.form for one in identifiers(op.store)}
    define(op.store)
    keys: dict[int, str] = dict(
        op.store.rows(
            Sql("SELECT tagctl_id, tagctl_key FROM customers WHERE tagctl_id IN ") + values((into, *others))
        )
    )
    for one in catalog.read_fields(op.store).get(CUSTOMER, ()):
        if one.column.startswith(catalog.INTERNAL):
            continue
        query = Sql(f"SELECT tagctl_id, {name(one.column)} FROM customers WHERE tagctl_id IN ")
        cells: dict[int, Cell] = dict(op.store.rows(query + values((into, *others))))
        filled = [customer for customer in (into, *others) if cells[customer] is not None]
        if not filled or all(cells[customer] == cells[into] for customer in filled):
            continue
        form = forms.get(one.column, "")
        if form and cells[into] is not None and len({_normal(op, form, cells[c]) for c in filled}) == 1:
            continue  # the same, written otherwise
        winner = filled[0]
        if keep == "newest" and len({cells[customer] for customer in filled}) > 1:
            winner = max(filled, key=lambda customer: _written(op, customer, one.column))
        elif keep == "longest":
            winner = max(filled, key=lambda customer: len(str(cells[customer])))
        if cells[winner] != cells[into]:
            changed[one.column] = cells[winner]
        rest = tuple((keys[c], cells[c]) for c in filled if cells[c] != cells[winner])
        found.append(MergedField(one.name, one.type, cells[winner], keys[winner], rest))
    if changed:
        where = Sql("tagctl_id = ?", (into,))
        journal.updating(op, "customers", where, changed)
        sets = ", ".join(f"{name(column)} = ?" for column in changed)
        op.store.execute(Sql(f"UPDATE customers SET {sets} WHERE ", tuple(changed.values())) + where)
    return tuple(found)


def _normal(op: Operation, form: str, value: Cell) -> Cell:
    """An identifier's value in its normal form; what has none stays as it is."""
    found: Cell = op.store.value("SELECT coalesce(tagctl_identifier(?1, ?2), ?2)", (form, value))
    return found


def _written(op: Operation, customer: int, column: str) -> int:
    """The operation in force that last wrote this cell."""
    return int(
        op.store.value(
            "SELECT max(number) FROM (SELECT tagctl_op AS number FROM customers WHERE tagctl_id = ?1 "
            "UNION ALL SELECT j.op FROM journal j JOIN operations o ON o.number = j.op "
            "AND o.undone_by IS NULL, json_each(j.before) e WHERE j.\"table\" = 'customers' "
            "AND j.pk = ?1 AND j.action = 'update' AND e.key = ?2)",
            (customer, column),
        )
    )


def _remember(op: Operation, into: int, others: Sequence[int], fields: Sequence[MergedField]) -> None:
    """Keep the keys that go and the identifiers that lost: files that still have them mean this customer."""
    store = op.store
    _move(op, "known_as", "customer", into, Sql("customer IN ") + values(others))
    known = [
        (KEY, str(key))
        for (key,) in store.rows(
            Sql("SELECT tagctl_key FROM customers WHERE tagctl_id IN ") + values(others) + Sql(" ORDER BY 1")
        )
    ]
    known_by = {one.column: one for one in identifiers(store) if one.column is not None}
    define(store)
    columns = {f.name: f.column for f in catalog.read_fields(store).get(CUSTOMER, ())}
    for field in fields:
        identifier = known_by.get(columns[field.field])
        if identifier is None:
            continue
        normal = f"SELECT tagctl_identifier('{identifier.form}', ?)"
        kept = store.value(normal, (field.value,))
        lost = {store.value(normal, (value,)): str(value) for _key, value in field.others}
        known += [(identifier.name, text) for form, text in lost.items() if form not in (None, kept)]
    store.executemany(
        "INSERT INTO known_as (customer, kind, text, op) VALUES (?, ?, ?, ?)",
        ((into, kind, text, op.number) for kind, text in known),
    )


# ── what belongs to them ─────────────────────────────────────────────────────────────────────────


def _move(op: Operation, table: str, column: str, into: int, where: Sql) -> int:
    if not journal.updating(op, table, where, [column]):
        return 0
    return op.store.execute(Sql(f"UPDATE {name(table)} SET {column} = ? WHERE ", (into,)) + where).rowcount


def _move_unless(op: Operation, table: str, same: str, into: int, other: int) -> None:
    """Move rows about tags, but those of which the customer has the like."""
    twice = Sql(
        f"customer = ? AND id IN (SELECT t.id FROM {table} t JOIN {table} o ON o.customer = ? "
        f"AND o.tag = t.tag AND {same} WHERE t.customer = ?)",
        (other, into, other),
    )
    if journal.deleting(op, table, twice):
        op.store.execute(Sql(f"DELETE FROM {table} WHERE ") + twice)
    _move(op, table, "customer", into, Sql("customer = ?", (other,)))


def _readings(op: Operation, into: int, gone: Sql) -> None:
    """What feeds last read for them is read for the customer now."""
    where = Sql("customer IN ") + gone
    op.store.execute(
        Sql(
            "INSERT OR IGNORE INTO readings (customer, feed, label, op, import, sheet, row, cell) "
            "SELECT ?, r.feed, r.label, ?, r.import, r.sheet, r.row, r.cell FROM readings r "
            "WHERE r.gone_op IS NULL AND NOT EXISTS (SELECT 1 FROM readings h WHERE h.customer = ? "
            "AND h.feed = r.feed AND h.label = r.label AND h.gone_op IS NULL) AND r.",
            (into, op.number, into),
        )
        + where
        + Sql(" ORDER BY r.op")
    )
    if journal.deleting(op, "readings", where):
        op.store.execute(Sql("DELETE FROM readings WHERE ") + where)


def _presence(op: Operation, into: int, gone: Sql) -> None:
    """The feeds that had them have the customer; who is there under one key is not gone."""
    op.store.execute(
        Sql(
            "INSERT OR IGNORE INTO sightings (feed, customer, op) SELECT DISTINCT g.feed, ?, ? "
            "FROM sightings g JOIN operations o ON o.number = g.op AND o.undone_by IS NULL "
            "WHERE g.customer IN ",
            (into, op.number),
        )
        + gone
    )
    back = Sql("tagctl_id = ? AND tagctl_gone IS NOT NULL AND EXISTS ", (into,))
    back += (
        Sql("(SELECT 1 FROM customers t WHERE t.tagctl_gone IS NULL AND t.tagctl_id IN ") + gone + Sql(")")
    )
    if journal.updating(op, "customers", back, ["tagctl_gone"]):
        op.store.execute("UPDATE customers SET tagctl_gone = NULL WHERE tagctl_id = ?", (into,))


def _assignments(op: Operation, into: int, gone: Sql) -> None:
    """Unite the current assignments, each since the earliest; rule_state follows."""
    store = op.store
    mine = Sql("tag IN (SELECT id FROM tags) AND customer IN ") + gone  # the table leads with the tag
    store.execute("DROP TABLE IF EXISTS temp.united")
    store.execute("CREATE TEMP TABLE united (tag INTEGER, source TEXT, since INTEGER)")
    earliest = "INSERT INTO temp.united SELECT tag, source, min(since) FROM assignments WHERE lost_op IS NULL"
    store.execute(Sql(f"{earliest} AND ") + mine + Sql(" GROUP BY tag, source"))
    journal.deleting(op, "assignments", mine)
    store.execute(Sql("DELETE FROM assignments WHERE ") + mine)
    store.execute(
        "DELETE FROM temp.united AS u WHERE EXISTS (SELECT 1 FROM assignments a WHERE a.customer = ? "
        "AND a.tag = u.tag AND a.source = u.source AND a.lost_op IS NULL AND a.since <= u.since)",
        (into,),
    )
    store.execute(
        "UPDATE assignments SET lost_op = ? WHERE customer = ? AND lost_op IS NULL "
        "AND (tag, source) IN (SELECT tag, source FROM temp.united)",
        (op.number, into),
    )
    store.execute(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        "SELECT tag, ?, source, ?, since FROM temp.united ORDER BY tag",
        (into, op.number),
    )
    store.execute("DROP TABLE temp.united")
    store.execute(Sql("DELETE FROM rule_state WHERE customer IN ") + gone)
    rule_words.rebuild(store, Sql("SELECT ?", (into,)))


# ── what there is to say ─────────────────────────────────────────────────────────────────────────

_CURRENT = "FROM tags t CROSS JOIN assignments a ON a.tag = t.id AND a.customer = ? AND a.lost_op IS NULL "


def _holds(op: Operation, customer: int) -> list[str]:
    found = op.store.rows(f"SELECT DISTINCT t.name {_CURRENT} ORDER BY t.id", (customer,))
    return [str(tag) for (tag,) in found]


def _exclusive(op: Operation, customer: int) -> tuple[str, ...]:
    """Exclusive dimensions of which the customer holds several choices: name and tags."""
    found = op.store.rows(
        "SELECT d.name || ': ' || group_concat(DISTINCT t.name) "
        f"{_CURRENT} JOIN dimensions d ON d.id = t.dimension AND d.exclusive <> 'none' "
        "GROUP BY d.id HAVING count(DISTINCT coalesce(t.parent, t.id)) > 1 ORDER BY d.id",
        (customer,),
    )
    return tuple(str(text) for (text,) in found)


def _banned(op: Operation, customer: int) -> tuple[str, ...]:
    found = op.store.rows(
        f"SELECT DISTINCT t.name {_CURRENT} JOIN overrides o ON o.customer = a.customer AND o.tag = t.id "
        "AND o.kind = 'ban' AND (o.until IS NULL OR o.until > ?) ORDER BY t.id",
        (customer, op.as_of),
    )
    return tuple(str(tag) for (tag,) in found)
