"""`tagctl tags unknown|add|ignore|settle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tagctl.commands import tags_curate, tags_duplicates, tags_list, tags_review
from tagctl.commands._options import By, DryRun, Limit, Note, ReadFormat, ReportFormat
from tagctl.commands._session import Session, numbered, somebody_there
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.render import labels as drawing
from tagctl.workflows import labelling

Labels = Annotated[list[str], typer.Argument(metavar="LABEL", help=_("As the files have it; one or more."))]


def unknown(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help=_("Write all of them here, to be filled in; xlsx or csv by its suffix.")
        ),
    ] = None,
    limit: Limit = 50,
    format_: ReadFormat = "table",
) -> None:
    """Reads only."""
    session = Session(context)
    if file is not None:
        from tagctl.workflows.labelling import settling

        with session.reading() as store:
            drawing.show_written(settling.write(store, session.taxonomy, Path(file), session.zone))
        return
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
    file = _file(session)
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


def settle(
    context: typer.Context,
    path: Annotated[
        str, typer.Argument(metavar="FILE", help=_("A table of labels, its column `tag` filled in."))
    ],
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """Writes taxonomy.yaml and gives the tags to those who have the labels, in one operation."""
    from tagctl.workflows.labelling import settling

    session = Session(context, by=by)
    session.require_file(session.settings.taxonomy_file)
    file = _file(session)
    plan = settling.read(Path(path), file, session.taxonomy)
    session.refuse_changed_files()
    with session.changing("tags", note=note, dry_run=dry_run) as operation:
        report = settling.settle(operation, file, plan, Path(path).name)
    session.emit(numbered(report, operation), format_, drawing.show_labels)


def _file(session: Session) -> labelling.File:
    path = session.settings.taxonomy_file
    return labelling.File(path, session.place(path), session.taxonomy_text)


def _asked(session: Session, wanted: list[str]) -> str | None:
    """The dimension, where the labels do not name theirs."""
    if not labelling.homeless(wanted, session.taxonomy):
        return None
    from tagctl.commands import _asking

    names = list(session.taxonomy.dimensions)
    question = _("{tag} is new. In which dimension?").format(tag=", ".join(wanted))
    return names[_asking.choice(question, names)]


app = group(_("Curate the list of tags, and the labels that are none yet."))
tags_list.register(app)
add(
    app,
    unknown,
    name="unknown",
    help=_(
        "List the labels that files hold and no tag answers to: how many customers have each, where it was "
        "first read, and the tag whose name is most like it. With FILE, all of them are written there as a "
        "table to be filled in for `tags settle`."
    ),
    examples=("tagctl tags unknown", "tagctl tags unknown labels.xlsx"),
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
add(
    app,
    settle,
    name="settle",
    help=_(
        "Settle many labels at once, by the table that `tags unknown FILE` writes. In its column `tag` put "
        "the tag that a label is another spelling of, or a new tag with its `dimension`, or - for no tag at "
        "all; what stays empty stays open."
    ),
    examples=("tagctl tags settle labels.xlsx --dry-run", "tagctl tags settle labels.xlsx --note Friday"),
)
tags_duplicates.register(app)
tags_review.register(app)
tags_curate.register(app)
