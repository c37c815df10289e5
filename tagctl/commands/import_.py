"""`tagctl import customers FILE…` and `tagctl import events TYPE FILE…`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from tagctl.commands._import_options import (
    Currency,
    DateFormat,
    Delimiter,
    Empty,
    Encoding,
    Files,
    HeaderRow,
    Ignore,
    Key,
    Map,
    Mapping,
    MaxMissing,
    MaxRejects,
    Mode,
    NoHeader,
    SaveMapping,
    Sheet,
    Snapshot,
    Strict,
    Taken,
    Unknown,
    Verbose,
    Zone,
    called,
)
from tagctl.commands._importing import Given, date_of, match_of, share_of
from tagctl.commands._options import By, DryRun, LabelColumns, Note, ReadFormat, ReportFormat, Yes
from tagctl.commands._session import Session, confirm, numbered, somebody_there
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.model import CUSTOMER, CUSTOMER_ROLES, EVENT_ROLES, TAG_ROLES
from tagctl.render.importing import show_import, show_proposals
from tagctl.render.progress import working
from tagctl.render.tables import MAPPING_TITLES
from tagctl.workflows import importing, listing
from tagctl.workflows.importing.options import ImportOptions


def customers(
    context: typer.Context,
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: LabelColumns = None,
    ignore: Ignore = None,
    currency: Currency = None,
    tz: Zone = None,
    date_format: DateFormat = None,
    mapping: Mapping = None,
    save_mapping: SaveMapping = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    max_rejects: MaxRejects = None,
    empty: Empty = "keep",
    snapshot: Snapshot = False,
    taken: Taken = None,
    max_missing: MaxMissing = "10%",
    mode: Mode = "sync",
    unknown: Unknown = "quarantine",
    dry_run: DryRun = False,
    yes: Yes = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
    verbose: Verbose = False,
) -> None:
    """Reads customers; new ones are added, known ones updated."""
    given = Given(
        key=key,
        map=map_,
        tags=tags,
        ignore=ignore,
        currency=currency,
        tz=tz,
        date_format=date_format,
        mapping=mapping,
        save_mapping=save_mapping,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        no_header=no_header,
        strict=strict,
        max_rejects=max_rejects,
        empty=empty,
        mode=mode,
        unknown=unknown,
    )
    options = replace(
        given.options((*CUSTOMER_ROLES, *TAG_ROLES), "create"),
        snapshot=snapshot,
        taken=date_of(taken),
        max_missing=share_of(max_missing),
    )
    _import(context, files, options, None, _Telling(dry_run, yes, note, by, format_, verbose))


def events(
    context: typer.Context,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help=_("What happened: order, login, 购买 …"))],
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: LabelColumns = None,
    ignore: Ignore = None,
    currency: Currency = None,
    tz: Zone = None,
    date_format: DateFormat = None,
    mapping: Mapping = None,
    save_mapping: SaveMapping = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    max_rejects: MaxRejects = None,
    empty: Empty = "keep",
    mode: Mode = "sync",
    unknown: Unknown = "quarantine",
    match: Annotated[
        str | None,
        typer.Option(
            "--match",
            metavar="COLUMN=IDENTIFIER",
            help=_("The column that names the customer, and by what: key, phone, email …"),
        ),
    ] = None,
    id_: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="HEADER", help=_("The column that tells events apart, as an order number.")
        ),
    ] = None,
    correct: Annotated[
        bool,
        typer.Option("--correct", help=_("Rows that differ from a known event in few cells correct it.")),
    ] = False,
    unknown_customers: Annotated[
        Literal["create", "reject"],
        typer.Option("--unknown-customers", help=_("What to do with rows of customers not seen before.")),
    ] = "create",
    dry_run: DryRun = False,
    yes: Yes = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
    verbose: Verbose = False,
) -> None:
    """Reads events of one type; those already known are not added again."""
    given = Given(
        key=key,
        map=map_,
        tags=tags,
        ignore=ignore,
        currency=currency,
        tz=tz,
        date_format=date_format,
        mapping=mapping,
        save_mapping=save_mapping,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        no_header=no_header,
        strict=strict,
        max_rejects=max_rejects,
        empty=empty,
        mode=mode,
        unknown=unknown,
    )
    options = replace(given.options((*EVENT_ROLES, *TAG_ROLES), unknown_customers), id=id_, correct=correct)
    if match is not None:
        options = replace(options, match=match_of(match))
    _import(context, files, options, type_, _Telling(dry_run, yes, note, by, format_, verbose))


class _Telling(NamedTuple):
    """The options that any changing command has."""

    dry_run: bool
    yes: bool
    note: str | None
    by: str | None
    format: Literal["table", "json"]
    verbose: bool


def _import(
    context: typer.Context,
    files: Sequence[str],
    options: ImportOptions,
    event_type: str | None,
    telling: _Telling,
) -> None:
    """Import customers, or events where an event type is given."""
    session = Session(context, by=telling.by)
    paths = [Path(file) for file in files]
    names = called(paths)
    zone, currency, rates = session.zone, session.settings.currency, session.settings.rates
    shows = telling.format == "table" and not getattr(context.obj, "quiet", False)
    asks = shows and session.settings.found and not (telling.yes or telling.dry_run)
    shown = asks and somebody_there() and _agree(session, event_type or CUSTOMER, paths, options)
    with (
        working(_("Importing {files}").format(files=names)),
        session.changing("import", what=names, note=telling.note, dry_run=telling.dry_run) as operation,
    ):
        if event_type is None:
            options = replace(options, types=session.declared_types())
            report = importing.import_customers(
                operation, paths, options, timezone=zone, currency=currency, rates=rates
            )
        else:
            report = importing.import_events(
                operation, event_type, paths, options, timezone=zone, currency=currency, rates=rates
            )
        if report.unknown_labels and options.unknown in ("create", "suggest"):
            from tagctl.workflows import labelling

            session.refuse_changed_files()
            path = session.settings.taxonomy_file
            file = labelling.File(path, session.place(path), session.taxonomy_text)
            settle = labelling.create if options.unknown == "create" else labelling.suggest
            report = settle(operation, file, session.taxonomy, report)
    show = partial(show_import, columns=not shown, cells=telling.verbose)
    session.emit(numbered(report, operation), telling.format, show)


def _agree(session: Session, subject: str, paths: Sequence[Path], options: ImportOptions) -> bool:
    """Shows how new kinds of files would be taken, and asks; whether all files were shown."""
    with ExitStack() as stack:
        there = session.settings.database.exists()
        store = stack.enter_context(session.reading(answers=False)) if there else None
        proposals = importing.propose(store, subject, paths, options, session.taxonomy)
    new = [proposal for proposal in proposals if not proposal.known]
    if new:
        show_proposals(new)
        confirm(_("Import them so?") if len(new) > 1 else _("Import it so?"), yes=False)
    return len(new) == len(proposals)


def mappings(context: typer.Context, format_: ReadFormat = "table") -> None:
    """How the columns of files are taken, and what for."""
    session = Session(context)
    with session.reading() as store:
        table = listing.mappings(store)
    session.emit_table(table, format_, MAPPING_TITLES)


app = group(_("Import customers or events from Excel and CSV files."))
add(
    app,
    customers,
    name="customers",
    help=_(
        "Import customers from Excel or CSV files. Columns, encoding, separators and packed tags are "
        "recognised and printed; options overrule. The same file again changes nothing."
    ),
    examples=(
        "tagctl import customers 客户.xlsx",
        "tagctl import customers members.csv --key 会员号 --tags 标签 --dry-run",
    ),
)
add(
    app,
    events,
    name="events",
    help=_(
        "Import events of one type from Excel or CSV files. Customers not seen before are created; "
        "an event already known is updated where it differs, never added twice."
    ),
    examples=("tagctl import events order orders.csv", "tagctl import events login logins-*.csv"),
)
add(
    app,
    mappings,
    name="mappings",
    help=_(
        "List how the columns of imported files are taken. The next file with the same headers goes the same "
        "way; one saved with --save-mapping serves any file that names it with --mapping."
    ),
    examples=("tagctl import mappings", "tagctl import mappings --format json"),
)
