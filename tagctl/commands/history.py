"""`tagctl history`: the operations, or what happened to a customer or a tag."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import Limit, ReadFormat
from tagctl.commands._session import Session, instant
from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.render.operations import show_history
from tagctl.reports.operations import OperationRow
from tagctl.workflows import listing


def history(
    context: typer.Context,
    about: Annotated[
        str | None,
        typer.Argument(metavar="CUSTOMER|TAG", help=_("Only what was done to this customer, or this tag.")),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option("--tag", metavar="TAG", help=_("Only what was done to this tag, also for a customer.")),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help=_("Only from this date or time on."))
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help=_("Only operations of this kind; can be repeated.")),
    ] = None,
    limit: Limit = 50,
    format_: ReadFormat = "table",
) -> None:
    """Newest first."""
    session = Session(context)
    start = None if since is None else instant(since, session.zone, "--since", first=True)
    wanted = listing.Wanted(start, tuple(kind or ()), limit)
    with session.reading() as store:
        rows = listing.history(store, session.zone, about, tag=tag, wanted=wanted)
    one = about is not None or tag is not None
    session.emit_rows(rows, OperationRow, format_, lambda: show_history(rows, session.zone, one=one))


app = single(
    history,
    help=_(
        "List the operations, newest first. For a customer or a tag, what happened to it: tags gained and "
        "lost, fields before and after, events, pins, merges, renames."
    ),
    examples=(
        "tagctl history",
        "tagctl history 000123",
        "tagctl history VIP --since 2026-01-01",
        "tagctl history --kind import --kind undo",
    ),
)
