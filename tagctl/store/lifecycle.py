"""What ends by time or by a person's ban, at the start of a run: expired assignments, pins and bans whose
time is over, assignments under a ban in force. Tags gone from the taxonomy take no part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store import journal
from tagctl.store.operations import Operation

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
    over = Sql(f"until <= ? AND tag IN {LIVE}", (op.as_of,))
    expired = run(
        "UPDATE assignments SET lost_op = ? WHERE source = 'manual' AND lost_op IS NULL "
        "AND (tag, customer) IN (SELECT o.tag, o.customer FROM overrides AS o WHERE o.kind = 'pin' "
        f"AND o.until <= ? AND o.tag IN {LIVE})",
        (op.number, op.as_of),
    ).rowcount
    lifted = journal.deleting(op, "overrides", over)
    if lifted:
        run(Sql("DELETE FROM overrides WHERE ") + over)
    for tag, latest in expires:
        expired += run(
            "UPDATE assignments SET lost_op = ? WHERE tag = ? AND lost_op IS NULL AND since <= ? "
            "AND (source = 'import' OR (source = 'manual' AND NOT EXISTS (SELECT 1 FROM overrides AS o "
            "WHERE o.kind = 'pin' AND o.tag = assignments.tag AND o.customer = assignments.customer)))",
            (op.number, ids[tag], latest),
        ).rowcount
    banned = run(
        "UPDATE assignments SET lost_op = ? WHERE source IN ('import', 'manual') AND lost_op IS NULL "
        "AND (tag, customer) IN (SELECT o.tag, o.customer FROM overrides AS o WHERE o.kind = 'ban' "
        f"AND o.tag IN {LIVE})",
        (op.number,),
    ).rowcount
    return Ended(expired, lifted, banned)
