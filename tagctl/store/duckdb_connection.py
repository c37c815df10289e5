"""Opening DuckDB beside SQLite: the package, its extension for SQLite's files, limits, our functions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tagctl.messages import _
from tagctl.store import connection as sqlite

Connection = Any  # duckdb.DuckDBPyConnection; the package is optional

EXTENSION = "sqlite_scanner"
MEMORY = "300MB"
THREADS = os.cpu_count() or 1


class Unavailable(Exception):
    """DuckDB cannot compute this run; the text is for the user."""


def module() -> Any:  # noqa: ANN401  duckdb is an extra, its types are not there without it
    try:
        import duckdb
    except ImportError:
        raise Unavailable(_("It is not installed: pip install 'tagctl[fast]'")) from None
    return duckdb


def connect(duckdb: Any, folder: str, functions: Iterable[str]) -> Connection:  # noqa: ANN401  as above
    """A database in memory that can read SQLite files and knows these functions of ours. Extensions are not
    downloaded, and must be signed."""
    connection: Connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_unsigned_extensions": "false",
            "memory_limit": MEMORY,
            "temp_directory": folder,
            "threads": str(THREADS),
        },
    )
    try:
        for word in functions:
            function, takes, gives = _functions(word)
            connection.create_function(word, function, takes, gives, null_handling="special")
        try:
            connection.execute(f"LOAD {EXTENSION}")
        except duckdb.Error:
            connection.execute(f"LOAD '{quoted(str(_in_wheel(duckdb.__version__)))}'")
    except BaseException:
        connection.close()
        raise
    return connection


def _in_wheel(version: str) -> Path:
    """The extension as its wheel brings it."""
    try:
        import duckdb_extension_sqlite_scanner as wheel
    except ImportError:
        raise Unavailable(
            _("Its extension for SQLite is not installed: pip install 'tagctl[fast]'")
        ) from None
    folder = Path(wheel.__file__).parent / "extensions"
    path = folder / f"v{version}" / f"{EXTENSION}.duckdb_extension"
    if not path.exists():
        raise Unavailable(
            _("Its extension for SQLite is not of version {version}: pip install 'tagctl[fast]'").format(
                version=version
            )
        )
    return path


def _functions(word: str) -> tuple[Callable[..., Any], list[Any], str]:
    known: dict[str, tuple[Callable[..., Any], list[Any], str]] = {
        "tagctl_fold": (sqlite.folded, ["VARCHAR"], "VARCHAR"),
        "tagctl_matches": (sqlite.matches, ["VARCHAR", "VARCHAR"], "BIGINT"),
        "tagctl_bucket": (sqlite.bucket, ["VARCHAR"], "BIGINT"),
    }
    return known[word]


def quoted(text: str) -> str:
    return text.replace("'", "''")
