"""Run tagctl and tell what SQL it executed between the plan and the end of writing, for bench/peers/bare.py.

    python bench/record.py STATEMENTS TIMES run --as-of …     (in a project's folder)

STATEMENTS gets the SQL with its values in place, as JSON; TIMES every statement with its seconds of CPU,
the longest first.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagctl import cli
from tagctl.store import assignments
from tagctl.store.connection import Store


def main(statements: Path, times: Path, words: list[str]) -> int:
    executed: list[str] = []
    timed: list[tuple[float, str]] = []

    def traced(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(op: Any, *rest: Any, **named: Any) -> Any:
            connection: sqlite3.Connection = op.store.connection
            connection.set_trace_callback(executed.append)
            try:
                return function(op, *rest, **named)
            finally:
                connection.set_trace_callback(None)

        return call

    def clocked(name: str) -> None:
        function = getattr(Store, name)

        def call(store: Store, statement: Any, *rest: Any) -> Any:
            begin = time.process_time()
            try:
                return function(store, statement, *rest)
            finally:
                timed.append((time.process_time() - begin, getattr(statement, "text", statement)))

        setattr(Store, name, call)

    assignments.layout = traced(assignments.layout)
    assignments.apply = traced(assignments.apply)
    for name in ("execute", "rows", "executemany"):
        clocked(name)
    sys.argv = ["tagctl", *words]
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    statements.write_text(json.dumps(executed, ensure_ascii=False), encoding="utf-8")
    timed.sort(reverse=True)
    lines = [f"{seconds:9.3f}  {' '.join(text.split())}" for seconds, text in timed]
    times.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
