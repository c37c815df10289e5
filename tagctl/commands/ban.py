"""`tagctl ban TAG CUSTOMER…`"""

from __future__ import annotations

import typer

from tagctl.commands._by_hand import Column, Customers, FromFile, Reason, Tag, Until, When, Who, decide
from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.messages import _


def ban(
    context: typer.Context,
    tag: Tag,
    customers: Customers = None,
    when: When = None,
    file: FromFile = None,
    column: Column = None,
    until: Until = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Ends it, and keeps it away."""
    decide(
        Session(context, by=by),
        "ban",
        tag,
        Who(tuple(customers or ()), when, file, column),
        until=until,
        reason=reason,
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


app = single(
    ban,
    help=_(
        "Ban a tag for customers, whoever gives it. They lose it, and rules and imports do not give it again "
        "until it is assigned, or --until is over."
    ),
    examples=(
        'tagctl ban 营销短信 000123 --reason "Asked us not to"',
        "tagctl ban 沉睡客户 --from 大客户.csv --column 客户编号 --until 90d",
    ),
)
