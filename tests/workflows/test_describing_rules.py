"""`rules explain`: which rules, their state, and SQL that finds the customers whom the run found."""

from __future__ import annotations

from pathlib import Path

import pytest
from running_project import NOW, ZONE, Project

from tagctl import rules
from tagctl.errors import UsageProblem
from tagctl.model import Catalog
from tagctl.reports.explaining import RulesExplained
from tagctl.rules import supposed
from tagctl.store import catalog, given, tags
from tagctl.store.connection import Store, open_private, open_store
from tagctl.store.operations import operate
from tagctl.workflows import describing_rules

ROOT = Path(__file__).parents[2]
DAY = 86_400
TAXONOMY = """
dimensions:
- name: 价值
  tags:
  - {name: VIP, aliases: [高价值]}
  - 文字
  - 序列
  - 记录
  - 品类
  - {name: 试点, pilot: {when: {field: 城市, is: 上海}}}
  - 分组
  - {name: 草案, status: draft}
  - 手工
  - 登录
- {name: 地区, tags: []}
"""
RULES = """
events: {order: {}, login: {}, 大单: {from: order, where: {field: 金额, at_least: 100}}}
metrics: {消费: {sum: order.金额, within: 365d}}
rules:
- {tag: VIP, when: {metric: 消费, top: 1}, leave: {metric: 消费, below: 150}}
- {tag: 文字, when: [{field: 城市, in: [上海, "o'hara"]}, {not: {field: 城市, matches: '^北'}}]}
- {tag: 序列, when: {did: order, followed_by: 大单, within: 48h}}
- {tag: 记录, when: {tag: 手工, held_for: 1d}}
- {tag: 品类, when: {distinct: order.品类, at_least: 2}}
- {tag: 试点, when: {count: order, at_least: 1}}
- {tag: 分组, when: {bucket: 50%}}
- {tag: 草案, when: {count: order, at_least: 1}}
- {tag: 登录, when: {count: login, at_least: 1}}
- {dimension: 地区, of: {field: 城市}, each: true}
"""
RUN = ("VIP", "文字", "序列", "记录", "品类", "试点", "分组")


@pytest.fixture
def shop(tmp_path) -> Project:
    project = Project(tmp_path, TAXONOMY, RULES)
    project.field("customer", "城市", "text", "city")
    project.field("order", "金额", "money", "amount")
    project.field("order", "品类", "text")
    for number, city in enumerate(("上海", "北京", "O'Hara", None, "上海", "上海")):
        key = f"c{number}"
        project.customer(key, 城市=city)
        for day in range(number):
            amount = (60 + 20 * day * number) * 10_000
            project.event("order", key, NOW - (10 - 3 * day) * DAY, 金额=amount, 品类=("甲", "乙")[day % 2])
    project.event("order", "c4", NOW - 3 * DAY, 金额=5_000_000, 品类="甲")
    project.assign("c1", "手工", "manual")
    return project


def explained(project: Project, *asked: str, as_of: int = NOW, sql: bool = False) -> RulesExplained:
    def compiled(known: Catalog):
        found = rules.compile(project.rules.encode(), "rules.yaml", project.taxonomy, known, ZONE)
        assert not found.problems, found.problems
        return found.ruleset

    store = project.store
    return describing_rules.explain(
        compiled,
        project.taxonomy,
        catalog.read(store, as_of),
        store,
        asked,
        sql=sql,
        as_of=as_of,
        timezone=ZONE,
    )


def executed(store: Store, script: str) -> list[tuple[str, ...]]:
    """The rows of the last statement of a script."""
    rows: list[tuple[str, ...]] = []
    for statement in script.removesuffix(";").split(";\n"):
        rows = store.rows(statement)
    return rows


def test_the_sql_of_a_rule_finds_the_customers_of_the_run(shop, tmp_path):
    shop.run(NOW - 5 * DAY)
    shop.run(NOW)
    found = {rule.tag: rule.sql for rule in explained(shop, *RUN, sql=True).rules}
    with open_store(tmp_path / "tagctl.db", read_only=True) as store:
        customers = {tag: {key for (key,) in executed(store, sql)} for tag, sql in found.items()}
    assert customers == {tag: shop.holders(tag) for tag in RUN}
    assert all(0 < len(keys) < 6 for keys in customers.values()), customers


def test_hysteresis_counts_in_the_sql(shop):
    """First c5 leads, then c4, and c5 keeps the tag."""
    shop.run(NOW - 5 * DAY)
    assert shop.holders("VIP") == {"c5"}
    shop.run(NOW)
    assert shop.holders("VIP") == {"c4", "c5"}
    (rule,) = explained(shop, "高价值", sql=True).rules
    assert {key for (key,) in executed(shop.store, rule.sql)} == shop.holders("VIP")


def test_the_sql_of_values_gives_each_customer_its_value(shop):
    (family,) = explained(shop, "地区", sql=True).rules
    assert ("c1", "北京") in executed(shop.store, family.sql)
    assert (family.tag, family.dimension) == (None, "地区")


def test_every_rule_of_the_example_has_sql_before_anything_is_imported():
    taxonomy, _problems, _warnings = rules.read_taxonomy((ROOT / "taxonomy.example.yaml").read_bytes(), "t")

    def compiled(known: Catalog):
        return rules.compile((ROOT / "rules.example.yaml").read_bytes(), "r", taxonomy, known, ZONE).ruleset

    report = describing_rules.explain(compiled, taxonomy, Catalog(), None, sql=True, as_of=NOW, timezone=ZONE)
    with open_private() as store, operate(store, "import", now=NOW, by="test", dry_run=True) as op:
        tags.sync(op, taxonomy)
        given.add_catalog(op, supposed.catalog(compiled(Catalog()), Catalog()))
        given.add_customer(op, {}, "nobody")
        held = {rule.tag for rule in report.rules if executed(store, rule.sql or "")}
    assert held == {"近3个月未成交"}  # the one that asks only for what was not done
    assert {rule.state for rule in report.rules} == {""}


def test_states_tell_what_a_rule_waits_for(shop):
    states = {rule.tag: (rule.state, rule.needs) for rule in explained(shop).rules}
    assert (states["登录"], states["VIP"], states["草案"]) == (
        ("waiting", ("login",)),
        ("ran", ()),
        ("draft", ()),
    )


def test_tags_aliases_and_dimensions_choose_rules_in_the_order_of_the_file(shop):
    report = explained(shop, "分组", "高价值")
    assert [rule.tag for rule in report.rules] == ["VIP", "分组"]
    assert [(d.kind, d.name) for d in report.definitions] == [("metric", "消费")]
    assert len(explained(shop, "价值").rules) == 9


@pytest.mark.parametrize(("word", "code"), [("手工", "no-rule"), ("高价直", "unknown-tag")])
def test_what_has_no_rule_is_told(shop, word, code):
    with pytest.raises(UsageProblem) as caught:
        explained(shop, word)
    assert [problem.code for problem in caught.value.problems] == [code]
