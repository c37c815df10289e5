"""The texts of the project's YAML files, by hash, and the edits of those files that operations make.

A file and the database cannot be written in one step. So the new text is committed with the operation
(`pending_files`, done = 0), then renamed into place and marked done. Killed between the two, the next
command completes the rename. Rows stay: undo puts the old text back while the file still has the new one.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tagctl.errors import Location, Problem, StoreError
from tagctl.messages import _
from tagctl.record import record
from tagctl.store.connection import Store

MISSING = ""  # the hash of a file that is not there; in `texts` it stands for itself, without bytes

Column = Literal["taxonomy", "rules"]
"""Which of the two files: the column of `operations` that holds its text."""


@record
class Completed:
    """A file edit that was still due. `written` is false where a person has changed the file since:
    theirs stays."""

    path: str
    written: bool


def digest(data: bytes) -> str:
    """The hash by which a text is stored."""
    return hashlib.sha256(data).hexdigest()


def put(store: Store, data: bytes) -> str:
    """Store a text; returns its hash."""
    found = digest(data)
    store.execute("INSERT OR IGNORE INTO texts (hash, bytes) VALUES (?, ?)", (found, data))
    return found


def get(store: Store, text_hash: str) -> bytes | None:
    """A stored text, or None."""
    if text_hash == MISSING:
        return None
    data: bytes | None = store.value("SELECT bytes FROM texts WHERE hash = ?", (text_hash,))
    return data


def newest(store: Store, column: Column) -> bytes | None:
    """The text with which the database agrees: the one that the latest operation to take up or write the
    file has stored. It stands for the file where the database travels without."""
    found = newest_hash(store, column)
    return None if found is None else get(store, found)


def newest_hash(store: Store, column: Column, before: int | None = None) -> str | None:
    """The hash of that text; `before` an operation."""
    found: str | None = store.value(
        f"SELECT {column} FROM operations WHERE {column} IS NOT NULL AND (? IS NULL OR number < ?) "
        "ORDER BY number DESC LIMIT 1",
        (before, before),
    )
    return found


def file_hash(path: Path) -> str:
    """The hash of a file as it is now, MISSING where there is none."""
    try:
        return digest(path.read_bytes())
    except FileNotFoundError:
        return MISSING


def plan_file(store: Store, operation: int, folder: Path, path: Path, new: bytes | None) -> None:
    """Within an operation: note that the file is to hold `new` (None: to go), and keep what it holds now."""
    try:
        old = put(store, path.read_bytes())
    except FileNotFoundError:
        old = MISSING
    if new is None:
        store.execute("INSERT OR IGNORE INTO texts (hash, bytes) VALUES (?, x'')", (MISSING,))
    new_hash = MISSING if new is None else put(store, new)
    shown = relative(folder, path)
    # A second edit within one operation replaces the first one's text, not what was there before.
    if store.execute(
        "UPDATE pending_files SET new_hash = ? WHERE op = ? AND path = ?", (new_hash, operation, shown)
    ).rowcount:
        return
    _note(store, operation, shown, old, new_hash, done=False)


def note_edit(store: Store, operation: int, folder: Path, path: Path, column: Column, data: bytes) -> None:
    """Note that a person's edit of a file, which now holds `data`, is taken up by the operation. Where
    no text is known before, or the same, there is nothing to go back to."""
    old, new = newest_hash(store, column, operation), digest(data)
    if old not in (None, MISSING, new):
        _note(store, operation, relative(folder, path), str(old), put(store, data), done=True)


def agree(store: Store, operation: int, column: Column, text_hash: str) -> None:
    """Note with which text the database agrees after the operation; MISSING where that is none."""
    store.execute(f"UPDATE operations SET {column} = ? WHERE number = ?", (text_hash, operation))


def _note(store: Store, operation: int, path: str, old: str, new: str, *, done: bool) -> None:
    store.execute(
        "INSERT INTO pending_files (path, old_hash, new_hash, done, op) VALUES (?, ?, ?, ?, ?)",
        (path, old, new, done, operation),
    )


def relative(folder: Path, path: Path) -> str:
    """A file's name as stored: relative to the project, so that the project can be moved."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return str(path)


def due(store: Store) -> bool:
    """Whether file edits were committed but not yet put into place."""
    return bool(store.value("SELECT EXISTS (SELECT 1 FROM pending_files WHERE done = 0)"))


def complete_pending(store: Store, folder: Path) -> tuple[Completed, ...]:
    """Put file edits into place that were committed but not yet renamed; what was done, in order.

    Every mutating command calls this first, so that it reads the files as the last operation left them.
    """
    due = store.rows("SELECT id, path, old_hash, new_hash FROM pending_files WHERE done = 0 ORDER BY id")
    completed = []
    for row, shown, old_hash, new_hash in due:
        path = folder / shown
        now = file_hash(path)
        ours = now in (old_hash, new_hash)
        if now == old_hash and now != new_hash:
            _replace(path, get(store, new_hash))
        store.execute("UPDATE pending_files SET done = 1 WHERE id = ?", (row,))
        completed.append(Completed(shown, ours))
    return tuple(completed)


def _replace(path: Path, data: bytes | None) -> None:
    """Write beside, flush to disk, rename: the file is the old or the new one, never a part. None: the file
    goes."""
    import tempfile

    if data is None:
        path.unlink(missing_ok=True)
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(temporary, path.stat().st_mode & 0o777)  # noqa: PTH101
        else:
            os.chmod(temporary, 0o644)  # noqa: PTH101
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise StoreError(
            Problem(
                "file-not-written",
                _("The operation is done, but {file} could not be written: {reason}.").format(
                    file=path.name, reason=error.strerror or error
                ),
                _("Close the program that has the file open; the next command completes it."),
                Location(str(path)),
            )
        ) from error
