"""The rows of one file on their way into a table. All set-based.

A file's rows go into `temp.stage` in one streaming pass, values already in stored form. Then
`unite_customers` or `unite_events` makes one row of those that mean the same, and store/upserting.py
compares what is left with the table and writes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store.connection import Store

_PAIRS = 40  # pairs per json_object: SQLite takes 127 arguments

CLEAR = b""
"""Staged for an empty cell that is to clear what is stored (None changes nothing)."""


@record
class Stage:
    """temp.stage: `seq` in file order, `line` in the file, `key` of the customer, for events `at`,
    `identity` and `own` (1: the identity is the event's own id), value columns v0 … and cell columns
    t0 …, which hold numbers of tag cells (store/labels.py)."""

    store: Store
    events: bool
    values: int
    cells: int
    clears: bool = False

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of (line, key, v0 …, t0 …); of events (line, key, at, own, identity, v0 …, t0 …)."""
        # Only what is used: binding a null costs more than binding a value.
        columns = ("line", "key", *(("at", "own", "identity") if self.events else ()), *self.columns())
        self.store.executemany(
            f"INSERT INTO temp.stage ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows
        )

    def add_unread(self, cells: Iterable[tuple[int, int]]) -> None:
        """Cells of events that could not be read: (line, place among the value columns)."""
        self.store.executemany("INSERT OR IGNORE INTO temp.unread_cells VALUES (?, ?)", cells)

    def columns(self) -> tuple[str, ...]:
        return (*self.value_columns(), *self.cell_columns())

    def value_columns(self) -> tuple[str, ...]:
        return tuple(f"v{i}" for i in range(self.values))

    def cell_columns(self) -> tuple[str, ...]:
        return tuple(f"t{i}" for i in range(self.cells))

    def rows(self) -> int:
        return int(self.store.value("SELECT count(*) FROM temp.stage"))

    def show_rows(self, customer: str) -> None:
        """Make temp.stage_rows (customer, line, t0 …): every row read, those folded into another too.

        `customer` is SQL of ours that gives the customer of row `s` of the stage.
        """
        cells = self.cell_columns()
        self.store.execute("DROP VIEW IF EXISTS temp.stage_rows")
        self.store.execute(
            f"CREATE TEMP VIEW stage_rows AS SELECT {customer} AS customer, s.line AS line"
            f"{_listed(f's.{c} AS {c}' for c in cells)} FROM temp.stage s "
            f"UNION ALL SELECT {customer}, f.line{_listed(f'f.{c}' for c in cells)} "
            "FROM temp.folded_in f JOIN temp.stage s ON s.seq = f.keep"
        )


def create(store: Store, *, events: bool, values: int, cells: int, clears: bool = False) -> Stage:
    """An empty stage for a file with so many value columns and tag columns."""
    stage = Stage(store, events, values, cells, clears)
    drop(store)
    # No column types: values must stay as they are, '007' never a number.
    store.execute(
        "CREATE TEMP TABLE stage (seq INTEGER PRIMARY KEY, line, key, at, own, identity, customer, lines"
        f"{_listed(stage.columns())})"
    )
    store.execute(f"CREATE TEMP TABLE folded_in (keep INTEGER, line INTEGER{_listed(stage.cell_columns())})")
    store.execute(
        "CREATE TEMP TABLE unread_cells (line INTEGER, place INTEGER, PRIMARY KEY (line, place)) "
        "WITHOUT ROWID"
    )
    store.execute("CREATE TEMP TABLE twins (seq INTEGER PRIMARY KEY, keep INTEGER)")
    return stage


def drop(store: Store) -> None:
    """Remove the stage."""
    store.execute("DROP VIEW IF EXISTS temp.stage_rows")
    for table in (
        "stage",
        "folded_in",
        "twins",
        "unread_cells",
        "matched",
        "paired",
        "strangers",
        "holders",
        "shared",
    ):
        store.execute(f"DROP TABLE IF EXISTS temp.{table}")


def unite_customers(stage: Stage) -> tuple[int, ...]:
    """One row per key, in the place of the first; of differing values the last that is not empty.

    Tag cells of all rows stay, in `folded_in`. Returns, per value column, how many keys had
    differing values.
    """
    if _one_row_per_key(stage):
        return (0,) * stage.values
    stage.store.execute("CREATE INDEX temp.stage_key ON stage (key)")
    _find_twins(stage, "key", "1")
    differing = _differences(stage)
    _unite(stage, "key", stage.value_columns(), "DESC")
    return differing


def unite_events(stage: Stage, names: Sequence[str]) -> dict[int, str]:
    """One row per event: rows sharing an own id are its lines, repeats without one are numbered.

    Header fields are the first that are not empty; the cells of all lines are kept as JSON, under
    `names`, the field names of the value columns. Events that no line gave a customer or a time are
    taken out and returned: line in the file → `key` or `at`, whichever is missing.
    """
    run = stage.store.execute
    run("CREATE INDEX temp.stage_identity ON stage (identity, own)")
    incomplete = _take_incomplete(stage)
    if _find_twins(stage, "identity", "NOT own"):
        run(
            "UPDATE temp.stage SET identity = stage.identity || '.' || n.n FROM "
            "(SELECT seq, row_number() OVER (PARTITION BY keep ORDER BY seq) AS n FROM temp.twins) n "
            "WHERE n.seq = stage.seq AND n.n > 1"
        )
        run("DELETE FROM temp.twins")
    if _find_twins(stage, "identity", "own"):
        run(
            f"UPDATE temp.stage SET lines = (SELECT json_group_array(json(line)) FROM "
            f"(SELECT {line_json(stage)} AS line FROM temp.stage s "
            "WHERE s.identity = stage.identity AND s.own ORDER BY s.seq)) "
            "WHERE seq IN (SELECT keep FROM temp.twins)",
            tuple(names),
        )
        _unite(stage, "identity", ("key", "at", *stage.value_columns()), "ASC")
    return incomplete


def lines_differing(stage: Stage, name: str) -> int:
    """How many events have lines with different values in this field."""
    return int(
        stage.store.value(
            "SELECT count(*) FROM temp.stage s WHERE s.lines IS NOT NULL AND (SELECT count(DISTINCT f.atom) "
            "FROM json_each(s.lines) line, json_each(line.value) f WHERE f.key = ?) > 1",
            (name,),
        )
    )


def take_strangers(stage: Stage) -> dict[int, str]:
    """Take out the events whose customer is not known: line in the file → `customer`."""
    return take(stage, Sql("s.customer IS NULL"), "customer")


def take(stage: Stage, which: Sql, why: str) -> dict[int, str]:
    """Take out the rows `s` of the stage that meet a condition: line in the file → why."""
    lines = stage.store.rows(
        Sql("SELECT s.line FROM temp.stage s WHERE ")
        + which
        + Sql(" UNION ALL SELECT f.line FROM temp.folded_in f JOIN temp.stage s ON s.seq = f.keep WHERE ")
        + which
    )
    if lines:
        stage.store.execute(Sql("DELETE FROM temp.stage AS s WHERE ") + which)
    return {int(line): why for (line,) in lines}


def present(staged: str, clears: bool) -> str:
    """The staged value; null for a cell that clears."""
    return f"CASE WHEN typeof({staged}) <> 'blob' THEN {staged} END" if clears else staged


def _one_row_per_key(stage: Stage) -> bool:
    """Whether no key stands twice: then an index says so, in half the time that grouping takes."""
    try:
        stage.store.execute("CREATE UNIQUE INDEX temp.stage_key ON stage (key)")
    except sqlite3.IntegrityError:
        return False
    return True


def _find_twins(stage: Stage, by: Literal["key", "identity"], which: str) -> bool:
    """Fill temp.twins (seq, seq of the first) with the rows that are not alone with their key or identity."""
    rows = f"temp.stage s WHERE {which}"
    stage.store.execute(
        f"INSERT INTO temp.twins SELECT s.seq, g.keep FROM (SELECT s.{by} AS same, min(s.seq) AS keep "
        f"FROM {rows} GROUP BY s.{by} HAVING count(*) > 1) g CROSS JOIN {rows} AND s.{by} = g.same"
    )
    return bool(stage.store.value("SELECT EXISTS (SELECT 1 FROM temp.twins)"))


def _unite(
    stage: Stage, by: Literal["key", "identity"], columns: Sequence[str], order: Literal["ASC", "DESC"]
) -> None:
    # A cell that clears counts as empty: any value of the same key or id comes before it.
    filled_first = "typeof(x.{c}) = 'blob', " if stage.clears else ""
    chosen = (
        f"{c} = (SELECT x.{c} FROM temp.twins w JOIN temp.stage x ON x.seq = w.seq "
        f"WHERE w.keep = stage.seq AND x.{c} IS NOT NULL "
        f"ORDER BY {filled_first.format(c=c)}x.seq {order} LIMIT 1)"
        for c in columns
    )
    run = stage.store.execute
    run("CREATE INDEX temp.twins_keep ON twins (keep, seq)")
    if columns:
        run(f"UPDATE temp.stage SET {', '.join(chosen)} WHERE seq IN (SELECT keep FROM temp.twins)")
    cells = _listed([f"s.{c}" for c in stage.cell_columns()])
    run(
        f"INSERT INTO temp.folded_in SELECT w.keep, s.line{cells} "
        "FROM temp.twins w JOIN temp.stage s ON s.seq = w.seq WHERE w.seq <> w.keep"
    )
    run("DELETE FROM temp.stage WHERE seq IN (SELECT seq FROM temp.twins WHERE seq <> keep)")


def _differences(stage: Stage) -> tuple[int, ...]:
    if not stage.values:
        return ()
    differs = ", ".join(
        f"count(DISTINCT {present(f's.{c}', stage.clears)}) > 1 AS {c}" for c in stage.value_columns()
    )
    sums = ", ".join(f"sum({c})" for c in stage.value_columns())
    row = stage.store.one(
        f"SELECT {sums} FROM (SELECT {differs} FROM temp.twins w JOIN temp.stage s ON s.seq = w.seq "
        "GROUP BY w.keep)"
    )
    return tuple(int(n) for n in row or ())


def line_json(stage: Stage) -> str:
    """One line's cells as a JSON object; json_patch leaves the empty ones out."""
    pairs = [f"?, {present(f's.{c}', stage.clears)}" for c in stage.value_columns()]
    line = "'{}'"
    for start in range(0, len(pairs), _PAIRS):
        line = f"json_patch({line}, json_object({', '.join(pairs[start : start + _PAIRS])}))"
    return line


def _take_incomplete(stage: Stage) -> dict[int, str]:
    taken: dict[int, str] = {}
    for column in ("key", "at"):
        orphans = (
            f"FROM temp.stage WHERE {column} IS NULL AND identity NOT IN "
            f"(SELECT x.identity FROM temp.stage x WHERE x.{column} IS NOT NULL AND x.own)"
        )
        if stage.store.value(f"SELECT EXISTS (SELECT 1 FROM temp.stage WHERE {column} IS NULL)"):
            taken |= {int(line): column for (line,) in stage.store.rows(f"SELECT line {orphans}")}
            stage.store.execute(f"DELETE {orphans}")
    return taken


def _listed(columns: Iterable[str]) -> str:
    """Further columns of a list, each after a comma."""
    return "".join(f", {c}" for c in columns)
