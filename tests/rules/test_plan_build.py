"""The plan: what is lowered, shared, ordered; when a rule waits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tagctl import rules as language
from tagctl.errors import ConfigError
from tagctl.model import (
    Aggregate,
    All,
    AnyOf,
    Between,
    Catalog,
    Compare,
    Duration,
    EventSource,
    EventType,
    Field,
    FieldValue,
    HasTag,
    Not,
    Rule,
    Ruleset,
)
from tagctl.program import Layout, Place
from tagctl.rules import plan
from tagctl.rules.emit import sqlite
from tagctl.rules.lower import Lowering

ZONE = ZoneInfo("Asia/Shanghai")
NOW = int(datetime(2026, 6, 30, 12, tzinfo=ZONE).timestamp())
DAY = 86_400
FIELDS = (
    Field("年龄", "number", None, "年龄"),
    Field("城市", "text", "city", "城市"),
    Field("注册", "date", None, "注册"),
)
ORDER = EventType(
    "order", (Field("金额", "money", "amount", "金额"), Field("at", "datetime", "at", "tagctl_at"))
)
CATALOG = Catalog(FIELDS, (ORDER, EventType("login")))
TAXONOMY = """
dimensions:
- {name: 行为, tags: [A, B, {name: C, children: [C1]}, D]}
- {name: 阶段, exclusive: ordered, tags: [甲, 乙]}
"""


def taxonomy(text: str = TAXONOMY):
    found, problems, _warnings = language.read_taxonomy(text.encode(), "taxonomy.yaml")
    assert not problems, problems
    return found


def build(rules: str, text: str = TAXONOMY, **options) -> plan.Plan:
    tags = taxonomy(text)
    compiled = language.compile(rules.encode(), "rules.yaml", tags, CATALOG, ZONE)
    assert not compiled.problems, compiled.problems
    return plan.build(compiled.ruleset, tags, options.pop("catalog", CATALOG), NOW, ZONE, **options)


def lowered(condition: str):
    found = language.condition(condition, taxonomy(), CATALOG, ZONE)
    return Lowering(Ruleset(), NOW, ZONE).condition(found)


AGE = FieldValue("customer", "年龄", "年龄", "number")
CITY = FieldValue("customer", "城市", "城市", "text")
JOINED = FieldValue("customer", "注册", "注册", "date")
LAST = Aggregate("last", (EventSource("login", "login"),), (None,), (None,), None, "datetime")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{field: 城市, is: ＶＩＰ }", Compare(CITY, "is", "vip")),
        ("{field: 城市, is_not: 上海}", Not(Compare(CITY, "is", "上海"))),
        ("{field: 城市, not_in: [A, a, B]}", Not(Compare(CITY, "in", ("a", "b")))),
        ("{field: 城市, matches: 'A.B'}", Compare(CITY, "matches", "A.B")),
        ("{field: 城市, exists: false}", Not(Compare(CITY, "exists", 1))),
        (
            "{field: 年龄, between: [18, 25]}",
            All((Compare(AGE, "at_least", 18.0), Compare(AGE, "at_most", 25.0))),
        ),
        ("{field: 注册, older_than: 30d}", Compare(JOINED, "at_most", "2026-05-31")),
        (
            "{field: 注册, newer_than: 1mo}",
            All((Compare(JOINED, "above", "2026-05-30"), Compare(JOINED, "at_most", "2026-06-30"))),
        ),
        ("{last: login, older_than: 30d}", Compare(LAST, "at_most", NOW - 30 * DAY)),
        # a date against an instant is its whole local day
        ("{last: login, above: 2026-06-01}", Compare(LAST, "above", NOW - 28 * DAY - 12 * 3600 - 1)),
        ("{last: login, below: 2026-06-01}", Compare(LAST, "below", NOW - 29 * DAY - 12 * 3600)),
        (
            "{last: login, is: 2026-06-30}",
            All(
                (
                    Compare(LAST, "at_least", NOW - 12 * 3600),
                    Compare(LAST, "at_most", NOW + 12 * 3600 - 1),
                )
            ),
        ),
    ],
)
def test_lowering_leaves_few_forms(condition, expected):
    assert lowered(condition) == expected


def test_windows_become_instants():
    def window(text: str):
        return lowered(f"{{count: login, {text}, is: 0}}").value.window

    assert window("within: 30d") == Between(NOW - 30 * DAY + 1, NOW)
    assert window("ago: [120d, 30d]") == Between(NOW - 120 * DAY + 1, NOW - 30 * DAY)
    first, last = NOW - 12 * 3600 - 29 * DAY, NOW + 12 * 3600 - 1
    assert window("between: [2026-06-01, 2026-06-30]") == Between(first, last)


def test_a_subset_and_its_type_together_are_one_set_of_events():
    rules = """
events: {paid: {from: order, where: {field: amount, above: 0}}}
rules:
- {tag: A, when: {count: [paid, order], at_least: 1}}
- {tag: B, when: {count: [paid, paid], at_least: 1}}
"""
    found = build(rules)
    (both,) = [wish.when.value for wish in found.wishes.values() if wish.tag == "A"]
    assert ([source.type for source in both.sources], both.where) == (["order"], (None,))
    (same,) = [wish.when.value for wish in found.wishes.values() if wish.tag == "B"]
    assert isinstance(same.where[0], AnyOf)


def test_equal_aggregates_are_computed_once_in_one_scan_per_type():
    rules = """
rules:
- {tag: A, when: {count: order, within: 30d, at_least: 1}}
- {tag: B, when: [{count: order, within: 30d, at_least: 3}, {last: login, older_than: 30d}]}
- {tag: C, when: {avg: order.amount, above: 5}}
- {tag: D, when: {last: any, older_than: 30d}}
"""
    scans = {scan.type: scan for scan in build(rules).measures.scans}
    assert [p.function for p in scans["order"].partials] == ["count", "sum", "present", "max"]
    assert len(scans["order"].tests) == 3
    assert [p.function for p in scans["login"].partials] == ["max"]  # shared between B and D
    assert len(scans["login"].values) == 1


@pytest.mark.parametrize(
    ("conditions", "functions"),
    [
        (["within: 7d, at_least: 1", "within: 30d, is: 0", "at_most: 0", "above: 0"], ["max"]),
        (["within: 7d, below: 1", "within: 30d, where: {field: amount, above: 5}, above: 0"], ["max", "max"]),
        (["within: 7d, at_least: 1", "within: 7d, at_least: 2"], ["count"]),  # counted anyway
        (["within: 7d, at_least: 1", "within: 30d, at_least: 2"], ["count", "max"]),
        (["ago: [120d, 30d], at_least: 1", "within: 7d, at_least: 1"], ["count", "max"]),
        (["is: 1"], ["count"]),
        (["at_most: 1"], ["count"]),
        (["below: 2"], ["count"]),
    ],
)
def test_whether_anything_has_happened_is_told_by_the_newest_event(conditions, functions):
    tests = [
        f"- {{tag: {tag}, when: {{count: order, {c}}}}}" for tag, c in zip("ABCD", conditions, strict=False)
    ]
    (scan,) = build("\n".join(["rules:", *tests])).measures.scans
    assert sorted(p.function for p in scan.partials) == functions
    assert len(scan.tests) == len(conditions)


def test_only_events_that_can_matter_are_read():
    rules = """
rules:
- {tag: A, when: {count: order, within: 30d, is: 0}}
- {tag: B, when: {sum: order.amount, within: 1y, above: 5}}
"""
    (scan,) = build(rules).measures.scans
    assert scan.first == int(datetime(2025, 6, 30, 12, tzinfo=ZONE).timestamp()) + 1
    (scan,) = build(rules.replace("within: 30d, ", "")).measures.scans
    assert scan.first is None


def test_strata_follow_tag_leaves_and_implications():
    rules = """
rules:
- {tag: A, when: {tag: C}}
- {tag: C1, when: {tag: 甲}}
- {tag: 甲, when: {field: 年龄, is: 1}}
"""
    text = TAXONOMY.replace("[A, B,", "[{name: A, implies: [B]}, B,")
    found = [[node.tags for node in stratum] for stratum in build(rules, text).strata]
    assert found == [[("甲", "乙")], [("C1",)], [("A",)], [("B",)]]


def test_a_circle_is_an_error_even_if_it_came_this_far():
    def reading(tag: str, other: str, order: int) -> Rule:
        return Rule(tag, tag, HasTag(other, (other,)), order)

    ruleset = Ruleset((reading("A", "B", 0), reading("B", "甲", 1), reading("乙", "A", 2)))
    with pytest.raises(ConfigError) as caught:
        plan.build(ruleset, taxonomy(), CATALOG, NOW, ZONE)
    assert caught.value.problems[0].code == "tag-cycle"
    assert " → " in caught.value.problems[0].what


@pytest.mark.parametrize(
    ("rule", "state", "needs"),
    [
        ("{count: order, is: 0}", "ran", ()),
        ("{count: view, is: 0}", "waiting", ("view",)),
        ("[{field: 积分, is: 0}, {count: view, is: 0}]", "waiting", ("view", "积分")),
        ("{metric: m, above: 0}", "waiting", ("view",)),
        ("{count: order, where: {field: status, is: a}, is: 0}", "waiting", ("order.status",)),
        ("{count: login, is: 0}", "late", ("login",)),
        ("{count: recent, is: 0}", "late", ("login",)),
        ("{count: fresh, is: 0}", "ran", ()),
        ("{count: seen, is: 0}", "waiting", ("view",)),
        ("{count: overdue, is: 0}", "late", ("overdue",)),
        ("{count: any, is: 0}", "late", ("login",)),
    ],
)
def test_waiting_and_late(rule, state, needs):
    rules = f"""
fields: {{积分: number}}
events:
  view: {{}}
  login: {{late_after: 3d}}
  recent: {{from: login, where: {{field: at, exists: true}}}}
  fresh: {{from: login, where: {{field: at, exists: true}}, late_after: 3d}}
  overdue: {{from: order, where: {{field: at, exists: true}}, late_after: 3d}}
  seen: {{from: view, where: {{field: at, exists: true}}}}
metrics: {{m: {{count: view}}}}
rules: [{{tag: A, when: {rule}}}]
"""
    newest = [EventType(e.name, e.fields, newest=NOW - 3 * DAY - 1) for e in CATALOG.events]
    catalog = Catalog(CATALOG.fields, tuple(newest))
    subsets = {"fresh": NOW - 3 * DAY, "overdue": NOW - 4 * DAY}
    wish = build(rules, catalog=catalog, newest=subsets).wishes["A"]
    assert (wish.state, set(wish.needs)) == (state, set(needs))
    assert (wish.when is None) == (state != "ran")


def test_any_waits_where_there_is_no_event_at_all():
    tags = taxonomy()
    compiled = language.compile(b"rules: [{tag: A, when: {count: any, is: 0}}]", "r", tags, Catalog(), ZONE)
    found = plan.build(compiled.ruleset, tags, Catalog(), NOW, ZONE)
    assert (found.wishes["A"].state, found.wishes["A"].needs) == ("waiting", ("any",))


def test_expiry_is_an_instant():
    text = TAXONOMY.replace("[A, B,", "[{name: A, expires: 30d}, B,")
    assert build("rules: []", text).expires == (("A", NOW - 30 * DAY),)


def test_statements_know_no_clock_and_bind_all_texts():
    rules = """
rules:
- {tag: A, when: {field: 城市, in: [上海, "x'); DROP"]}}
- {tag: B, when: {last: order, newer_than: 7d}}
- {tag: 甲, when: {metric: m, top: 20%}}
metrics: {m: {sum: order.amount, within: 365d}}
"""
    found = build(rules)
    places = {tag: Place(number, 0, 1 << number) for number, tag in enumerate(found.tags)}
    for step in sqlite.program(found, Layout(places, 1, 1, (0,))).steps:
        assert "now" not in step.sql.text.lower()
        assert 'DROP"' not in step.sql.text
        assert "上海" not in step.sql.text
        assert step.sql.text.count("?") == len(step.sql.params)


def test_durations_of_the_model_are_gone_after_lowering():
    found = lowered("{any: [{last: login, older_than: 2w}, {not: {count: order, ago: [2mo, 1w], is: 0}}]}")
    assert "Duration" not in repr(found)
    assert str(Duration(2, "w")) == "2w"
