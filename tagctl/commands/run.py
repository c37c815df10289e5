"""`tagctl run`: recompute every rule's tags, write what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Annotated

import typer

from tagctl.commands._options import AsOf, By, DryRun, Note, ReportFormat
from tagctl.commands._session import Session, numbered
from tagctl.commands._tree import single
from tagctl.errors import ExitCode, GuardStop, Problem, UsageProblem
from tagctl.messages import _, ngettext
from tagctl.render.progress import working
from tagctl.render.running import show_run
from tagctl.render.terminal import complain
from tagctl.reports.findings import FindingRow
from tagctl.reports.running import RunReport
from tagctl.settings import ENGINES, share
from tagctl.workflows import checking, running

_LEVELS = ("info", "warning", "error")


def run(
    context: typer.Context,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    max_change: Annotated[
        str | None,
        typer.Option(
            "--max-change",
            metavar="SHARE",
            help=_("Stop when one tag would gain and lose more than this (default 30%)."),
        ),
    ] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help=_("Allow an as-of earlier than the last run's."))
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="LEVEL",
            help=_("Exit with 1 when there are findings: info, warning, error, or codes with commas."),
        ),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help=_("With --fail-on: count only findings first seen in this run."))
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help=_("For scripts: run asks nothing, and --max-change still holds.")),
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help=_("What computes: sqlite, duckdb (needs tagctl[fast]), or auto: by size (default)."),
        ),
    ] = None,
    profile: Annotated[
        bool,
        typer.Option(
            "--profile", help=_("Also show where the time went, then time every rule and metric alone.")
        ),
    ] = False,
    forecast: Annotated[
        str | None,
        typer.Option(
            "--forecast",
            metavar="TIME",
            help=_("Show what time alone would change in the coming days (7d); write nothing."),
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help=_("With --forecast: name the customers instead of the reasons."))
    ] = False,
    note: Note = None,
    by: By = None,
    format_: ReportFormat = "table",
) -> int:
    """One operation: pending taxonomy edits, rules, expiry, conflicts, findings."""
    if forecast is not None:
        return _forecast(Session(context, as_of=as_of, by=by), forecast, list_, format_)
    wanted = _failing(fail_on)
    session = Session(context, as_of=as_of, by=by)
    limit = session.settings.max_change if max_change is None else _share(max_change)
    computing = session.settings.engine if engine is None else _engine(engine)
    try:
        with (
            working(_("Computing tags")),
            session.changing("run", note=note, dry_run=dry_run) as operation,
        ):
            catalog = session.catalog(operation.store, newest=())
            report, found = running.run(
                operation,
                session.ruleset(catalog),
                session.taxonomy,
                timezone=session.zone,
                max_change=limit,
                backfill=backfill,
                engine=computing,
                stopwatch=perf_counter if profile else None,
            )
            opened, resolved, still_open = checking.reconcile(
                operation, session.taxonomy, found, session.as_of, session.zone
            )
            findings = checking.list_findings(operation.store) if wanted else ()
    except GuardStop as stop:
        if isinstance(stop.report, RunReport):
            session.emit(stop.report, format_, lambda stopped: show_run(stopped, session.zone))
        raise
    report = replace(
        numbered(report, operation),
        findings_opened=opened,
        findings_resolved=resolved,
        findings_open=still_open,
    )
    session.emit(report, format_, lambda done: show_run(done, session.zone))
    if report.engine_note:
        text = _("SQLite computed this run, DuckDB could not: {reason}")
        complain(text.format(reason=report.engine_note))
    return _verdict(findings, wanted, operation.number if new else None)


def _forecast(session: Session, ahead: str, with_customers: bool, format_: str) -> int:
    """Runs for the coming days, rolled back together."""
    from tagctl.commands._forecast import nightly
    from tagctl.render.forecasting import show_forecast
    from tagctl.workflows import forecasting

    with working(_("Computing tags")), session.changing("run", dry_run=True) as operation:
        ruleset = session.ruleset(session.catalog(operation.store))
        report = forecasting.forecast(
            operation, ruleset, session.taxonomy, ahead, nightly(session), session.zone
        )
    session.emit(
        report, format_, lambda found: show_forecast(found, session.zone, with_customers=with_customers)
    )
    return ExitCode.OK


def _failing(fail_on: str | None) -> tuple[str, ...]:
    """The severities or codes that make the run fail; UsageProblem for a word that is neither."""
    if fail_on is None:
        return ()
    if fail_on in _LEVELS:
        return _LEVELS[_LEVELS.index(fail_on) :]
    codes = tuple(code.strip() for code in fail_on.split(",") if code.strip())
    known = checking.titles()
    unknown = [code for code in codes if code not in known]
    if unknown or not codes:
        raise UsageProblem(
            Problem(
                "bad-fail-on",
                _("“{word}” is neither a severity nor the code of a check.").format(
                    word=", ".join(unknown) or fail_on
                ),
                _("One of: {choices}").format(choices=", ".join((*_LEVELS, *known))),
            )
        )
    return codes


def _engine(word: str) -> str:
    if word not in ENGINES:
        raise UsageProblem(
            Problem(
                "bad-engine",
                _("There is no engine “{word}”.").format(word=word),
                _("One of: {choices}").format(choices=", ".join(ENGINES)),
            )
        )
    return word


def _share(text: str) -> float:
    try:
        return share(text)
    except ValueError as error:
        raise UsageProblem(
            Problem("bad-max-change", str(error), _("Write it like: --max-change 30%"))
        ) from None


def _verdict(findings: Sequence[FindingRow], wanted: Sequence[str], only_of: int | None) -> int:
    """1 where a finding that was asked for is open (`only_of`: first seen by this operation), else 0."""
    counted = [
        row
        for row in findings
        if (row.severity in wanted or row.code in wanted)
        and (only_of is None or row.first_operation == only_of)
    ]
    if not counted:
        return ExitCode.OK
    complain(
        ngettext(
            "{count} finding that --fail-on asks for; see: tagctl findings list",
            "{count} findings that --fail-on asks for; see: tagctl findings list",
            len(counted),
        ).format(count=len(counted))
    )
    return ExitCode.FINDINGS


app = single(
    run,
    help=_(
        "Recompute every rule's tags and write what changed. All of it is one operation that can be undone; "
        "with the same data twice nothing is written."
    ),
    examples=(
        "tagctl run --dry-run",
        "tagctl run --forecast 7d",
        "tagctl run --quiet --fail-on warning --new",
    ),
)
