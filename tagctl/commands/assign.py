"""`tagctl assign TAG CUSTOMER…`"""

from __future__ import annotations

import typer

from tagctl.commands._by_hand import Column, Customers, FromFile, Tag, When, Who, decide
from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.messages import _


def assign(
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
    """Gives it by hand; lifts a ban."""
    decide(
        Session(context, by=by),
        "assign",
        tag,
        Who(tuple(customers or ()), when, file, column),
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


app = single(
    assign,
    help=_(
        "Give a tag to customers by hand. It dates from now, also for those who had it already; it outranks "
        "rules in an exclusive dimension, and lifts a ban. What nothing shall take away is pinned instead."
    ),
    examples=(
        "tagctl assign VIP 000123",
        'tagctl assign VIP --from vip.xlsx --note "Sales list, May"',
        "tagctl assign 高意向 --when '{count: view, within: 7d, at_least: 5}' --dry-run",
    ),
)
