"""What a person decides about a tag and some customers: assign, unassign, pin, ban.

All of it is about the pairs of temp.chosen (tag, customer). Those for which nothing would change are left out
first; the rest is written set by set, rule assignments and rule_state included, so that it holds at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from tagctl.record import record
from tagctl.reports.by_hand import Verb
from tagctl.sql import Sql, name, values
from tagctl.store import journal, rule_words
from tagctl.store.catalog import customer_column
from tagctl.store.operations import Operation

_PAIR = "(tag, customer) IN (SELECT h.tag, h.customer FROM temp.chosen h)"
_NAMED = 5  # customers told by name


@record
class Decision:
    """What is decided. What was given by hand before `fresh` is dated anew by assign. `choices` are the tags
    of an exclusive dimension, the tag itself included, each with the name of its choice; empty in others.
    `competing`: what stays out there is remembered with its since (on_conflict: newest)."""

    verb: Verb
    tag: int
    fresh: int
    until: int | None = None
    reason: str | None = None
    choices: Mapping[int, str] = field(default_factory=dict)
    competing: bool = False


@record
class Decided:
    """What it did: how many customers were chosen and for how many something changed; `by_rule` of those
    chosen held the tag by rule; `rivals` are (tag, pinned) of other choices that the customers hold by import
    or by hand, `outranked` rule tags of other choices that ended, `related` tags that they hold, each with
    how many."""

    customers: int
    changed: int
    by_rule: int
    gained: int
    lost: int
    counts: Mapping[str, int]
    outranked: Mapping[str, int]
    rivals: Mapping[tuple[str, bool], int]
    related: Mapping[str, int]
    people: tuple[tuple[str, str | None], ...]


def choose(op: Operation, tag: int, customers: Sql) -> None:
    """Make temp.chosen of a tag and a query of customers."""
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.chosen")
    run("CREATE TEMP TABLE chosen (tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)) WITHOUT ROWID")
    run(Sql("INSERT OR IGNORE INTO temp.chosen SELECT ?, q.* FROM (", (tag,)) + customers + Sql(") q"))


def decide(op: Operation, decision: Decision, related: Sequence[int] = ()) -> Decided:
    """Write what is decided about temp.chosen; the operation is kept where something changed. `related` are
    tags of which it tells how many of the customers hold them, too."""
    customers, by_rule = _count(op), _count(op, _held("a.source = 'rule'"))
    _leave_what_changes(op, decision)
    changed, before = _count(op), _count(op, _held())
    acts = {"assign": _assign, "pin": _assign, "unassign": _unassign, "ban": _ban}
    counts = acts[decision.verb](op, decision) if changed else {}
    outranked = _keep_out(op, decision) if changed and decision.verb in ("assign", "pin") else {}
    after = _count(op, _held())
    gained, lost = max(0, after - before), max(0, before - after)
    counts = {what: count for what, count in counts.items() if count}
    if changed:
        kept = {"gained": gained, "lost": lost, "outranked": sum(outranked.values()), **counts}
        op.keep(None, **{what: count for what, count in kept.items() if count})
    decided = Decided(
        customers,
        changed,
        by_rule,
        gained,
        lost,
        counts,
        outranked,
        _rivals(op, decision),
        _holding(op, related),
        _people(op),
    )
    op.store.execute("DROP TABLE temp.chosen")
    return decided


def _holding(op: Operation, tags: Sequence[int]) -> dict[str, int]:
    """How many of temp.chosen hold each of these tags, from any source."""
    return dict(
        op.store.rows(
            Sql(
                "SELECT t.name, count(DISTINCT a.customer) FROM tags t CROSS JOIN temp.chosen h "
                "CROSS JOIN assignments a ON a.tag = t.id AND a.customer = h.customer AND a.lost_op IS NULL "
                "WHERE t.id IN "
            )
            + values(tags)
            + Sql(" GROUP BY t.id ORDER BY t.id")
        )
    )


# ── whom it concerns ─────────────────────────────────────────────────────────────────────────────


def _held(which: str = "1") -> str:
    """A condition on temp.chosen h: an assignment a of the tag, of this kind, is current."""
    return (
        "EXISTS (SELECT 1 FROM assignments a WHERE a.tag = h.tag AND a.customer = h.customer "
        f"AND a.lost_op IS NULL AND {which})"
    )


_MANUAL = _held("a.source = 'manual'")


def _override(kind: str, also: str = "") -> str:
    """A condition on temp.chosen h: there is a pin or a ban."""
    return (
        "EXISTS (SELECT 1 FROM overrides o WHERE o.tag = h.tag AND o.customer = h.customer "
        f"AND o.kind = '{kind}'{also})"
    )


def _leave_what_changes(op: Operation, decision: Decision) -> None:
    same = " AND o.until IS ? AND (? IS NULL OR o.reason IS ?)"
    said = (decision.until, decision.reason, decision.reason)
    imported, manual = _held("a.source = 'import'"), _MANUAL
    fresh = _held("a.source = 'manual' AND a.since >= ?")
    over = _override("pin", " AND o.until <= ?")
    todo = {
        "assign": Sql(
            f"{_override('ban')} OR {imported} OR {over} OR NOT {fresh}", (op.as_of, decision.fresh)
        ),
        "pin": Sql(f"{_override('ban')} OR {imported} OR NOT {manual} OR NOT {_override('pin', same)}", said),
        "unassign": Sql(f"{imported} OR {manual} OR {_override('pin')}"),
        "ban": Sql(f"{_held()} OR {_override('pin')} OR NOT {_override('ban', same)}", said),
    }[decision.verb]
    op.store.execute(
        Sql("DELETE FROM temp.chosen WHERE customer NOT IN (SELECT h.customer FROM temp.chosen h WHERE ")
        + todo
        + Sql(")")
    )


def _count(op: Operation, which: str = "1") -> int:
    return int(op.store.value(f"SELECT count(*) FROM temp.chosen h WHERE {which}"))


def _people(op: Operation) -> tuple[tuple[str, str | None], ...]:
    """The first of those for whom something changed: key and name."""
    column = customer_column(op.store, "name")
    label = name("c", column) if column else "NULL"
    rows = op.store.rows(
        f"SELECT c.tagctl_key, {label} FROM temp.chosen h JOIN customers c ON c.tagctl_id = h.customer "
        f"ORDER BY c.tagctl_id LIMIT {_NAMED}"
    )
    return tuple((str(key), None if called is None else str(called)) for key, called in rows)


# ── the four verbs ───────────────────────────────────────────────────────────────────────────────


def _assign(op: Operation, decision: Decision) -> dict[str, int]:
    """Assigned, or pinned: held by hand from now on, whatever an import said. A pin leaves the `since` of
    what was given by hand before."""
    pin = decision.verb == "pin"
    counts = {"unbanned": _lift(op, "ban"), "taken_over": _close(op, "source = 'import'")}
    if not pin:
        counts["unpinned"] = _lift(op, "pin", "until <= ?", (op.as_of,))
        counts["restarted"] = _close(op, "source = 'manual' AND since < ?", (decision.fresh,))
    op.store.execute(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        f"SELECT h.tag, h.customer, 'manual', ?, ? FROM temp.chosen h WHERE NOT {_MANUAL}",
        (op.number, op.as_of),
    )
    if pin:
        counts["pinned"] = _decree(op, decision)
    return counts


def _unassign(op: Operation, _decision: Decision) -> dict[str, int]:
    """What imports and people gave ends, and the pin with it."""
    unpinned = _lift(op, "pin")
    _close(op, "source <> 'rule'")
    return {"unpinned": unpinned}


def _ban(op: Operation, decision: Decision) -> dict[str, int]:
    """Everything that is held ends, whoever gave it, and what waited to be held again."""
    unpinned = _lift(op, "pin")
    rule_words.clear(op.store, "chosen")
    _close(op, "1")
    waiting = Sql(_PAIR)
    if journal.deleting(op, "outranked", waiting):
        op.store.execute(Sql("DELETE FROM outranked WHERE ") + waiting)
    return {"unpinned": unpinned, "banned": _decree(op, decision)}


def _close(op: Operation, which: str, params: tuple[int, ...] = ()) -> int:
    return op.store.execute(
        f"UPDATE assignments SET lost_op = ? WHERE {_PAIR} AND lost_op IS NULL AND {which}",
        (op.number, *params),
    ).rowcount


def _lift(op: Operation, kind: str, also: str = "1", params: tuple[int, ...] = ()) -> int:
    where = Sql(f"kind = ? AND {_PAIR} AND {also}", (kind, *params))
    lifted = journal.deleting(op, "overrides", where)
    if lifted:
        op.store.execute(Sql("DELETE FROM overrides WHERE ") + where)
    return lifted


def _decree(op: Operation, decision: Decision) -> int:
    """Pins or bans for all, until then and for that reason; how many are new or changed."""
    said = (decision.until, decision.reason)
    other = Sql(
        f"kind = ? AND {_PAIR} AND (until IS NOT ? OR coalesce(reason IS NOT ?, 0) AND ? IS NOT NULL)",
        (decision.verb, *said, decision.reason),
    )
    changed = journal.updating(op, "overrides", other, ["until", "reason"])
    if changed:
        op.store.execute(
            Sql("UPDATE overrides SET until = ?, reason = coalesce(?, reason) WHERE ", said) + other
        )
    made = op.store.execute(
        "INSERT INTO overrides (kind, customer, tag, until, reason, op) "
        f"SELECT ?, h.customer, h.tag, ?, ?, ? FROM temp.chosen h WHERE NOT {_override(decision.verb)} "
        "ORDER BY h.customer",
        (decision.verb, *said, op.number),
    ).rowcount
    return changed + made


# ── exclusive dimensions ─────────────────────────────────────────────────────────────────────────


def _keep_out(op: Operation, decision: Decision) -> dict[str, int]:
    """End the rule tags of choices that nobody gave by hand, as the next run would: how many of each."""
    if not decision.choices:
        return {}
    run = op.store.execute
    for table in ("choices", "outdone"):
        run(f"DROP TABLE IF EXISTS temp.{table}")
    run("CREATE TEMP TABLE choices (tag INTEGER PRIMARY KEY, choice TEXT)")
    op.store.executemany("INSERT INTO temp.choices VALUES (?, ?)", decision.choices.items())
    run(
        "CREATE TEMP TABLE outdone (tag INTEGER, customer INTEGER, since INTEGER, "
        "PRIMARY KEY (tag, customer)) WITHOUT ROWID"
    )
    run(_OUTDONE)
    if decision.competing:
        run(
            "INSERT INTO outranked (tag, customer, since, op) SELECT x.tag, x.customer, x.since, ? "
            "FROM temp.outdone x WHERE NOT EXISTS (SELECT 1 FROM outranked o WHERE o.tag = x.tag "
            "AND o.customer = x.customer)",
            (op.number,),
        )
    rule_words.clear(op.store, "outdone")
    run(
        "UPDATE assignments SET lost_op = ? WHERE source = 'rule' AND lost_op IS NULL "
        "AND (tag, customer) IN (SELECT x.tag, x.customer FROM temp.outdone x)",
        (op.number,),
    )
    found = op.store.rows(
        "SELECT t.name, count(*) FROM temp.outdone x JOIN tags t ON t.id = x.tag GROUP BY t.id ORDER BY t.id"
    )
    for table in ("choices", "outdone"):
        run(f"DROP TABLE temp.{table}")
    return dict(found)


_OUTDONE = """
INSERT INTO temp.outdone
SELECT a.tag, a.customer, a.since FROM temp.choices r CROSS JOIN temp.chosen h
CROSS JOIN assignments a ON a.tag = r.tag AND a.customer = h.customer AND a.source = 'rule'
WHERE a.lost_op IS NULL AND NOT EXISTS (
  SELECT 1 FROM temp.choices s CROSS JOIN assignments m ON m.tag = s.tag AND m.customer = h.customer
  AND m.source = 'manual' AND m.lost_op IS NULL WHERE s.choice = r.choice)
"""


def _rivals(op: Operation, decision: Decision) -> dict[tuple[str, bool], int]:
    """What the customers hold of other choices by import or by hand: (tag, pinned) → how many."""
    own = decision.choices.get(decision.tag)
    others = [tag for tag, choice in decision.choices.items() if choice != own]
    if not others or decision.verb not in ("assign", "pin"):
        return {}
    rows = op.store.rows(
        Sql(
            "SELECT t.name, o.id IS NOT NULL, count(DISTINCT a.customer) FROM tags t "
            "CROSS JOIN temp.chosen h CROSS JOIN assignments a ON a.tag = t.id AND a.customer = h.customer "
            "AND a.lost_op IS NULL AND a.source <> 'rule' LEFT JOIN overrides o "
            "ON o.customer = a.customer AND o.tag = a.tag AND o.kind = 'pin' AND a.source = 'manual' "
            "WHERE t.id IN "
        )
        + values(others)
        + Sql(" GROUP BY 1, 2 ORDER BY t.id, 2")
    )
    return {(tag, bool(pinned)): count for tag, pinned, count in rows}
