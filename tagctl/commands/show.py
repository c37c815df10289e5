"""`tagctl show CUSTOMER`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.render.customers import show_customer
from tagctl.workflows import showing

Customer = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help=_("The key, or a phone or e-mail that only one has."))
]


def show(context: typer.Context, customer: Customer, format_: TreeFormat = "table") -> None:
    """Fields, tags with where they come from, events."""
    session = Session(context)
    with session.reading() as store:
        report = showing.show(store, customer)
    session.emit(report, format_, lambda found: show_customer(found, session.zone))


app = single(
    show,
    help=_("Show one customer with fields, tags and events. Each tag says where it came from."),
    examples=("tagctl show 000123", "tagctl show 13800138000 --format json"),
)
