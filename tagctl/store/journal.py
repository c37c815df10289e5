"""Before-images, written by set: what an operation changes or deletes goes here first, for undo.

Rows that an operation inserts carry its number in their `op` (or `tagctl_op`) column and need no entry.
Intervals (assignments, readings) are their own history: closing one needs no entry, deleting one does.
`before` is a JSON object of columns; a REAL is kept as its shortest exact text: SQLite's JSON rounds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from tagctl.sql import Sql, name
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

_PAIRS = 50  # json_object takes 127 arguments

# Whether an image holds a text with NUL, which SQLite writes into JSON but does not read back.
HOLDS_NUL = "instr({}, '\\u0000')"

# The column that identifies a row in the journal. The tables of intervals have none of their own.
_KEYS = {"assignments": "customer", "readings": "customer", "rule_state": "customer"}


def key(table: str) -> str:
    """The column whose value the journal keeps as `pk`."""
    if table == "customers" or (table.startswith("event_") and table != "event_types"):
        return "tagctl_id"
    return _KEYS.get(table, "id")


def created_by(table: str) -> str:
    """The column that holds the operation which inserted the row."""
    if key(table) == "tagctl_id":
        return "tagctl_op"
    return "gained_op" if table == "assignments" else "op"


def updating(op: Operation, table: str, where: Sql, columns: Iterable[str]) -> int:
    """Before an UPDATE of these columns in the rows that `where` names (a condition on the bare table);
    how many rows. Call it once per operation for a cell that changes twice, or twice: the first counts."""
    types = op.store.columns(table)
    return _write(op, table, where, "update", {column: types[column] for column in columns})


def deleting(op: Operation, table: str, where: Sql) -> int:
    """Before a DELETE of the rows that `where` names; how many rows."""
    return _write(op, table, where, "delete", op.store.columns(table))


def inserted(op: Operation, table: str, where: Sql) -> int:
    """After an INSERT of rows that carry another operation's number (only undo does that)."""
    pk = name(table, key(table))
    return op.store.execute(
        Sql(f"INSERT INTO journal (op, \"table\", pk, action) SELECT ?, ?, {pk}, 'insert' ")
        + Sql(f"FROM {name(table)} WHERE " + where.text),
        (op.number, table, *where.params),
    ).rowcount


def before_image(table: str, columns: Mapping[str, str]) -> Sql:
    """The expression that packs these columns (with their declared types) into a JSON object."""
    names = list(columns)
    objects = []
    for start in range(0, len(names), _PAIRS):
        pairs = []
        for column in names[start : start + _PAIRS]:
            cell = name(table, column)
            pairs.append("?, " + (f"tagctl_exact({cell})" if columns[column] == "REAL" else cell))
        objects.append(f"json_object({', '.join(pairs)})")
    packed = objects[0]
    for following in objects[1:]:  # {a} and {b} joined as text: {a, b}
        packed = f"(rtrim({packed}, '}}') || ',' || ltrim({following}, '{{'))"
    return Sql(packed, tuple(names))


def from_image(column: str, kind: str, before: str) -> Sql:
    """The expression that takes a column of the declared type `kind` out of an image; `before` is the
    expression of the image."""
    if '"' in column or "\\" in column or not column.isprintable():
        value = Sql(f"(SELECT e.value FROM json_each({before}) e WHERE e.key = ?)", (column,))
    else:
        value = Sql(f"json_extract({before}, ?)", (f'$."{column}"',))
    if kind == "TEXT":
        value = (
            Sql(f"iif({HOLDS_NUL.format(before)}, tagctl_cell({before}, ?), ", (column,)) + value + Sql(")")
        )
    return Sql(f"tagctl_real({value.text})", value.params) if kind == "REAL" else value


def _write(
    op: Operation,
    table: str,
    where: Sql,
    action: Literal["update", "delete"],
    columns: Mapping[str, str],
) -> int:
    image = before_image(table, columns)
    return op.store.execute(
        Sql('INSERT INTO journal (op, "table", pk, action, before) SELECT ?, ?, ')
        + Sql(name(table, key(table)) + ", ?, " + image.text)
        + Sql(f" FROM {name(table)} WHERE " + where.text),
        (op.number, table, action, *image.params, *where.params),
    ).rowcount


def entries(store: Store, operation: int) -> int:
    """How many entries an operation has."""
    return int(store.value("SELECT count(*) FROM journal WHERE op = ?", (operation,)))
