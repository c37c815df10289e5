"""What an import does not take, kept on disk until the import ends: a large file may be mostly rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagctl.store.connection import Store

Rejected = tuple[int, str | None, str, str, bool]
"""Row in the file, header, code, reason, whether the whole row is rejected."""


def create(store: Store) -> None:
    """An empty table for the files of one import."""
    drop(store)
    # In the order in which it is asked for: the rows of a file, each with its rejects as they were found.
    store.execute(
        "CREATE TEMP TABLE rejected (file INTEGER, row INTEGER, seq INTEGER, header TEXT, code TEXT, "
        "reason TEXT, whole INTEGER, PRIMARY KEY (file, row, seq)) WITHOUT ROWID"
    )


def drop(store: Store) -> None:
    """Remove the table."""
    store.execute("DROP TABLE IF EXISTS temp.rejected")


def add(store: Store, file: int, first: int, rejects: Iterable[Rejected]) -> None:
    """Add rejects of a file; `first` is how many it has already."""
    store.executemany(
        "INSERT INTO temp.rejected (file, seq, row, header, code, reason, whole) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((file, seq, *reject) for seq, reject in enumerate(rejects, first)),
    )


def of_file(store: Store, file: int) -> Iterator[Rejected]:
    """The rejects of a file, row by row."""
    yield from store.execute(
        "SELECT row, header, code, reason, whole FROM temp.rejected WHERE file = ? ORDER BY row, seq", (file,)
    )


def cells_by_row(store: Store, file: int) -> dict[int, int]:
    """How many single cells of each row are rejected, where there are any."""
    found = store.rows(
        "SELECT row, count(*) FROM temp.rejected WHERE file = ? AND NOT whole GROUP BY row", (file,)
    )
    return {int(row): int(count) for row, count in found}
