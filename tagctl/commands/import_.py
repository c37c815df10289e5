"""`tagctl import customers FILE…`, `tagctl import events TYPE FILE…`, `tagctl import assignments FILE…`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tagctl.commands._import_options import (
    Currency,
    DateFormat,
    DecimalComma,
    Delimiter,
    Empty,
    Encoding,
    Files,
    HeaderRow,
    Ignore,
    Key,
    Map,
    Mapping,
    Match,
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
    UnknownCustomers,
    Verbose,
    Zone,
)
from tagctl.commands._importing import Given, Telling, date_of, match_of, run_import, share_of
from tagctl.commands._options import By, DryRun, LabelColumns, Note, ReadFormat, ReportFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import add, group
from tagctl.messages import _
from tagctl.model import ASSIGNMENT, ASSIGNMENT_ROLES, CUSTOMER, CUSTOMER_ROLES, EVENT_ROLES, TAG_ROLES
from tagctl.render.tables import MAPPING_TITLES
from tagctl.workflows import importing, listing


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
    decimal_comma: DecimalComma = False,
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
        decimal_comma=decimal_comma,
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
    run_import(context, files, options, CUSTOMER, Telling(dry_run, yes, note, by, format_, verbose))


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
    decimal_comma: DecimalComma = False,
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
    match: Match = None,
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
    unknown_customers: UnknownCustomers = "create",
    dry_run: DryRun = False,
    yes: Yes = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
    verbose: Verbose = False,
) -> None:
    """Reads events of one type; those already known are not added again."""
    importing.check_event_type(type_)
    given = Given(
        key=key,
        map=map_,
        tags=tags,
        ignore=ignore,
        currency=currency,
        tz=tz,
        date_format=date_format,
        decimal_comma=decimal_comma,
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
    run_import(context, files, options, type_, Telling(dry_run, yes, note, by, format_, verbose))


def assignments(
    context: typer.Context,
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: LabelColumns = None,
    ignore: Ignore = None,
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
    mode: Mode = "sync",
    unknown: Unknown = "quarantine",
    match: Match = None,
    unknown_customers: UnknownCustomers = "create",
    dry_run: DryRun = False,
    yes: Yes = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
    verbose: Verbose = False,
) -> None:
    """Reads who has which tag, one customer and tag to a row."""
    given = Given(
        key=key,
        map=map_,
        tags=tags,
        ignore=ignore,
        currency=None,
        tz=tz,
        date_format=date_format,
        decimal_comma=False,
        mapping=mapping,
        save_mapping=save_mapping,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        no_header=no_header,
        strict=strict,
        max_rejects=max_rejects,
        empty="keep",
        mode=mode,
        unknown=unknown,
    )
    options = given.options(ASSIGNMENT_ROLES, unknown_customers)
    if match is not None:
        options = replace(options, match=match_of(match))
    run_import(context, files, options, ASSIGNMENT, Telling(dry_run, yes, note, by, format_, verbose))


def mappings(context: typer.Context, format_: ReadFormat = "table") -> None:
    """How the columns of files are taken, and what for."""
    session = Session(context)
    with session.reading() as store:
        table = listing.mappings(store)
    session.emit_table(table, format_, MAPPING_TITLES)


app = group(_("Import customers, events or assignments from Excel and CSV files."))
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
        "an event already known is updated where it differs, never added twice. A file with an id in each "
        "row, but no customer and no time, holds lines of known events (an order's goods), kept beside them."
    ),
    examples=(
        "tagctl import events order orders.csv",
        "tagctl import events order order-lines.csv --id InvoiceId",
        "tagctl import events login logins-*.csv",
    ),
)
add(
    app,
    assignments,
    name="assignments",
    help=_(
        "Import who has which tag from files with one customer and tag to a row, such as tagctl export "
        "assignments writes: its source and gained_at are kept. Other files need a column of customers and "
        "one of tags; a dimension, a source (import, manual, rule) and a time are taken where there are."
    ),
    examples=(
        "tagctl import assignments tags.csv",
        "tagctl import assignments vip.xlsx --mode add --unknown-customers reject",
    ),
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
