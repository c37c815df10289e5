"""`tagctl run`: recompute every rule's tags, write what changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tagctl.commands._options import AsOf, By, DryRun, Note, ReportFormat
from tagctl.commands._session import Session, numbered
from tagctl.commands._tree import single
from tagctl.errors import ExitCode, GuardStop, Problem, UsageProblem
from tagctl.messages import _
from tagctl.render.running import show_run
from tagctl.reports import RunReport
from tagctl.settings import share
from tagctl.workflows import checking, running


def run(
    context: typer.Context,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    max_change: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE", help=_("Stop when one tag would gain and lose more than this (default 30%).")
        ),
    ] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help=_("Allow an as-of earlier than the last run's."))
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help=_("Exit with 1 when there are findings: info, warning, error, or codes with commas."),
        ),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help=_("With --fail-on: count only findings first seen in this run."))
    ] = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> int:
    """One operation: rules, expiry, conflicts, findings."""
