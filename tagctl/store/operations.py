"""One mutating command = one operation: one transaction, one number, one row that says who, when and why.

    with operate(store, "import", now=now, by="ann", what="客户.xlsx") as operation:
        …                                   # statements, journal.updating, write_file
        operation.keep(customers_created=3)
    operation.result                        # 7, or None where nothing was kept

Nothing kept, a dry run or an exception: everything is rolled back, the row in `operations` included.

What people edited in taxonomy.yaml and rules.yaml is taken up by operations of its own, `before` the one that
the command is about, in the same transaction: undoing an import leaves a person's edit alone.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tagctl.store import texts
from tagctl.store.connection import Store
from tagctl.store.faults import holder_file, translated
from tagctl.store.texts import Column, complete_pending

__all__ = ["Before", "Operation", "complete_pending", "following", "operate"]


class Operation:
    """An open operation. `number` is its number from the start, `result` after the block has ended. `first`
    is the number of the first operation of the same transaction."""

    def __init__(
        self,
        store: Store,
        number: int,
        *,
        now: int,
        as_of: int,
        by: str,
        dry_run: bool,
        folder: Path,
        first: int | None = None,
    ) -> None:
        self.store = store
        self.number = number
        self.now = now
        self.as_of = as_of
        self.by = by
        self.dry_run = dry_run
        self.folder = folder
        self.first = number if first is None else first
        self.kept = False
        self.result: int | None = None
        self.counts: dict[str, Any] = {}
        self.what: str | None = None
        self._endings = ExitStack()

    def at_end(self, call: Callable[[bool], None]) -> None:
        """Have `call` told, once it is certain, whether the operation was kept: for files beside users'
        own, which come and go with it."""
        self._endings.callback(lambda: call(self.result is not None))

    def ended(self) -> None:
        """It is certain; for `operate`. All are told, also where one of them fails."""
        self._endings.close()

    def keep(self, what: str | None = None, **counts: int) -> None:
        """Say that something was written. Counts of several calls add up; `what` replaces the subject."""
        self.kept = True
        if what is not None:
            self.what = what
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def texts(self, taxonomy: bytes | None = None, rules: bytes | None = None) -> None:
        """Store the two YAML files as they are now with the operation. Does not by itself keep it."""
        for column, data in (("taxonomy", taxonomy), ("rules", rules)):
            if data is not None:
                self.store.execute(
                    f"UPDATE operations SET {column} = ? WHERE number = ?",
                    (texts.put(self.store, data), self.number),
                )

    def write_file(self, path: Path, new: bytes | None) -> None:
        """Replace a file of the project's after the commit (None: remove it); what it held is kept for
        undo."""
        texts.plan_file(self.store, self.number, self.folder, path, new)
        self.kept = True

    def took_up(self, path: Path, column: Column, data: bytes) -> None:
        """Say that the operation brought the database to what a person wrote into one of the two files: its
        undo gives the file the text back that the database agreed with before."""
        texts.note_edit(self.store, self.number, self.folder, path, column, data)
        self.texts(**{column: data})

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Within, something is tried: what it writes and keeps is taken back at the end."""
        kept, what, counts = self.kept, self.what, dict(self.counts)
        self.store.execute("SAVEPOINT tried")
        try:
            yield
        finally:
            if self.store.connection.in_transaction:
                self.store.execute("ROLLBACK TO tried")
                self.store.execute("RELEASE tried")
            self.kept, self.what, self.counts = kept, what, counts


class Before(NamedTuple):
    """An operation that goes before another one, if it has anything to do: `act` says `keep` then."""

    kind: str
    what: str
    act: Callable[[Operation], None]


@contextmanager
def operate(
    store: Store,
    kind: str,
    *,
    now: int,
    as_of: int | None = None,
    by: str,
    note: str | None = None,
    what: str = "",
    dry_run: bool = False,
    folder: Path | None = None,
    before: Sequence[Before] = (),
) -> Iterator[Operation]:
    """Open an operation: take the write lock (LockedError when another command holds it), yield, commit.

    `now` is when it happens, `as_of` the instant it speaks for; `folder` is the project's, by default the
    database's. Files planned with `write_file` are put into place right after the commit. What comes `before`
    is kept also where the operation itself has nothing to write.
    """
    folder = folder or store.path.parent
    speaks_for = now if as_of is None else as_of

    def begin(kind: str, what: str, note: str | None, first: int | None) -> Operation:
        number = store.execute(
            'INSERT INTO operations (kind, at, as_of, "by", note, what) VALUES (?, ?, ?, ?, ?, ?)',
            (kind, now, speaks_for, by, note, what),
        ).lastrowid
        assert number is not None
        return Operation(
            store, number, now=now, as_of=speaks_for, by=by, dry_run=dry_run, folder=folder, first=first
        )

    try:
        store.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise translated(error, store.path) from error
    operation: Operation | None = None
    try:
        _say_who(store, kind, by)
        earlier: list[Operation] = []
        for one in before:
            store.execute("SAVEPOINT before")
            taken = begin(one.kind, one.what, None, earlier[0].number if earlier else None)
            one.act(taken)
            if taken.kept:
                _finish(taken)
                earlier.append(taken)
            else:
                store.execute("ROLLBACK TO before")
            store.execute("RELEASE before")
        if earlier:
            store.execute("SAVEPOINT own")
        operation = begin(kind, what, note, earlier[0].number if earlier else None)
        yield operation
        if operation.kept:
            _finish(operation)
        elif earlier:
            store.execute("ROLLBACK TO own")
        if dry_run or not (operation.kept or earlier):
            store.execute("ROLLBACK")
        else:
            store.execute("COMMIT")
            for done in (*earlier, operation):
                done.result = done.number if done.kept else None
    except BaseException as error:
        # A full disk has rolled back by itself already.
        if store.connection.in_transaction:
            store.connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            words = translated(error, store.path)
            if words is not error:
                raise words from error
        raise
    finally:
        with suppress(OSError):
            holder_file(store.path).unlink()
        if operation is not None:
            operation.ended()
    if operation.result is not None:
        complete_pending(store, folder)


def following(operation: Operation, as_of: int) -> Operation:
    """Within a dry run, one more operation, for another instant: what would come after. It is rolled back
    with the dry run."""
    assert operation.dry_run
    number = operation.store.execute(
        "INSERT INTO operations (kind, at, as_of, \"by\") VALUES ('run', ?, ?, ?)",
        (as_of, as_of, operation.by),
    ).lastrowid
    assert number is not None
    return Operation(
        operation.store,
        number,
        now=as_of,
        as_of=as_of,
        by=operation.by,
        dry_run=True,
        folder=operation.folder,
    )


def _finish(operation: Operation) -> None:
    operation.store.execute(
        "UPDATE operations SET counts = ?, what = coalesce(?, what) WHERE number = ?",
        (json.dumps(operation.counts, ensure_ascii=False), operation.what, operation.number),
    )


def _say_who(store: Store, kind: str, by: str) -> None:
    # Only to be named in another command's message: the lock itself is SQLite's.
    if store.in_memory:
        return
    with suppress(OSError):
        holder_file(store.path).write_text(
            json.dumps({"pid": os.getpid(), "by": by, "kind": kind}, ensure_ascii=False), "utf-8"
        )
