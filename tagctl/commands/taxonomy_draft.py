"""`tagctl taxonomy draft FILE…`: tags proposed from labels in files, printed or put into taxonomy.yaml."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tagctl.commands._import_options import (
    Delimiter,
    Encoding,
    HeaderRow,
    Key,
    NoHeader,
    Sheet,
    called,
)
from tagctl.commands._options import By, LabelColumns, Note, ReportFormat
from tagctl.commands._session import Session, numbered
from tagctl.commands._tree import add
from tagctl.messages import _, language


def draft(
    context: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help=_("Files of customers or events, as for import."))
    ],
    write: Annotated[
        bool, typer.Option("--write", help=_("Add the proposals to taxonomy.yaml; printed otherwise."))
    ] = False,
    key: Key = None,
    tags: LabelColumns = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """Reads the files only; imports nothing. Without a project, the whole taxonomy is proposed."""
    from tagctl.commands._importing import opening_of
    from tagctl.render import drafting as shown
    from tagctl.render.progress import working
    from tagctl.render.terminal import payload
    from tagctl.workflows import drafting, tagging

    session = Session(context, by=by)
    names, opening = called(files), opening_of(encoding, delimiter, sheet, header_row, no_header)
    file = session.settings.taxonomy_file
    with working(_("Reading {files}").format(files=names)):
        found = drafting.draft(
            files,
            session.taxonomy_text,
            session.place(file),
            language(),
            tags=tags or (),
            key=key,
            opening=opening,
        )
    if not write:
        if format_ == "table":
            shown.note_found(found.report)
            if found.added:
                payload(found.added if session.taxonomy_text is not None else found.report.text)
        else:
            session.emit(found.report, format_, shown.show_written)
        return
    session.refuse_changed_files()
    with session.changing("taxonomy", what=names, note=note) as operation:
        if found.added:
            tagging.sync(operation, found.taxonomy, confirm=False)
            drafting.write(operation, found, file)
    report = replace(found.report, written=operation.result is not None)
    session.emit(numbered(report, operation), format_, shown.show_written)


def register(app: typer.Typer) -> None:
    """Gives `tagctl taxonomy` this command."""
    add(
        app,
        draft,
        name="draft",
        help=_(
            "Propose tags from the labels in your files. They are grouped by column, by what they begin with "
            "(来源-抖音) and by their words, with the number of customers; what taxonomy.yaml has already is "
            "left out. --write adds them to it, and leaves everything else as it is."
        ),
        examples=("tagctl taxonomy draft 客户.xlsx", "tagctl taxonomy draft 客户.xlsx 订单.csv --write"),
    )
