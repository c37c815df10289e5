"""The database files that the benchmark copies, looks into and removes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def settle(database: Path) -> None:
    """Everything in the one file, so that it can be copied."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def written(database: Path) -> tuple[Any, ...]:
    """What changes when a run writes: operations, intervals and the packed words."""
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute(
            "SELECT (SELECT max(number) FROM operations), (SELECT count(*) FROM assignments), "
            "(SELECT sum(lost_op) FROM assignments), (SELECT sum(w0 % 1000003) FROM rule_state), "
            "(SELECT count(*) FROM findings), (SELECT count(*) FROM journal)"
        ).fetchone()
    return tuple(row)


def remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".wal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
