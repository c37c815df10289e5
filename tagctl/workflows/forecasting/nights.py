"""`run --forecast`: the runs of the coming nights, each on what those before have left."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Found, Ruleset, Taxonomy
from tagctl.reports.forecasting import ForecastDay, ForecastReport
from tagctl.reports.running import RunReport
from tagctl.rules import readiness, time
from tagctl.rules.emit import question
from tagctl.store import catalog as catalogs
from tagctl.store import evaluate
from tagctl.store.catalog import customer_column
from tagctl.store.connection import Store
from tagctl.store.flips import flips
from tagctl.store.operations import Operation, following
from tagctl.store.value_tags import with_values

# What computes a run and writes it, within an operation of a dry run.
Running = Callable[[Operation, Ruleset], tuple[RunReport, list[Found]]]

LONGEST = 400  # days


def forecast(
    op: Operation, ruleset: Ruleset, taxonomy: Taxonomy, ahead: str, running: Running, timezone: ZoneInfo
) -> ForecastReport:
    """What runs at the local ends of the coming days (`ahead`: 7d) will change if no data come in.

    `op` is a dry run; UsageProblem where `ahead` is no duration, or too long.
    """
    nights = time.day_ends(op.as_of, _until(op.as_of, ahead, timezone), timezone)
    ruleset = readiness.lasting(clock(op.store, ruleset, op.as_of, timezone))
    days = []
    first: RunReport | None = None
    for at in (op.as_of, *nights):
        step = following(op, at)
        report, _found = running(step, ruleset)
        first = first or report
        days.append(_day(step, taxonomy))
    assert first is not None
    return ForecastReport(
        as_of=op.as_of,
        until=nights[-1],
        customers=first.customers,
        due=days[0],
        days=tuple(days[1:]),
        resting=tuple(change.tag for change in first.changes if change.state in ("waiting", "late")),
    )


def _until(as_of: int, ahead: str, zone: ZoneInfo) -> int:
    length = rules.duration(ahead)
    until = None if length is None or length.unit == "h" else time.ahead(as_of, length, zone)
    if until is None or (time.local_date(until, zone) - time.local_date(as_of, zone)).days > LONGEST:
        raise UsageProblem(
            Problem(
                "bad-forecast",
                _("“{text}” is not a time to look ahead: 1d to {longest}d.").format(
                    text=ahead, longest=LONGEST
                ),
                _("Write it like: --forecast 7d"),
            )
        )
    return until


def clock(store: Store, ruleset: Ruleset, as_of: int, zone: ZoneInfo) -> readiness.Clock:
    """What tells which rules are late."""
    newest = evaluate.newest(store, question.newest_of_subsets(ruleset, as_of, zone))
    return readiness.Clock(ruleset, catalogs.read(store, as_of), as_of, zone, newest)


def _day(step: Operation, taxonomy: Taxonomy) -> ForecastDay:
    known = with_values(step.store, taxonomy)
    return ForecastDay(step.as_of, tuple(flips(step, known, customer_column(step.store, "name"))))
