"""`tagctl customers list|duplicates|merge`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from tagctl.commands._options import By, DryRun, Limit, Note, ReadFormat, ReportFormat, Yes
from tagctl.commands._session import Session, confirm, numbered
from tagctl.commands._tree import add, group
from tagctl.messages import _, ngettext
from tagctl.render.uniting import CUSTOMER_TITLES, show_duplicates, show_merge
from tagctl.reports.customers import DuplicateRow
from tagctl.workflows import uniting


def list_(
    context: typer.Context,
    gone: Annotated[
        bool, typer.Option("--gone", help=_("Those instead whom the last snapshot did not have."))
    ] = False,
    limit: Limit = 50,
    format_: ReadFormat = "table",
) -> None:
    """Key, name, identifiers, number of tags."""
    session = Session(context)
    with session.reading() as store:
        table = uniting.listed(store, limit, gone=gone)
    session.emit_table(table, format_, CUSTOMER_TITLES)


def duplicates(context: typer.Context, format_: ReadFormat = "table") -> None:
    """Customers who share an identifier, or the name and something else."""
    session = Session(context)
    with session.reading() as store:
        rows = uniting.find_duplicates(store)
    session.emit_rows(rows, DuplicateRow, format_, lambda: show_duplicates(rows))


def merge(
    context: typer.Context,
    people: Annotated[
        list[str],
        typer.Argument(metavar="CUSTOMER", help=_("Keys; a phone or e-mail address means all who share it.")),
    ],
    into: Annotated[
        str | None, typer.Option("--into", metavar="KEY", help=_("Who keeps the key; else the first named."))
    ] = None,
    keep: Annotated[
        Literal["newest", "first", "longest"],
        typer.Option(
            "--keep", help=_("Which of differing values stays: written last, the first’s, the longest.")
        ),
    ] = "newest",
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Shows what will be united, asks, then unites."""
    session = Session(context, by=by)
    what = ", ".join(people)
    session.require_database()
    with session.changing("merge", what=what, note=note, dry_run=True) as preview:
        planned = uniting.merge(preview, people, into, keep)
    if dry_run:
        session.emit(planned, format_, lambda report: show_merge(report, session.zone))
        return
    if not yes:
        if format_ == "table":
            show_merge(planned, session.zone)
        question = ngettext(
            "Unite {count} customer with {key}?", "Unite {count} customers with {key}?", len(planned.merged)
        )
        confirm(question.format(count=len(planned.merged), key=planned.customer), yes=yes)
    with session.changing("merge", what=what, note=note) as operation:
        report = uniting.merge(operation, people, into, keep)
    session.emit(numbered(report, operation), format_, lambda report: show_merge(report, session.zone))


app = group(_("List customers, find who is there twice, and unite them."))
add(
    app,
    list_,
    name="list",
    help=_("List customers with name, identifiers, keys from before a merge and the number of their tags."),
    examples=("tagctl customers list", "tagctl customers list --limit 0 --format csv"),
)
add(
    app,
    duplicates,
    name="duplicates",
    help=_(
        "List customers who may be the same person. What speaks for it is a phone, an e-mail address or "
        "another identifier that they share, a key in another case, or the name with birthday, city or a "
        "masked phone that fits."
    ),
    examples=("tagctl customers duplicates", "tagctl customers duplicates --format csv"),
)
add(
    app,
    merge,
    name="merge",
    help=_(
        "Unite several customers into one. Values are kept by --keep, tags and events are united, and files "
        "that still have the other keys find the customer. It is shown and asked first, and can be undone."
    ),
    examples=(
        "tagctl customers merge C001 C017 --dry-run",
        "tagctl customers merge 13912345678 --into 0042 --keep longest --yes",
    ),
)
