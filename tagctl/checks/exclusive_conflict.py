"""Customers with several choices of one exclusive dimension."""

from __future__ import annotations

from tagctl.checks.check import Check, Context, table
from tagctl.messages import N_
from tagctl.sql import Sql


def _sql(context: Context) -> Sql | None:
    taxonomy = context.taxonomy
    choices = table(
        "choices",
        "tag, dimension, choice, position",
        (
            (context.ids[tag.name], tag.dimension, tag.choice, tag.position)
            for tag in taxonomy.tags.values()
            if taxonomy.dimensions[tag.dimension].exclusive != "none" and tag.name in context.ids
        ),
    )
    # Rules never give two choices of one dimension: one of those that meet was imported or set by hand.
    return choices and choices + Sql(
        "SELECT CASE WHEN m.position < o.position THEN json_array(m.dimension, m.choice, o.choice) "
        "ELSE json_array(m.dimension, o.choice, m.choice) END AS subject, a.customer AS customer "
        "FROM choices m "
        "CROSS JOIN assignments a ON a.tag = m.tag AND a.lost_op IS NULL AND a.source <> 'rule' "
        "CROSS JOIN choices o ON o.dimension = m.dimension AND o.choice <> m.choice "
        "CROSS JOIN assignments b ON b.tag = o.tag AND b.customer = a.customer AND b.lost_op IS NULL"
    )


def _tags(subject: tuple[str, ...]) -> tuple[str, ...]:
    return subject[1:]


CHECK = Check(
    "exclusive-conflict",
    "warning",
    N_("Several tags of an exclusive dimension"),
    N_(
        "A customer can have one choice of this dimension (a tag with its children), and these have two."
        " The evidence says which came when and from where. Correct the source of the wrong one, or let"
        " on_conflict: later or newest in taxonomy.yaml decide at every run."
    ),
    _sql,
    _tags,
)
