"""`tagctl findings list|show`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from tagctl.commands._options import Limit, ReadFormat, TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.render.findings import show_finding, show_findings
from tagctl.reports.findings import FindingRow
from tagctl.workflows import checking


def list_(
    context: typer.Context,
    state: Annotated[
        Literal["open", "accepted", "resolved", "all"],
        typer.Option("--state", help=_("Only findings in this state.")),
    ] = "open",
    check: Annotated[
        list[str] | None, typer.Option("--check", metavar="CODE", help=_("Only this check; can be repeated."))
    ] = None,
    format_: ReadFormat = "table",
) -> None:
    """Gravest first."""
    session = Session(context)
    with session.reading() as store:
        rows = checking.list_findings(store, () if state == "all" else (state,), tuple(check or ()))
    session.emit_rows(rows, FindingRow, format_, lambda: show_findings(rows, checking.titles()))


def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help=_("Its number; see: tagctl findings list"))],
    limit: Limit = 20,
    format_: TreeFormat = "table",
) -> None:
    """What it means, what to do, and the customers with the evidence."""
    session = Session(context)
    with session.reading() as store:
        report = checking.show(
            store, number, session.taxonomy, session.as_of, session.zone, limit if limit else None
        )
    manual = checking.manual(report.finding.code)
    session.emit(report, format_, lambda found: show_finding(found, checking.titles(), manual, session.zone))


app = group(_("List what the checks noticed, and whom it concerns."))
add(
    app,
    list_,
    name="list",
    help=_(
        "List what the checks noticed, gravest first. One finding is one check and one subject, with a count."
    ),
    examples=("tagctl findings list", "tagctl findings list --check tag-conflict --format csv"),
)
add(
    app,
    show,
    name="show",
    help=_("Show one finding. It says what it means, what to do, and which customers it concerns and why."),
    examples=("tagctl findings show 3", "tagctl findings show 3 --limit 0 --format json"),
)
