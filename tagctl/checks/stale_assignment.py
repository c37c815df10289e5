"""Imported and manual assignments older than their tag's `review`."""

from __future__ import annotations

import json

from tagctl.checks.check import Check, Context, table, whole
from tagctl.messages import N_
from tagctl.sql import Sql


def _sql(context: Context) -> Sql | None:
    due = table(
        "due",
        "subject, tag, before",
        (
            (json.dumps([tag], ensure_ascii=False), context.ids[tag], before)
            for tag, before in context.review_before.items()
            if tag in context.ids
        ),
    )
    # A rule confirms its tag at every run; nobody has looked at the others since.
    return due and due + Sql(
        "SELECT d.subject AS subject, a.customer AS customer FROM due d "
        "CROSS JOIN assignments a ON a.tag = d.tag AND a.lost_op IS NULL "
        "WHERE a.source <> 'rule' AND a.since <= d.before"
    )


CHECK = Check(
    "stale-assignment",
    "info",
    N_("Assignments due for review"),
    N_(
        "The tag was imported or set by hand longer ago than its review: in taxonomy.yaml allows. Look at"
        " these customers, then import or assign the tag anew where it still holds, or let a rule decide it."
    ),
    _sql,
    whole,
)
