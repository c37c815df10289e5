"""`tagctl why CUSTOMER TAG`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tagctl.commands._forecast import nightly
from tagctl.commands._options import AsOf, TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.commands.show import Customer
from tagctl.messages import _
from tagctl.render.explaining import show_why
from tagctl.workflows import explaining, forecasting


def why(
    context: typer.Context,
    customer: Customer,
    tag: Annotated[str, typer.Argument(metavar="TAG", help=_("A tag, or an alias of one."))],
    next_: Annotated[
        bool,
        typer.Option("--next", help=_("Also tell when time alone would give or take it.")),
    ] = False,
    as_of: AsOf = None,
    format_: TreeFormat = "table",
) -> None:
    """The verdict, the proof, the history."""
    session = Session(context, as_of=as_of)
    with session.reading() as store:
        catalog = session.catalog(store)
        ruleset = session.ruleset(catalog)
        report = explaining.why(
            store,
            ruleset,
            session.taxonomy,
            catalog,
            customer,
            tag,
            as_of=session.as_of,
            timezone=session.zone,
        )
        if next_:
            report = replace(
                report,
                next=forecasting.turning(
                    store,
                    ruleset,
                    session.taxonomy,
                    report.customer,
                    report.tag,
                    nightly(session),
                    as_of=session.as_of,
                    timezone=session.zone,
                ),
            )
    session.emit(report, format_, lambda found: show_why(found, session.zone))


app = single(
    why,
    help=_(
        "Explain why a customer has, or has not, a tag. For a rule: the proof with actual values against "
        "thresholds; for an import: file, row, text and alias; for a person: who, when and why."
    ),
    examples=(
        "tagctl why 000123 VIP",
        "tagctl why 000123 VIP --next",
        "tagctl why 13800138000 高价值客户 --format json",
    ),
)
