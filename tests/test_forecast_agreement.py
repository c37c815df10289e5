"""A forecast says what the slow reference gives, night after night, on random small worlds."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
import oracle_time
import worlds
import yaml
from hypothesis import HealthCheck, given, note, settings
from strategies import Case, cases
from test_oracle_agreement import ruleset_of, taxonomy_of, text

from tagctl.normalise import fold
from tagctl.reports import ForecastDay
from tagctl.store.connection import open_store
from tagctl.store.operations import operate
from tagctl.workflows import forecasting, running

NIGHTS = 3
few = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
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
