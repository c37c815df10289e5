"""The second engine of a run: DuckDB reads the project's file beside our own connection and computes.

DuckDB sees the file as it was before the operation, for our transaction is not committed. Of what a run reads
but for customers and events the operation may have changed something already: that is handed over from our
connection (assignments that are not of rules, `outranked`, changed rows of `rule_state`). Where customers or
events were changed, SQLite computes. What DuckDB has found is handed back into the temporary tables that
SQLite would have filled, of the customers only for whom anything can be to write.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence

from tagctl.messages import _
from tagctl.program import Foreign, ForeignStep, Program, Step
from tagctl.sql import Scalar, Sql, name, values
from tagctl.store.duckdb_connection import THREADS, Connection, Unavailable, connect, module, quoted
from tagctl.store.operations import Operation

_CHUNK = 50_000  # rows handed over at once

_HANDED = ("run_places", "run_external", "run_prior")
_RETURNED = ("run_closing", "run_standing", "run_equal", "run_inside", "run_drafts")


def execute(op: Operation, program: Program, foreign: Foreign) -> None:
    """Compute the program in DuckDB. Raises Unavailable where that cannot be; nothing is spoiled then."""
    if _rewritten(op):
        raise Unavailable(_("This operation has changed customers or events."))
    duckdb = module()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="tagctl-") as folder,
            connect(duckdb, folder, foreign.functions) as connection,
        ):
            for setting in foreign.settings:
                connection.execute(setting)
            _attach(connection, op, program)
            for step in foreign.steps:
                _execute(connection, op, step, foreign)
            _hand_back(connection, op, program, foreign)
    except duckdb.Error as error:
        raise Unavailable(str(error).splitlines()[0]) from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # so DuckDB tells of Ctrl-C
            raise KeyboardInterrupt from error
        raise


# ── handing over ─────────────────────────────────────────────────────────────────────────────────


def _rewritten(op: Operation) -> bool:
    """Whether the transaction has changed customers or events, as converting a field does."""
    return _wrote(op) and bool(
        op.store.value(
            "SELECT EXISTS (SELECT 1 FROM journal WHERE op >= ? AND (\"table\" = 'customers' "
            "OR substr(\"table\", 1, 6) = 'event_'))",
            (op.first,),
        )
    )


def _wrote(op: Operation) -> bool:
    """Whether the transaction has written anything that the file does not show yet."""
    return op.kept or op.first < op.number


def _attach(connection: Connection, op: Operation, program: Program) -> None:
    """Make `main` what statements expect: the file's tables, and what the operation has changed in them."""
    store = op.store
    connection.execute(f"ATTACH '{quoted(str(store.path))}' AS file (TYPE sqlite, READ_ONLY)")
    kinds = [kind for (kind,) in store.rows("SELECT name FROM event_types")]
    for table in ("customers", *(f"event_{kind}" for kind in kinds)):
        _view(connection, table)
    _attach_state(connection, op, program.layout.stored)
    for table in _HANDED:
        columns = list(store.columns(table))
        _hand_over(connection, "TEMP TABLE", table, columns, store.execute(f"SELECT * FROM temp.{table}"))
    newest = values(program.layout.places[tag].id for tag in program.newest)
    columns = ["tag", "customer", "source", "gained_op", "lost_op", "since"]
    current = Sql(f"SELECT {', '.join(columns)} FROM assignments WHERE lost_op IS NULL AND ")
    current += Sql("(source <> 'rule' OR tag IN ") + newest + Sql(")")
    # The whole table would be searched; where nobody holds a tag otherwise than by rule, in vain.
    outside = program.newest or store.value("SELECT EXISTS (SELECT 1 FROM temp.run_external)")
    _hand_over(connection, "TABLE", "assignments", columns, store.execute(current) if outside else ())
    outranked = store.execute("SELECT tag, customer, since FROM outranked")
    _hand_over(connection, "TABLE", "outranked", ["tag", "customer", "since"], outranked)


def _attach_state(connection: Connection, op: Operation, words: int) -> None:
    """rule_state: words that this operation has added are empty in the file; rows that a merge has made anew
    come from here."""
    columns = [f"w{word}" for word in range(words)]
    known = {
        row[0]
        for row in connection.execute("SELECT name FROM pragma_table_info('file.rule_state')").fetchall()
    }
    filed = ", ".join(column if column in known else f"CAST(0 AS BIGINT) AS {column}" for column in columns)
    changed: Iterable[Sequence[Scalar]] = ()
    if _wrote(op):
        changed = op.store.execute(
            f"SELECT r.customer, {', '.join(f'r.{column}' for column in columns)} FROM rule_state AS r "
            "WHERE r.customer IN (SELECT a.customer FROM assignments AS a "
            "WHERE a.source = 'rule' AND (a.gained_op >= ? OR a.lost_op >= ?))",
            (op.first, op.first),
        )
    _hand_over(connection, "TABLE", "state_changed", ["customer", *columns], changed)
    connection.execute(
        f"CREATE TABLE rule_state AS SELECT customer, {filed} FROM file.main.rule_state AS s "
        "WHERE NOT EXISTS (SELECT 1 FROM state_changed AS n WHERE n.customer = s.customer) "
        "UNION ALL SELECT * FROM state_changed"
    )


def _view(connection: Connection, table: str) -> None:
    """A table of the file, read anew by every statement."""
    connection.execute(f"CREATE VIEW main.{name(table)} AS SELECT * FROM file.main.{name(table)}")


def _hand_over(
    connection: Connection,
    kind: str,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Scalar]],
) -> None:
    """Make a table of these rows. JSON is the quickest way in that needs neither pandas nor a file."""
    types = ["VARCHAR" if column in ("source", "raw") else "BIGINT" for column in columns]
    made = ", ".join(f"{name(c)} {t}" for c, t in zip(columns, types, strict=True))
    connection.execute(f"CREATE OR REPLACE {kind} {name(table)} ({made})")
    parts = ", ".join(f"CAST(r[{n}] AS {t})" for n, t in enumerate(types, 1))
    chunk: list[Sequence[Scalar]] = []

    def send() -> None:
        text = quoted(json.dumps(chunk, ensure_ascii=False))
        connection.execute(
            f"INSERT INTO {name(table)} SELECT {parts} "
            f"FROM (SELECT unnest(from_json('{text}', '[[\"VARCHAR\"]]')) AS r)"
        )
        chunk.clear()

    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            send()
    if chunk:
        send()


# ── computing and handing back ───────────────────────────────────────────────────────────────────


def _execute(connection: Connection, op: Operation, step: ForeignStep, foreign: Foreign) -> None:
    if step.take:
        _take(connection, op, step)
    elif step.leave:
        connection.execute(f"DROP TABLE main.{name(step.leave)}")
        connection.execute(f"SET threads = {THREADS}")
        _view(connection, step.leave)
    elif step.here is not None:
        _here(connection, op, step.here, foreign)
    else:
        connection.execute(step.text)


def _take(connection: Connection, op: Operation, step: ForeignStep) -> None:
    """Read a table of the file into memory."""
    columns = ", ".join(name(column) for column in op.store.columns(step.take) if column in step.names)
    taken = f"TABLE main.{name(step.take)} AS SELECT {columns} FROM file.main.{name(step.take)}"
    connection.execute(f"DROP VIEW main.{name(step.take)}")
    connection.execute(f"CREATE {taken}")
    if step.exact and not connection.execute(step.exact).fetchall()[0][0]:
        connection.execute("SET threads = 1")
        connection.execute(f"CREATE OR REPLACE {taken}")


def _here(connection: Connection, op: Operation, step: Step, foreign: Foreign) -> None:
    """Execute a statement in SQLite, on tables that DuckDB has filled; hand over the one that it fills."""
    fills, *reads = step.local
    for table in reads:
        _fetch(connection, op, foreign.makes[table], table, f"SELECT * FROM temp.{name(table)}")
    _make(op, foreign.makes[fills], fills)
    op.store.execute(step.sql)
    columns = list(op.store.columns(fills))
    rows = op.store.execute(f"SELECT * FROM temp.{name(fills)}")
    _hand_over(connection, "TEMP TABLE", fills, columns, rows)
    for table in step.local:
        op.store.execute(f"DROP TABLE temp.{name(table)}")


def _hand_back(connection: Connection, op: Operation, program: Program, foreign: Foreign) -> None:
    """Fill the tables that the store reads after a run: run_desired of those customers who change, who have
    imported or manual tags, or for whom a rule's tag counts from another time."""
    stored, words = range(program.layout.stored), range(program.layout.words)
    differs = [f"d.r{w} <> coalesce(r.w{w}, 0)" for w in stored]
    differs += [f"x.i{w} <> 0 OR x.m{w} <> 0" for w in words]
    desired = (
        "SELECT d.* FROM temp.run_desired AS d LEFT JOIN main.rule_state AS r ON r.customer = d.customer "
        f"LEFT JOIN temp.run_external AS x ON x.customer = d.customer WHERE {' OR '.join(differs)} "
        "OR d.customer IN (SELECT s.customer FROM temp.run_standing AS s) "
        "OR d.customer IN (SELECT n.customer FROM temp.run_inside AS n)"  # imported no more: a pilot's
    )
    _fetch(connection, op, foreign.makes["run_desired"], "run_desired", desired)
    for table in _RETURNED:
        if table in foreign.makes:
            _fetch(connection, op, foreign.makes[table], table, f"SELECT * FROM temp.{name(table)}")


def _fetch(connection: Connection, op: Operation, make: Step, table: str, query: str) -> None:
    """Make and fill a temporary table of ours with what DuckDB answers."""
    _make(op, make, table)
    found = connection.execute(query)
    marks = ", ".join("?" * len(op.store.columns(table)))
    while rows := found.fetchmany(_CHUNK):
        op.store.executemany(f"INSERT INTO temp.{name(table)} VALUES ({marks})", rows)


def _make(op: Operation, make: Step, table: str) -> None:
    op.store.execute(f"DROP TABLE IF EXISTS temp.{name(table)}")
    op.store.execute(make.sql)
