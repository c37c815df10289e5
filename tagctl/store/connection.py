"""Opening tagctl.db: the recipe of pragmas, our SQL functions, and the one way for statements.

Every write happens in an `operations.operate` block, which begins with BEGIN IMMEDIATE: a transaction that
begins by reading would get "database is locked" at once, whatever the timeout.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tagctl.errors import Location, Problem, StoreError
from tagctl.messages import _
from tagctl.model import BUCKETS, Identifying
from tagctl.normalise import fold
from tagctl.sql import Scalar, Sql
from tagctl.store.faults import in_words, translated
from tagctl.store.migrations import migrate

LOCK_TIMEOUT = 5.0  # seconds; a nightly run that meets another one should say so, not hang
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
IN_MEMORY = ":memory:"

Row = tuple[Any, ...]


class Store:
    """An open database. Statements go through `execute`, `rows`, `one`, `value`, `executemany` and `script`,
    which put the errors of storage (locked, full, damaged) into words; errors of ours stay sqlite3.Error."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, read_only: bool) -> None:
        self.path = path
        self.connection = connection
        self.read_only = read_only
        self.in_memory = str(path) == IN_MEMORY
        self.identifying = Identifying()  # the session puts the project's own here

    def execute(self, statement: Sql | str, params: Sequence[Scalar] = ()) -> sqlite3.Cursor:
        """Run one statement; an Sql carries its own parameters, which come before `params`."""
        text, bound = _parts(statement, params)
        try:
            return self.connection.execute(text, bound)
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def rows(self, statement: Sql | str, params: Sequence[Scalar] = ()) -> list[Row]:
        """All rows of a query."""
        text, bound = _parts(statement, params)
        try:
            return self.connection.execute(text, bound).fetchall()
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def one(self, statement: Sql | str, params: Sequence[Scalar] = ()) -> Row | None:
        """The first row of a query, or None."""
        cursor = self.execute(statement, params)
        row: Row | None = cursor.fetchone()
        cursor.close()  # an open cursor would hold its read transaction
        return row

    def value(self, statement: Sql | str, params: Sequence[Scalar] = ()) -> Any:  # noqa: ANN401
        """The first column of the first row, or None."""
        row = self.one(statement, params)
        return row[0] if row else None

    def executemany(self, statement: Sql | str, rows: Iterable[Sequence[Scalar]]) -> sqlite3.Cursor:
        """Run one statement for each row of parameters (staging tables)."""
        text, bound = _parts(statement, ())
        if bound:
            raise ValueError("executemany() takes its parameters from the rows")
        try:
            return self.connection.executemany(text, rows)
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def script(self, text: str) -> None:
        """Run several statements within the transaction (executescript would commit it first)."""
        for statement in _statements(text):
            self.execute(statement)

    def columns(self, table: str) -> dict[str, str]:
        """The columns of a table or view with their declared types; empty where there is no such table."""
        return dict(self.rows("SELECT name, type FROM pragma_table_xinfo(?)", (table,)))

    def close(self) -> None:
        self.connection.close()
        if self.read_only:
            _tidy(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            words = translated(error, self.path)
            if words is not error:
                raise words from error


def open_store(
    path: Path | str, *, create: bool = False, read_only: bool = False, lock_timeout: float = LOCK_TIMEOUT
) -> Store:
    """Open the database, migrating an older one after a backup beside it.

    With `create` a missing file is made; otherwise it is a StoreError. `read_only` writes nothing to the
    file (temporary tables work) and also opens a file on a read-only medium.
    """
    path = Path(path)
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(
            Problem(
                "sqlite-too-old",
                _("This Python has SQLite {version}; tagctl needs 3.37 or newer.").format(
                    version=sqlite3.sqlite_version
                ),
                _("Use a newer Python."),
            )
        )
    if not path.exists() and (read_only or not create):
        raise StoreError(
            Problem(
                "no-database",
                _("There is no database {file}.").format(file=path.name),
                _("Go to the project's folder, name it with --project DIR, or make one with: tagctl init"),
                Location(str(path)),
            )
        )
    with in_words(path):
        connection = _connect(path, read_only, lock_timeout)
    store = Store(path, connection, read_only=read_only)
    try:
        with in_words(path):
            _prepare(store)
            migrate(store, create)
    except BaseException:
        store.close()
        raise
    return store


def open_private() -> Store:
    """An empty database of our own, in memory: gone when it is closed, seen by nobody else."""
    connection = sqlite3.connect(IN_MEMORY, isolation_level=None)
    store = Store(Path(IN_MEMORY), connection, read_only=False)
    _prepare(store)
    migrate(store, create=True)
    return store


def _tidy(path: Path) -> None:
    """Let SQLite remove the files beside the database, which a read-only connection may not: a person who
    copies tagctl.db alone has everything then. Does nothing while others use it, or where it cannot write."""
    if path.with_name(path.name + "-wal").exists():
        with suppress(sqlite3.Error, OSError):
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
            try:
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            finally:
                connection.close()


def _parts(statement: Sql | str, params: Sequence[Scalar]) -> tuple[str, Sequence[Scalar]]:
    if isinstance(statement, str):
        return statement, params
    return statement.text, (*statement.params, *params)


def _statements(text: str) -> Iterator[str]:
    waiting = ""
    for piece in text.split(";"):
        waiting += piece + ";"
        if sqlite3.complete_statement(waiting):
            if waiting.strip(" \n\t;"):
                yield waiting
            waiting = ""


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def _connect(path: Path, read_only: bool, lock_timeout: float) -> sqlite3.Connection:
    def opened(query: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?{query}", uri=True, isolation_level=None, timeout=lock_timeout
        )

    if not read_only:
        return opened("mode=rwc")
    connection = opened("mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        # A WAL database in a folder that cannot be written: readable as it is, if nothing waits in the WAL.
        waiting = path.with_name(path.name + "-wal")
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if waiting.exists() and waiting.stat().st_size:
            raise
        return opened("mode=ro&immutable=1")
    return connection


def _prepare(store: Store) -> None:
    for pragma in (
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "cache_size = -65536",
    ):
        store.execute(f"PRAGMA {pragma}")
    if store.read_only:
        store.execute("PRAGMA temp_store = MEMORY")  # the medium may be read-only
    else:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("PRAGMA journal_size_limit = 67108864")
    define = store.connection.create_function
    define("tagctl_fold", 1, folded, deterministic=True)
    define("tagctl_matches", 2, matches, deterministic=True)
    define("tagctl_bucket", 1, bucket, deterministic=True)
    define("tagctl_exact", 1, _exact, deterministic=True)
    define("tagctl_real", 1, _real, deterministic=True)
    define("tagctl_cell", 2, _cell, deterministic=True)


_fold = lru_cache(maxsize=65536)(fold)
_pattern = lru_cache(maxsize=256)(re.compile)


def folded(text: str | None) -> str | None:
    return None if text is None else _fold(text)


def bucket(key: str) -> int:
    # docs/semantics.md promises these numbers: other machines and engines must come to the same.
    return int(sha256(key.encode()).hexdigest()[:8], 16) % BUCKETS


def matches(pattern: str | None, text: str | None) -> int | None:
    if pattern is None or text is None:
        return None
    return int(_pattern(pattern, re.IGNORECASE).search(text) is not None)


def _exact(number: float | None) -> str | None:
    """A REAL as the shortest text that gives it back exactly (SQLite's own JSON rounds to 15 digits)."""
    return None if number is None else repr(float(number))


def _cell(image: str, column: str) -> Scalar:
    """A column of a journaled image whose text holds NUL (SQLite's own JSON functions stop there)."""
    value: Scalar = json.loads(image)[column]
    return value


def _real(text: str | None) -> float | None:
    return None if text is None else float(text)
