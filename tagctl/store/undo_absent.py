"""What would come back, or be put right, and refers to rows that are not there: their undo, or the merge that
removed them, must be undone first.
"""

from __future__ import annotations

from tagctl.sql import Sql, name
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.undo_obstacles import Obstacle
from tagctl.store.undo_rows import DERIVED, EMPTIED, REFERENCES, event_tables


def bases(store: Store) -> list[Obstacle]:
    """Operations that took away what the touched rows refer to. Asked when cells have been restored."""
    found: set[int] = set()
    owned = [(table, "tagctl_customer", "customers") for table in event_tables(store)]
    for table, column, referenced in (*owned, *REFERENCES, *EMPTIED):
        if table not in (*DERIVED, "labels"):
            found |= _removers(store, table, column, referenced)
    return [Obstacle("base", op) for op in sorted(found)]


def _removers(store: Store, table: str, column: str, referenced: str) -> set[int]:
    key, cell = name("t", journal.key(table)), name("t", column)
    rows = store.rows(
        Sql(
            "SELECT DISTINCT (SELECT j.op FROM journal j WHERE j.\"table\" = ? AND j.action = 'delete' "
            f"AND j.pk = {cell} ORDER BY j.id DESC LIMIT 1) FROM temp.touched w "
            f"JOIN {name(table)} t ON {key} = w.pk WHERE w.tbl = ? AND w.wanted AND {cell} IS NOT NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {referenced} r WHERE r.{journal.key(referenced)} = {cell})",
            (referenced, table),
        )
    )
    undoing = {op for (op,) in store.rows("SELECT op FROM temp.undoing")}
    return {int(op) for (op,) in rows if op is not None and op not in undoing}
