"""What customers have of a tag, moved to another tag or ended: assignments, pins and bans."""

from __future__ import annotations

from tagctl.sql import Sql
from tagctl.store import journal, rule_words
from tagctl.store.operations import Operation


def transfer(op: Operation, tag: int, into: int, only: Sql | None = None) -> None:
    """Move what customers have of a tag to another one, source and `since` carried: all of it, or, but for
    bans, what those have whom `only` (a query of ids) names. Whoever holds both from the same source keeps
    that of `into`."""
    mine = _of(tag, only)
    closed = _take(op, mine)
    if op.store.value("SELECT EXISTS (SELECT 1 FROM temp.leaving WHERE source = 'rule')"):
        rule_words.ensure_bits(op, [into])
    opened = op.store.execute(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        "SELECT ?1, m.customer, m.source, ?2, m.since FROM temp.leaving m WHERE NOT EXISTS "
        "(SELECT 1 FROM assignments a WHERE a.tag = ?1 AND a.customer = m.customer "
        "AND a.source = m.source AND a.lost_op IS NULL) ORDER BY m.customer",
        (into, op.number),
    ).rowcount
    _settled(op)
    # An override that `into` has already counts.
    double = Sql(
        " AND EXISTS (SELECT 1 FROM overrides o WHERE o.tag = ? AND o.customer = overrides.customer "
        "AND o.kind = overrides.kind)",
        (into,),
    )
    _delete(op, "outranked", mine)
    moving = mine if only is None else mine + Sql(" AND kind = 'pin'")
    _delete(op, "overrides", moving + double)
    if journal.updating(op, "overrides", moving, ["tag"]):
        op.store.execute(Sql("UPDATE overrides SET tag = ? WHERE ", (into,)) + moving)
    op.keep(tags_gained=opened, tags_lost=closed)


def end(op: Operation, tag: int) -> None:
    """End what customers have of a tag, pins included; its bans stay."""
    mine = _of(tag, None)
    op.keep(tags_lost=_take(op, mine))
    _settled(op)
    _delete(op, "overrides", mine + Sql(" AND kind = 'pin'"))
    _delete(op, "outranked", mine)


def copy_bans(op: Operation, tag: int, into: int) -> None:
    """Whoever is banned from a tag is banned from another one, too."""
    op.store.execute(
        "INSERT INTO overrides (kind, customer, tag, reason, until, op) "
        "SELECT b.kind, b.customer, ?2, b.reason, b.until, ?3 FROM overrides b "
        "WHERE b.tag = ?1 AND b.kind = 'ban' AND NOT EXISTS (SELECT 1 FROM overrides o "
        "WHERE o.tag = ?2 AND o.customer = b.customer AND o.kind = 'ban') ORDER BY b.id",
        (tag, into, op.number),
    )


def _of(tag: int, only: Sql | None) -> Sql:
    """The condition, on a bare table, of what these customers have of a tag."""
    mine = Sql("tag = ?", (tag,))
    return mine if only is None else mine + Sql(" AND customer IN (") + only + Sql(")")


def _take(op: Operation, mine: Sql) -> int:
    """End current assignments; what they were goes to temp.leaving. Returns how many."""
    store = op.store
    store.execute("DROP TABLE IF EXISTS temp.leaving")
    store.execute("CREATE TEMP TABLE leaving (customer INTEGER, source TEXT, since INTEGER)")
    current = "SELECT customer, source, since FROM assignments WHERE lost_op IS NULL AND "
    store.execute(Sql("INSERT INTO temp.leaving " + current) + mine)
    return store.execute(
        Sql("UPDATE assignments SET lost_op = ? WHERE lost_op IS NULL AND ", (op.number,)) + mine
    ).rowcount


def _settled(op: Operation) -> None:
    """Bring rule_state after, and clear up."""
    rule_words.rebuild(op.store, Sql("SELECT customer FROM temp.leaving WHERE source = 'rule'"))
    op.store.execute("DROP TABLE temp.leaving")


def _delete(op: Operation, table: str, where: Sql) -> None:
    if journal.deleting(op, table, where):
        op.store.execute(Sql(f"DELETE FROM {table} WHERE ") + where)
