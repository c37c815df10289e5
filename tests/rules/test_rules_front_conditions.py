"""Conditions: what people write, and what it means (cases/rules/conditions.yaml)."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from tagctl import rules
from tagctl.errors import UsageProblem
from tagctl.model import (
    CUSTOMER,
    Aggregate,
    Ago,
    All,
    AnyOf,
    Between,
    Catalog,
    Compare,
    EventType,
    Field,
    FieldValue,
    HasTag,
    MetricValue,
    Not,
    Share,
    Within,
)

FILE = Path(__file__).parents[1] / "cases" / "rules" / "conditions.yaml"
CASES = yaml.load(FILE.read_text("utf-8"), yaml.BaseLoader)
TEXTS = [
    line.removeprefix("- when: ")
    for line in FILE.read_text("utf-8").splitlines()
    if line.startswith("- when")
]
SHANGHAI = ZoneInfo("Asia/Shanghai")

TAXONOMY, _problems, _warnings = rules.read_taxonomy(
    "dimensions: [{name: 价值, tags: [{name: VIP, aliases: [高价值客户], children: [黑金VIP]}]}]".encode(),
    "t",
)
CATALOG = Catalog(
    fields=(
        Field("城市", "text", "city", "城市"),
        Field("备注", "text", None, "备注"),
        Field("年龄", "number", None, "年龄"),
        Field("消费次数", "number", None, "消费次数"),
        Field("累计消费", "money", None, "累计消费"),
        Field("生日", "date", "birthday", "生日"),
        Field("注册时间", "datetime", None, "注册时间"),
        Field("会员", "bool", None, "会员"),
        Field("兴趣", "list", None, "兴趣"),
    ),
    events=(
        EventType(
            "order",
            (
                Field("下单时间", "datetime", "at", "tagctl_at"),
                Field("实付", "money", "amount", "实付"),
                Field("状态", "text", "status", "状态"),
            ),
        ),
        EventType("login"),
    ),
)
RULES = """
fields: {积分: number}
events: {view: {}, 购买: {from: order, where: {field: status, in: [交易成功, paid]}}}
metrics: {消费额: {sum: 购买.amount}}
conditions: {近期活跃: {count: login, within: 30d, at_least: 1}}
segments: [{name: 贵宾, when: {tag: VIP}}]
"""
RULESET = rules.compile(RULES.encode(), "rules.yaml", TAXONOMY, CATALOG, SHANGHAI).ruleset


def meaning(condition) -> str:
    """A condition spelt out; what no import supplied is marked with ?"""
    if isinstance(condition, All | AnyOf):
        word = "all" if isinstance(condition, All) else "any"
        return f"{word}({'; '.join(meaning(item) for item in condition.items)})"
    if isinstance(condition, Not):
        return f"not({meaning(condition.item)})"
    if isinstance(condition, HasTag):
        return f"tag {condition.tag} ({', '.join(condition.tags)})"
    assert isinstance(condition, Compare)
    operand = condition.operand
    if isinstance(operand, FieldValue):
        wanted = value(operand)
    elif isinstance(operand, Share):
        wanted = str(operand.share or operand.count)
    else:
        wanted = str(operand) if hasattr(operand, "unit") else repr(operand)
    return f"{value(condition.value)} {condition.operator} {wanted}"


def value(thing) -> str:
    if isinstance(thing, FieldValue):
        assert (thing.type == "number" and thing.stored) or not thing.part
        return thing.name + ("" if thing.supplied else "?") + (f".{thing.part}" if thing.part else "")
    if isinstance(thing, MetricValue):
        return f"<{thing.name}>"
    assert isinstance(thing, Aggregate)
    parts = []
    for source, field, where in zip(thing.sources, thing.fields, thing.where, strict=True):
        named = source.name if source.name != "any" else f"any:{source.type}"
        text = named + ("" if source.supplied else "?") + (f".{value(field)}" if field else "")
        asked = [meaning(w) for w in (source.where, where) if w is not None]
        parts.append(" where ".join([text, *asked]))
    return f"{thing.function}({', '.join(parts)}){window(thing.window)}"


def window(thing) -> str:
    if isinstance(thing, Within):
        return f" within {thing.duration}"
    if isinstance(thing, Ago):
        return f" ago {thing.older}..{thing.newer}"
    if isinstance(thing, Between):
        return f" between {thing.first}..{thing.last}"
    return ""


@pytest.mark.parametrize(("case", "text"), list(zip(CASES, TEXTS, strict=True)), ids=TEXTS)
def test_meaning(case, text):
    found = rules.condition(text, TAXONOMY, CATALOG, SHANGHAI, RULESET)
    assert meaning(found) == case["means"]


def test_a_condition_has_its_place():
    found = rules.condition("[{tag: VIP}, {field: 年龄, at_least: 3}]", TAXONOMY, CATALOG, SHANGHAI)
    assert isinstance(found, All)
    assert [str(item.location) for item in found.items] == ["--when:1:2", "--when:1:14"]


def test_what_the_ruleset_defines_is_unknown_without_it():
    for text in ("{metric: 消费额, above: 3}", "{condition: 近期活跃}", "{count: 购买, above: 3}"):
        with pytest.raises(UsageProblem):
            rules.condition(text, TAXONOMY, CATALOG, SHANGHAI)


def test_all_problems_are_told_at_once():
    with pytest.raises(UsageProblem) as raised:
        rules.condition("[{tag: A}, {field: B, is: 1}, {count: C, above: x}]", TAXONOMY, CATALOG, SHANGHAI)
    codes = [problem.code for problem in raised.value.problems]
    assert codes == ["unknown-tag", "unknown-field", "unknown-event"]


def test_any_with_nothing_imported_stands_for_no_type():
    found = rules.condition("{count: any, at_least: 1}", TAXONOMY, Catalog(), SHANGHAI)
    assert isinstance(found, Compare)
    assert isinstance(found.value, Aggregate)
    assert found.value.sources == ()


def test_customer_fields_of_the_catalog_are_not_event_fields():
    with pytest.raises(UsageProblem) as raised:
        rules.condition(
            "{count: order, where: {field: 年龄, above: 3}, above: 1}", TAXONOMY, CATALOG, SHANGHAI
        )
    assert raised.value.problems[0].code == "unknown-field"
    assert CUSTOMER not in raised.value.problems[0].what


def test_an_event_type_without_a_time_column_has_its_instant():
    found = rules.condition(
        "{count: login, where: {field: at.weekday, is: 1}, above: 1}", TAXONOMY, CATALOG, SHANGHAI
    )
    assert isinstance(found, Compare)
    assert isinstance(found.value, Aggregate)
    where = found.value.where[0]
    assert isinstance(where, Compare)
    assert where.value == FieldValue("login", "at", "tagctl_at", "number", "weekday", True, "datetime")
