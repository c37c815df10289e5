"""Customers whom the last snapshot of their file did not have any more."""

from __future__ import annotations

from tagctl.checks.check import Check, Context
from tagctl.messages import N_
from tagctl.sql import Sql


def _sql(context: Context) -> Sql | None:
    return Sql(
        "SELECT json_array() AS subject, tagctl_id AS customer FROM customers WHERE tagctl_gone IS NOT NULL"
    )


CHECK = Check(
    "gone-customer",
    "info",
    N_("Customers who are gone"),
    N_(
        "A file imported with --snapshot did not have these customers any more. They are kept with their"
        " tags, but no rule, rank, segment or export counts them. They are back with the next file of"
        " customers that has them. Where the file was not whole, undo its import."
    ),
    _sql,
    gone=True,
)
