"""The edges of every leaf, worked out by hand (cases/semantics.yaml): the engine and the reference agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle_time
import pytest
import worlds
import yaml
from oracle_conditions import Reader
from scenes import FIELDS, TYPES
from worlds import Event, Spec, World

from tagctl import rules
from tagctl.model import MetricValue, Taxonomy
from tagctl.rules.emit import question
from tagctl.store import catalog, evaluate
from tagctl.store.connection import open_store

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "semantics.yaml").read_text(encoding="utf-8"))
CUSTOMER = "001"


def stored(value: Any, spec: Spec, zone: ZoneInfo) -> Any:
    if value is None:
        return None
    if spec.type == "money":
        return int(Decimal(str(value)) * 10_000)
    if spec.type == "number":
        return float(value)
    if spec.type == "date":
        return value.isoformat()
    if spec.type == "datetime":
        return instant(value, zone)
    if spec.type == "list":
        return tuple(value)
    return int(value) if spec.type == "bool" else value


def instant(moment: date, zone: ZoneInfo) -> int:
    wall = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return oracle_time.instant(wall, zone)


def world_of(case: dict[str, Any]) -> World:
    zone = ZoneInfo(case["zone"])
    given = case.get("customer", {})
    fields = {name: stored(given.get(name), spec, zone) for name, spec in FIELDS.items()}
    events = []
    for event_type, specs in TYPES.items():
        for row in case.get(event_type, ()):
            values = {name: stored(row.get(name), spec, zone) for name, spec in specs.items()}
            events.append(Event(CUSTOMER, event_type, instant(row["at"], zone), values))
    return World(case["zone"], FIELDS, TYPES, {CUSTOMER: fields}, events)


def questions(case: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(conditions or metrics, what is asked, what comes out)"""
    yield from (("conditions", leaf, True) for leaf in case.get("holds", ()))
    yield from (("conditions", leaf, False) for leaf in case.get("fails", ()))
    yield from (("metrics", asked, value) for asked, value in case.get("values", ()))


def file_of(case: dict[str, Any]) -> dict[str, Any]:
    """rules.yaml with everything that is asked, by number."""
    found: dict[str, Any] = {"periods": case.get("periods", {}), "conditions": {}, "metrics": {}}
    for number, (section, asked, _expected) in enumerate(questions(case)):
        found[section][f"问{number}"] = asked
    return found


def expected(case: dict[str, Any]) -> dict[str, Any]:
    return {str(asked): value for _section, asked, value in questions(case)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_the_reference(case):
    as_of = instant(case["as_of"], ZoneInfo(case["zone"]))
    file = file_of(case)
    reader = Reader(file, world_of(case), as_of)
    found = {str(leaf): reader.holds(leaf, CUSTOMER) for leaf in file["conditions"].values()}
    found |= {str(asked): reader.value(asked, CUSTOMER)[0] for asked in file["metrics"].values()}
    assert found == expected(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_the_engine(case, tmp_path):
    zone = ZoneInfo(case["zone"])
    file = file_of(case)
    with open_store(tmp_path / "tagctl.db", create=True) as store:
        worlds.fill(store, world_of(case), Taxonomy())
        text = yaml.safe_dump(file, allow_unicode=True).encode()
        compiled = rules.compile(text, "rules.yaml", Taxonomy(), catalog.read(store), zone)
        assert not compiled.problems
        ruleset = compiled.ruleset
        metrics = [MetricValue(name, ruleset.metrics[name].type) for name in file["metrics"]]
        conditions = [ruleset.conditions[name] for name in file["conditions"]]
        ask = question.ask(ruleset, {}, instant(case["as_of"], zone), zone, conditions, metrics)
        with evaluate.answered(store, ask.steps, ask.tables):
            answers = store.rows(f"SELECT * FROM temp.{question.ANSWER}")[0][1:]
    asked = [*file["conditions"].values(), *file["metrics"].values()]
    assert dict(zip(map(str, asked), answers, strict=True)) == expected(case)


@pytest.mark.parametrize("share", ["7%", "28%", "29%", "55%", "57%", "58%", "12.5%", "0.5%"])
def test_a_share_of_customers_is_exact(share, tmp_path):
    """Doubles would say 7.000000000000001 for 7% of 100, and let one more in."""
    people = {f"{n:03}": {"年龄": float(n)} for n in range(100)}
    world = World("UTC", {"年龄": Spec("number")}, {}, people)
    file = {"metrics": {"岁": {"field": "年龄"}}, "conditions": {"前": {"metric": "岁", "top": share}}}
    with open_store(tmp_path / "tagctl.db", create=True) as store:
        worlds.fill(store, world, Taxonomy())
        text = yaml.safe_dump(file, allow_unicode=True).encode()
        ruleset = rules.compile(text, "rules.yaml", Taxonomy(), catalog.read(store), ZoneInfo("UTC")).ruleset
        ask = question.ask(ruleset, {}, 0, ZoneInfo("UTC"), ruleset.conditions.values())
        with evaluate.answered(store, ask.steps, ask.tables):
            size = store.value(f"SELECT sum(c0) FROM temp.{question.ANSWER}")
    assert size == math.ceil(Decimal(share.rstrip("%")))
    reader = Reader(file, world, 0)
    assert sum(reader.holds({"condition": "前"}, customer) for customer in people) == size
