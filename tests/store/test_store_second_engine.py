"""Where DuckDB cannot compute, SQLite does and says why."""

from __future__ import annotations

import pytest

from tagctl.program import Foreign, Program
from tagctl.rules.emit import duckdb
from tagctl.sql import Sql
from tagctl.store import assignments, duckdb_connection, duckdb_engine, evaluate
from tagctl.store.operations import Operation


def test_why_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []

    def unavailable(*_asked: object) -> None:
        raise duckdb_connection.Unavailable("no extension")

    class Op:
        store = None

    monkeypatch.setattr(duckdb_engine, "execute", unavailable)
    monkeypatch.setattr(evaluate, "execute", lambda *_asked: computed.append(1))
    program = Program((), None, 0, ())  # type: ignore[arg-type]
    foreign = Foreign((), (), {}, ())
    op: Operation = Op()  # type: ignore[assignment]
    assert assignments._compute(op, program, foreign) == ("sqlite", "no extension")
    assert computed == [1]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (Sql('SELECT "a?b" WHERE x = ?', (3,)), 'SELECT "a?b" WHERE x = 3'),
        (Sql("SELECT '?', ?", ("it's ?",)), "SELECT '?', 'it''s ?'"),
        (Sql("SELECT ?, ?", (None, 0.5)), "SELECT NULL, CAST(0.5 AS DOUBLE)"),
    ],
)
def test_values_are_written_out_safely(statement: Sql, text: str) -> None:
    assert duckdb.literal(statement) == text
