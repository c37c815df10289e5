"""What ends by time or by a person's ban, at the start of a run: expired assignments, pins and bans whose
time is over, assignments under a ban in force. Tags gone from the taxonomy take no part, nor do customers who
are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store import journal
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE

LIVE = "(SELECT t.id FROM tags AS t WHERE t.state IN ('declared', 'value'))"


@record
class Ended:
    """`expired`: assignments past their expiry, those of pins that ran out included; `lifted`: pins and
    bans that ran out; `banned`: imported and manual assignments closed by a ban."""

    expired: int
    lifted: int
    banned: int


def end(op: Operation, ids: Mapping[str, int], expires: Iterable[tuple[str, int]]) -> Ended:
    """Close what ends at op.as_of. `expires`: tags with the latest `since` that has expired."""
    run = op.store.execute
    present = f"customer NOT IN {GONE}"
    over = Sql(f"until <= ? AND tag IN {LIVE} AND {present}", (op.as_of,))
    expired = run(
        f"UPDATE assignments SET lost_op = ? WHERE source = 'manual' AND lost_op IS NULL AND {present} "
        "AND (tag, customer) IN (SELECT o.tag, o.customer FROM overrides AS o WHERE o.kind = 'pin' "
        f"AND o.until <= ? AND o.tag IN {LIVE})",
        (op.number, op.as_of),
    ).rowcount
    lifted = journal.deleting(op, "overrides", over)
    if lifted:
        run(Sql("DELETE FROM overrides WHERE ") + over)
    for tag, latest in expires:
        expired += run(
            f"UPDATE assignments SET lost_op = ? WHERE tag = ? AND lost_op IS NULL AND since <= ? "
            f"AND {present} "
            "AND (source = 'import' OR (source = 'manual' AND NOT EXISTS (SELECT 1 FROM overrides AS o "
            "WHERE o.kind = 'pin' AND o.tag = assignments.tag AND o.customer = assignments.customer)))",
            (op.number, ids[tag], latest),
        ).rowcount
    banned = run(
        f"UPDATE assignments SET lost_op = ? WHERE source IN ('import', 'manual') AND lost_op IS NULL "
        f"AND {present} "
        "AND (tag, customer) IN (SELECT o.tag, o.customer FROM overrides AS o WHERE o.kind = 'ban' "
        f"AND o.tag IN {LIVE})",
        (op.number,),
    ).rowcount
    return Ended(expired, lifted, banned)
