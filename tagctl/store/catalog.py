"""What imports have supplied: event types, fields with their columns, and views that people can read.

Fields and event types are rows; their columns and tables follow from the rows, so undo removes and
restores both together (store/undo.py).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import ASSIGNMENT, CUSTOMER, TYPES, Catalog, EventType, Field, Type
from tagctl.normalise import identity
from tagctl.sql import Scalar, Sql, name
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.schema import COLUMN_TYPES, EVENT_TABLE, event_table

INTERNAL = "tagctl_"
_CUSTOMER_COLUMNS = {"key": "tagctl_key"}
_EVENT_COLUMNS = {"key": "tagctl_customer", "at": "tagctl_at"}
_RESERVED = frozenset(
    {"types", CUSTOMER, ASSIGNMENT, "any"}
)  # event_types is a table of ours; the others are words
_VIEW_MARK = "/* tagctl: made from the fields */"


def read(store: Store, as_of: int | None = None, *, newest: Container[str] | None = None) -> Catalog:
    """All fields and event types. With `as_of`, `newest` of an event type looks no further than that.

    All events must be read for it: `newest` names the types for which it is wanted; all, unless told.
    """
    fields: dict[str, list[Field]] = {}
    for subject, field, column, kind, role in store.rows(
        'SELECT subject, name, "column", type, role FROM fields ORDER BY id'
    ):
        fields.setdefault(subject, []).append(Field(field, kind, role, column))
    events = tuple(
        EventType(
            event_type,
            tuple(fields.get(event_type, ())),
            newest=_newest(store, event_type, as_of) if newest is None or event_type in newest else None,
        )
        for (event_type,) in store.rows("SELECT name FROM event_types ORDER BY id")
    )
    return Catalog(tuple(fields.get(CUSTOMER, ())), events)


def _newest(store: Store, event_type: str, as_of: int | None) -> int | None:
    table = name(event_table(event_type))
    limit = Sql("") if as_of is None else Sql(" WHERE tagctl_at <= ?", (as_of,))
    found = store.value(Sql(f"SELECT max(tagctl_at) FROM {table}") + limit)
    return None if found is None else int(found)


def ensure_event_type(op: Operation, event_type: str) -> str:
    """The stored name of an event type, making its table the first time. Spellings that differ in case
    and width only are one type."""
    check_event_type(event_type)
    wanted = identity(event_type)
    for (known,) in op.store.rows("SELECT name FROM event_types"):
        if identity(known) == wanted:
            return str(known)
    event_type = event_type.strip()
    op.store.execute("INSERT INTO event_types (name, op) VALUES (?, ?)", (event_type, op.number))
    create_event_table(op.store, event_type)
    refresh_views(op.store)
    return event_type


def check_event_type(name: str) -> None:
    """Raises UsageProblem where an event type cannot be called so."""
    wanted = identity(name)
    if not wanted or wanted in _RESERVED or wanted.startswith(INTERNAL) or "\x00" in name:
        raise UsageProblem(
            Problem(
                "bad-event-type",
                _("“{name}” cannot be the name of an event type.").format(name=name.strip()),
                _("Take a word for what happened, such as order, login or 购买."),
            )
        )


def add_field(
    op: Operation,
    subject: str,
    field: str,
    kind: Type,
    role: str | None = None,
    *,
    refresh: bool = True,
) -> Field:
    """Add a field to customers (subject CUSTOMER) or to an event type, with its column; returns it.

    The roles key and at have columns of ours. The caller has looked the name and the role up before:
    a second field of that name raises sqlite3.IntegrityError. With `refresh=False` the caller, who adds
    many, makes the views anew at the end.
    """
    ours = (_CUSTOMER_COLUMNS if subject == CUSTOMER else _EVENT_COLUMNS).get(role or "")
    if ours is None and identity(field).startswith(INTERNAL):
        raise ValueError(f"a field cannot be named {field}")
    column = ours or field
    op.store.execute(
        'INSERT INTO fields (subject, name, folded, "column", type, role, op) VALUES (?, ?, ?, ?, ?, ?, ?)',
        (subject, field, identity(field), column, kind, role, op.number),
    )
    if ours is None:
        add_column(op.store, subject, column, kind)
    if refresh:
        refresh_views(op.store)
    return Field(field, kind, role, column)


def set_role(op: Operation, subject: str, field: str, role: str | None) -> None:
    """Give a field that has its own column another role, journaled."""
    where = Sql("subject = ? AND folded = ?", (subject, identity(field)))
    journal.updating(op, "fields", where, ["role"])
    op.store.execute(Sql("UPDATE fields SET role = ? WHERE ", (role,)) + where)


def retype(
    op: Operation, subject: str, field: str, kind: Type, convert: Callable[[Scalar], Scalar]
) -> tuple[tuple[str, Scalar], ...]:
    """Change a field's type. `convert` turns a stored value of the old type into one of the new,
    raising ValueError where it cannot.

    Returns the cells that do not convert, as (key, value), the first hundred; where there are any,
    nothing is changed. Otherwise the column is converted, all old values journaled.
    """
    row = op.store.one(
        'SELECT "column", type FROM fields WHERE subject = ? AND folded = ?', (subject, identity(field))
    )
    if row is None or row[0].startswith(INTERNAL) or kind not in TYPES:
        raise ValueError(f"{field} cannot become {kind}")
    column, table = str(row[0]), table_of(subject)
    quoted = name(column)
    converted: list[tuple[Scalar, Scalar]] = []
    bad: list[Scalar] = []
    for (value,) in op.store.rows(f"SELECT DISTINCT {quoted} FROM {name(table)} WHERE {quoted} IS NOT NULL"):
        try:
            converted.append((value, convert(value)))
        except ValueError:
            bad.append(value)
    if bad:
        return _cells(op.store, subject, column, bad)
    # The old values must all be there when the column gets its old type back.
    journal.updating(op, "fields", Sql("subject = ? AND folded = ?", (subject, identity(field))), ["type"])
    journal.updating(op, table, Sql(f"{quoted} IS NOT NULL"), [column])
    op.store.execute("DROP TABLE IF EXISTS temp.retyped")
    op.store.execute("CREATE TEMP TABLE retyped (id INTEGER PRIMARY KEY, value)")
    op.store.execute("CREATE TEMP TABLE conversions (old PRIMARY KEY, new) WITHOUT ROWID")
    op.store.executemany("INSERT INTO temp.conversions VALUES (?, ?)", converted)
    op.store.execute(
        f"INSERT INTO temp.retyped SELECT t.tagctl_id, c.new FROM {name(table)} t "
        f"JOIN temp.conversions c ON c.old = {name('t', column)}"
    )
    change_column(op.store, subject, column, kind)
    op.store.execute(
        f"UPDATE {name(table)} SET {quoted} = r.value FROM temp.retyped r WHERE r.id = tagctl_id"
    )
    op.store.execute(
        "UPDATE fields SET type = ? WHERE subject = ? AND folded = ?", (kind, subject, identity(field))
    )
    op.store.execute("DROP TABLE temp.retyped")
    op.store.execute("DROP TABLE temp.conversions")
    refresh_views(op.store)
    return ()


def _cells(
    store: Store, subject: str, column: str, values: Iterable[Scalar]
) -> tuple[tuple[str, Scalar], ...]:
    key = (
        "t.tagctl_key"
        if subject == CUSTOMER
        else "(SELECT c.tagctl_key FROM customers c WHERE c.tagctl_id = t.tagctl_customer)"
    )
    found: list[tuple[str, Scalar]] = []
    for value in values:
        found += store.rows(
            f"SELECT {key}, {name('t', column)} FROM {name(table_of(subject))} t "
            f"WHERE {name('t', column)} = ? LIMIT 100",
            (value,),
        )
        if len(found) >= 100:
            break
    return tuple(found[:100])


# ── tables and columns ───────────────────────────────────────────────────────────────────────────


def table_of(subject: str) -> str:
    """The physical table of a subject: customers, or that of an event type."""
    return "customers" if subject == CUSTOMER else event_table(subject)


def create_event_table(store: Store, event_type: str) -> None:
    """The empty table of an event type with its indexes."""
    table = event_table(event_type)
    store.execute(EVENT_TABLE.format(table=name(table)))
    store.execute(f"CREATE INDEX {name(table + '_customer')} ON {name(table)} (tagctl_customer, tagctl_at)")
    store.execute(f"CREATE INDEX {name(table + '_op')} ON {name(table)} (tagctl_op)")
    # A table that undo once removed goes on counting: the journal may name its rows by their ids.
    store.execute(
        'INSERT INTO sqlite_sequence (name, seq) SELECT ?1, max(pk) FROM journal WHERE "table" = ?1 '
        "HAVING max(pk) IS NOT NULL",
        (table,),
    )


def drop_event_table(store: Store, event_type: str) -> None:
    """Remove the table of an event type (undo of the import that brought it)."""
    drop_views(store)
    store.execute(f"DROP TABLE {name(event_table(event_type))}")


def add_column(store: Store, subject: str, column: str, kind: Type) -> None:
    """The physical column of a field."""
    store.execute(f"ALTER TABLE {name(table_of(subject))} ADD COLUMN {name(column)} {COLUMN_TYPES[kind]}")


def drop_column(store: Store, subject: str, column: str) -> None:
    """Remove a field's column with all values (undo of the import that brought it)."""
    drop_views(store)  # SQLite refuses to drop a column that a view names
    store.execute(f"ALTER TABLE {name(table_of(subject))} DROP COLUMN {name(column)}")


def change_column(store: Store, subject: str, column: str, kind: Type) -> None:
    """Give a field's column the storage of another type; its values are gone afterwards."""
    drop_column(store, subject, column)
    add_column(store, subject, column, kind)


# ── views for people ─────────────────────────────────────────────────────────────────────────────


def refresh_views(store: Store) -> None:
    """Make the readable views anew: `customer_list`, and one per event type, named like the type where
    that name is free. Money is decimal, times are ISO in UTC."""
    drop_views(store)
    catalog = read_fields(store)
    _customer_list(store, catalog.get(CUSTOMER, ()))
    taken = {str(n).casefold() for (n,) in store.rows("SELECT name FROM sqlite_schema")}
    for (event_type,) in store.rows("SELECT name FROM event_types ORDER BY id"):
        if event_type.casefold() not in taken and not event_type.casefold().startswith("sqlite_"):
            _event_view(store, event_type, catalog.get(event_type, ()))


def drop_views(store: Store) -> None:
    """Remove the readable views."""
    for (view,) in store.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'view' AND instr(sql, ?)", (_VIEW_MARK,)
    ):
        store.execute(f"DROP VIEW {name(view)}")


def read_fields(store: Store) -> dict[str, tuple[Field, ...]]:
    """The fields by subject, in the order in which they came."""
    found: dict[str, list[Field]] = {}
    for subject, field, column, kind, role in store.rows(
        'SELECT subject, name, "column", type, role FROM fields ORDER BY id'
    ):
        found.setdefault(subject, []).append(Field(field, kind, role, column))
    return {subject: tuple(fields) for subject, fields in found.items()}


def events_at_most(store: Store) -> int:
    """At most so many events there are, in no time: row numbers tell, nothing is counted."""
    newest = (
        f"SELECT coalesce(max(tagctl_id), 0) FROM {name(event_table(str(kind)))}"
        for (kind,) in store.rows("SELECT name FROM event_types")
    )
    return sum(int(store.value(query)) for query in newest)


def customer_column(store: Store, role: str) -> str | None:
    """The column of customers that holds this role, if an import has supplied it."""
    found = store.value('SELECT "column" FROM fields WHERE subject = ? AND role = ?', (CUSTOMER, role))
    return None if found is None else str(found)


def _customer_list(store: Store, fields: Iterable[Field]) -> None:
    columns = ["t.tagctl_key AS key"]
    columns += [f"{_readable(f)} AS {name(f.name)}" for f in _own(fields, {"key", "tags"})]
    tags = (
        "(SELECT group_concat(g.name, ', ') FROM tags g WHERE EXISTS (SELECT 1 FROM assignments a "
        "WHERE a.tag = g.id AND a.customer = t.tagctl_id AND a.lost_op IS NULL)) AS tags"
    )
    store.execute(
        f"CREATE VIEW customer_list AS {_VIEW_MARK} SELECT {', '.join([*columns, tags])} FROM customers t "
        "WHERE t.tagctl_gone IS NULL"
    )


def _event_view(store: Store, event_type: str, fields: Iterable[Field]) -> None:
    columns = ["c.tagctl_key AS key", "strftime('%Y-%m-%dT%H:%M:%SZ', t.tagctl_at, 'unixepoch') AS at"]
    columns += [f"{_readable(f)} AS {name(f.name)}" for f in _own(fields, {"key", "at"})]
    store.execute(
        f"CREATE VIEW {name(event_type)} AS {_VIEW_MARK} SELECT {', '.join(columns)} "
        f"FROM {name(event_table(event_type))} t JOIN customers c ON c.tagctl_id = t.tagctl_customer"
    )


def _own(fields: Iterable[Field], taken: set[str]) -> Iterable[Field]:
    """The fields with columns of their own, without those whose name the view uses already."""
    return (f for f in fields if not f.column.startswith(INTERNAL) and f.name.casefold() not in taken)


def _readable(field: Field) -> str:
    column = name("t", field.column)
    if field.type == "money":
        return f"{column} / 10000.0"
    if field.type == "datetime":
        return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column}, 'unixepoch')"
    return column
