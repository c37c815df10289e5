"""`tagctl pin TAG CUSTOMER…`"""

from __future__ import annotations

import typer

from tagctl.commands._by_hand import Column, Customers, FromFile, Reason, Tag, Until, When, Who, decide
from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.messages import _


def pin(
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
    """Gives it by hand, and holds it there."""
    decide(
        Session(context, by=by),
        "pin",
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
    pin,
    help=_(
        "Pin a tag to customers, against rules, files and expiry. They get it by hand, and nothing but "
        "unassign takes it away, or --until. A ban on it is lifted."
    ),
    examples=(
        'tagctl pin VIP 000123 --reason "Founder\'s friend"',
        "tagctl pin VIP 000123 000124 --until 2027-01-31",
    ),
)
