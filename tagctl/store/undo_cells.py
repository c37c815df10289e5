"""Undo of cells: each gets what it held right after the last update in force, else its first value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagctl.sql import Sql, name
from tagctl.store import catalog, journal
from tagctl.store.connection import Store

if TYPE_CHECKING:
    from tagctl.store.undo import Work

# Names that change hands between rows: they are given up before any of them is given back.
NAMES = (("dimensions", "name"), ("tags", "folded"), ("aliases", "folded"))


def give_up_names(work: Work) -> None:
    """Rows that are to go give up their names, for rows that get them back."""
    for table, column in NAMES:
        rows = Sql("id IN (SELECT pk FROM temp.touched WHERE tbl = ? AND here AND NOT wanted)", (table,))
        if journal.updating(work.op, table, rows, [column]):
            _give_up(work, table, column, rows)


def _give_up(work: Work, table: str, column: str, rows: Sql) -> None:
    """What stands for a name until the row goes or gets another: nothing that a file can hold."""
    work.store.execute(Sql(f"UPDATE {table} SET {column} = char(31) || '-' || id WHERE ") + rows)


def restore(work: Work) -> None:
    """Put the cells of temp.put_right right."""
    _change_types(work)
    for table, column in work.store.rows("SELECT DISTINCT tbl, col FROM temp.put_right ORDER BY tbl, col"):
        _put_right(work, table, column)


def collect(store: Store) -> None:
    """temp.put_right (tbl, pk, col, value): what the cells of temp.touched_cells should hold, in rows that
    stay."""
    run = store.execute
    for table in ("cell_log", "put_right"):
        run(f"DROP TABLE IF EXISTS temp.{table}")
    run(
        "CREATE TEMP TABLE cell_log (tbl TEXT, pk INTEGER, col TEXT, id INTEGER, counts INTEGER, value, "
        "PRIMARY KEY (tbl, pk, col, id)) WITHOUT ROWID"
    )
    run(
        "INSERT INTO temp.cell_log "
        "SELECT c.tbl, c.pk, e.key, j.id, j.action = 'update' AND f.op IS NOT NULL, "
        f"iif({journal.HOLDS_NUL.format('j.before')}, tagctl_cell(j.before, e.key), e.value) "
        "FROM (SELECT DISTINCT x.tbl, x.pk FROM temp.touched_cells x "
        "JOIN temp.touched t ON t.tbl = x.tbl AND t.pk = x.pk WHERE t.wanted) c "
        'CROSS JOIN journal j ON j."table" = c.tbl AND j.pk = c.pk '
        "LEFT JOIN temp.in_force f ON f.op = j.op, json_each(j.before) e"
    )
    run(
        "CREATE TEMP TABLE put_right (tbl TEXT, pk INTEGER, col TEXT, value, "
        "PRIMARY KEY (tbl, col, pk)) WITHOUT ROWID"
    )
    run(
        "INSERT INTO temp.put_right SELECT g.tbl, g.pk, g.col, v.value "
        "FROM (SELECT c.tbl, c.pk, c.col, (SELECT min(n.id) FROM temp.cell_log n "
        "WHERE n.tbl = c.tbl AND n.pk = c.pk AND n.col = c.col AND n.id > "
        "(SELECT coalesce(max(p.id), 0) FROM temp.cell_log p "
        "WHERE p.tbl = c.tbl AND p.pk = c.pk AND p.col = c.col AND p.counts)) AS next "
        "FROM (SELECT DISTINCT tbl, pk, col FROM temp.touched_cells) c) g "
        "CROSS JOIN temp.cell_log v ON v.tbl = g.tbl AND v.pk = g.pk AND v.col = g.col AND v.id = g.next"
    )


def _change_types(work: Work) -> None:
    """A field whose type goes back: its column gets the old storage before the old values come."""
    changing = work.store.rows(
        'SELECT f.subject, f."column", p.value FROM temp.put_right p JOIN fields f ON f.id = p.pk '
        "WHERE p.tbl = 'fields' AND p.col = 'type' AND p.value <> f.type"
    )
    for subject, column, kind in changing:
        journal.updating(work.op, catalog.table_of(subject), Sql(f"{name(column)} IS NOT NULL"), [column])
        catalog.change_column(work.store, subject, column, kind)


def _put_right(work: Work, table: str, column: str) -> None:
    store = work.store
    kind = store.columns(table).get(column)
    if kind is None:  # a column that went with its field
        return
    key, cell = name(table, journal.key(table)), name(table, column)
    value = "tagctl_real(p.value)" if kind == "REAL" else "p.value"
    differing = Sql(
        f"{key} IN (SELECT p.pk FROM temp.put_right p WHERE p.tbl = ? AND p.col = ? "
        f"AND p.pk = {key} AND {cell} IS NOT {value})",
        (table, column),
    )
    changed = journal.updating(work.op, table, differing, [column])
    if changed:
        if (table, column) in NAMES:
            _give_up(work, table, column, differing)
        store.execute(
            Sql(
                f"UPDATE {name(table)} SET {name(column)} = (SELECT {value} FROM temp.put_right p "
                f"WHERE p.tbl = ? AND p.col = ? AND p.pk = {key}) WHERE ",
                (table, column),
            )
            + differing
        )
        work.count_rows(table, "changed", changed)
