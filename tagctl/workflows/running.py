"""`run`: what the rules say now against what is held; only the difference is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import GuardStop, Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import EachRule, Found, MetricValue, Ruleset, Taxonomy
from tagctl.normalise import nameable
from tagctl.program import Foreign, Laps, Layout, Narrow, Program
from tagctl.reports.running import RunReport, waiting
from tagctl.rules import plan, readiness
from tagctl.rules.emit import question, sqlite
from tagctl.sql import name
from tagctl.store import assignments, baseline, evaluate, tags
from tagctl.store import catalog as catalogs
from tagctl.store.assignments import AppliedRun
from tagctl.store.operations import Operation
from tagctl.store.value_tags import with_values

MAX_CHANGE = 0.3
_SHOWN = 5  # of values that cannot be tags
_MANY_EVENTS = 5_000_000  # below, a narrowed night of SQLite is over before DuckDB


def run(
    op: Operation,
    ruleset: Ruleset,
    taxonomy: Taxonomy,
    *,
    timezone: ZoneInfo,
    max_change: float = MAX_CHANGE,
    backfill: bool = False,
    engine: str = "auto",
    stopwatch: Callable[[], float] | None = None,
) -> tuple[RunReport, list[Found]]:
    """Recompute every tag as of op.as_of and write what changed; the operation is kept only if something did.

    The findings about rules come along (checks find those about assignments). GuardStop, with the report,
    where a tag would change by more than `max_change`; on a dry run the report just says so. UsageProblem
    where op.as_of lies before that of the last run, unless `backfill` allows it or nothing is written.
    `engine`: sqlite, duckdb, or auto: DuckDB where it is installed and there is much to compute.
    `stopwatch` (in seconds) is for a profile: it times the steps, then each rule and metric alone.
    """
    laps = Laps(stopwatch)
    if not (backfill or op.dry_run):
        _refuse_the_past(op, timezone)
    clock = _clock(op, ruleset, op.as_of, timezone)
    ruleset, taxonomy, unnameable = _expand(op, ruleset, taxonomy, clock)
    planned = plan.build(ruleset, taxonomy, clock.catalog, op.as_of, timezone, clock.newest)
    layout = assignments.layout(op, planned.tags, planned.given())
    program = sqlite.program(planned, layout)
    foreign = _foreign(op, program, planned, engine)
    if foreign is None:
        program = replace(program, narrow=_narrow(op, ruleset, taxonomy, planned, layout))
    laps.lap("plan")
    applied = assignments.apply(op, program, max_change, foreign, laps)
    if laps.on:
        _alone(op, program, ruleset, planned, laps)
    report = replace(_report(op, planned, applied), profile=laps.timings())
    if applied.stopped_by and not op.dry_run:
        raise GuardStop(_too_much(applied, ruleset, max_change), report)
    return report, [*_found(applied), *unnameable]


# ── before ───────────────────────────────────────────────────────────────────────────────────────


def _refuse_the_past(op: Operation, timezone: ZoneInfo) -> None:
    last = op.store.value(
        "SELECT max(as_of) FROM operations WHERE kind = 'run' AND undone_by IS NULL AND number <> ?",
        (op.number,),
    )
    if last is None or op.as_of >= last:
        return
    raise UsageProblem(
        Problem(
            "as-of-before-last-run",
            _("The last run was as of {last}; this one would be as of {as_of}.").format(
                last=_local(last, timezone), as_of=_local(op.as_of, timezone)
            ),
            _("Look at that day with --dry-run, or write it all the same with --backfill."),
        )
    )


def _local(at: int, timezone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, timezone):%Y-%m-%d %H:%M:%S}"


def _clock(op: Operation, ruleset: Ruleset, as_of: int, timezone: ZoneInfo) -> readiness.Clock:
    catalog = catalogs.read(op.store, as_of, newest=ruleset.late_after)
    newest = evaluate.newest(op.store, question.newest_of_subsets(ruleset, as_of, timezone))
    return readiness.Clock(ruleset, catalog, as_of, timezone, newest)


def _narrow(
    op: Operation, ruleset: Ruleset, taxonomy: Taxonomy, planned: plan.Plan, layout: Layout
) -> Narrow | None:
    """The run narrowed to those whom something can concern since the last one. That it computed what would be
    computed now is proved by its program: made anew for its instant, it must be the same word for word."""
    last = baseline.read(op)
    if last is None:
        return None
    clock = _clock(op, ruleset, last.as_of, planned.zone)
    then = plan.build(ruleset, taxonomy, clock.catalog, last.as_of, planned.zone, clock.newest)
    if sqlite.program(then, layout).fingerprint() != last.fingerprint:
        return None
    return sqlite.narrow(planned, layout, then, last.operation, last.edges)


def _expand(
    op: Operation, ruleset: Ruleset, taxonomy: Taxonomy, clock: readiness.Clock
) -> tuple[Ruleset, Taxonomy, list[Found]]:
    """Families with `each: true` as rules, one per value; the taxonomy with the tags that values are; a
    finding for each family with values that cannot be tags."""
    if not ruleset.each:
        return ruleset, with_values(op.store, taxonomy), []
    known = with_values(op.store, taxonomy)
    values: dict[str, list[str]] = {}
    for each in ruleset.each:
        state, _needs = clock.state(readiness.inputs(ruleset, (), [each.of]))
        # Without data for a verdict the family keeps the tags that it has.
        values[each.id] = (
            _distinct(op, each, ruleset, clock)
            if state == "ran"
            else list(known.dimensions[each.dimension].tags)
        )
    unnameable = [_unnameable(id, texts) for id, texts in values.items() if not all(map(nameable, texts))]
    values = {id: [text for text in texts if nameable(text)] for id, texts in values.items()}
    expanded = rules.expand(ruleset, values, known)
    homes = {each.id: each.dimension for each in ruleset.each}
    new: dict[str, list[str]] = {}
    for rule in expanded.rules:
        if rule.tag not in known.tags:
            new.setdefault(homes[rule.id], []).append(rule.tag)
    for dimension, names in new.items():
        tags.ensure_values(op, dimension, names)
    known = with_values(op.store, taxonomy)
    given = tuple(rule for rule in expanded.rules if rule.tag in known.tags)
    return replace(expanded, rules=given), known, unnameable


def _unnameable(family: str, texts: Iterable[str]) -> Found:
    bad = [text for text in texts if not nameable(text)]
    return Found("value-no-tag", "warning", (family,), len(bad), {"values": ", ".join(bad[:_SHOWN])})


def _distinct(op: Operation, each: EachRule, ruleset: Ruleset, clock: readiness.Clock) -> list[str]:
    """The different values of a family but blank ones, in the order in which customers came."""
    asked = question.ask(ruleset, {}, clock.as_of, clock.zone, values=[each.of])
    with evaluate.answered(op.store, asked.steps, asked.tables):
        rows = op.store.rows(
            f"SELECT a.v0 FROM temp.{name(question.ANSWER)} AS a WHERE a.v0 IS NOT NULL "
            "GROUP BY a.v0 ORDER BY min(a.customer)"
        )
    return [str(value) for (value,) in rows if str(value).strip()]


def _alone(op: Operation, program: Program, ruleset: Ruleset, planned: plan.Plan, laps: Laps) -> None:
    """Time every rule and metric as if there were no other."""
    laps.lap("report")
    for probe in program.probes() if program.probes else ():
        evaluate.execute(op.store, probe.steps)
        laps.lap(probe.rule, "rule")
    for metric, value in ruleset.metrics.items():
        named = MetricValue(metric, value.type)
        asked = question.ask(ruleset, {}, planned.as_of, planned.zone, values=[named])
        with evaluate.answered(op.store, asked.steps, asked.tables):
            pass
        laps.lap(metric, "metric")


# ── after ────────────────────────────────────────────────────────────────────────────────────────


def _report(op: Operation, planned: plan.Plan, applied: AppliedRun) -> RunReport:
    changes = applied.changes
    return RunReport(
        operation=None if op.dry_run or not op.kept else op.number,
        as_of=op.as_of,
        customers=applied.customers,
        changes=changes,
        gained=sum(change.gained for change in changes),
        lost=sum(change.lost for change in changes),
        closed_imported=sum(change.closed_imported for change in changes),
        expired=applied.ended.expired,
        findings_opened=0,
        findings_resolved=0,
        findings_open=0,
        past=op.as_of < op.now,
        reads_today=planned.reads_today if op.as_of < op.now else (),
        stopped_by=applied.stopped_by,
        dry_run=op.dry_run,
        closed_conflicts=applied.closed_conflicts,
        closed_banned=applied.ended.banned,
        lifted=applied.ended.lifted,
        engine=applied.engine,
        engine_note=applied.engine_note,
    )


def _foreign(op: Operation, program: Program, planned: plan.Plan, engine: str) -> Foreign | None:
    """The program for DuckDB, where DuckDB is to compute."""
    if engine == "sqlite" or (engine == "auto" and not find_spec("duckdb")):
        return None
    if engine == "auto" and catalogs.events_at_most(op.store) < _MANY_EVENTS:
        return None
    from tagctl.rules.emit import duckdb

    return duckdb.program(program, planned.measures)


def _too_much(applied: AppliedRun, ruleset: Ruleset, max_change: float) -> list[Problem]:
    places = {rule.tag: rule.location for rule in ruleset.rules}
    found = []
    for change in applied.changes:
        if change.tag in applied.stopped_by:
            what = _(
                "{tag} would gain {gained} and lose {lost} of {members} customers: more than {share:.0%}. "
                "Nothing was written."
            ).format(
                tag=change.tag,
                gained=change.gained,
                lost=change.lost,
                members=change.members,
                share=max_change,
            )
            next = _("Look with --dry-run. If it is right, run once with a greater --max-change.")
            found.append(Problem("blast-radius", what, next, places.get(change.tag)))
    return found


def _found(applied: AppliedRun) -> list[Found]:
    """What the run noticed about its rules; one finding for each thing that is waited for."""
    found = [
        Found(f"rule-{state}", "warning", (need,), len(tags), {"rules": ", ".join(tags)})
        for (state, need), tags in waiting(applied.changes).items()
    ]
    found += [Found("equal-priority", "info", (one, other), count) for one, other, count in applied.equal]
    found += [Found("kept-imported", "info", (tag,), count) for tag, count in applied.kept_imported]
    return found
