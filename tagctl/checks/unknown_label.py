"""Labels read from files that no tag answers to."""

from __future__ import annotations

from tagctl.checks.check import Check, Context
from tagctl.messages import N_
from tagctl.sql import Sql


def _sql(context: Context) -> Sql | None:
    return Sql(
        "SELECT json_array(l.text) AS subject, r.customer AS customer FROM readings r "
        "JOIN unknown_labels l ON l.id = r.label WHERE r.gone_op IS NULL"
    )


CHECK = Check(
    "unknown-label",
    "warning",
    N_("Labels that are not declared"),
    N_(
        "A file holds this label, and taxonomy.yaml has no tag or alias of that name. It is kept with its"
        " customers. Declare it as a tag, or list it under aliases of the tag it means: the customers get the"
        " tag with the next command."
    ),
    _sql,
)
