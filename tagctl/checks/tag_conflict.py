"""Customers with tags that taxonomy.yaml declares must not meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

from tagctl.checks.check import Check, Context, table, whole
from tagctl.messages import N_
from tagctl.model import Taxonomy
from tagctl.sql import Sql


def pairs(taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    """The pairs of the declared sets, in file order, each once; those that an exclusive dimension keeps
    apart already are the business of exclusive-conflict."""
    seen = set()
    order = {tag: place for place, tag in enumerate(taxonomy.tags)}
    for group in taxonomy.conflicts:
        for left, right in combinations(sorted(group, key=order.__getitem__), 2):
            a, b = taxonomy.tags[left], taxonomy.tags[right]
            one_axis = a.dimension == b.dimension and taxonomy.dimensions[a.dimension].exclusive != "none"
            if (left, right) not in seen and not (one_axis and a.choice != b.choice):
                seen.add((left, right))
                yield left, right


def _sql(context: Context) -> Sql | None:
    meeting = table(
        "pairs",
        "subject, one, other",
        (
            (json.dumps([left, right], ensure_ascii=False), one, other)
            for left, right in pairs(context.taxonomy)
            for one in context.family(left)
            for other in context.family(right)
            if one != other
        ),
    )
    return meeting and meeting + Sql(
        "SELECT p.subject AS subject, a.customer AS customer FROM pairs p "
        "CROSS JOIN assignments a ON a.tag = p.one AND a.lost_op IS NULL "
        "CROSS JOIN assignments b ON b.tag = p.other AND b.customer = a.customer AND b.lost_op IS NULL"
    )


CHECK = Check(
    "tag-conflict",
    "warning",
    N_("Tags that must not meet"),
    N_(
        "taxonomy.yaml lists these tags under conflicts, and these customers hold both of them. The evidence"
        " says which came when and from where: correct the source of the wrong one, or change the list."
    ),
    _sql,
    whole,
)
