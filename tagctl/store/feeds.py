"""Feeds and the imports that came through them.

A feed is a mapping that the user named, else a subject and a set of headers. `mapping` is JSON: how its
columns were taken last (workflows/importing/remembering.py), and what of READING was said about its cells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Problem
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.sql import Sql
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

_NEARLY = 0.4  # of all headers so many may differ in two files of nearly the same kind
READING = ("currency", "timezone", "date_format")


@dataclass(frozen=True, slots=True)
class Bytes:
    """What makes an import the same as another: its bytes and everything that decides how they are read."""

    sha256: str
    options: str


def find(store: Store, subject: str, headers: Iterable[str]) -> int | None:
    """The feed of files with these headers, if there was one."""
    found = store.value("SELECT id FROM feeds WHERE subject = ? AND headers = ?", (subject, _set(headers)))
    return None if found is None else int(found)


def ensure(op: Operation, subject: str, headers: Iterable[str]) -> tuple[int, bool]:
    """The feed of files with these headers, and whether it is new."""
    headers = tuple(headers)
    known = find(op.store, subject, headers)
    if known is not None:
        return known, False
    cursor = op.store.execute(
        "INSERT INTO feeds (subject, headers, op) VALUES (?, ?, ?)", (subject, _set(headers), op.number)
    )
    return int(cursor.lastrowid or 0), True


def named(store: Store, name: str) -> tuple[int, str] | None:
    """The feed of this name and its subject."""
    return store.one("SELECT id, subject FROM feeds WHERE name = ?", (name,))


def names(store: Store, subject: str) -> list[str]:
    """The names of a subject's feeds that have one."""
    query = "SELECT name FROM feeds WHERE subject = ? AND name IS NOT NULL ORDER BY name"
    return [name for (name,) in store.rows(query, (subject,))]


def mapping(store: Store, feed: int) -> dict[str, Any]:
    """How the feed's columns were taken last; empty where no import in force did."""
    found: dict[str, Any] = json.loads(store.value("SELECT mapping FROM feeds WHERE id = ?", (feed,)))
    return found


def remember(op: Operation, feed: int, mapping: Mapping[str, Any], name: str | None) -> None:
    """Keep how the feed's columns are taken, and its name where one is given. Undo restores both."""
    new = {"mapping": json.dumps(mapping, ensure_ascii=False)} | ({"name": name} if name else {})
    for column, text in new.items():
        differs = Sql(f"id = ? AND {column} IS NOT ?", (feed, text))
        if journal.updating(op, "feeds", differs, [column]):
            op.store.execute(f"UPDATE feeds SET {column} = ? WHERE id = ?", (text, feed))


def kin(
    store: Store, subject: str, headers: Iterable[str], needed: Iterable[str]
) -> tuple[str, tuple[str, ...]] | None:
    """The last file of another feed with nearly these headers, the `needed` ones among them, and the headers
    that only one of the two has."""
    wanted = {identity(header): header for header in headers}
    needs = {identity(header) for header in needed}
    others = store.rows(
        "SELECT i.file, f.headers, max(i.id) FROM feeds f JOIN imports i ON i.feed = f.id "
        "JOIN operations o ON o.number = i.op WHERE f.subject = ? AND o.undone_by IS NULL "
        "GROUP BY f.id ORDER BY 3 DESC",
        (subject,),
    )
    for file, known, _last in others:
        theirs = set(json.loads(known))
        differing = theirs ^ set(wanted)
        if differing.isdisjoint(needs) and 0 < len(differing) <= len(theirs | set(wanted)) * _NEARLY:
            return file, tuple(wanted.get(header, header) for header in sorted(differing))
    return None


def listed(store: Store) -> list[tuple[str | None, str, str, str, int]]:
    """Feeds with a mapping: name, subject, mapping, the last file and its operation; the newest first."""
    return store.rows(
        "SELECT f.name, f.subject, f.mapping, i.file, i.op FROM feeds f "
        "JOIN imports i ON i.id = (SELECT max(l.id) FROM imports l JOIN operations o ON o.number = l.op "
        "WHERE l.feed = f.id AND o.undone_by IS NULL) WHERE f.mapping <> '{}' ORDER BY i.id DESC"
    )


def last_import(store: Store, feed: int) -> tuple[int, list[Bytes]] | None:
    """The feed's last operation that is not undone, and what it read, in order."""
    rows = store.rows(
        "SELECT i.op, i.sha256, i.options FROM imports i WHERE i.feed = ?1 AND i.op = "
        "(SELECT max(l.op) FROM imports l JOIN operations o ON o.number = l.op "
        "WHERE l.feed = ?1 AND o.undone_by IS NULL) ORDER BY i.id",
        (feed,),
    )
    if not rows:
        return None
    return int(rows[0][0]), [Bytes(str(sha), str(options)) for _op, sha, options in rows]


def may_differ(op: Operation, operation: int) -> bool:
    """Whether this import rejected rows and customers came, went or were united since: whom a rejected row
    is about may have become clear."""
    return bool(
        op.store.value(
            "SELECT EXISTS (SELECT 1 FROM imports WHERE op = ?1 AND json_extract(counts, '$.rejected') > 0) "
            "AND EXISTS (SELECT 1 FROM operations WHERE number > ?1 AND number < ?2 AND undone_by IS NULL "
            "AND kind IN ('import', 'merge', 'undo'))",
            (operation, op.number),
        )
    )


def record(op: Operation, feed: int, file: str, read: Bytes, taken: date | None = None) -> int:
    """Note that this file, which speaks for the date `taken`, comes in through the feed; the number of the
    import."""
    cursor = op.store.execute(
        "INSERT INTO imports (feed, file, sha256, options, op, taken) VALUES (?, ?, ?, ?, ?, ?)",
        (feed, file, read.sha256, read.options, op.number, None if taken is None else taken.isoformat()),
    )
    return int(cursor.lastrowid or 0)


def record_counts(op: Operation, import_: int, counts: Mapping[str, Any]) -> None:
    """Complete an import of this operation with what it did."""
    op.store.execute(
        "UPDATE imports SET counts = ? WHERE id = ?", (json.dumps(counts, ensure_ascii=False), import_)
    )


def refuse_other_zone(store: Store, timezone: ZoneInfo) -> None:
    """Raise ConfigError where times were imported in another zone: they would not mean the same."""
    others = store.rows(
        "SELECT i.file, i.op, json_extract(i.options, '$.timezone') FROM imports i "
        "JOIN operations o ON o.number = i.op AND o.undone_by IS NULL "
        "WHERE json_extract(i.options, '$.timezone') <> ? ORDER BY i.id",
        (timezone.key,),
    )
    if not others:
        return
    files = ", ".join(_("{file} (operation {number})").format(file=f, number=op) for f, op, _zone in others)
    raise ConfigError(
        Problem(
            "timezone-changed",
            _("The time zone is {new}, but times were imported in {old}: {files}.").format(
                new=timezone.key, old=others[0][2], files=files
            ),
            _("Set timezone back in tagctl.toml, or undo these imports and import the files again."),
        )
    )


def _set(headers: Iterable[str]) -> str:
    return json.dumps(sorted(identity(header) for header in headers), ensure_ascii=False)
