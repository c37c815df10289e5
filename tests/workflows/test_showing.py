"""`show CUSTOMER`: fields as in the file, tags with where they come from, events per type."""

from __future__ import annotations

import pytest
from importing_project import OP, Project
from reading_project import Shop

from tagctl.errors import UsageProblem
from tagctl.workflows import showing


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop"))


def test_fields_stand_in_the_order_of_the_file_in_stored_form(shop):
    report = showing.show(shop.store, "007")
    assert (report.key, report.name) == ("007", "王伟")
    assert report.fields == (
        ("客户编号", "text", "007"),
        ("姓名", "text", "王伟"),
        ("手机号", "text", "13800138000"),
        ("城市", "text", "上海"),
        ("注册日期", "date", "2025-12-01"),
        ("累计消费", "money", 12_805_000),
    )


def test_a_customer_is_found_by_phone(shop):
    assert showing.show(shop.store, "13900139000").key == "008"


def test_others_with_the_number_that_was_asked_for_are_named(tmp_path):
    project = Project(tmp_path)
    rows = ["1,13812345678", "2,138 1234-5678", "3,+8613812345678", "4,13912345678", "13912345678,"]
    project.customers(project.file("a.csv", "客户编号,手机", *rows), key="客户编号")
    report = showing.show(project.store, "13812345678")
    assert (report.key, report.sharing) == ("1", ("2", "3"))
    assert showing.show(project.store, "13912345678").sharing == ("4",)
    assert showing.show(project.store, "4").sharing == ()
    snapshot = project.file("b.csv", "客户编号,手机", *rows[1:])
    project.customers(snapshot, key="客户编号", snapshot=True, max_missing=1.0)
    assert showing.show(project.store, "2").gone is None
    assert showing.show(project.store, "+8613812345678").sharing == ("2",), "those who are gone are left out"


def test_an_unknown_customer_is_a_usage_problem(shop):
    with pytest.raises(UsageProblem):
        showing.show(shop.store, "nobody")


def test_an_imported_tag_names_file_row_cell_and_alias(shop):
    tags = {tag.tag: tag for tag in showing.show(shop.store, "007").tags}
    vip = tags["VIP"]
    assert (vip.source, vip.operation, vip.kind) == ("import", 2, "import")
    assert (vip.file, vip.row, vip.text) == ("客户.csv", 2, "高价值客户、新客户")
    assert vip.alias_path == ("高价值客户", "VIP")
    assert tags["新客户"].alias_path == ()


def test_a_rules_tag_names_the_run(shop):
    tags = {tag.tag: tag for tag in showing.show(shop.store, "007").tags}
    assert (tags["潜力客户"].source, tags["潜力客户"].operation, tags["潜力客户"].kind) == ("rule", 5, "run")
    assert tags["潜力客户"].file is None


def test_tags_stand_in_the_order_of_the_taxonomy_with_their_dimensions(shop):
    report = showing.show(shop.store, "007")
    assert [tag.tag for tag in report.tags] == ["VIP", "潜力客户", "新客户"]
    assert dict(report.dimensions) == {"VIP": "价值", "潜力客户": "价值", "新客户": "生命周期"}


def test_events_are_counted_per_type_with_first_and_last(shop):
    events = {
        name: (count, last - first) for name, count, first, last in showing.show(shop.store, "007").events
    }
    assert events == {"order": (3, 25 * 3600), "view": (1, 0)}
    assert showing.show(shop.store, "009").events == ()


def test_labels_that_no_tag_answers_to_are_shown(shop):
    assert showing.show(shop.store, "008").unknown_labels == ("不认识",)
    assert showing.show(shop.store, "007").unknown_labels == ()


def test_pins_and_bans_carry_person_and_reason(tmp_path):
    shop = Shop(tmp_path)
    customer = shop.customer("009")
    shop.change(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) VALUES (?, ?, 'manual', ?, ?)",
        shop.tag("老客户"), customer, OP, shop.now,
    )  # fmt: skip
    override = "INSERT INTO overrides (kind, customer, tag, reason, until, op) VALUES (?, ?, ?, ?, ?, ?)"
    shop.change(override, "pin", customer, shop.tag("老客户"), "老板说的", 9_999_999_999, OP)
    shop.change(override, "ban", customer, shop.tag("VIP"), "投诉", None, OP)
    report = showing.show(shop.store, "009")
    (pin,), (ban,) = report.tags, report.bans
    assert (pin.tag, pin.pinned, pin.reason, pin.until, pin.by) == (
        "老客户", True, "老板说的", 9_999_999_999, "test",
    )  # fmt: skip
    assert (ban.tag, ban.reason, ban.until, ban.by) == ("VIP", "投诉", None, "test")


def test_a_label_that_became_a_tag_later_still_names_its_file(tmp_path):
    shop = Shop(tmp_path)
    shop.declare("不认识")
    (tag,) = (t for t in showing.show(shop.store, "008").tags if t.tag == "不认识")
    assert (tag.kind, tag.file, tag.row) == ("taxonomy", "客户.csv", 3)
