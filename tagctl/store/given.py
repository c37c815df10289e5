"""Customers and events that somebody made up (`tests:` of rules.yaml), in an empty database."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tagctl.model import CUSTOMER, Catalog, FieldValue, Literal_
from tagctl.sql import Scalar, name
from tagctl.store import catalog as catalogs
from tagctl.store.catalog import INTERNAL, table_of
from tagctl.store.operations import Operation
from tagctl.store.schema import event_table

_KEY = "tagctl_key"
Cells = Mapping[FieldValue, Literal_ | tuple[str, ...]]


def add_catalog(op: Operation, catalog: Catalog) -> None:
    """Make the fields and event types of a catalog, in an empty database."""
    for field in catalog.fields:
        catalogs.add_field(op, CUSTOMER, field.name, field.type, field.role, refresh=False)
    for event in catalog.events:
        catalogs.ensure_event_type(op, event.name)
        for field in event.fields:
            catalogs.add_field(op, event.name, field.name, field.type, field.role, refresh=False)
    op.keep()


def add_customer(op: Operation, cells: Cells, key: str) -> tuple[int, str]:
    """A customer with these cells; the id, and the key: the one among the cells, else `key`."""
    row = {_KEY: key, **_row(cells)}
    return _insert(op, CUSTOMER, row), str(row[_KEY])


def add_event(op: Operation, event_type: str, customer: int, at: int, cells: Cells) -> int:
    """An event of the customer with these cells; its id."""
    count = op.store.value(f"SELECT count(*) FROM {name(event_table(event_type))}")
    ours: dict[str, Scalar] = {"tagctl_customer": customer, "tagctl_at": at, "tagctl_identity": str(count)}
    return _insert(
        op, event_type, ours | {c: v for c, v in _row(cells).items() if not c.startswith(INTERNAL)}
    )


def tags_held(op: Operation, customer: int) -> tuple[str, ...]:
    """The tags that the customer holds now, in the order of the taxonomy."""
    return tuple(
        tag
        for (tag,) in op.store.rows(
            "SELECT DISTINCT t.name FROM assignments AS a JOIN tags AS t ON t.id = a.tag "
            "WHERE a.customer = ? AND a.lost_op IS NULL ORDER BY t.id",
            (customer,),
        )
    )


def _row(cells: Cells) -> dict[str, Scalar]:
    return {
        field.column: json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
        for field, value in cells.items()
    }


def _insert(op: Operation, subject: str, row: Mapping[str, Scalar]) -> int:
    row = {**row, "tagctl_op": op.number}
    columns = ", ".join(name(column) for column in row)
    statement = f"INSERT INTO {name(table_of(subject))} ({columns}) VALUES ({', '.join('?' * len(row))})"
    inserted = op.store.execute(statement, tuple(row.values())).lastrowid
    assert inserted is not None
    return inserted
