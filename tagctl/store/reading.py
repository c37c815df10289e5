"""What reading commands ask: one customer, the fields and how they are filled, the operations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import CUSTOMER, Field
from tagctl.normalise import identity
from tagctl.reports.operations import OperationRow
from tagctl.reports.tables import Cell
from tagctl.sql import Sql, fill, name, values
from tagctl.store import catalog
from tagctl.store.connection import Store
from tagctl.store.schema import GONE, event_table


def count_customers(store: Store, *, gone: bool = False) -> int:
    """How many customers there are without those who are gone, or how many are gone."""
    away = "SELECT count(*) FROM customers WHERE tagctl_gone IS NOT NULL"
    return int(store.value(away if gone else f"SELECT count(*) - ({away}) FROM customers"))


def count_without(store: Store, tags: Sequence[int]) -> int:
    """How many customers hold none of these tags now."""
    # GROUP BY sorts; DISTINCT or NOT IN would fill a tree, and take twice as long over a million customers.
    query = (
        "SELECT count(*) FROM (SELECT a.customer FROM assignments AS a WHERE a.lost_op IS NULL "
        f"AND a.tag IN {{tags}} AND a.customer NOT IN {GONE} GROUP BY a.customer)"
    )
    return count_customers(store) - int(store.value(fill(query, tags=values(tags))))


def has_run(store: Store) -> bool:
    """Whether a run in force has written anything."""
    return bool(
        store.value("SELECT EXISTS (SELECT 1 FROM operations WHERE kind = 'run' AND undone_by IS NULL)")
    )


# ── one customer ─────────────────────────────────────────────────────────────────────────────────


def customer_fields(store: Store, customer: int) -> tuple[tuple[str, str, Cell], ...]:
    """(field, type, value in stored form) of one customer, in the order in which the fields came."""
    fields = stored_fields(store, CUSTOMER)
    if not fields:
        return ()
    columns = ", ".join(name("c", field.column) for field in fields)
    row = store.one(f"SELECT {columns} FROM customers c WHERE c.tagctl_id = ?", (customer,))
    return tuple((f.name, f.type, value) for f, value in zip(fields, row or (), strict=True))


def customer_events(store: Store, customer: int) -> tuple[tuple[str, int, int | None, int | None], ...]:
    """(type, count, first, last) of every event type of which the customer has events."""
    found = []
    for (event_type,) in store.rows("SELECT name FROM event_types ORDER BY id"):
        row = store.one(
            "SELECT count(*), min(e.tagctl_at), max(e.tagctl_at) "
            f"FROM {name(event_table(event_type))} e WHERE e.tagctl_customer = ?",
            (customer,),
        )
        if row is not None and row[0]:
            found.append((str(event_type), *row))
    return tuple(found)


def gone(store: Store, customer: int) -> tuple[int, int] | None:
    """The operation that found the customer gone, and its as-of; None where the customer is there."""
    row = store.one(
        "SELECT o.number, o.as_of FROM customers c JOIN operations o ON o.number = c.tagctl_gone "
        "WHERE c.tagctl_id = ?",
        (customer,),
    )
    return None if row is None else (int(row[0]), int(row[1]))


def unknown_labels(store: Store, customer: int) -> tuple[str, ...]:
    """Labels now read in the customer's cells that no tag answers to."""
    return tuple(
        text
        for (text,) in store.rows(
            "SELECT DISTINCT b.text FROM readings r JOIN unknown_labels b ON b.id = r.label "
            "WHERE r.customer = ? AND r.gone_op IS NULL ORDER BY b.text",
            (customer,),
        )
    )


def known_as(store: Store, customer: int) -> tuple[tuple[str, str], ...]:
    """What the customer was known by before merges: (key, phone …, text)."""
    found = store.rows("SELECT kind, text FROM known_as WHERE customer = ? ORDER BY id", (customer,))
    return tuple((str(kind), str(text)) for kind, text in found)


def is_tag(store: Store, label: str) -> bool:
    """Whether a label is the name or an alias of a tag, merged ones included."""
    return _named(store, label) is not None


def _named(store: Store, label: str) -> int | None:
    folded = identity(label)
    found: int | None = store.value(
        "SELECT coalesce(merged_into, id) FROM tags WHERE folded = ? "
        "UNION ALL SELECT tag FROM aliases WHERE folded = ?",
        (folded, folded),
    )
    return found


def tag_family(store: Store, label: str) -> tuple[int, ...]:
    """The ids of a tag, named or by alias, of its descendants and of what was merged into one of them.
    UsageProblem with the nearest names where there is no such tag."""
    tag = _named(store, label)
    if tag is None:
        raise UsageProblem(unknown_tag(label, dimensions_of_tags(store)))
    found = store.rows(
        "WITH RECURSIVE family (id) AS (VALUES (?) UNION "
        "SELECT t.id FROM tags t JOIN family f ON t.parent = f.id OR t.merged_into = f.id) "
        "SELECT id FROM family ORDER BY id",
        (tag,),
    )
    return tuple(tag for (tag,) in found)


def unknown_tag(label: str, known: Iterable[str]) -> Problem:
    """The problem of a tag that there is not, with the nearest that there are."""
    import difflib

    near = difflib.get_close_matches(label, list(known), n=3, cutoff=0.5)
    return Problem(
        "unknown-tag",
        _("There is no tag “{tag}”.").format(tag=label),
        _("Did you mean {names}?").format(names=", ".join(near))
        if near
        else _("The tags there are: tagctl taxonomy show"),
    )


def dimensions_of_tags(store: Store) -> dict[str, str]:
    """Tag → dimension, for every tag that is not merged into another."""
    return dict(
        store.rows(
            "SELECT t.name, d.name FROM tags t JOIN dimensions d ON d.id = t.dimension "
            "WHERE t.state <> 'merged' ORDER BY t.id"
        )
    )


def holders(store: Store, tag: str) -> frozenset[str]:
    """The keys of the customers who hold a tag now, from any source."""
    rows = store.rows(
        "SELECT DISTINCT c.tagctl_key FROM tags t JOIN assignments a ON a.tag = t.id AND a.lost_op IS NULL "
        "JOIN customers c ON c.tagctl_id = a.customer AND c.tagctl_gone IS NULL "
        "WHERE t.name = ? AND t.state <> 'merged'",
        (tag,),
    )
    return frozenset(key for (key,) in rows)


def members(store: Store) -> dict[str, int]:
    """How many customers hold each tag that anybody holds now, from any source."""
    return dict(
        store.rows(
            "SELECT t.name, count(DISTINCT a.customer) FROM assignments a JOIN tags t ON t.id = a.tag "
            f"WHERE a.lost_op IS NULL AND a.customer NOT IN {GONE} GROUP BY t.id ORDER BY t.id"
        )
    )


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


def stored_fields(store: Store, subject: str) -> tuple[Field, ...]:
    """The fields of a subject that have values: tag columns live in readings, not in a column."""
    table = catalog.table_of(subject)
    columns = store.columns(table)
    return tuple(f for f in catalog.read_fields(store).get(subject, ()) if f.column in columns)


def field_use(store: Store, subject: str, field: Field) -> tuple[int, int, Cell]:
    """How many rows have a value, how many different ones there are, and one of them."""
    column, table = name("t", field.column), name(catalog.table_of(subject))
    filled, distinct = store.rows(f"SELECT count({column}), count(DISTINCT {column}) FROM {table} t")[0]
    example = store.value(f"SELECT {column} FROM {table} t WHERE {column} IS NOT NULL LIMIT 1")
    if field.column == "tagctl_customer" and example is not None:
        example = store.value("SELECT tagctl_key FROM customers WHERE tagctl_id = ?", (example,))
    return filled, distinct, example


# ── operations ───────────────────────────────────────────────────────────────────────────────────

_OPERATIONS = """
SELECT o.number, o.kind, o.at, o.as_of, o."by", o.note, o.what, o.counts, o.undoes, o.undone_by,
  (SELECT json_group_array(u.operation) FROM undone_along u WHERE u.op = o.number)
FROM operations o WHERE {where} ORDER BY o.number DESC LIMIT {limit}
"""


def operations(store: Store, where: Sql | None = None, limit: int = 0) -> tuple[OperationRow, ...]:
    """Operations, newest first; `where` is a condition on `o`; limit 0 means all."""
    rows = store.rows(fill(_OPERATIONS, where=where or Sql("1"), limit=Sql("?", (limit or -1,))))
    return tuple(
        OperationRow(
            number,
            kind,
            at,
            as_of,
            by,
            note,
            what,
            _counts(counts),
            undoes,
            undone_by,
            tuple(json.loads(along)),
        )
        for number, kind, at, as_of, by, note, what, counts, undoes, undone_by, along in rows
    )


def kinds(store: Store) -> tuple[str, ...]:
    """The kinds of operations that there have been."""
    return tuple(kind for (kind,) in store.rows("SELECT DISTINCT kind FROM operations ORDER BY kind"))


def _counts(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
