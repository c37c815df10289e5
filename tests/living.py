"""A project that lives: what people and files do to a database between runs, each as one operation, and
the world that the reference reads back from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import worlds
from worlds import Event, Interval, Override, World

from tagctl.sql import Sql, name
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation, operate
from tagctl.store.schema import event_table

_INTERVALS = """
SELECT c.tagctl_key, t.name, a.source, a.since, g.as_of, l.as_of, g.kind = 'undo' FROM assignments a
JOIN tags t ON t.id = a.tag JOIN customers c ON c.tagctl_id = a.customer
JOIN operations g ON g.number = a.gained_op LEFT JOIN operations l ON l.number = a.lost_op
WHERE a.lost_op IS NULL OR (g.undone_by IS NULL AND l.undone_by IS NULL)
"""


def read(store: Store, like: World) -> World:
    """The world that a database holds; fields and types are as in another one."""
    rows = store.rows
    lists = {field for field, spec in like.fields.items() if spec.type == "list"}

    def record(fields: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
        found = dict(zip(fields, row, strict=True))
        return {f: tuple(json.loads(v)) if v is not None and f in lists else v for f, v in found.items()}

    fields = list(like.fields)
    columns = ", ".join(name(field) for field in fields)
    customers = {
        key: record(fields, row)
        for key, *row in rows(f"SELECT tagctl_key, {columns} FROM customers ORDER BY tagctl_id")
    }
    gone = rows("SELECT tagctl_key FROM customers WHERE tagctl_gone IS NOT NULL")
    events = []
    for kind, specs in like.types.items():
        chosen = ", ".join(["c.tagctl_key", "e.tagctl_at", *(name("e", field) for field in specs)])
        query = f"SELECT {chosen} FROM {name(event_table(kind))} e JOIN customers c "
        for key, at, *row in rows(query + "ON c.tagctl_id = e.tagctl_customer ORDER BY e.tagctl_id"):
            events.append(Event(key, kind, at, dict(zip(specs, row, strict=True))))
    intervals = [Interval(*row[:6], by_undo=bool(row[6])) for row in rows(_INTERVALS)]
    overrides = rows(
        "SELECT o.kind, c.tagctl_key, t.name, o.until FROM overrides o "
        "JOIN customers c ON c.tagctl_id = o.customer JOIN tags t ON t.id = o.tag"
    )
    values = rows(
        "SELECT t.name, d.name FROM tags t JOIN dimensions d ON d.id = t.dimension WHERE state = 'value'"
    )
    return replace(
        like,
        customers=customers,
        events=events,
        intervals=intervals,
        overrides=[Override(*row) for row in overrides],
        outranked=worlds.outranked(store),
        values=dict(values),
        gone=frozenset(key for (key,) in gone),
    )


class Life:
    """What happens to the database of a project; every method is one operation."""

    def __init__(self, store: Store, now: int) -> None:
        self.store, self.now = store, now
        self.serial = 0

    @contextmanager
    def operation(self, kind: str) -> Iterator[Operation]:
        with operate(self.store, kind, now=self.now, by="test") as op:
            yield op

    def import_event(self, event: Event) -> None:
        self.serial += 1
        with self.operation("import") as op:
            row = {
                "tagctl_customer": worlds.customer_id(self.store, event.customer),
                "tagctl_at": event.at,
                "tagctl_identity": f"new {self.serial}",
                "tagctl_op": op.number,
            }
            worlds.insert(self.store, event_table(event.type), {**row, **worlds.stored(event.values)})
            op.keep()

    def correct_event(self, kind: str, number: int, event: Event) -> None:
        """Another instant and other values for an event that is there."""
        self._update("import", event_table(kind), number, {"tagctl_at": event.at, **event.values})

    def change_customer(self, key: str, values: dict[str, Any]) -> None:
        self._update("import", "customers", worlds.customer_id(self.store, key), values)

    def leave_or_return(self, key: str, back: bool) -> None:
        """A snapshot does not have a customer any more, or has them again."""
        gone = None if back else self.store.value("SELECT max(number) FROM operations")
        self._update("import", "customers", worlds.customer_id(self.store, key), {"tagctl_gone": gone})

    def _update(self, kind: str, table: str, number: int, values: dict[str, Any]) -> None:
        where = Sql("tagctl_id = ?", (number,))
        with self.operation(kind) as op:
            found = worlds.stored(values)
            journal.updating(op, table, where, found)
            sets = ", ".join(f"{name(column)} = ?" for column in found)
            self.store.execute(Sql(f"UPDATE {name(table)} SET {sets} WHERE ", tuple(found.values())) + where)
            op.keep()

    def assign(self, interval: Interval, pin: bool = False, until: int | None = None) -> None:
        """An imported or manual assignment, where there is none; with a pin, where that is wanted."""
        key = (interval.customer, interval.tag)
        with self.operation("import" if interval.source == "import" else "assign") as op:
            if (*key, interval.source) not in worlds.held(self.store):
                worlds.insert_interval(self.store, op.number, interval, None)
                op.keep()
            if pin:
                self._override(op, Override("pin", *key, until))

    def ban(self, customer: str, tag: str, until: int | None) -> None:
        with self.operation("ban") as op:
            self._override(op, Override("ban", customer, tag, until))

    def _override(self, op: Operation, override: Override) -> None:
        row = {
            "kind": override.kind,
            "customer": worlds.customer_id(self.store, override.customer),
            "tag": worlds.tag_id(self.store, override.tag),
        }
        known = "SELECT 1 FROM overrides WHERE kind = ? AND customer = ? AND tag = ?"
        if not self.store.value(known, tuple(row.values())):
            worlds.insert(self.store, "overrides", {**row, "until": override.until, "op": op.number})
            op.keep()

    def take_back(self, kind: str, customer: str, tag: str) -> None:
        """End a pin or a ban, or an imported or manual assignment."""
        mine = Sql(
            "customer = ? AND tag = ?",
            (worlds.customer_id(self.store, customer), worlds.tag_id(self.store, tag)),
        )
        with self.operation("import" if kind == "import" else "unassign") as op:
            if kind in ("manual", "import"):
                close = Sql("UPDATE assignments SET lost_op = ? WHERE lost_op IS NULL AND source = ? AND ")
                taken = self.store.execute(close.text + mine.text, (op.number, kind, *mine.params)).rowcount
            else:
                where = Sql("kind = ? AND ", (kind,)) + mine
                taken = journal.deleting(op, "overrides", where)
                self.store.execute(Sql("DELETE FROM overrides WHERE ") + where)
            if taken:
                op.keep()
