"""What time alone changes is what the slow reference gives, run after run, on random small worlds.

TAGCTL_EXAMPLES=500 makes it look further, at random.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
import oracle_time
import worlds
import yaml
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st
from strategies import Case, cases
from test_oracle_agreement import EXAMPLES, ruleset_of, taxonomy_of, text

from tagctl.model import Found, Ruleset, Taxonomy
from tagctl.normalise import fold, identity
from tagctl.reports.forecasting import ForecastDay
from tagctl.reports.running import RunReport
from tagctl.reports.why import Turning
from tagctl.store.connection import open_store
from tagctl.store.operations import Operation, operate
from tagctl.workflows import forecasting, running

NIGHTS = 3
DAYS = 100
MOVING = ("within", "ago", "older_than", "newer_than", "anniversary_within", "held_for", "leave", "metric")
few = settings(
    max_examples=EXAMPLES or 10,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def without_deadlines(rules: dict[str, Any]) -> dict[str, Any]:
    """Data stop coming in a forecast; what that means for `late_after` is tested apart."""
    events = {
        name: {word: value for word, value in body.items() if word != "late_after"}
        for name, body in rules["events"].items()
    }
    return {**rules, "events": events}


def holders(world: worlds.World) -> set[tuple[str, str]]:
    return {(i.customer, fold(i.tag)) for i in world.intervals if i.lost is None}


def flipped(day: ForecastDay) -> tuple[int, set[tuple[str, str]], set[tuple[str, str]]]:
    gained = {(flip.customer, fold(flip.tag)) for flip in day.flips if flip.gained}
    lost = {(flip.customer, fold(flip.tag)) for flip in day.flips if not flip.gained}
    return day.at, gained, lost


@few
@given(cases())
def test_every_night_is_what_the_reference_says(case: Case):
    rules_text, taxonomy_text = text(without_deadlines(case.rules)), text(case.taxonomy)
    note(taxonomy_text.decode())
    note(rules_text.decode())
    zone, world, as_of = ZoneInfo(case.world.zone), case.world, case.runs[0][0]
    today = oracle_time.local(as_of, zone).date()
    ends = [oracle_time.last_second(oracle_time.local(as_of, zone).date(), zone)]
    for _night in range(NIGHTS):
        today = oracle_time.local(ends[-1] + 1, zone).date()
        ends.append(oracle_time.last_second(today, zone))
    expected = []
    for at in [as_of, *(end for end in ends if end > as_of)]:
        before = holders(world)
        run = oracle.Run(yaml.safe_load(taxonomy_text), yaml.safe_load(rules_text), world, at)
        world = oracle.after(world, run.outcome(), at)
        expected.append((at, holders(world) - before, before - holders(world)))
    taxonomy = taxonomy_of(taxonomy_text)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "tagctl.db", create=True) as store,
    ):
        worlds.fill(store, case.world, taxonomy)
        ruleset = ruleset_of(rules_text, store, taxonomy, case.world.zone)
        held = worlds.held(store)
        computed = partial(
            running.run, taxonomy=taxonomy, timezone=zone, max_change=1.0, backfill=True, engine="sqlite"
        )
        with operate(store, "run", now=as_of, as_of=as_of, by="test", dry_run=True) as op:
            report = forecasting.forecast(op, ruleset, taxonomy, f"{NIGHTS}d", computed, zone)
        assert worlds.held(store) == held
    assert [flipped(day) for day in (report.due, *report.days)] == expected


# ── one customer, to the second ──────────────────────────────────────────────────────────────────


def of_one(case: Case, customer: str) -> worlds.World:
    found = case.world
    return replace(
        found,
        customers={customer: found.customers[customer]},
        events=[event for event in found.events if event.customer == customer],
        intervals=[interval for interval in found.intervals if interval.customer == customer],
        overrides=[override for override in found.overrides if override.customer == customer],
        gone=found.gone & {customer},
    )


@few
@given(cases(), st.data())
def test_the_next_flip_is_the_first_that_the_reference_finds(case: Case, data: st.DataObject):
    """The reference runs whenever the engine did, every other day, and a second before the flip."""
    rules_text, taxonomy_text = text(without_deadlines(case.rules)), text(case.taxonomy)
    assume(not any(word in rules_text for word in (b"top:", b"bottom:", b"ntile:")))  # who is alone is first
    note(taxonomy_text.decode())
    note(rules_text.decode())
    as_of = case.runs[0][0]
    taxonomy = taxonomy_of(taxonomy_text)
    world = of_one(case, data.draw(st.sampled_from(list(case.world.customers))))
    files = yaml.safe_load(taxonomy_text), yaml.safe_load(rules_text)
    world = oracle.after(world, oracle.Run(*files, world, as_of).outcome(), as_of)
    ruled = [
        rule["tag"]
        for rule in files[1]["rules"]
        if any(f"'{w}'" in str(rule) for w in MOVING) and "tag" in rule
    ]
    assume(ruled)
    tag = taxonomy.names[identity(data.draw(st.sampled_from(ruled)))]
    note(f"as of {as_of}: {tag} in {world}")
    found, ran = turning(world, taxonomy, rules_text, tag, as_of)
    end = found.until if found.at is None else found.at
    family = {fold(name) for name in taxonomy.children(tag)}
    flips = []
    for at in sorted({*ran, *range(as_of, end, 2 * 86_400), max(end - 1, as_of)}):
        before = any(t in family for _c, t in holders(world))
        world = oracle.after(world, oracle.Run(*files, world, at).outcome(), at)
        if before != any(t in family for _c, t in holders(world)):
            flips.append(at)
    event(f"{'flips' if flips else 'never flips'}")
    assert flips == ([] if found.at is None else [found.at])


def turning(
    world: worlds.World, taxonomy: Taxonomy, rules: bytes, tag: str, as_of: int
) -> tuple[Turning, list[int]]:
    """What `why --next` says, and at which instants it has looked."""
    ran: list[int] = []
    zone = ZoneInfo(world.zone)

    def computed(op: Operation, ruleset: Ruleset) -> tuple[RunReport, list[Found]]:
        ran.append(op.as_of)
        return running.run(op, ruleset, taxonomy, timezone=zone, backfill=True, engine="sqlite")

    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "tagctl.db", create=True) as store,
    ):
        worlds.fill(store, world, taxonomy)
        ruleset = ruleset_of(rules, store, taxonomy, world.zone)
        (customer,) = world.customers
        found = forecasting.turning(
            store, ruleset, taxonomy, customer, tag, computed, as_of=as_of, timezone=zone, days=DAYS
        )
    return found, ran
