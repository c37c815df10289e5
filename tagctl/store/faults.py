"""What goes wrong with storage, in words: locked, full, read-only, damaged. Other errors stay as they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tagctl.errors import Location, LockedError, Problem, StoreError, TagctlError
from tagctl.messages import _


def translated(error: sqlite3.Error, path: Path) -> TagctlError | sqlite3.Error:
    """The error in words where storage is to blame; the error itself where our statement is."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(_locked(path))
    told = {
        sqlite3.SQLITE_FULL: (
            "disk-full",
            _("The disk is full; nothing was written."),
            _("Make room on the disk and run the command again."),
        ),
        sqlite3.SQLITE_IOERR: (
            "disk-error",
            _("The disk could not be read or written; nothing was written."),
            _("Check the disk (and that it is not a network drive), then run the command again."),
        ),
        sqlite3.SQLITE_READONLY: (
            "read-only",
            _("The database cannot be written: the file or its folder is read-only."),
            _("Allow writing to the file and its folder, or work on a copy."),
        ),
        sqlite3.SQLITE_CANTOPEN: (
            "cannot-open",
            _("The database cannot be opened."),
            _("Check that the folder exists and that you may read and write in it."),
        ),
        sqlite3.SQLITE_PERM: (
            "cannot-open",
            _("The database cannot be opened."),
            _("Check that the folder exists and that you may read and write in it."),
        ),
        sqlite3.SQLITE_CORRUPT: (
            "damaged",
            _("The database is damaged."),
            _("Put the newest backup in its place."),
        ),
        sqlite3.SQLITE_NOTADB: (
            "not-a-database",
            _("The file is not a tagctl database."),
            _("Name another file with --db, or put a backup in its place."),
        ),
    }.get(code)
    if told is None:
        return error
    return StoreError(Problem(*told, Location(str(path))))


def holder_file(path: Path) -> Path:
    """The small file beside the database in which a writer says who it is, while it writes."""
    return path.with_name(path.name + "-writer")


def _locked(path: Path) -> Problem:
    who = ""
    with suppress(OSError, ValueError, KeyError, TypeError):
        held = json.loads(holder_file(path).read_text("utf-8"))
        who = _("{by}, “{kind}”, process {pid}").format(by=held["by"], kind=held["kind"], pid=held["pid"])
    what = (
        _("Another command is writing to the database ({who}).").format(who=who)
        if who
        else _("Another command is writing to the database.")
    )
    return Problem(
        "locked", what, _("Wait until it has ended and run the command again."), Location(str(path))
    )


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Raise the errors of storage within the block in words."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error, path) from error
