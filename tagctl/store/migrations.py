"""Bringing a database to the newest version of the schema: each step one transaction, a copy first."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tagctl.errors import Location, Problem, StoreError
from tagctl.messages import _
from tagctl.store import schema

if TYPE_CHECKING:
    from tagctl.store.connection import Store


def migrate(store: Store, create: bool) -> None:
    """Bring the database to the newest version; refuse a newer one and files that are not ours.

    An older one is copied beside itself first. `create` allows an empty one.
    """
    newest = len(schema.MIGRATIONS)
    version = _version(store)
    if version == newest:
        return
    if version > newest:
        raise StoreError(
            Problem(
                "newer-database",
                _(
                    "The database was written by a newer tagctl (version {found}; this one knows {known})."
                ).format(found=version, known=newest),
                _("Update tagctl: pip install --upgrade tagctl"),
                Location(str(store.path)),
            )
        )
    if store.read_only or (version == 0 and not create):
        raise StoreError(
            Problem(
                "older-database",
                _("The database is empty or of an older version ({found}; this tagctl has {known}).").format(
                    found=version, known=newest
                ),
                _("Run a command that writes, such as tagctl run: it brings the database up to date."),
                Location(str(store.path)),
            )
        )
    if version:
        _back_up(store, version)
    for number in range(version, newest):
        _step(store, number)
    if version:
        from tagctl.store import catalog  # which needs an open store

        catalog.refresh_views(store)


def _version(store: Store) -> int:
    version = int(store.value("PRAGMA user_version"))
    application = int(store.value("PRAGMA application_id"))
    tables = int(store.value("SELECT count(*) FROM sqlite_schema"))
    if application != schema.APPLICATION_ID and (application or version or tables):
        raise StoreError(
            Problem(
                "not-a-database",
                _("The file is a database, but not one of tagctl's."),
                _("Name another file with --db."),
                Location(str(store.path)),
            )
        )
    return version


def _step(store: Store, number: int) -> None:
    """Apply migration `number` (from 0) in one transaction, unless another process just has."""
    store.execute("BEGIN IMMEDIATE")
    try:
        if int(store.value("PRAGMA user_version")) == number:
            store.script(schema.MIGRATIONS[number])
            store.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            store.execute(f"PRAGMA user_version = {number + 1}")
        store.execute("COMMIT")
    except BaseException:
        if store.connection.in_transaction:
            store.connection.execute("ROLLBACK")
        raise


def _back_up(store: Store, version: int) -> None:
    copy = store.path.with_name(f"{store.path.name}.before-v{version + 1}")
    target = sqlite3.connect(copy)
    try:
        store.connection.backup(target)
    finally:
        target.close()
