"""Checks: each one file with its code, severity, title, manual and query. Pure: they only write SQL.

`CHECKS` registers them, in the order of the documentation.
"""

from __future__ import annotations

from tagctl.checks import (
    exclusive_conflict,
    gone_customer,
    running,
    stale_assignment,
    tag_conflict,
    undeclared_tag,
    unknown_label,
)
from tagctl.checks.check import Check, Context

CHECKS: tuple[Check, ...] = (
    tag_conflict.CHECK,
    exclusive_conflict.CHECK,
    stale_assignment.CHECK,
    undeclared_tag.CHECK,
    unknown_label.CHECK,
    gone_customer.CHECK,
    running.WAITING,
    running.LATE,
    running.EQUAL,
    running.KEPT,
    running.UNNAMEABLE,
)


def by_code(code: str) -> Check | None:
    """The check of this code."""
    return next((check for check in CHECKS if check.code == code), None)


__all__ = ["CHECKS", "Check", "Context", "by_code"]
