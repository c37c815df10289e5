"""Periods, sequences, records, dimensions, buckets, pilots and tests, as rules.yaml says them."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tagctl import rules
from tagctl.model import (
    Aggregate,
    Between,
    Bucket,
    Catalog,
    Compare,
    Duration,
    During,
    EventSource,
    EventType,
    Field,
    Followed,
    HasTag,
    Period,
    Ruleset,
    TagRecord,
)
from tagctl.rules import explain, time

SHANGHAI = ZoneInfo("Asia/Shanghai")
TAXONOMY = """
dimensions:
  - name: 价值
    tags: [{name: VIP, aliases: [贵宾], children: [黑金]}, {name: 忠实客户, pilot: {when: {tag: VIP}}}]
"""
CATALOG = Catalog(
    (Field("城市", "text", "city", "城市"), Field("兴趣", "list", None, "兴趣")),
    (
        EventType("order", (Field("实付", "money", "amount", "实付"),)),
        EventType("login"),
    ),
)
DAY = 86_400


def compiled(text: str, catalog: Catalog = CATALOG) -> rules.Compiled:
    taxonomy, problems, _warnings = rules.read_taxonomy(TAXONOMY.encode(), "taxonomy.yaml")
    assert not problems
    return rules.compile(text.encode(), "rules.yaml", taxonomy, catalog, SHANGHAI)


def ruleset(text: str, catalog: Catalog = CATALOG) -> Ruleset:
    found = compiled(text, catalog)
    assert not found.problems, found.problems
    return found.ruleset


def when(text: str, head: str = "", catalog: Catalog = CATALOG):
    return ruleset(f"{head}\nrules: [{{tag: VIP, when: {text}}}]", catalog).rules[0].when


def test_a_period_is_its_ranges_in_order_and_joined():
    head = (
        "periods: {节: [[2026-05-01, 2026-05-01], [2026-03-01, 2026-03-02], [2026-03-03, 2026-03-03 12:00]]}"
    )
    leaf = when("{count: order, during: 节, is: 1}", head)
    assert isinstance(leaf.value, Aggregate) and isinstance(leaf.value.window, During)
    first, last = time.day("2026-03-01", SHANGHAI)[0], time.day("2026-03-03", SHANGHAI)[0] + 12 * 3600
    assert leaf.value.window.ranges == (
        Between(first, last),
        Between(*time.day("2026-05-01", SHANGHAI)),
    )


def test_a_period_that_nothing_uses_is_told():
    warnings = compiled("periods: {节: [[2026-05-01, 2026-05-01]]}").warnings
    assert [w.location.line for w in warnings if w.code == "unused"] == [1]


def test_a_condition_of_the_command_line_knows_the_periods():
    known = ruleset("periods: {节: [[2026-05-01, 2026-05-01]]}")
    taxonomy, _problems, _warnings = rules.read_taxonomy(TAXONOMY.encode(), "taxonomy.yaml")
    found = rules.condition("{count: order, during: 节, is: 1}", taxonomy, CATALOG, SHANGHAI, known)
    assert isinstance(found.value.window, During)


def test_leaves_that_are_true_by_themselves():
    order_, login = EventSource("order", "order"), EventSource("login", "login")
    assert when("{did: login, followed_by: order, within: 2周}") == Compare(
        Followed((login,), (order_,), Duration(2, "w")), "exists", 1
    )
    assert when("{did: [login, order], not_followed_by: order, within: 2h}").value.negative
    assert when("{tag: 贵宾, held_for: 30天}") == Compare(
        TagRecord("VIP", ("VIP", "黑金"), "held"), "older_than", Duration(30, "d")
    )
    assert when("{bucket: 0.5%}") == Compare(Bucket(), "below", 50)
    assert when("{not: {count: order, period: last_week, is: 0}}").item.value.window == Period("last", "week")


def test_a_dimension_reads_all_of_its_tags():
    text = "segments: [{name: 全部, when: {dimension: 价值}}]"
    assert ruleset(text).segments[0].when == HasTag("价值", ("VIP", "黑金", "忠实客户"), dimension=True)


def test_any_in_a_sequence_means_what_was_supplied():
    leaf = when("{did: any, followed_by: order, within: 2d}")
    assert leaf.value.first == (EventSource("order", "any"), EventSource("login", "any"))


def test_one_more_event_type_does_not_change_what_any_means():
    text = "rules: [{tag: VIP, when: {did: any, not_followed_by: any, within: 2d}}]"
    more = replace(CATALOG, events=(*CATALOG.events, EventType("view")))
    assert ruleset(text).rules[0].hash == ruleset(text, more).rules[0].hash
    other = text.replace("2d", "3d")
    assert ruleset(text).rules[0].hash != ruleset(other).rules[0].hash


LEAVES = (
    "{did: login, followed_by: order, within: 48h}",
    "{did: [login, order], not_followed_by: order, within: 2w}",
    "{tag: VIP, held_for: 30d}",
    "{tag: VIP, gained_within: 7d}",
    "{tag: VIP, lost_within: 1mo}",
    "{bucket: 12.25%}",
    "{dimension: 价值}",
    "{count: order, during: 双十一, at_least: 1}",
    "{sum: order.实付, period: this_quarter, above: 5}",
)


@pytest.mark.parametrize("text", LEAVES)
def test_leaves_are_written_as_their_author_wrote_them(text):
    leaf = segment(text)
    assert explain.text(leaf, SHANGHAI) == text


def segment(text: str):
    """A condition that gives no tag, so that it may read any."""
    head = "periods: {双十一: [[2026-11-01, 2026-11-11]]}"
    return ruleset(f"{head}\nsegments: [{{name: s, when: {text}}}]").segments[0].when


# ── pilots ───────────────────────────────────────────────────────────────────────────────────────


def test_a_pilot_of_the_taxonomy_comes_to_its_rule_and_changes_its_hash():
    text = "rules: [{tag: 忠实客户, when: {count: order, above: 3}}]"
    (rule,) = ruleset(text).rules
    assert isinstance(rule.pilot, HasTag) and rule.pilot.tag == "VIP"
    assert (rule.pilot.location.file, rule.pilot.location.line) == ("taxonomy.yaml", 4)
    plain, _problems, _warnings = rules.read_taxonomy(
        TAXONOMY.replace(", pilot: {when: {tag: VIP}}", "").encode(), "taxonomy.yaml"
    )
    without = rules.compile(text.encode(), "rules.yaml", plain, CATALOG, SHANGHAI).ruleset.rules[0]
    assert without.pilot is None
    assert without.hash != rule.hash


def test_a_pilot_is_part_of_the_order():
    found = compiled(
        "rules: [{tag: VIP, when: {tag: 忠实客户}}, {tag: 忠实客户, when: {count: order, above: 3}}]"
    )
    assert [problem.code for problem in found.problems] == ["tag-cycle"]


# ── tests ────────────────────────────────────────────────────────────────────────────────────────

TESTS = """
events:
  买: {from: order, where: {field: amount, above: 0}}
  点击: {}
rules:
  - {tag: VIP, when: [{count: 买, at_least: 1}, {max: 点击.次数, above: 3}]}
tests:
  - given:
      customer: {城市: 上海, 兴趣: [母婴, 美妆], phone: }
      买: [{at: 2026-01-02, amount: 12.5}, {at: 2026-01-03 08:00}]
      点击: [{at: 2026-01-04, 次数: 5}]
    as_of: 2026-02-01
    expect: [贵宾]
    expect_not: [忠实客户]
"""


def test_a_test_is_read_by_the_types_of_its_fields():
    (test,) = ruleset(TESTS).tests
    assert {field.name: cell for field, cell in test.customer.items()} == {
        "城市": "上海",
        "兴趣": ("母婴", "美妆"),
    }
    assert [(e.source.name, e.source.type) for e in test.events] == [
        ("买", "order"),
        ("买", "order"),
        ("点击", "点击"),
    ]
    first, second, click = test.events
    assert first.at == time.day("2026-01-02", SHANGHAI)[0]
    assert second.at == time.day("2026-01-03", SHANGHAI)[0] + 8 * 3600
    assert {field.name: cell for field, cell in first.cells.items()} == {"实付": 125_000}
    # A type that is only declared: what the rules take its field for.
    assert {(f.name, f.type): cell for f, cell in click.cells.items()} == {("次数", "number"): 5.0}
    assert test.as_of == time.day("2026-02-01", SHANGHAI)[1]
    assert (test.expect, test.expect_not, test.location.line) == (("VIP",), ("忠实客户",), 8)


def test_with_tags_of_values_a_test_may_expect_them():
    text = (
        "rules: [{dimension: 价值, of: {field: 城市}, each: true}]\n"
        "tests: [{given: {customer: {城市: 上海}}, as_of: 2026-02-01, expect: [上海]}]"
    )
    assert ruleset(text).tests[0].expect == ("上海",)
