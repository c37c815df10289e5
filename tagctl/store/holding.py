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
