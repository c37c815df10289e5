"""All content of a database, comparable: names for ids, no operations, journal or closed intervals."""

from __future__ import annotations

from typing import Any

from tagctl.sql import name
from tagctl.store.connection import Store
from tagctl.store.schema import event_table


def content(store: Store) -> dict[str, Any]:
    """What a user would call the content: equal before an operation and after its undo."""
    rows = store.rows
    found: dict[str, Any] = {
        "fields": rows('SELECT subject, name, "column", type, role FROM fields ORDER BY subject, name'),
        "event_types": rows("SELECT name FROM event_types ORDER BY name"),
        "customers": _table(store, "customers", {"tagctl_id", "tagctl_op"}, "t.tagctl_key"),
        "dimensions": rows("SELECT name, kind, exclusive, declared FROM dimensions ORDER BY name"),
        "tags": rows(
            "SELECT t.name, d.name, p.name, t.state, m.name, t.retired, r.name FROM tags t "
            "JOIN dimensions d ON d.id = t.dimension "
            "LEFT JOIN tags p ON p.id = t.parent LEFT JOIN tags m ON m.id = t.merged_into "
            "LEFT JOIN tags r ON r.id = t.replaced_by ORDER BY 1, 2"
        ),
        "aliases": rows("SELECT a.text, t.name FROM aliases a JOIN tags t ON t.id = a.tag ORDER BY 1"),
        "assignments": rows(
            "SELECT c.tagctl_key, t.name, a.source, a.since FROM assignments a JOIN tags t ON t.id = a.tag "
            "LEFT JOIN customers c ON c.tagctl_id = a.customer WHERE a.lost_op IS NULL ORDER BY 1, 2, 3"
        ),
        "overrides": rows(
            "SELECT o.kind, c.tagctl_key, t.name, o.reason, o.until FROM overrides o "
            "JOIN tags t ON t.id = o.tag JOIN customers c ON c.tagctl_id = o.customer ORDER BY 1, 2, 3"
        ),
        "known_as": rows(
            "SELECT c.tagctl_key, k.kind, k.text FROM known_as k "
            "JOIN customers c ON c.tagctl_id = k.customer ORDER BY 1, 2, 3"
        ),
        "outranked": rows(
            "SELECT c.tagctl_key, t.name, o.since FROM outranked o JOIN tags t ON t.id = o.tag "
            "JOIN customers c ON c.tagctl_id = o.customer ORDER BY 1, 2"
        ),
        "rules": rows("SELECT name, hash FROM rules ORDER BY name"),
        "labels": rows(
            "SELECT l.text, t.name, l.state FROM labels l LEFT JOIN tags t ON t.id = l.tag WHERE EXISTS "
            "(SELECT 1 FROM readings r WHERE r.label = l.id AND r.gone_op IS NULL) ORDER BY 1"
        ),
        "readings": rows(
            "SELECT c.tagctl_key, f.headers, l.text, i.file, r.sheet, r.row, r.cell FROM readings r "
            "JOIN customers c ON c.tagctl_id = r.customer JOIN feeds f ON f.id = r.feed "
            "JOIN labels l ON l.id = r.label JOIN imports i ON i.id = r.import "
            "WHERE r.gone_op IS NULL ORDER BY 1, 2, 3"
        ),
        "verdicts": rows("SELECT one, other, first, second, verdict, note FROM verdicts ORDER BY 1, 2"),
        "findings": rows("SELECT fingerprint, severity, count, details, state FROM findings ORDER BY 1"),
        "views": [
            (view, " ".join(text.split()))
            for view, text in rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY name")
        ],
        "rule_state": packed(store),
    }
    for (event_type,) in rows("SELECT name FROM event_types ORDER BY name"):
        found[event_type] = _table(
            store,
            event_table(event_type),
            {"tagctl_id", "tagctl_op", "tagctl_customer"},
            "(SELECT c.tagctl_key FROM customers c WHERE c.tagctl_id = t.tagctl_customer), t.tagctl_identity",
        )
    return found


def packed(store: Store) -> list[tuple[str, str]]:
    """(customer, tag) pairs that rule_state holds."""
    words = [c for c in store.columns("rule_state") if c.startswith("w")]
    bits = dict(store.rows("SELECT bit, name FROM tags WHERE bit IS NOT NULL"))
    found = []
    for key, *values in store.rows(
        f"SELECT c.tagctl_key, {', '.join('s.' + w for w in words)} FROM rule_state s "
        "JOIN customers c ON c.tagctl_id = s.customer"
    ):
        for word, value in enumerate(values):
            found += [(key, bits[word * 60 + bit]) for bit in range(60) if value >> bit & 1]
    return sorted(found)


def check_invariants(store: Store) -> None:
    """What holds after every operation."""
    assert store.rows("PRAGMA foreign_key_check") == []
    assert store.value("PRAGMA integrity_check") == "ok"
    twice = store.rows(
        "SELECT tag, customer, source FROM assignments WHERE lost_op IS NULL "
        "GROUP BY tag, customer, source HAVING count(*) > 1"
    )
    assert twice == []
    orphans = store.rows(
        "SELECT customer FROM assignments WHERE customer NOT IN (SELECT tagctl_id FROM customers)"
    )
    assert orphans == []
    held = store.rows(
        "SELECT c.tagctl_key, t.name FROM assignments a JOIN tags t ON t.id = a.tag "
        "JOIN customers c ON c.tagctl_id = a.customer WHERE a.lost_op IS NULL AND a.source = 'rule'"
    )
    assert sorted(held) == packed(store)


def _table(store: Store, table: str, left_out: set[str], key: str) -> list[tuple[Any, ...]]:
    columns = sorted(c for c in store.columns(table) if c not in left_out)
    chosen = ", ".join(name("t", c) for c in columns)
    header: list[tuple[Any, ...]] = [tuple(columns)]
    rows = store.rows(f"SELECT {key}, {chosen} FROM {name(table)} t ORDER BY {key}")
    return header + [tuple(repr(v) if isinstance(v, float) else v for v in row) for row in rows]
