"""`tagctl init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tagctl import settings
from tagctl.commands._invocation import Invocation
from tagctl.commands._options import By, DryRun, ReportFormat
from tagctl.commands._session import emit, read_clock
from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.render.operations import show_init
from tagctl.workflows import initialising


def init(
    context: typer.Context,
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help=_("The taxonomy and rules to start from."))
    ] = "retail",
    dry_run: DryRun = False,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """In --project or the working directory; never in a project further up."""
    invocation = context.obj if isinstance(context.obj, Invocation) else Invocation()
    folder = Path(invocation.project or os.environ.get("TAGCTL_PROJECT") or ".").resolve()
    known = settings.of_folder(folder, invocation.db)
    report = initialising.init(
        folder,
        template,
        timezone=known.timezone.key,
        now=read_clock(known.timezone),
        by=by or known.by,
        database=known.database,
        dry_run=dry_run,
    )
    emit(report, format_, known.timezone, lambda found: show_init(found, dry_run=dry_run))


app = single(
    init,
    help=_(
        "Make a project in this folder. It gets taxonomy.yaml and rules.yaml to start from, tagctl.toml with "
        "the time zone, and an empty database. Files that are there already stay as they are."
    ),
    examples=("tagctl init", "tagctl init --project shop"),
)
