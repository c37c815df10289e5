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
        " customers. `tagctl tags unknown` lists all such labels; `tagctl tags add` makes one a tag or"
        " another spelling of a tag, and its customers get the tag at once; `tagctl tags ignore` passes"
        " it over."
    ),
    _sql,
)
