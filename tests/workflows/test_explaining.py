"""`why`: proofs with actual values, and how assignments came and went."""

from __future__ import annotations

import pytest
from running_project import NOW, START, ZONE, Project

from tagctl import rules
from tagctl.errors import UsageProblem
from tagctl.reports.why import Proof
from tagctl.rules import explain
from tagctl.store import catalog
from tagctl.store.connection import open_store

DAY = 86_400
TAXONOMY = """
dimensions:
- {name: 价值, tags: [{name: VIP, aliases: [高价值客户], implies: [已成交], children: [黑金]}, 已成交, 老客]}
- {name: 阶段, exclusive: ordered, tags: [潜在, 成交]}
- {name: 地区, tags: []}
"""
RULES = """
events: {order: {}, view: {}}
metrics:
  消费: {sum: order.amount, within: 365d}
  客单价: {ratio: [{sum: order.amount}, {count: order}]}
rules:
- tag: VIP
  when: [{metric: 消费, top: 50%}, {any: [{count: order, within: 30d, at_least: 3}, {field: 城市, is: 上海}]}]
  leave: {not: {metric: 客单价, at_least: 100}}
- {tag: 老客, when: {field: 注册, older_than: 1y}}
- {tag: 潜在, when: {count: order, at_least: 0}}
- {tag: 成交, when: {tag: 老客}}
- {dimension: 地区, of: {field: 城市}, each: true}
"""


@pytest.fixture
def shop(tmp_path) -> Project:
    project = Project(tmp_path, TAXONOMY, RULES)
    project.field("customer", "城市", "text", "city")
    project.field("customer", "注册", "date")
    project.field("order", "金额", "money", "amount")
    for key, city, joined, amounts in (
        ("a", "上海", "2020-01-01", (300, 50)),
        ("b", "杭州", "2026-06-01", (100,)),
        ("c", None, None, ()),
    ):
        project.customer(key, 城市=city, 注册=joined)
        for number, amount in enumerate(amounts):
            project.event("order", key, NOW - number * DAY, 金额=amount * 10_000)
    return project


def flat(proof: Proof) -> list[tuple[str, bool, object, str]]:
    """Kind or text, holds, actual and wanted, depth first."""
    own = (proof.text, proof.holds, proof.actual, proof.wanted)
    return [own, *(line for item in proof.items for line in flat(item))]


def test_a_proof_has_every_leaf_with_its_value(shop):
    shop.run()
    report = shop.why("a", "高价值客户")
    assert (report.tag, report.asked, report.holds, report.rule_state) == ("VIP", "高价值客户", True, "ran")
    assert (report.rule_location.line, report.dimension) == (7, "价值")
    assert flat(report.when) == [
        ("all", True, None, ""),
        ("{metric: 消费, top: 50%}", True, 3_500_000, "top 50% (350)"),
        ("any", True, None, ""),
        ("{count: order, within: 30d, at_least: 3}", False, 2, "at_least 3"),
        ("{field: 城市, is: 上海}", True, "上海", "is 上海"),
    ]
    assert report.when.items[1].items[0].window == (NOW - 30 * DAY + 1, NOW)
    assert flat(report.leave) == [
        ("not", False, None, ""),
        ("{metric: 客单价, at_least: 100}", True, 1_750_000.0, "at_least 100"),
    ]


def test_the_clause_that_fails_and_the_value_that_is_missing(shop):
    shop.run()
    report = shop.why("c", "VIP")
    assert not report.holds
    rank = report.when.items[0]
    assert (rank.holds, rank.actual, rank.missing) == (False, 0, False)
    city = report.when.items[1].items[1]
    assert (city.holds, city.actual, city.missing) == (False, None, True)
    assert shop.why("c", "老客").when.missing


def test_the_verdict_of_the_proof_is_that_of_the_run(shop):
    shop.run()
    for tag in ("VIP", "老客", "潜在", "成交"):
        for key in "abc":
            report = shop.why(key, tag)
            assert report.when.holds == (report.holds or report.outranked_by is not None), (key, tag)


def test_what_outranks_it(shop):
    shop.run()
    report = shop.why("a", "潜在")
    assert (report.holds, report.when.holds, report.outranked_by) == (False, True, "成交")
    assert shop.why("b", "潜在").outranked_by is None


def test_a_tag_leaf_shows_the_tags_that_answer_it(shop):
    shop.run()
    proof = shop.why("a", "成交").when
    assert (proof.kind, proof.text, proof.actual) == ("tag", "{tag: 老客}", ("老客",))


def test_implications_bans_and_children(shop):
    shop.run()
    assert shop.why("a", "已成交").implied_by == ("VIP",)
    shop.assign("b", "黑金", "manual")
    shop.override("ban", "b", "VIP", until=NOW + DAY)
    report = shop.why("b", "VIP")
    assert (report.holds, [e.tag for e in report.evidence]) == (True, ["黑金"])
    assert report.banned.until == NOW + DAY


def test_each_value_has_its_proof(shop):
    shop.run()
    report = shop.why("b", "杭州")
    assert (report.holds, report.rule, report.dimension) == (True, "地区", "地区")
    assert report.when.actual == "杭州"


def test_past_intervals_say_which_operation_ended_them(shop):
    shop.assign("b", "老客", since=START)
    lost = shop.run().operation
    (past,) = shop.why("b", "老客").past
    assert (past.source, past.since, past.lost_operation, past.lost_at) == ("import", START, lost, NOW)


def test_a_waiting_rule_says_what_it_waits_for(shop):
    shop.rules = "events: {view: {}}\nrules: [{tag: VIP, when: {count: view, at_least: 1}}]"
    report = shop.why("a", "VIP")
    assert (report.rule_state, report.needs) == ("waiting", ("view",))
    assert (report.when.actual, report.when.holds) == (0, False)


def test_unknown_tags_get_the_nearest(shop):
    with pytest.raises(UsageProblem) as caught:
        shop.why("a", "高价值顾客")
    assert "高价值客户" in caught.value.problems[0].next


def test_it_writes_nothing(shop, tmp_path):
    shop.run()
    shop.store.close()
    shop.store = open_store(tmp_path / "tagctl.db", read_only=True)
    assert shop.why("a", "VIP").holds
    assert shop.store.rows("SELECT name FROM temp.sqlite_schema") == []


@pytest.mark.parametrize(
    "condition",
    [
        "{field: 城市, in: [上海, '138']}",
        "{field: 注册, between: [2026-01-01, 2026-12-31]}",
        "{sum: order.金额, ago: [120d, 30d], where: {field: 金额, above: 1.5}, above: 500}",
        "{last: [order, view], newer_than: 2w}",
        "{count: any, between: [2026-11-20, 2026-11-30], is: 0}",
        "{not: {metric: 客单价, exists: true}}",
        "{all: [{tag: VIP}, {any: [{field: 城市, starts_with: 上}, {field: 城市, is_not: 'yes'}]}]}",
        "{metric: 消费, bottom: 100}",
        "{last: order, at_least: 2026-06-01T08:30:00}",
    ],
)
def test_conditions_are_told_in_the_words_of_rules_yaml(shop, condition):
    shop.field("view", "")
    known, ruleset = catalog.read(shop.store), shop.compiled()
    found = rules.condition(condition, shop.taxonomy, known, ZONE, ruleset)
    assert explain.text(found, ZONE) == condition
