"""`fields` and `history`."""

from __future__ import annotations

import pytest
from importing_project import ZONE
from reading_project import CUSTOMERS, RULES, Shop

from tagctl.errors import UsageProblem
from tagctl.reports.operations import Change
from tagctl.workflows import listing


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """… 6 customers again, without 007's 新客户; 7 a run by which nobody is 潜力客户 any more."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.customers(shop.file("客户.csv", *(line.replace("、新客户", "") for line in CUSTOMERS)))
    shop.run(RULES.replace("at_least: 2", "at_least: 9"))
    return shop


def field(shop, subject, name):
    table = listing.fields(shop.store, ZONE, {("customer", "城市"): ("上海人",)})
    (row,) = (row for row in table.rows if row[:2] == (subject, name))
    return dict(zip(table.columns, row, strict=True))


def test_a_field_tells_role_type_and_how_it_is_filled(shop):
    assert field(shop, "customer", "城市") == {
        "subject": "customer", "field": "城市", "role": "city", "type": "text",
        "filled": 3, "distinct": 2, "example": "上海", "used_in": "上海人",
    }  # fmt: skip
    row = field(shop, "customer", "注册日期")
    assert (row["filled"], row["distinct"], row["type"]) == (2, 2, "date")


def test_uses_name_the_rules_that_read_a_field_through_metrics_and_filters(shop):
    text = """
events:
  贵: {from: order, where: {field: amount, above: 100}}
metrics: {额: {sum: order.amount}}
rules:
  - tag: 潜力客户
    when: {metric: 额, above: 5}
    leave: {field: 城市, is: 北京}
  - tag: 老客户
    when: {count: 贵, where: {field: 品类, is: 母婴}, at_least: 1}
"""
    assert listing.uses(shop.ruleset(text)) == {
        ("customer", "城市"): ("潜力客户",),
        ("order", "实付金额"): ("潜力客户", "老客户"),
        ("order", "品类"): ("老客户",),
    }


def test_examples_are_as_a_person_types_them(shop):
    assert field(shop, "customer", "累计消费")["example"] == "1280.5"
    assert field(shop, "customer", "客户编号")["example"] == "007"
    assert field(shop, "order", "下单时间")["example"] == "2026-01-01 10:00:00"
    assert field(shop, "view", "时长")["example"] == "12.5"


def test_an_events_customer_is_shown_by_key_not_by_our_number(shop):
    assert field(shop, "order", "客户编号")["example"] == "007"


def test_tag_columns_are_no_fields(shop):
    assert not [row for row in listing.fields(shop.store, ZONE).rows if row[1] == "标签"]


def test_history_is_newest_first_and_can_be_short(shop):
    rows = listing.history(shop.store, ZONE)
    assert [row.number for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    assert rows[-2].what == "客户.csv"
    assert [row.number for row in listing.history(shop.store, ZONE, wanted=listing.Wanted(limit=2))] == [7, 6]


def test_of_a_customer_history_says_what_was_gained_and_lost(shop):
    rows = {row.number: row.changes for row in listing.history(shop.store, ZONE, "007")}
    assert rows[7] == (Change("lost", "潜力客户", "rule"),)
    assert rows[6] == (Change("lost", "新客户", "import"),)
    assert rows[5] == (Change("gained", "潜力客户", "rule"),)
    assert set(rows[2]) == {
        Change("created", "007"),
        Change("gained", "VIP", "import"),
        Change("gained", "新客户", "import"),
    }
    assert rows[3] == (Change("events", "order", count=3),)
    assert 1 not in rows


def test_a_customer_is_not_told_of_others_operations(shop):
    assert {row.number for row in listing.history(shop.store, ZONE, "009")} == {2}


def test_of_a_tag_and_a_customer_only_their_intervals(shop):
    rows = listing.history(shop.store, ZONE, "13800138000", tag="潜力客户")
    assert [(row.number, row.changes) for row in rows] == [
        (7, (Change("lost", "潜力客户", "rule"),)),
        (5, (Change("gained", "潜力客户", "rule"),)),
    ]


def test_a_tag_is_meant_with_its_children_and_by_alias(shop):
    row, made = listing.history(shop.store, ZONE, tag="高价值客户")
    assert set(row.changes) == {
        Change("gained", "VIP", "import", count=1),
        Change("gained", "黑金VIP", "import", count=1),
    }
    assert {change.what for change in made.changes} == {"created", "alias_added"}
    assert listing.history(shop.store, ZONE, "高价值客户") == (row, made)


def test_an_unknown_tag_names_the_nearest(shop):
    with pytest.raises(UsageProblem) as stop:
        listing.history(shop.store, ZONE, tag="潜力客")
    assert "潜力客户" in stop.value.problems[0].next
