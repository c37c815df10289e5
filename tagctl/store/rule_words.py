"""Keeping rule_state true: the packed words of current rule assignments, rebuilt for some customers.

`run` writes the words itself (store/assignments.py); whatever else changes rule assignments (merge, undo,
ban) calls `rebuild` for the customers it touched, or `clear` where some of their tags end.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagctl.sql import Sql, values
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

BITS = 60  # per word: an SQLite integer has 63 to use


def ensure_bits(op: Operation, tags: Iterable[int]) -> None:
    """Give tags that rules or implications may give their place in rule_state, adding words as needed."""
    store = op.store
    missing = store.rows(
        Sql("SELECT id FROM tags WHERE bit IS NULL AND id IN ") + values(tags) + Sql(" ORDER BY id")
    )
    next_bit = int(store.value("SELECT coalesce(max(bit) + 1, 0) FROM tags"))
    for (tag,) in missing:
        store.execute("UPDATE tags SET bit = ? WHERE id = ?", (next_bit, tag))
        next_bit += 1
    for word in range(words(store), -(-next_bit // BITS)):
        store.execute(f"ALTER TABLE rule_state ADD COLUMN w{word} INTEGER NOT NULL DEFAULT 0")


def words(store: Store) -> int:
    """How many words rule_state has."""
    return sum(column.startswith("w") for column in store.columns("rule_state"))


def rebuild(store: Store, customers: Sql) -> None:
    """Make the words of these customers (a query of ids) anew from their current rule assignments."""
    count = words(store)
    packed = ", ".join(
        f"sum(CASE WHEN t.bit / {BITS} = {word} THEN 1 << (t.bit % {BITS}) ELSE 0 END)"
        for word in range(count)
    )
    columns = ", ".join(f"w{word}" for word in range(count))
    store.execute("DROP TABLE IF EXISTS temp.repacked")
    store.execute(Sql("CREATE TEMP TABLE repacked (customer INTEGER PRIMARY KEY)"))
    store.execute(Sql("INSERT OR IGNORE INTO temp.repacked ") + customers)
    store.execute("DELETE FROM rule_state WHERE customer IN (SELECT customer FROM temp.repacked)")
    store.execute(
        f"INSERT INTO rule_state (customer, {columns}) SELECT c.customer, {packed} "
        "FROM tags t CROSS JOIN temp.repacked c CROSS JOIN assignments a "
        "ON a.tag = t.id AND a.customer = c.customer AND a.source = 'rule' "
        "WHERE t.bit IS NOT NULL AND a.lost_op IS NULL GROUP BY c.customer"
    )
    store.execute("DROP TABLE temp.repacked")


def clear(store: Store, pairs: str) -> None:
    """Take out of the words the (tag, customer) of a temporary table, whose rule assignments end."""
    bits = store.rows(
        "SELECT t.id, t.bit FROM tags t WHERE t.bit IS NOT NULL "
        f"AND t.id IN (SELECT p.tag FROM temp.{pairs} p)"
    )
    for tag, bit in bits:
        word = f"w{bit // BITS}"
        store.execute(
            f"UPDATE rule_state SET {word} = {word} & ~(1 << ?) "
            f"WHERE customer IN (SELECT p.customer FROM temp.{pairs} p WHERE p.tag = ?)",
            (bit % BITS, tag),
        )
