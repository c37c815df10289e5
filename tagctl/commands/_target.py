"""Where exports go: options shared by `segment export` and `export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tagctl.messages import _
from tagctl.workflows.exporting import Target

OutFormat = Annotated[
    Literal["csv", "xlsx", "jsonl", "json"] | None,
    typer.Option("--format", help=_("The format, where the file's suffix does not say it; default csv.")),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help=_("Of a csv: utf-8 or gb18030; default what Excel opens.")
    ),
]


def target(file: str | None, format_: str | None, encoding: str | None) -> Target:
    """A file, or stdout for none or `-`."""
    if file is None or file == "-":
        sys.stdout.flush()
        return Target(sys.stdout.buffer, format_, encoding)
    return Target(Path(file), format_, encoding)
