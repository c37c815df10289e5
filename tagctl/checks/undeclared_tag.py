"""Tags with members that are not in taxonomy.yaml any more."""

from __future__ import annotations

from tagctl.checks.check import Check, Context, whole
from tagctl.messages import N_
from tagctl.sql import Sql


def _sql(context: Context) -> Sql | None:
    return Sql(
        "SELECT json_array(t.name) AS subject, a.customer AS customer FROM tags t "
        "CROSS JOIN assignments a ON a.tag = t.id AND a.lost_op IS NULL WHERE t.state = 'undeclared'"
    )


CHECK = Check(
    "undeclared-tag",
    "warning",
    N_("Tags that are not declared"),
    N_(
        "The tag was removed from taxonomy.yaml while customers hold it: they keep it, and no rule reads or"
        " writes it. Declare it again, or list its name under aliases of the tag that takes its place."
    ),
    _sql,
    whole,
)
