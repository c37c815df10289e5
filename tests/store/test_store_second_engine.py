"""Values in the statements of the second engine."""

from __future__ import annotations

import pytest

from tagctl.rules.emit import duckdb
from tagctl.sql import Sql


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
