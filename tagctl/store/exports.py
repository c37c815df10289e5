"""What leaves: customers, events, assignments and changes as streams of rows, and the log of exports.

A `Stream` is read once, row by row; nothing is held in memory but a page of customers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tagctl.errors import TagctlError
from tagctl.model import CUSTOMER, Field
from tagctl.record import record
from tagctl.reports.tables import Cell
from tagctl.sql import Sql, name, values
from tagctl.store.connection import Row, Store, open_store
from tagctl.store.reading import stored_fields
from tagctl.store.schema import event_table

PAGE = 1000
TAGS = "tags"
KEY = name("c", "tagctl_key")
_LOG_TIMEOUT = 1.0  # seconds: the line in the log is not worth waiting for


@record
class Stream:
    """Columns, their types, and an iterator over rows in stored form."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[tuple[Cell, ...]]


@record
class Column:
    """A column of customers to export; `sql` is an expression over `c` and what was joined, None for tags."""

    name: str
    type: str
    sql: str | None


@contextmanager
def snapshot(store: Store) -> Iterator[None]:
    """Everything read within sees one state of the database, whatever others write meanwhile."""
    store.execute("BEGIN")
    try:
        yield
    finally:
        store.execute("ROLLBACK")


# ── customers ────────────────────────────────────────────────────────────────────────────────────


def customer_columns(store: Store) -> tuple[Column, ...]:
    """All fields in the order in which they came, the key first where no field holds it, and the tags."""
    fields = stored_fields(store, CUSTOMER)
    found = [Column(f.name, f.type, name("c", f.column)) for f in fields]
    if not any(f.column == "tagctl_key" for f in fields):
        found.insert(0, Column("key", "text", KEY))
    taken = any(column.name == TAGS for column in found)
    return (*found, Column(f"tagctl_{TAGS}" if taken else TAGS, TAGS, None))


PRESENT = "c.tagctl_gone IS NULL"
EVERYBODY = "true"


def customers(
    store: Store, columns: Sequence[Column], joined: str = "", limit: int = 0, who: str = PRESENT
) -> Stream:
    """These columns of the customers, in the order in which they came. `joined` is SQL of ours that narrows
    or widens `customers c`; limit 0 means all. Tags are a JSON array of names."""
    selected = "".join(f", {column.sql or 'NULL'}" for column in columns)
    cursor = store.execute(
        f"SELECT c.tagctl_id{selected} FROM customers c {joined} WHERE {who} ORDER BY c.tagctl_id LIMIT ?",
        (limit or -1,),
    )
    places = [place for place, column in enumerate(columns) if column.sql is None]

    def rows() -> Iterator[tuple[Cell, ...]]:
        while page := cursor.fetchmany(PAGE):
            tags = _tags(store, [row[0] for row in page]) if places else {}
            for row in page:
                cells = list(row[1:])
                for place in places:
                    cells[place] = json.dumps(tags.get(row[0], []), ensure_ascii=False)
                yield tuple(cells)

    return Stream(tuple(c.name for c in columns), tuple(c.type for c in columns), rows())


def _tags(store: Store, page: Sequence[int]) -> dict[int, list[str]]:
    """The names of the tags that the customers of a page hold, in the order of the taxonomy."""
    low, high = page[0], page[-1]
    # Neighbours are one range per tag; scattered customers one look-up per tag each.
    which = Sql("BETWEEN ? AND ?", (low, high)) if high - low < 4 * len(page) else Sql("IN ") + values(page)
    found: dict[int, list[str]] = {}
    for customer, tag in store.rows(
        Sql(
            "SELECT DISTINCT a.customer, t.name FROM tags t "
            "CROSS JOIN assignments a ON a.tag = t.id AND a.customer "
        )
        + which
        + Sql(" WHERE a.lost_op IS NULL ORDER BY t.id")
    ):
        found.setdefault(customer, []).append(tag)
    return found


def breakdown(store: Store, table: str) -> tuple[tuple[str, str, int], ...]:
    """(dimension, tag, how many) of the customers in a temporary table, in the order of the taxonomy."""
    return tuple(
        store.rows(
            "SELECT d.name, t.name, count(DISTINCT a.customer) FROM tags t "
            "CROSS JOIN dimensions d ON d.id = t.dimension "
            "CROSS JOIN assignments a ON a.tag = t.id AND a.lost_op IS NULL "
            f"CROSS JOIN temp.{name(table)} s ON s.customer = a.customer GROUP BY t.id ORDER BY d.id, t.id"
        )
    )


# ── events ───────────────────────────────────────────────────────────────────────────────────────


def events(store: Store, event_type: str, who: str = PRESENT) -> Stream:
    """The events of one type, its fields in the order in which they came. Customer and time come first
    where no field holds them."""
    fields = stored_fields(store, event_type)
    held = {field.column for field in fields}
    columns = [(f.name, f.type, _event_cell(f)) for f in fields]
    if "tagctl_at" not in held:
        columns.insert(0, ("at", "datetime", "e.tagctl_at"))
    if "tagctl_customer" not in held:
        columns.insert(0, ("customer", "text", "c.tagctl_key"))
    return Stream(
        tuple(c[0] for c in columns),
        tuple(c[1] for c in columns),
        _event_rows(store, event_type, [c[2] for c in columns], who),
    )


def event_lines(store: Store, event_type: str, who: str = PRESENT) -> Stream:
    """The lines of the events of one type, a row to each: the id of the event first, then what the lines say,
    in the order of its first appearance. No columns where the events have no id."""
    fields = {field.name: field for field in stored_fields(store, event_type)}
    own = next((field for field in fields.values() if field.role == "id"), None)
    if own is None:
        return Stream((), (), iter(()))
    lines = f"{name(event_table(event_type))} e CROSS JOIN json_each(e.tagctl_lines) l"
    said = store.rows(
        f"SELECT s.key FROM {lines} CROSS JOIN json_each(l.value) s GROUP BY s.key "
        "ORDER BY min(e.tagctl_id), min(l.key), min(s.id)"
    )
    columns = list(dict.fromkeys((own.name, *(key for (key,) in said))))
    cursor = store.execute(
        f"SELECT e.tagctl_identity, l.value FROM {lines} "
        f"CROSS JOIN customers c ON c.tagctl_id = e.tagctl_customer WHERE {who} ORDER BY e.tagctl_id, l.key"
    )
    found = ({**json.loads(line), own.name: identity} for identity, line in cursor)
    return Stream(
        tuple(columns),
        tuple(fields[column].type if column in fields else "text" for column in columns),
        (tuple(line.get(column) for column in columns) for line in found),
    )


def all_events(store: Store, event_types: Sequence[str], who: str = PRESENT) -> Stream:
    """Events of several types one after the other: type, customer, at, and every field of any of them. Fields
    of one name but different types are told apart as `TYPE.FIELD`."""
    fields = {
        event_type: [
            f for f in stored_fields(store, event_type) if f.column not in ("tagctl_customer", "tagctl_at")
        ]
        for event_type in event_types
    }
    kinds: dict[str, set[str]] = {}
    for of_type in fields.values():
        for field in of_type:
            kinds.setdefault(field.name, set()).add(field.type)

    def label(event_type: str, field: Field) -> str:
        return field.name if len(kinds[field.name]) == 1 else f"{event_type}.{field.name}"

    columns = {label(event_type, f): f.type for event_type in event_types for f in fields[event_type]}

    def rows() -> Iterator[tuple[Cell, ...]]:
        for event_type in event_types:
            own = {label(event_type, f): name("e", f.column) for f in fields[event_type]}
            cells = ["c.tagctl_key", "e.tagctl_at", *(own.get(column, "NULL") for column in columns)]
            for row in _event_rows(store, event_type, cells, who):
                yield (event_type, *row)

    return Stream(
        ("type", "customer", "at", *columns), ("text", "text", "datetime", *columns.values()), rows()
    )


def _event_cell(field: Field) -> str:
    return "c.tagctl_key" if field.column == "tagctl_customer" else name("e", field.column)


def _event_rows(store: Store, event_type: str, cells: Sequence[str], who: str) -> Iterator[Row]:
    yield from store.execute(
        f"SELECT {', '.join(cells)} FROM {name(event_table(event_type))} e "
        f"CROSS JOIN customers c ON c.tagctl_id = e.tagctl_customer WHERE {who} ORDER BY e.tagctl_id"
    )


# ── assignments and changes ──────────────────────────────────────────────────────────────────────


def assignments(store: Store, who: str = PRESENT) -> Stream:
    """Every current assignment, tag by tag."""
    cursor = store.execute(
        "SELECT c.tagctl_key, t.name, d.name, a.source, a.since, a.gained_op FROM tags t "
        "CROSS JOIN dimensions d ON d.id = t.dimension "
        "CROSS JOIN assignments a ON a.tag = t.id AND a.lost_op IS NULL "
        f"CROSS JOIN customers c ON c.tagctl_id = a.customer WHERE {who} ORDER BY t.id, a.customer, a.source"
    )
    return Stream(
        ("customer", "tag", "dimension", "source", "gained_at", "operation"),
        ("text", "text", "text", "text", "datetime", "number"),
        iter(cursor),
    )


# An interval that one operation closes and another of the same opens (to carry a `since`) is no change.
# Only numbers are sorted; names come afterwards, by CROSS JOINs, which keep the order of the outermost loop.
_CHANGES = """
WITH changed (operation, tag, customer, source, change) AS (
  SELECT a.gained_op, a.tag, a.customer, a.source, 'gained' FROM assignments a WHERE a.gained_op > ?1
  UNION ALL
  SELECT a.lost_op, a.tag, a.customer, a.source, 'lost' FROM assignments a WHERE a.lost_op > ?1
)
SELECT c.tagctl_key, t.name, x.change, x.source, x.operation, o.at, o.kind
FROM (
  SELECT operation, tag, customer, source, min(change) AS change FROM changed
  GROUP BY operation, tag, customer, source HAVING count(*) = 1
  ORDER BY operation, tag, customer, source
) x
CROSS JOIN operations o ON o.number = x.operation
CROSS JOIN tags t ON t.id = x.tag
CROSS JOIN customers c ON c.tagctl_id = x.customer
WHERE o.at >= ?2
"""


def changes(store: Store, after: int = 0, since: int = 0) -> Stream:
    """Gains and losses by the operations after one of this number, that happened at this instant or later."""
    return Stream(
        ("customer", "tag", "change", "source", "operation", "at", "kind"),
        ("text", "text", "text", "text", "number", "datetime", "text"),
        iter(store.execute(_CHANGES, (after, since))),
    )


# ── the log ──────────────────────────────────────────────────────────────────────────────────────


def log(store: Store, *, at: int, by: str, what: str, file: str, rows: int, fields: Sequence[str]) -> bool:
    """Leave a line in the database about what has left; False where it cannot be written (a read-only
    file, another command writing): an export only reads, so that is no error."""
    with suppress(TagctlError), open_store(store.path, lock_timeout=_LOG_TIMEOUT) as writable:
        writable.execute(
            'INSERT INTO exports (at, "by", what, file, rows, fields) VALUES (?, ?, ?, ?, ?, ?)',
            (at, by, what, file, rows, json.dumps(list(fields), ensure_ascii=False)),
        )
        return True
    return False
