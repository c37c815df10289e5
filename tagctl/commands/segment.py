"""`tagctl segment list|show|export`: named groups of customers, and any asked for by tags."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import (
    AnyTags,
    AsOf,
    By,
    Limit,
    NotTags,
    ReadFormat,
    Tags,
    When,
)
from tagctl.commands._session import Session
from tagctl.commands._target import Encoding, OutFormat, target
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.render.exporting import show_export
from tagctl.render.segments import note_missing, show_segment, show_segments
from tagctl.workflows import segmenting
from tagctl.workflows.segmenting import Selection

Name = Annotated[
    str | None, typer.Argument(metavar="SEGMENT", help=_("A segment of rules.yaml; or describe one by tags."))
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME",
        help=_(
            "A column: field, role, metric or tags; repeat, or separate with commas. Default the segment's."
        ),
    ),
]


def list_(context: typer.Context, as_of: AsOf = None, format_: ReadFormat = "table") -> None:
    """Of rules.yaml, with sizes."""
    session = Session(context, as_of=as_of)
    with session.reading() as store:
        asking = session.asking(store)
        table = segmenting.list_segments(store, asking)
    if format_ == "table":
        show_segments(table)
    else:
        session.emit_table(table, format_)
    note_missing(segmenting.not_imported(asking, (segment.when for segment in asking.ruleset.segments)))


def show(
    context: typer.Context,
    segment: Name = None,
    tag: Tags = None,
    not_tag: NotTags = None,
    any_tag: AnyTags = None,
    when: When = None,
    column: Columns = None,
    as_of: AsOf = None,
    limit: Limit = 10,
    format_: ReadFormat = "table",
) -> None:
    """Size, breakdown, first rows."""
    session = Session(context, as_of=as_of)
    selection = _selection(tag, not_tag, any_tag, when)
    with session.reading() as store:
        asking = session.asking(store)
        chosen = segmenting.choose(store, asking, segment, selection)
        report = segmenting.show(store, asking, chosen, _columns(column), limit)
    if format_ == "csv":
        session.emit_table(report.rows, format_)
    else:
        session.emit(report, format_, lambda found: show_segment(found, session.zone))
    note_missing(report.not_imported)


def export(
    context: typer.Context,
    segment: Name = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help=_("csv, xlsx or jsonl by its suffix; default stdout.")
        ),
    ] = None,
    tag: Tags = None,
    not_tag: NotTags = None,
    any_tag: AnyTags = None,
    when: When = None,
    column: Columns = None,
    as_of: AsOf = None,
    format_: OutFormat = None,
    encoding: Encoding = None,
    by: By = None,
) -> None:
    """Writes the customers of a segment."""
    session = Session(context, as_of=as_of, by=by)
    selection = _selection(tag, not_tag, any_tag, when)
    with session.reading(answers=False) as store:
        asking = session.asking(store)
        chosen = segmenting.choose(store, asking, segment, selection)
        report = segmenting.export(
            store,
            asking,
            chosen,
            target(out, format_, encoding),
            columns=_columns(column),
            now=session.now,
            by=session.by,
        )
    show_export(report)
    note_missing(report.not_imported)


def _selection(
    tag: list[str] | None, not_tag: list[str] | None, any_tag: list[str] | None, when: str | None
) -> Selection:
    return Selection(tuple(tag or ()), tuple(not_tag or ()), tuple(any_tag or ()), when)


def _columns(given: list[str] | None) -> tuple[str, ...]:
    return tuple(name.strip() for entry in given or () for name in entry.split(",") if name.strip())


app = group(_("List, look at and export groups of customers."))
add(
    app,
    list_,
    name="list",
    help=_("List the segments of rules.yaml, with how many customers are in each."),
    examples=("tagctl segment list",),
)
add(
    app,
    show,
    name="show",
    help=_(
        "Show who is in a segment. It is one of rules.yaml, or described by tags and a condition; asking for "
        "a tag finds its child tags too."
    ),
    examples=(
        "tagctl segment show 高价值流失预警",
        "tagctl segment show --tag VIP --not-tag 流失客户 --when '{field: 城市, is: 上海}'",
    ),
)
add(
    app,
    export,
    name="export",
    help=_("Export the customers of a segment as csv, xlsx or jsonl. Without --out the rows go to stdout."),
    examples=(
        "tagctl segment export 高价值流失预警 --out calls.xlsx",
        "tagctl segment export --tag VIP --column name,phone --out vip.csv",
    ),
)
