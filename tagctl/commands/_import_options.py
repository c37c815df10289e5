"""The options of both imports; what says how files are read, `init --from` and `taxonomy draft` have too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from tagctl.messages import _

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
DecimalComma = Annotated[
    bool,
    typer.Option("--decimal-comma", help=_("Numbers are as 1.280,50; so 1.000 is a thousand, not one.")),
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
    str | None,
    typer.Option(
        "--max-rejects",
        metavar="N|SHARE",
        help=_("Stop with exit code 4 when more rows, or a greater share of them (5%), hold rejects."),
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
Verbose = Annotated[
    bool,
    typer.Option("--verbose", help=_("Say of every file where its cells went: they add up to the last.")),
]
Match = Annotated[
    str | None,
    typer.Option(
        "--match",
        metavar="COLUMN=IDENTIFIER",
        help=_("The column that names the customer, and by what: key, phone, email …"),
    ),
]
UnknownCustomers = Annotated[
    Literal["create", "reject"],
    typer.Option("--unknown-customers", help=_("What to do with rows of customers not seen before.")),
]


def called(files: Iterable[str | Path]) -> str:
    """The files as they are named in sentences."""
    return ", ".join("stdin" if str(file) == "-" else Path(file).name for file in files)
