"""`tagctl unassign TAG CUSTOMER…`"""

from __future__ import annotations

import typer

from tagctl.commands._by_hand import Column, Customers, FromFile, Tag, When, Who, decide
from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.messages import _


def unassign(
    context: typer.Context,
    tag: Tag,
    customers: Customers = None,
    when: When = None,
    file: FromFile = None,
    column: Column = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Ends what imports and people gave, and a pin."""
    decide(
        Session(context, by=by),
        "unassign",
        tag,
        Who(tuple(customers or ()), when, file, column),
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


app = single(
    unassign,
    help=_(
        "Take from customers a tag that a file or a person gave. A pin is lifted with it, and files that "
        "still have the tag do not bring it back. What a rule gives stays, and is told: to overrule a rule, "
        "ban the tag."
    ),
    examples=(
        "tagctl unassign VIP 000123 13912345678",
        "tagctl unassign 潜在客户 --when '{tag: 已成交客户}' --dry-run",
    ),
)
