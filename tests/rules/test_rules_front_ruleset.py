"""rules.yaml as a whole: declared data, subsets, families, metrics, hashes, and what a rule reads."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tagctl import rules
from tagctl.model import (
    All,
    Catalog,
    Combined,
    Compare,
    DaysSince,
    Duration,
    EventType,
    Field,
    FieldValue,
    Ntile,
    Ratio,
    Ruleset,
)
from tagctl.rules import readiness

SHANGHAI = ZoneInfo("Asia/Shanghai")
TAXONOMY, _problems, _warnings = rules.read_taxonomy(
    """
dimensions:
  - name: 生命周期
    exclusive: ordered
    tags: [新客户, 已成交客户]
  - name: 价值
    tags: [{name: VIP, aliases: [贵宾], implies: [忠实客户], children: [黑金VIP]}, 忠实客户]
  - {name: 年龄段, tags: [青年, 中年]}
  - {name: 地区, tags: [华东, 华北]}
""".encode(),
    "taxonomy.yaml",
)
CATALOG = Catalog(
    (
        Field("城市", "text", "city", "城市"),
        Field("年龄", "text", None, "年龄"),
        Field("消费", "money", None, "消费"),
    ),
    (
        EventType(
            "order", (Field("实付", "money", "amount", "实付"), Field("品类", "text", "category", "品类"))
        ),
    ),
)


def compiled(text: str, catalog: Catalog = CATALOG) -> rules.Compiled:
    return rules.compile(text.encode(), "rules.yaml", TAXONOMY, catalog, SHANGHAI)


def ruleset(text: str, catalog: Catalog = CATALOG) -> Ruleset:
    found = compiled(text, catalog)
    assert not found.problems, found.problems
    return found.ruleset


def test_no_file_and_an_empty_file_are_no_rules():
    for data in (None, b"", b"# nothing yet\n", b"version: 1\n", b"rules:\n"):
        found = rules.compile(data, "rules.yaml", TAXONOMY, CATALOG, SHANGHAI)
        assert found == rules.Compiled(Ruleset())


def test_a_rule_and_its_settings():
    (rule,) = ruleset(
        "rules: [{tag: 贵宾, when: {count: order, above: 3}, leave: {count: order, below: 2}, "
        "priority: -2, keep_imported: true}]"
    ).rules
    assert (rule.id, rule.tag, rule.priority, rule.keep_imported, rule.order) == ("VIP", "VIP", -2, True, 0)
    assert rule.leave is not None
    assert (rule.location.line, rule.location.column) == (1, 9)


def test_problems_keep_the_rules_that_are_understood():
    found = compiled("rules: [{tag: VIP, when: {count: order, above: 3}}, {tag: 忠实客户, when: {count: x}}]")
    assert [rule.tag for rule in found.ruleset.rules] == ["VIP"]
    assert found.problems


# ── declared data ────────────────────────────────────────────────────────────────────────────────


def test_a_declared_field_is_known_but_not_supplied():
    found = ruleset("fields: {积分: number}\nrules: [{tag: VIP, when: {field: 积分, above: 3}}]")
    assert found.declared_fields == (Field("积分", "number", supplied=False),)
    assert waits_for(found) == ("积分",)


def test_a_declared_role_is_the_column_that_has_it():
    found = ruleset("fields: {city: text}\nrules: [{tag: VIP, when: {field: city, is: 上海}}]")
    assert found.declared_fields == (Field("城市", "text", "city", "城市"),)


def test_a_declared_type_that_the_column_does_not_have_yet():
    text = "fields: {年龄: number}\nrules: [{tag: VIP, when: {field: 年龄, is: '18'}}]"
    found = compiled(text)
    assert not found.problems
    assert [w.code for w in found.warnings] == ["field-type"]
    assert found.ruleset.declared_fields[0].type == "number"
    assert (
        found.ruleset.rules[0].when.value.type == "text"
    )  # as it is stored, so that SQL compares like with like


def test_declared_fields_alone_survive_a_broken_file():
    text = "fields: {年龄: number, 余额: monney}\nrules: [{tag: NOBODY}]"
    assert rules.declared_fields(text.encode(), "rules.yaml") == (Field("年龄", "number", supplied=False),)
    assert rules.declared_fields(b"fields: {", "rules.yaml") == ()
    assert rules.declared_fields(None, "rules.yaml") == ()


def test_declared_events_and_their_lateness():
    found = ruleset(
        "events: {ORDER: {late_after: 3d}, login: {}, view: , 购买: {from: order, late_after: 1w}}\n"
        "rules: [{tag: VIP, when: {count: [view, login, 购买], above: 3}}]"
    )
    assert found.declared_events == ("order", "login", "view")
    assert found.late_after == {"order": Duration(3, "d"), "购买": Duration(1, "w")}
    assert waits_for(found) == ("view", "login")


def test_a_subset_of_a_subset_asks_both():
    found = ruleset(
        """
events:
  购买: {from: order, where: {field: amount, above: 0}}
  母婴购买: {from: 购买, where: {field: category, is: 母婴}}
rules: [{tag: VIP, when: {count: 母婴购买, above: 3}}]
"""
    )
    source = found.subsets["母婴购买"]
    assert (source.type, source.name) == ("order", "母婴购买")
    assert isinstance(source.where, All)
    assert [leaf.value.name for leaf in source.where.items] == ["实付", "品类"]


# ── families ─────────────────────────────────────────────────────────────────────────────────────


def test_bands():
    found = ruleset(
        """
rules:
  - dimension: 年龄段
    of: {field: 消费}
    priority: 3
    bands: [{tag: 青年, at_least: 18, below: 35}, {tag: 中年, at_least: 35}]
  - {tag: VIP, when: {count: order, above: 3}}
"""
    )
    young, middle, vip = found.rules
    assert [(r.id, r.tag, r.order, r.priority) for r in found.rules] == [
        ("年龄段", "青年", 0, 3),
        ("年龄段", "中年", 1, 3),
        ("VIP", "VIP", 2, 0),
    ]
    assert isinstance(young.when, All)
    assert [(leaf.operator, leaf.operand) for leaf in young.when.items] == [
        ("at_least", 180000),
        ("below", 350000),
    ]
    assert isinstance(middle.when, Compare)
    assert len({young.hash, middle.hash, vip.hash}) == 3


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("", [("in", ("上海", "杭州"))]),
        ("by: is,", [("in", ("上海", "杭州"))]),
        ("by: starts_with,", [("starts_with", "上海"), ("starts_with", "杭州")]),
        ("by: contains,", [("contains", "上海"), ("contains", "杭州")]),
    ],
)
def test_map(by, expected):
    found = ruleset(
        f"rules: [{{dimension: 地区, of: {{field: city}}, {by} map: {{华东: [上海, 杭州], 华北: 北京}}}}]"
    )
    when = found.rules[0].when
    leaves = [when] if isinstance(when, Compare) else list(when.items)
    assert [(leaf.operator, leaf.operand) for leaf in leaves] == expected
    assert [rule.tag for rule in found.rules] == ["华东", "华北"]


def test_each_value_a_tag():
    found = ruleset("rules: [{dimension: 地区, of: {field: city}, each: true, priority: 2}]")
    (each,) = found.each
    assert (each.id, each.dimension, each.of.name) == ("地区", "地区", "城市")
    expanded = rules.expand(
        found, {"地区": ["上海", "ｖｉｐ", " ", "臺北", "台北", "华东", "上海 "]}, TAXONOMY
    )
    assert expanded.each == ()
    assert [(rule.tag, rule.when.operand) for rule in expanded.rules] == [
        ("上海", ("上海",)),
        ("臺北", ("臺北", "台北")),
        ("华东", ("华东",)),
    ]
    assert {(r.id, r.priority, r.hash) for r in expanded.rules} == {("地区", 2, each.hash)}


# ── metrics ──────────────────────────────────────────────────────────────────────────────────────


def test_metrics_and_their_types():
    found = ruleset(
        """
metrics:
  客单价: {ratio: [{metric: 消费额}, {metric: 单数}]}
  消费额: {sum: order.amount}
  单数: {count: order}
  倍数: {ratio: [{metric: 消费额}, {field: 消费}]}
  合计: {sum_of: [{metric: 消费额}, {field: 消费}, {metric: 客单价}]}
  差: {difference: [{metric: 消费额}, {field: 消费}]}
  R: {ntile: 5, of: {last: order}}
  天数: {days_since: {last: order}}
  均价: {avg: order.amount, within: 365d}
  城: {field: city}
"""
    )
    types = {name: value.type for name, value in found.metrics.items()}
    assert types == {
        "客单价": "money",
        "消费额": "money",
        "单数": "number",
        "倍数": "number",
        "合计": "money",
        "差": "money",
        "R": "number",
        "天数": "number",
        "均价": "money",
        "城": "text",
    }
    kinds = {name: type(value) for name, value in found.metrics.items()}
    assert (kinds["客单价"], kinds["合计"], kinds["R"], kinds["天数"]) == (Ratio, Combined, Ntile, DaysSince)
    assert list(found.metrics) == list(types)  # the order of the file


def test_a_number_is_compared_as_money_with_a_money_metric():
    found = ruleset("metrics: {M: {sum: order.amount}}\nrules: [{tag: VIP, when: {metric: M, above: 500}}]")
    assert found.rules[0].when.operand == 5_000_000


# ── hashes ───────────────────────────────────────────────────────────────────────────────────────

BASE = """
metrics: {M: {sum: 购买.amount, within: 365d}}
events: {购买: {from: order, where: {field: category, is: 母婴}}}
rules:
  - {tag: VIP, when: {metric: M, above: 500}}
  - {tag: 忠实客户, when: {count: any, above: 3}}
"""


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("rules:", "# a comment\nrules:", ()),
        ("{tag: VIP, when: {metric: M, above: 500}}", "{when: {above: '500', metric: Ｍ}, tag: 贵宾}", ()),
        ("above: 500", "above: 501", ("VIP",)),
        ("above: 500}", "above: 500}, priority: 3", ("VIP",)),
        ("365d", "364d", ("VIP",)),
        ("母婴", "美妆", ("VIP",)),
        ("above: 3", "at_least: 3", ("忠实客户",)),
    ],
)
def test_a_hash_changes_with_the_meaning_only(old, new, changed):
    before = {rule.id: rule.hash for rule in ruleset(BASE).rules}
    after = {rule.id: rule.hash for rule in ruleset(BASE.replace(old, new)).rules}
    assert all(before.values())
    assert {id for id in before if before[id] != after[id]} == set(changed)


def test_a_hash_does_not_change_with_what_is_imported():
    more = Catalog(CATALOG.fields, (*CATALOG.events, EventType("login")))
    hashes = [[rule.hash for rule in ruleset(BASE, catalog).rules] for catalog in (CATALOG, more)]
    assert hashes[0] == hashes[1]


# ── what a rule waits for ─────────────────────────────────────────────────────────────────────────


def waits_for(found: Ruleset, index: int = 0, catalog: Catalog = CATALOG) -> tuple[str, ...]:
    clock = readiness.Clock(found, catalog, 0, SHANGHAI, {})
    return clock.state(readiness.inputs(found, [found.rules[index].when]))[1]


def test_any_waits_only_where_nothing_is_supplied():
    text = "rules: [{tag: 忠实客户, when: {count: any, above: 3}}]"
    assert waits_for(ruleset(text)) == ()
    assert waits_for(ruleset(text, Catalog()), catalog=Catalog()) == ("any",)


def test_a_role_that_no_column_has_makes_the_rule_wait():
    found = ruleset(
        "rules: [{tag: VIP, when: "
        "[{field: birthday, anniversary_within: 7d}, {most: order.channel, is: app}]}]"
    )
    assert waits_for(found) == ("birthday", "order.channel")
    birthday = found.rules[0].when.items[0].value
    assert birthday == FieldValue("customer", "birthday", "", "date", supplied=False)


# ── order ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "circle"),
    [
        ("[{tag: 忠实客户, when: {tag: VIP}}]", None),
        ("[{tag: VIP, when: {tag: 忠实客户}}]", "VIP → 忠实客户 → VIP"),  # VIP implies it
        ("[{tag: VIP, when: {tag: 黑金VIP}}]", None),
        (
            "[{tag: 黑金VIP, when: {tag: 忠实客户}}]",
            "黑金VIP → 忠实客户 → 黑金VIP",
        ),  # its parent implies that
        ("[{tag: 黑金VIP, when: {tag: VIP}}]", "黑金VIP → 黑金VIP"),  # asking for the parent finds the child
        ("[{tag: 新客户, when: {not: {tag: 已成交客户}}}]", "[生命周期] → [生命周期]"),
        (
            "[{tag: 新客户, when: {tag: 青年}}, {tag: 青年, when: {tag: 已成交客户}}]",
            "[生命周期] → 青年 → [生命周期]",
        ),
        ("[{tag: 新客户, when: {tag: 青年}}, {tag: 中年, when: {tag: 青年}}]", None),
        ("[{tag: 青年, when: {count: order, above: 1}, leave: {tag: 青年}}]", "青年 → 青年"),
    ],
)
def test_circles(text, circle):
    found = compiled(f"rules: {text}")
    circles = [problem.what for problem in found.problems if problem.code == "tag-cycle"]
    if circle is None:
        assert not found.problems
    else:
        assert [circle in what for what in circles] == [True]


# ── segments and actions ─────────────────────────────────────────────────────────────────────────


def test_segments_layers_actions_and_tests():
    found = ruleset(
        """
metrics: {M: {count: order}}
segments:
  - {name: 贵宾, when: {tag: VIP}, columns: [city, M, tags], strategy: 专人回访}
  - {name: 老贵宾, when: [{segment: 贵宾}, {field: 消费, above: 3}]}
layers:
  - {name: 一层, when: {segment: 贵宾}}
actions:
  - {gained: 贵宾, task: 3 天内跟进, due: 3d, assign: {field: city}}
  - {lost: VIP, webhook: payment-reminder, assign: 小王}
tests:
  - given: {customer: {}, order: [{at: 2026-01-02}]}
    as_of: 2026-02-01
    expect: [VIP]
"""
    )
    assert [(s.name, s.columns, s.strategy) for s in found.segments] == [
        ("贵宾", ("city", "M", "tags"), "专人回访"),
        ("老贵宾", (), None),
    ]
    assert [layer.name for layer in found.layers] == ["一层"]
    task, hook = found.actions
    assert (task.event, task.tag, task.due) == ("gained", "VIP", Duration(3, "d"))
    assert isinstance(task.assign, FieldValue)
    assert (hook.event, hook.webhook, hook.assign) == ("lost", "payment-reminder", "小王")
