"""A small world: customers, events, assignments. What the oracle reads and what a database is filled with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from tagctl.model import CUSTOMER, Taxonomy
from tagctl.sql import Sql, name
from tagctl.store import assignments, catalog, journal, rule_words, tags
from tagctl.store.connection import Store
from tagctl.store.operations import Operation, operate
from tagctl.store.schema import event_table


@dataclass(frozen=True)
class Spec:
    """A field's type and role."""

    type: str
    role: str | None = None


@dataclass(frozen=True)
class Event:
    """Values are in stored form: text str, number float, money int of 1/10000, date ISO text, datetime
    Unix seconds, bool int, list a tuple of texts."""

    customer: str
    type: str
    at: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """An assignment with the as-of of the operations that gained and lost it; current while lost is None.
    `by_undo`: an undo gave it back, so it continues an earlier one."""

    customer: str
    tag: str
    source: str
    since: int
    gained: int
    lost: int | None = None
    by_undo: bool = False


@dataclass(frozen=True)
class Override:
    kind: str  # pin or ban
    customer: str
    tag: str
    until: int | None = None


@dataclass(frozen=True)
class Gone:
    """The last snapshot did not have this customer any more; or has them again (back)."""

    customer: str
    back: bool = False


@dataclass
class World:
    """Everything a run reads but the two YAML files."""

    zone: str
    fields: dict[str, Spec]
    types: dict[str, dict[str, Spec]]
    customers: dict[str, dict[str, Any]]
    events: list[Event] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    outranked: dict[tuple[str, str], int] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)  # tags that `each: true` has made → dimension
    gone: frozenset[str] = frozenset()

    def present(self) -> World:
        """The world of those who are not gone. Events stay: the newest tells how fresh the data are."""
        if not self.gone:
            return self
        return replace(
            self,
            customers={key: values for key, values in self.customers.items() if key not in self.gone},
            intervals=[i for i in self.intervals if i.customer not in self.gone],
            overrides=[o for o in self.overrides if o.customer not in self.gone],
            outranked={key: since for key, since in self.outranked.items() if key[0] not in self.gone},
        )

    def after(self, additions: list[Any], as_of: int) -> World:
        """The world with new events, changed fields, new assignments; nothing is held twice."""
        found = replace(
            self,
            customers={key: dict(values) for key, values in self.customers.items()},
            events=list(self.events),
            intervals=list(self.intervals),
        )
        for one in additions:
            if isinstance(one, Event):
                found.events.append(one)
            elif isinstance(one, Interval):
                current = {(i.customer, i.tag, i.source) for i in found.intervals if i.lost is None}
                if (one.customer, one.tag, one.source) not in current:
                    found.intervals.append(replace(one, gained=as_of))
            elif isinstance(one, Gone):
                found.gone = found.gone - {one.customer} if one.back else found.gone | {one.customer}
            else:
                customer, column, value = one
                found.customers[customer][column] = value
        return found


# ── the same in a database ───────────────────────────────────────────────────────────────────────


def fill(store: Store, world: World, taxonomy: Taxonomy) -> None:
    """Put a world into an empty database, by plain SQL where the store has no need of its own functions."""
    start = min((i.gained for i in world.intervals), default=0)
    with operate(store, "import", now=start, as_of=start, by="test") as op:
        tags.sync(op, taxonomy)
        for field_name, spec in world.fields.items():
            catalog.add_field(op, CUSTOMER, field_name, spec.type, spec.role)
        for event_type, specs in world.types.items():
            catalog.ensure_event_type(op, event_type)
            catalog.add_field(op, event_type, "客户", "text", "key")
            catalog.add_field(op, event_type, "时间", "datetime", "at")
            for field_name, spec in specs.items():
                catalog.add_field(op, event_type, field_name, spec.type, spec.role)
        for key, values in world.customers.items():
            gone = op.number if key in world.gone else None
            row = {"tagctl_key": key, "tagctl_op": op.number, "tagctl_gone": gone}
            insert(store, "customers", {**row, **stored(values)})
        for event in world.events:
            insert_event(store, op.number, event)
        for tag in {i.tag for i in world.intervals} - tags.ids(store).keys():  # left the file, members stay
            home = store.value("SELECT min(id) FROM dimensions")
            row = {"name": tag, "folded": tag, "dimension": home, "state": "undeclared", "op": op.number}
            insert(store, "tags", row)
        op.keep()
    times = {(i.gained, i.source) for i in world.intervals}
    times |= {(i.lost, "rule") for i in world.intervals if i.lost is not None}
    numbers: dict[tuple[int, str], int] = {}
    for at, source in sorted(times):
        kind = "run" if source == "rule" else "import"
        row = {"kind": kind, "at": at, "as_of": at, "by": "test"}
        numbers[at, source] = insert(store, "operations", row)
    with operate(store, "import", now=max(t for t, _s in times) if times else start, by="test") as op:
        for interval in world.intervals:
            lost = None if interval.lost is None else numbers[interval.lost, "rule"]
            insert_interval(store, numbers[interval.gained, interval.source], interval, lost)
        for override in world.overrides:
            insert(
                store,
                "overrides",
                {
                    "kind": override.kind,
                    "customer": customer_id(store, override.customer),
                    "tag": tag_id(store, override.tag),
                    "until": override.until,
                    "op": op.number,
                },
            )
        given = [tag for (tag,) in store.rows("SELECT DISTINCT tag FROM assignments WHERE source = 'rule'")]
        rule_words.ensure_bits(op, given)
        assignments.refresh_state(op, None)
        op.keep()


def add(store: Store, additions: list[Any], as_of: int) -> None:
    """What `World.after` adds, in the database."""
    if not additions:
        return
    with operate(store, "import", now=as_of, by="test") as op:
        for one in additions:
            if isinstance(one, Event):
                insert_event(store, op.number, one)
            elif isinstance(one, Interval):
                held = store.value(
                    "SELECT 1 FROM assignments "
                    "WHERE customer = ? AND tag = ? AND source = ? AND lost_op IS NULL",
                    (customer_id(store, one.customer), tag_id(store, one.tag), one.source),
                )
                if not held:
                    insert_interval(store, op.number, one, None)
            elif isinstance(one, Gone):
                _change(op, one.customer, "tagctl_gone", None if one.back else op.number)
            else:
                customer, column, value = one
                (value,) = stored({column: value}).values()
                _change(op, customer, column, value)
        op.keep()


def _change(op: Operation, customer: str, column: str, value: Any) -> None:
    journal.updating(op, "customers", Sql("tagctl_key = ?", (customer,)), [column])
    op.store.execute(f"UPDATE customers SET {name(column)} = ? WHERE tagctl_key = ?", (value, customer))


def held(store: Store) -> dict[tuple[str, str, str], int]:
    """(customer, tag, source) → since, of all current assignments."""
    return {
        (customer, tag, source): since
        for customer, tag, source, since in store.rows(
            "SELECT c.tagctl_key, t.name, a.source, a.since FROM assignments a "
            "JOIN customers c ON c.tagctl_id = a.customer JOIN tags t ON t.id = a.tag WHERE a.lost_op IS NULL"
        )
    }


def outranked(store: Store) -> dict[tuple[str, str], int]:
    """(customer, tag) → since, of rule tags that another one keeps out."""
    return {
        (customer, tag): since
        for customer, tag, since in store.rows(
            "SELECT c.tagctl_key, t.name, o.since FROM outranked o "
            "JOIN customers c ON c.tagctl_id = o.customer JOIN tags t ON t.id = o.tag"
        )
    }


def insert(store: Store, table: str, row: dict[str, Any]) -> int:
    columns = ", ".join(name(column) for column in row)
    places = ", ".join("?" * len(row))
    cursor = store.execute(f"INSERT INTO {name(table)} ({columns}) VALUES ({places})", tuple(row.values()))
    return int(cursor.lastrowid or 0)


def insert_event(store: Store, op: int, event: Event) -> None:
    row = {
        "tagctl_customer": customer_id(store, event.customer),
        "tagctl_at": event.at,
        "tagctl_identity": str(store.value(f"SELECT count(*) FROM {name(event_table(event.type))}")),
        "tagctl_op": op,
    }
    insert(store, event_table(event.type), {**row, **stored(event.values)})


def insert_interval(store: Store, gained: int, interval: Interval, lost: int | None) -> None:
    row = {
        "tag": tag_id(store, interval.tag),
        "customer": customer_id(store, interval.customer),
        "source": interval.source,
        "gained_op": gained,
        "lost_op": lost,
        "since": interval.since,
    }
    insert(store, "assignments", row)


def stored(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
        for key, value in values.items()
    }


def customer_id(store: Store, key: str) -> int:
    return int(store.value("SELECT tagctl_id FROM customers WHERE tagctl_key = ?", (key,)))


def tag_id(store: Store, tag: str) -> int:
    return int(store.value("SELECT id FROM tags WHERE name = ?", (tag,)))
