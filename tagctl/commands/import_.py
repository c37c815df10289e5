"""`tagctl import customers FILE…` and `tagctl import events TYPE FILE…`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

import typer

from tagctl.commands._options import By, DryRun, Note, ReportFormat
from tagctl.commands._session import Session, numbered
from tagctl.commands._tree import add, group
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import CUSTOMER_ROLES, EVENT_ROLES, TYPES, Type
from tagctl.render.importing import show_import
from tagctl.render.progress import working
from tagctl.workflows import importing
from tagctl.workflows.importing.options import ImportOptions

Files = Annotated[
    list[str], typer.Argument(metavar="FILE", help=_("Excel or CSV files; read in this order."))
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


class _Given(NamedTuple):
    """The options of both imports, as typed."""

    key: str | None
    map: list[str] | None
    tags: list[str] | None
    ignore: list[str] | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: str | None
    no_header: bool
    strict: bool
    max_rejects: int | None
    empty: str

    def options(self, roles: Sequence[str], unknown_customers: Literal["create", "reject"]) -> ImportOptions:
        return ImportOptions(
            key=self.key,
            map=dict(_mapping(entry, roles) for entry in self.map or ()),
            tags=tuple(self.tags or ()),
            ignore=tuple(self.ignore or ()),
            encoding=self.encoding,
            delimiter={"tab": "\t", "\\t": "\t"}.get(self.delimiter or "", self.delimiter),
            sheet=self.sheet,
            header_row=_header_row(self.header_row) if self.header_row else None,
            no_header=self.no_header,
            strict=self.strict,
            max_rejects=self.max_rejects,
            empty_clears=self.empty == "clears",
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


def _bad_map(entry: str, advice: str) -> Problem:
    return Problem("bad-map", _("“{entry}” does not say what a column is.").format(entry=entry), advice)


def customers(
    context: typer.Context,
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: Tags = None,
    ignore: Ignore = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    max_rejects: MaxRejects = None,
    empty: Empty = "keep",
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """Reads customers; new ones are added, known ones updated."""
    given = _Given(
        key, map_, tags, ignore, encoding, delimiter, sheet, header_row, no_header, strict, max_rejects, empty
    )
    options = given.options(CUSTOMER_ROLES, "create")
    _import(context, files, options, None, _Telling(dry_run, note, by, format_))


def events(
    context: typer.Context,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help=_("What happened: order, login, 购买 …"))],
    files: Files,
    key: Key = None,
    map_: Map = None,
    tags: Tags = None,
    ignore: Ignore = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    max_rejects: MaxRejects = None,
    empty: Empty = "keep",
    unknown_customers: Annotated[
        Literal["create", "reject"],
        typer.Option("--unknown-customers", help=_("What to do with rows of customers not seen before.")),
    ] = "create",
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """Reads events of one type; those already known are not added again."""
    given = _Given(
        key, map_, tags, ignore, encoding, delimiter, sheet, header_row, no_header, strict, max_rejects, empty
    )
    options = given.options(EVENT_ROLES, unknown_customers)
    _import(context, files, options, type_, _Telling(dry_run, note, by, format_))


class _Telling(NamedTuple):
    """The options that any changing command has."""

    dry_run: bool
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
    session.emit(numbered(report, operation), telling.format, show_import)


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
