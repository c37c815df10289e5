"""Segments: named and ad hoc, sizes, breakdown, columns, export."""

from __future__ import annotations

import csv
import io
import json

import pytest
from importing_project import ZONE
from reading_project import Shop

from tagctl.errors import UsageProblem
from tagctl.io.target import Target
from tagctl.model import Segment
from tagctl.store.connection import open_store
from tagctl.workflows import segmenting
from tagctl.workflows.segmenting import Selection


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop"))


def members(shop, selection):
    segment = segmenting.ad_hoc(shop.store, shop.asking(), selection)
    report = segmenting.show(shop.store, shop.asking(), segment, limit=0)
    assert report.size == len(report.rows.rows)
    return [row[0] for row in report.rows.rows]


def test_a_metric_over_events_never_imported_ranks_nobody(shop):
    asking = shop.asking()
    ruleset = shop.ruleset("events: {visit: {}}\nmetrics: {额: {sum: visit.amount}}\n")
    asking = segmenting.Asking(ruleset, asking.taxonomy, asking.catalog, asking.as_of, ZONE)
    for when in ("{metric: 额, top: 50%}", "{metric: 额, bottom: 5}"):
        segment = segmenting.ad_hoc(shop.store, asking, Selection(when=when))
        assert segmenting.show(shop.store, asking, segment).size == 0


def test_named_segments_are_listed_with_size_share_and_strategy(shop):
    table = segmenting.list_segments(shop.store, shop.asking())
    assert table.columns == ("segment", "customers", "share", "strategy")
    assert table.rows == (("回头客", 1, 1 / 3, "专人回访"), ("上海人", 2, 2 / 3, None))


def test_without_segments_the_list_is_empty(shop):
    asking = shop.asking()
    asking = segmenting.Asking(shop.ruleset("rules: []"), asking.taxonomy, asking.catalog, asking.as_of, ZONE)
    assert segmenting.list_segments(shop.store, asking).rows == ()


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(holds=["VIP"]), ["007", "008"]),  # 008 holds a child of it
        (Selection(holds=["黑金VIP"]), ["008"]),
        (Selection(holds=["高价值客户"]), ["007", "008"]),  # an alias
        (Selection(holds=["VIP", "新客户"]), ["007"]),
        (Selection(lacks=["VIP"]), ["009"]),
        (Selection(any_of=["新客户", "黑金VIP"]), ["007", "008"]),
        (Selection(holds=["ｖｉｐ"], lacks=["潜力客户"]), ["008"]),
        (Selection(when="{field: 城市, is: 上海}"), ["007", "009"]),
        (Selection(holds=["VIP"], when="{metric: 消费额, above: 100}"), ["007"]),
        (Selection(when="[{tag: VIP}, {count: order, is: 1}]"), ["008"]),
    ],
)
def test_ad_hoc_selections(shop, selection, found):
    assert members(shop, selection) == found


def test_unknown_names_say_the_nearest(shop):
    with pytest.raises(UsageProblem) as stop:
        segmenting.ad_hoc(shop.store, shop.asking(), Selection(holds=["潜力客"]))
    assert "潜力客户" in stop.value.problems[0].next
    with pytest.raises(UsageProblem) as stop:
        segmenting.named(shop.asking(), "回头")
    assert "回头客" in stop.value.problems[0].next
    with pytest.raises(UsageProblem):
        segmenting.choose(shop.store, shop.asking(), "回头客", Selection(holds=["VIP"]))


def test_a_tag_that_left_the_file_can_still_be_asked_for(tmp_path):
    shop = Shop(tmp_path)
    shop.declare("不认识")
    shop.change("UPDATE tags SET state = 'undeclared' WHERE name = '不认识'")
    assert members(shop, Selection(holds=["不认识"])) == ["008"]


def test_show_tells_size_breakdown_and_the_first_rows(shop):
    segment = segmenting.named(shop.asking(), "上海人")
    report = segmenting.show(shop.store, shop.asking(), segment, limit=1)
    assert (report.name, report.size, report.customers) == ("上海人", 2, 3)
    assert report.breakdown == (("价值", "VIP", 1), ("价值", "潜力客户", 1), ("生命周期", "新客户", 1))
    assert report.rows.columns == ("客户编号", "姓名", "手机号", "tags")
    assert report.rows.rows == (("007", "王伟", "13800138000", '["VIP", "潜力客户", "新客户"]'),)
    assert report.rows.total == 2


def test_columns_are_fields_roles_metrics_and_tags_after_the_key(shop):
    segment = segmenting.named(shop.asking(), "回头客")
    rows = segmenting.show(shop.store, shop.asking(), segment).rows
    assert rows.columns == (
        "客户编号", "name", "phone", "消费额", "客单价", "最近下单", "tags", "积分", "email",
    )  # fmt: skip
    assert rows.types == (
        "text", "text", "text", "money", "money", "datetime", "tags", "number", "text",
    )  # fmt: skip
    # 300.26 of three orders; an average of money is rounded to what money can be
    assert rows.rows[0][3:6] == (3_002_600, 1_000_867, 1_767_322_800)
    assert rows.rows[0][7:] == (None, None)  # no import has brought them


def test_columns_can_be_chosen_and_unknown_ones_are_told(shop):
    segment = Segment("", segmenting.named(shop.asking(), "上海人").when)
    rows = segmenting.show(shop.store, shop.asking(), segment, ["城市", "标签"]).rows
    assert rows.columns == ("客户编号", "城市", "标签")
    with pytest.raises(UsageProblem) as stop:
        segmenting.show(shop.store, shop.asking(), segment, ["城"])
    assert "城市" in stop.value.problems[0].next


def test_export_writes_the_customers_and_leaves_a_line_in_the_log(tmp_path):
    shop = Shop(tmp_path)
    segment = segmenting.named(shop.asking(), "上海人")
    with open_store(shop.store.path, read_only=True) as store:
        report = segmenting.export(
            store, shop.asking(), segment, Target(tmp_path / "out.csv"), now=77, by="ann"
        )
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["客户编号"] for row in rows] == ["007", "009"]
    assert rows[1]["姓名"] == "'=cmd"  # a formula is written as text
    assert (report.what, report.format, report.rows, report.guarded) == ("segment 上海人", "csv", 2, 1)
    columns = json.dumps(["客户编号", "姓名", "手机号", "tags"], ensure_ascii=False)
    assert shop.rows('SELECT at, "by", what, rows, fields FROM exports') == [
        (77, "ann", "segment 上海人", 2, columns)
    ]


def test_a_segment_as_of_another_day(shop):
    asking = shop.asking()
    earlier = segmenting.Asking(asking.ruleset, asking.taxonomy, asking.catalog, 1_767_319_200, ZONE)
    segment = segmenting.ad_hoc(shop.store, earlier, Selection(when="{count: order, at_least: 2}"))
    stream = io.BytesIO()
    segmenting.export(
        shop.store, earlier, segment, Target(stream, "jsonl"), columns=["消费额"], now=1, by="a"
    )
    assert json.loads(stream.getvalue()) == {
        "客户编号": "007",
        "消费额": 300.25,
    }  # the third order comes later


@pytest.mark.parametrize(
    ("when", "missing"),
    [
        ("{count: order, is: 0}", ()),
        ("{count: any, is: 0}", ()),
        ("{count: visit, is: 0}", ("visit",)),
        ("{metric: 额, exists: false}", ("visit",)),
        ("[{field: birthday, exists: false}, {field: 积分, exists: false}]", ("birthday", "积分")),
        ("{count: order, where: {field: channel, is: a}, is: 0}", ("order.channel",)),
    ],
)
def test_what_no_import_brought_is_named(shop, tmp_path, when, missing):
    asking = shop.asking()
    ruleset = shop.ruleset(
        "events: {visit: {}}\nfields: {积分: number}\nmetrics: {额: {sum: visit.amount}}\n"
    )
    asking = segmenting.Asking(ruleset, asking.taxonomy, asking.catalog, asking.as_of, ZONE)
    segment = segmenting.ad_hoc(shop.store, asking, Selection(when=when))
    assert segmenting.show(shop.store, asking, segment).not_imported == missing
    target = Target(tmp_path / "out.csv")
    assert segmenting.export(shop.store, asking, segment, target, now=0, by="").not_imported == missing
