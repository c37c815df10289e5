"""`tagctl export customers|events|assignments|changes`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import By
from tagctl.commands._session import Session
from tagctl.commands._target import Encoding, OutFormat, target
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.render.exporting import show_export
from tagctl.workflows import exporting

File = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help=_("csv, xlsx or jsonl by its suffix; stdout for none or -.")),
]

WithGone = Annotated[
    bool, typer.Option("--with-gone", help=_("With customers whom the last snapshot did not have."))
]


def customers(
    context: typer.Context,
    file: File = None,
    format_: OutFormat = None,
    encoding: Encoding = None,
    with_gone: WithGone = False,
    by: By = None,
) -> None:
    """Fields in the order of the file, tags packed in one column."""
    _export(context, "customers", file, format_, encoding, by, with_gone=with_gone)


def events(
    context: typer.Context,
    file: File = None,
    type_: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help=_("Only this type; then with its own columns.")),
    ] = None,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines", help=_("Their lines instead, such as an order's goods; import reads both files.")
        ),
    ] = False,
    format_: OutFormat = None,
    encoding: Encoding = None,
    with_gone: WithGone = False,
    by: By = None,
) -> None:
    """All types, or one."""
    _export(
        context, "events", file, format_, encoding, by, event_type=type_, with_gone=with_gone, lines=lines
    )


def assignments(
    context: typer.Context,
    file: File = None,
    format_: OutFormat = None,
    encoding: Encoding = None,
    with_gone: WithGone = False,
    by: By = None,
) -> None:
    """One row per customer and tag."""
    _export(context, "assignments", file, format_, encoding, by, with_gone=with_gone)


def changes(
    context: typer.Context,
    file: File = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="OPERATION|DATE", help=_("After this operation, or from this date on.")
        ),
    ] = None,
    format_: OutFormat = None,
    encoding: Encoding = None,
    by: By = None,
) -> None:
    """Who gained and lost what, when and why."""
    _export(context, "changes", file, format_, encoding, by, since=since)


def _export(
    context: typer.Context,
    what: exporting.What,
    file: str | None,
    format_: str | None,
    encoding: str | None,
    by: str | None,
    *,
    event_type: str | None = None,
    since: str | None = None,
    with_gone: bool = False,
    lines: bool = False,
) -> None:
    session = Session(context, by=by)
    with session.reading(answers=False) as store:
        report = exporting.export(
            store,
            what,
            target(file, format_, encoding),
            timezone=session.zone,
            now=session.now,
            by=session.by,
            event_type=event_type,
            since=since,
            with_gone=with_gone,
            lines=lines,
        )
    show_export(report)


app = group(_("Export customers, events, assignments or changes."))
add(
    app,
    customers,
    name="customers",
    help=_("Export all customers, with their fields and one column of tags."),
    examples=("tagctl export customers clean.xlsx",),
)
add(
    app,
    events,
    name="events",
    help=_("Export events of all types, or of one with its own columns."),
    examples=("tagctl export events --type order orders.csv",),
)
add(
    app,
    assignments,
    name="assignments",
    help=_("Export one row per customer and tag: customer, tag, dimension, source, gained_at, operation."),
    examples=("tagctl export assignments tags.csv", "tagctl export assignments --format json"),
)
add(
    app,
    changes,
    name="changes",
    help=_("Export what was gained and lost: customer, tag, source, operation, when and why."),
    examples=("tagctl export changes changes.csv --since 2026-11-01", "tagctl export changes --since 12"),
)
