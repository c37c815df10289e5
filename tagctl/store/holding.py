"""Who holds which tags, for the preview of an edit: together, and with which pins and bans."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.sql import Sql, values
from tagctl.store.connection import Store


def several(store: Store, tags: Sequence[int]) -> int:
    """How many customers hold more than one of these tags now."""
    return int(
        store.value(
            Sql("SELECT count(*) FROM (SELECT customer FROM assignments WHERE lost_op IS NULL AND tag IN ")
            + values(tags)
            + Sql(" GROUP BY customer HAVING count(DISTINCT tag) > 1)")
        )
    )


def brought(store: Store, operation: int) -> list[tuple[str, str, int]]:
    """Tag, source and number of the customers who are not gone and have the tag by this operation alone."""
    return list(
        store.rows(
            "SELECT t.name, a.source, count(*) FROM assignments a JOIN tags t ON t.id = a.tag "
            "JOIN customers c ON c.tagctl_id = a.customer AND c.tagctl_gone IS NULL "
            "WHERE a.gained_op = ? AND a.lost_op IS NULL AND NOT EXISTS (SELECT 1 FROM assignments o "
            "WHERE o.tag = a.tag AND o.customer = a.customer AND o.source <> a.source AND o.lost_op IS NULL) "
            "GROUP BY t.id, a.source ORDER BY t.id, a.source",
            (operation,),
        )
    )


def overrides(store: Store, tag: int) -> tuple[int, int]:
    """The pins and the bans of a tag."""
    found: dict[str, int] = dict(
        store.rows("SELECT kind, count(*) FROM overrides WHERE tag = ? GROUP BY kind", (tag,))
    )
    return found.get("pin", 0), found.get("ban", 0)


def waiting(store: Store, folded: str) -> int:
    """How many customers have a label that no tag answers to, in any spelling of this identity."""
    return int(
        store.value(
            "SELECT count(DISTINCT r.customer) FROM readings r JOIN unknown_labels l ON l.id = r.label "
            "WHERE r.gone_op IS NULL AND l.folded = ?",
            (folded,),
        )
    )


def named(store: Store) -> dict[str, str]:
    """The labels that files hold and the tags of the database, by identity: what can become an alias."""
    found = {folded: text for text, folded in store.rows("SELECT text, folded FROM labels ORDER BY id DESC")}
    found |= {
        folded: name for name, folded in store.rows("SELECT name, folded FROM tags WHERE state <> 'merged'")
    }
    return found
