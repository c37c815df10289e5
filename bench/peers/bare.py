"""The least that a run can cost: open the file and execute the SQL that tagctl emitted for the same run.

    python bare.py tagctl.db statements.json AS_OF

The statements come from bench/record.py, on a copy of the same file: they compute, compare and write.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path


def main(file: str, statements: Path, as_of: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    run = connection.execute
    run("PRAGMA cache_size = -65536")  # as tagctl has
    connection.create_function(
        "tagctl_fold", 1, lambda text: text and text.strip().lower(), deterministic=True
    )
    run("BEGIN IMMEDIATE")
    run('INSERT INTO operations (kind, at, as_of, "by") VALUES (?, ?, ?, ?)', ("run", as_of, as_of, "peer"))
    for statement in json.loads(statements.read_text(encoding="utf-8")):
        run(statement).fetchall()
    run("COMMIT")
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
