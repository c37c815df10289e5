"""Options that several commands share, declared once."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from tagctl.messages import _

# Reading commands
ReadFormat = Annotated[
    Literal["table", "json", "csv"], typer.Option("--format", help=_("How to print: table, json or csv."))
]
TreeFormat = Annotated[
    Literal["table", "json"], typer.Option("--format", help=_("How to print: table or json."))
]
Limit = Annotated[int, typer.Option(min=0, metavar="N", help=_("Show at most this many; 0 for all."))]

# Changing commands
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Show what would happen; write nothing."))]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help=_("Why, for the history."))]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help=_("Who, for the history (TAGCTL_BY; else the login name).")),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))]
Fix = Annotated[
    bool,
    typer.Option("--fix", help=_("Mend full-width punctuation, tabs, missing spaces and the encoding.")),
]
ReportFormat = Annotated[
    Literal["table", "json"], typer.Option("--format", help=_("Print the report as text or as JSON."))
]

# Reading files of customers and events
LabelColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--tags", metavar="HEADER", help=_("A column of tags; can be repeated. Found by itself otherwise.")
    ),
]

# Time
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help=_("Compute as of this date (its last second) or time; default now."),
    ),
]

# Who: any customer, by tags or by a condition
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAG", help=_("Holds this tag or a child of it; repeat for all of several.")
    ),
]
NotTags = Annotated[
    list[str] | None,
    typer.Option("--not-tag", metavar="TAG", help=_("Does not hold this tag; can be repeated.")),
]
AnyTags = Annotated[
    list[str] | None,
    typer.Option("--any-tag", metavar="TAG", help=_("Holds at least one of these; repeat for each.")),
]
When = Annotated[
    str | None,
    typer.Option(
        "--when", metavar="CONDITION", help=_("A condition as in rules.yaml: '{count: order, at_least: 3}'.")
    ),
]
