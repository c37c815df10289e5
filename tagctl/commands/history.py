"""`tagctl history`: the operations, or those that touched a customer or a tag."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import Limit, ReadFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.render.operations import show_history
from tagctl.reports.operations import OperationRow
from tagctl.workflows import listing


def history(
    context: typer.Context,
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("Only what touched this customer."))
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help=_("Only what gave or took this tag."))
    ] = None,
    limit: Limit = 50,
    format_: ReadFormat = "table",
) -> None:
    """Newest first."""
    session = Session(context)
    with session.reading() as store:
        rows = listing.history(store, customer=customer, tag=tag, limit=limit)
    session.emit_rows(rows, OperationRow, format_, lambda: show_history(rows, session.zone))


app = single(
    history,
    help=_(
        "List the operations, newest first. For a customer or a tag, only those that gave or took something, "
        "and what it was."
    ),
    examples=("tagctl history", "tagctl history 000123", "tagctl history --tag VIP"),
)
