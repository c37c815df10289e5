"""Whatever the checker proves of random conditions is so for every customer of random worlds, as the slow
reference sees it; and the customers that it imagines do meet what they are examples of.

TAGCTL_EXAMPLES=20000 makes it look further, at random.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from oracle_conditions import Reader
from scenes import DURATIONS, TYPES, Drawing, Scene, world
from strategies import sections
from worlds import Event, Spec, World
from writers import Writer

from tagctl import rules
from tagctl.model import Catalog, EventType, Field, Ruleset, Taxonomy
from tagctl.rules import supposed
from tagctl.rules.checking.evaluation import Customer
from tagctl.rules.checking.examples import Examples, described
from tagctl.rules.checking.proofs import Prover

EXAMPLES = int(os.environ.get("TAGCTL_EXAMPLES", "0"))
limits = settings(
    max_examples=EXAMPLES or 45,
    derandomize=not EXAMPLES,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@dataclass(frozen=True)
class Asked:
    rules: dict[str, Any]
    world: World
    as_ofs: list[int]


class Related:
    """Leaves that have to do with each other: few sources, windows, filters and thresholds, much combined."""

    def __init__(self, d: Drawing, scene: Scene, writer: Writer) -> None:
        self.d, self.writer = d, writer
        self.windows = [{}, *(writer.window() for _ in range(3)), {"within": d.pick(DURATIONS)}]
        self.wheres = [writer.where(["order"]) for _ in range(2)]
        self.sources = ["order", "any", "login", ["order", "login"], *writer.subsets]
        self.fields = [f"{source}.{d.pick(['件数', '金额'])}" for source in ["order", *writer.subsets]]
        self.instants = [d.pick(DURATIONS) for _ in range(2)]
        self.dates = [scene.date(), scene.date()]

    def leaf(self) -> dict[str, Any]:
        d = self.d
        function = d.pick(["count", "count", "last", "first", "last", "distinct", "min", "max", "sum"])
        instants = function in ("first", "last")
        source = d.pick(self.sources if function == "count" or instants else self.fields)
        found = {function: source, **d.pick(self.windows)}
        if isinstance(source, str) and source.split(".")[0] in ("order", "购买") and d.chance(40):
            found["where"] = d.pick(self.wheres)
        if d.chance(10):
            return {**found, "exists": d.chance(50)}
        if not instants:
            operator = d.pick(["at_least", "at_most", "above", "below", "is", "is_not", "in"])
            number = d.number(0, 3)
            return {**found, operator: [number, 1] if operator == "in" else number}
        if d.chance(60):
            return {**found, d.pick(["older_than", "newer_than"]): d.pick(self.instants)}
        return {**found, d.pick(["at_least", "above", "at_most", "below", "is"]): d.pick(self.dates)}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    d = Drawing(draw)
    scene = Scene(d)
    found = world(d, scene, [], least=4)
    writer = Writer(d, scene, found, [])
    for index in range(d.number(0, 2)):
        writer.metrics[f"指标{index}"] = writer.aggregate() if d.chance(60) else writer.metric(d.number(0, 7))
    related = Related(d, scene, writer)
    conditions: list[Any] = [related.leaf() for _ in range(d.number(3, 6))]
    conditions += [
        writer.field_leaf() if d.chance(60) else writer.leaf((0, 0)) for _ in range(d.number(0, 3))
    ]
    for _ in range(d.number(0, 3)):
        parts = d.some(conditions, 2, 3)
        conditions.append(
            d.pick(
                [{"all": parts}, {"any": parts}, {"not": parts[0]}, {"all": [*parts[1:], {"not": parts[0]}]}]
            )
        )
    body = {**sections(writer), "conditions": {f"条件{n}": each for n, each in enumerate(conditions)}}
    return Asked(body, found, scene.as_ofs)


def compiled(case: Asked) -> Ruleset:
    """The conditions, with all types supplied and every condition read as that of a rule."""
    fields = tuple(Field(n, s.type, s.role, n) for n, s in case.world.fields.items())
    events = tuple(
        EventType(
            name,
            (
                Field("时间", "datetime", "at", "tagctl_at"),
                *(Field(n, s.type, s.role, n) for n, s in specs.items()),
            ),
        )
        for name, specs in case.world.types.items()
    )
    names = list(case.rules["conditions"])
    body = {**case.rules, "rules": [{"tag": name, "when": {"condition": name}} for name in names]}
    taxonomy, problems, _warnings = rules.read_taxonomy(
        yaml.safe_dump({"dimensions": [{"name": "维度", "tags": names}]}).encode(), "taxonomy.yaml"
    )
    assert not problems
    data = yaml.dump(body, allow_unicode=True, sort_keys=False).encode()
    note(data.decode())
    known, zone = Catalog(fields, events), ZoneInfo(case.world.zone)
    ruleset = rules.compile(data, "rules.yaml", taxonomy, known, zone).ruleset
    result = rules.compile(data, "rules.yaml", taxonomy, supposed.catalog(ruleset, known), zone)
    assert not result.problems, result.problems
    return result.ruleset


claims: Counter[str] = Counter()


@pytest.mark.timeout(0 if EXAMPLES else 300)
@limits
@given(asked())
def test_what_is_proved_is_so(case: Asked) -> None:
    case = replace(case, world=replace(case.world, types=TYPES))
    ruleset = compiled(case)
    prover = Prover(Taxonomy(), ruleset.metrics, ZoneInfo(case.world.zone))
    when = {rule.tag: rule.when for rule in ruleset.rules}
    note(str(case.world))
    for as_of in case.as_ofs:
        reader = Reader(case.rules, case.world, as_of)
        holds = {
            name: {key for key in case.world.customers if reader.holds({"condition": name}, key)}
            for name in when
        }
        everybody = set(case.world.customers)
        for name, condition in when.items():
            if prover.never(condition):
                claims["never"] += 1
                assert not holds[name], (as_of, "never", name)
            elif prover.always(condition):
                claims["always"] += 1
                assert holds[name] == everybody, (as_of, "always", name)
        for one, other in permutations(when, 2):
            if prover.implies((when[one],), when[other]):
                claims["implies"] += 1
                assert holds[one] <= holds[other], (as_of, one, "implies", other)
            if one < other and prover.never(when[one], when[other]):
                claims["apart"] += 1
                assert not holds[one] & holds[other], (as_of, one, "never with", other)
            if one < other and prover.exhausted(when[one], when[other]):
                claims["exhausted"] += 1
                assert holds[one] | holds[other] == everybody, (as_of, one, "or", other)


def test_much_was_proved() -> None:
    if not EXAMPLES:
        assert all(claims[kind] >= 5 for kind in ("never", "always", "implies", "apart", "exhausted")), claims


@pytest.mark.timeout(0 if EXAMPLES else 300)
@limits
@given(asked())
def test_examples_meet_what_they_are_examples_of(case: Asked) -> None:
    case = replace(case, world=replace(case.world, types=TYPES))
    ruleset = compiled(case)
    zone = ZoneInfo(case.world.zone)
    prover = Prover(Taxonomy(), ruleset.metrics, zone)
    as_of = case.as_ofs[0]
    examples = Examples(prover, ruleset, as_of)
    for one, other in zip(ruleset.rules, ruleset.rules[1:], strict=False):
        customer = examples.meeting(one.when, other.when)
        if customer is None:
            continue
        claims["example"] += 1
        assert described(customer, examples)
        reader = Reader(case.rules, imagined(customer, case.world), as_of)
        assert reader.holds({"condition": one.tag}, "001"), (one.tag, customer)
        assert reader.holds({"condition": other.tag}, "001"), (other.tag, customer)
        assert not prover.never(one.when, other.when)


def imagined(customer: Customer, like: World) -> World:
    """The imagined customer as a world of their own."""
    fields = {**like.fields, "积分": Spec("number")}  # declared only; an example takes it as imported
    cells = dict.fromkeys(fields) | {field.name: value for field, value in customer.cells.items()}
    events = []
    for event in customer.events:
        values = dict.fromkeys(TYPES[event.type]) | {
            field.name: value for field, value in event.cells.items()
        }
        events.append(Event("001", event.type, event.at, values))
    return World(like.zone, fields, like.types, {"001": cells}, events)


def test_many_examples_were_found() -> None:
    if not EXAMPLES:
        assert claims["example"] >= 20, claims
