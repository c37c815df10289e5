"""`tagctl import customers FILE…` and `tagctl import events TYPE FILE…`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

import typer

from tagctl.commands._options import By, DryRun, Note, ReadFormat, ReportFormat, Yes
from tagctl.commands._session import Session, confirm, numbered, somebody_there
from tagctl.commands._tree import add, group
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import CUSTOMER, CUSTOMER_ROLES, EVENT_ROLES, TAG_ROLES, TYPES, Type
from tagctl.render.importing import show_import, show_proposals
from tagctl.render.progress import working
from tagctl.render.tables import MAPPING_TITLES
from tagctl.settings import share
from tagctl.workflows import importing, listing
from tagctl.workflows.importing.options import ImportOptions

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE", help=_("Excel, CSV, JSON lines or parquet files, also .gz; - is standard input.")
    ),
]
Key = Annotated[
    str | None, typer.Option("--key", metavar="HEADER", help=_("The column that identifies the customer."))
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="HEADER=ROLE:TYPE",
        help=_("What a column is: a role, a :type or both; can be repeated. Found by itself otherwise."),
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tags", metavar="HEADER", help=_("A column of tags; can be repeated. Found by itself otherwise.")
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="HEADER", help=_("A column to leave out; can be repeated.")),
]
Currency = Annotated[
    str | None,
    typer.Option("--currency", metavar="CODE", help=_("What amounts without a currency are in: CNY, USD …")),
]
Zone = Annotated[
    str | None,
    typer.Option("--tz", metavar="ZONE", help=_("The time zone of times that name none: Asia/Shanghai …")),
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        "--date-format",
        metavar="FORMAT",
        help=_("How dates are written, where 03/04/2026 can be two: %d/%m/%Y or %m/%d/%Y."),
    ),
]
Mapping = Annotated[
    str | None,
    typer.Option("--mapping", metavar="NAME", help=_("Take the columns as saved under this name.")),
]
SaveMapping = Annotated[
    str | None,
    typer.Option(
        "--save-mapping",
        metavar="NAME",
        help=_("Save how the columns are taken; files of this name stay one even where columns come and go."),
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help=_("utf-8, gb18030, big5 …; found otherwise."))
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHARACTER", help=_("Between columns of a CSV; found otherwise.")),
]
Sheet = Annotated[
    str | None,
    typer.Option("--sheet", metavar="NAME", help=_("The sheet of a workbook; default the first with data.")),
]
HeaderRow = Annotated[
    str | None,
    typer.Option(
        "--header-row", metavar="N", help=_("The row of the headers, or rows, as 2-3; found otherwise.")
    ),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help=_("The file has no headers: columns are column 1, column 2 …"))
]
Strict = Annotated[bool, typer.Option("--strict", help=_("Reject a whole row for one bad cell."))]
MaxRejects = Annotated[
    int | None,
    typer.Option(
        "--max-rejects",
        min=0,
        metavar="N",
        help=_("Stop with exit code 4 beyond this many; nothing is written."),
    ),
]
Empty = Annotated[
    Literal["keep", "clears"],
    typer.Option("--empty", help=_("Whether an empty cell keeps or clears what is known.")),
]
Snapshot = Annotated[
    bool,
    typer.Option("--snapshot", help=_("The files are all customers of their kind: those missing are gone.")),
]
Taken = Annotated[
    str | None,
    typer.Option("--taken", metavar="DATE", help=_("When a snapshot was taken; else a date in its name.")),
]
MaxMissing = Annotated[
    str,
    typer.Option("--max-missing", metavar="SHARE", help=_("Stop when a snapshot lacks more than this.")),
]


Mode = Annotated[
    Literal["sync", "add", "replace", "remove"],
    typer.Option(
        "--mode",
        help=_(
            "What tag cells do. sync: what is new in them is gained, what is gone is lost; add: nothing is "
            "lost; replace: no other imported tags stay; remove: the tags are taken away."
        ),
    ),
]
Unknown = Annotated[
    Literal["create", "quarantine", "reject", "suggest"],
    typer.Option(
        "--unknown",
        help=_(
            "What becomes of labels that are no tags: made tags, kept aside, rejected with their cells, or "
            "kept aside with the tag most like each."
        ),
    ),
]


class _Given(NamedTuple):
    """The options of both imports, as typed."""

    key: str | None
    map: list[str] | None
    tags: list[str] | None
    ignore: list[str] | None
    currency: str | None
    tz: str | None
    date_format: str | None
    mapping: str | None
    save_mapping: str | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: str | None
    no_header: bool
    strict: bool
    max_rejects: int | None
    empty: str
    mode: Literal["sync", "add", "replace", "remove"]
    unknown: Literal["create", "quarantine", "reject", "suggest"]

    def options(self, roles: Sequence[str], unknown_customers: Literal["create", "reject"]) -> ImportOptions:
        return ImportOptions(
            key=self.key,
            map=dict(_mapping(entry, roles) for entry in self.map or ()),
            tags=tuple(self.tags or ()),
            ignore=tuple(self.ignore or ()),
            currency=self.currency,
            timezone=self.tz,
            date_format=self.date_format,
            mapping=self.mapping,
            save_mapping=(self.save_mapping or "").strip() or None,
            encoding=self.encoding,
            delimiter={"tab": "\t", "\\t": "\t"}.get(self.delimiter or "", self.delimiter),
            sheet=self.sheet,
            header_row=_header_row(self.header_row) if self.header_row else None,
            no_header=self.no_header,
            strict=self.strict,
            max_rejects=self.max_rejects,
            empty_clears=self.empty == "clears",
            mode=self.mode,
            unknown=self.unknown,
            unknown_customers=unknown_customers,
        )


def _header_row(text: str) -> tuple[int, int]:
    """`2` or `2-3` as first and last row."""
    first, _dash, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()) or not 1 <= int(first) <= int(last or first):
        raise UsageProblem(
            Problem(
                "bad-header-row",
                _("“{text}” is no row.").format(text=text),
                _("Give the number of the row with the column names, or the first and the last, as 2-3."),
            )
        )
    return int(first), int(last or first)


def _mapping(entry: str, roles: Sequence[str]) -> tuple[str, tuple[str | None, Type | None]]:
    """`手机号=phone:text` as header, role and type."""
    header, equals, meaning = entry.rpartition("=")
    role, _colon, type_ = meaning.partition(":")
    if not _colon and role in TYPES and role not in roles:
        role, type_ = "", role
    if not equals or not header.strip() or not meaning:
        raise UsageProblem(_bad_map(entry, _("Write it like --map '手机号=phone' or --map '积分=:number'.")))
    if role and role not in roles:
        raise UsageProblem(_bad_map(entry, _("Roles are: {names}").format(names=", ".join(roles))))
    for known in get_args(Type):
        if type_ == known:
            return header.strip(), (role or None, known)
    if type_:
        raise UsageProblem(_bad_map(entry, _("Types are: {names}").format(names=", ".join(TYPES))))
    return header.strip(), (role or None, None)


def _match(entry: str) -> tuple[str, str]:
    """`联系手机=phone` as header and identifier."""
    header, equals, identifier = entry.rpartition("=")
    if not equals or not header.strip() or not identifier.strip():
        what = _("“{entry}” does not say which column names customers, and by what.").format(entry=entry)
        raise UsageProblem(Problem("bad-match", what, _("Write it like --match '联系手机=phone'.")))
    return header.strip(), identifier.strip()


def _bad_map(entry: str, advice: str) -> Problem:
    return Problem("bad-map", _("“{entry}” does not say what a column is.").format(entry=entry), advice)


def _date(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        problem = Problem(
            "bad-date",
            _("“{text}” is not a date.").format(text=text),
            _("Write it like: --taken 2026-10-31"),
        )
        raise UsageProblem(problem) from None


def _share(text: str) -> float:
    try:
        return share(text)
    except ValueError as error:
        raise UsageProblem(
            Problem("bad-max-missing", str(error), _("Write it like: --max-missing 10%"))
        ) from None


def customers(
    context: typer.Context,
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: Tags = None,
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
) -> None:
    """Reads customers; new ones are added, known ones updated."""
    given = _Given(
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
        taken=_date(taken),
        max_missing=_share(max_missing),
    )
    _import(context, files, options, None, _Telling(dry_run, yes, note, by, format_))


def events(
    context: typer.Context,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help=_("What happened: order, login, 购买 …"))],
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: Tags = None,
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
) -> None:
    """Reads events of one type; those already known are not added again."""
    given = _Given(
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
        options = replace(options, match=_match(match))
    _import(context, files, options, type_, _Telling(dry_run, yes, note, by, format_))


class _Telling(NamedTuple):
    """The options that any changing command has."""

    dry_run: bool
    yes: bool
    note: str | None
    by: str | None
    format: Literal["table", "json"]


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
    names = ", ".join(path.name for path in paths)
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
    show = partial(show_import, columns=not shown)
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
