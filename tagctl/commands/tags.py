"""`tagctl tags unknown|add|ignore`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands import tags_curate
from tagctl.commands._options import By, DryRun, Limit, Note, ReadFormat, ReportFormat
from tagctl.commands._session import Session, numbered, somebody_there
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.render import labels as drawing
from tagctl.workflows import labelling

Labels = Annotated[list[str], typer.Argument(metavar="LABEL", help=_("As the files have it; one or more."))]


def unknown(context: typer.Context, limit: Limit = 50, format_: ReadFormat = "table") -> None:
    """Reads only."""
    session = Session(context)
    with session.reading() as store:
        table = labelling.unknown(store, session.taxonomy, limit)
    if format_ == "table":
        drawing.show_unknown(table, session.zone)
    else:
        session.emit_table(table, format_)


def add_labels(
    context: typer.Context,
    labels: Labels,
    dimension: Annotated[
        str | None, typer.Option("--dimension", metavar="NAME", help=_("Where the new tag belongs."))
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="TAG", help=_("The tag that it is another spelling of: an alias.")),
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """Writes taxonomy.yaml and gives the tag to those who have the label, in one operation."""
    session = Session(context, by=by)
    session.require_file(session.settings.taxonomy_file)
    if dimension is None and as_ is None and session.taxonomy.dimensions and somebody_there():
        dimension = _asked(session, labels)
    path = session.settings.taxonomy_file
    file = labelling.File(path, session.place(path), session.taxonomy_text)
    declared = labelling.add(file, session.taxonomy, labels, dimension, as_)
    session.refuse_changed_files()
    with session.changing("tags", note=note, dry_run=dry_run) as operation:
        report = labelling.apply(operation, file, declared)
    session.emit(numbered(report, operation), format_, drawing.show_labels)


def ignore(
    context: typer.Context,
    labels: Labels,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """Only in the database; taxonomy.yaml stays as it is."""
    session = Session(context, by=by)
    session.require_database()
    with session.changing("tags", note=note, dry_run=dry_run) as operation:
        report = labelling.ignore(operation, labels, session.taxonomy)
    session.emit(numbered(report, operation), format_, drawing.show_labels)


def _asked(session: Session, wanted: list[str]) -> str | None:
    """The dimension, where the labels do not name theirs."""
    if not labelling.homeless(wanted, session.taxonomy):
        return None
    from tagctl.commands import _asking

    names = list(session.taxonomy.dimensions)
    question = _("{tag} is new. In which dimension?").format(tag=", ".join(wanted))
    return names[_asking.choice(question, names)]


app = group(_("Curate the list of tags, and the labels that are none yet."))
add(
    app,
    unknown,
    name="unknown",
    help=_(
        "List the labels that files hold and no tag answers to: how many customers have each, where it was "
        "first read, and the tag whose name is most like it."
    ),
    examples=("tagctl tags unknown", "tagctl tags unknown --format csv"),
)
add(
    app,
    add_labels,
    name="add",
    help=_(
        "Make a tag of a label, or with --as another spelling of a tag. It is written into taxonomy.yaml, "
        "the rest of which stays as it is, and whoever has the label in a file gets the tag at once; "
        "so do later imports."
    ),
    examples=(
        "tagctl tags add 铂金 --dimension 价值",
        "tagctl tags add 高净值 大客户 --as VIP",
    ),
)
add(
    app,
    ignore,
    name="ignore",
    help=_(
        "Ignore labels that are no tags: they are listed no more, in no spelling, and later imports pass "
        "them over. To take one up after all, add it."
    ),
    examples=("tagctl tags ignore 待确认 无",),
)
tags_curate.register(app)
