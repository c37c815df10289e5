"""Events from files: identity, lines, corrections, overlapping exports, customers found and made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing_project import Project, adds_up

from tagctl.errors import DataError, UsageProblem

DATA = Path(__file__).parent.parent / "data"
RATES = {"EUR": 8.0}


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def orders(project, type_="order"):
    return project.rows(
        f"SELECT c.tagctl_key, datetime(e.tagctl_at, 'unixepoch', '+8 hours'), e.金额 FROM event_{type_} e "
        "JOIN customers c ON c.tagctl_id = e.tagctl_customer ORDER BY e.tagctl_at, e.tagctl_id"
    )


def test_events_make_their_customers_and_read_local_times(project):
    report = project.events(
        "order",
        project.file("o.csv", "客户编号,下单时间,金额", "7,2026-01-05 10:00,12.5", "8,2026/1/6,￥300"),
    )
    assert adds_up(report)
    assert (report.events_created, report.customers_created) == (2, 2)
    assert orders(project) == [("7", "2026-01-05 10:00:00", 125_000), ("8", "2026-01-06 00:00:00", 3_000_000)]
    assert project.rows("SELECT \"column\" FROM fields WHERE role IN ('key', 'at') ORDER BY role") == [
        ("tagctl_at",),
        ("tagctl_customer",),
    ]


def test_overlapping_exports_add_only_what_is_new(project):
    header = "客户编号,下单时间,金额"
    first = ["7,2026-01-05,10", "7,2026-01-05,10", "8,2026-01-06,20"]
    project.events("order", project.file("1.csv", header, *first))
    report = project.events(
        "order", project.file("2.csv", header, *first[1:], first[0], first[0], "9,2026-01-07,30")
    )
    assert (report.events_created, report.events_updated, report.events_unchanged) == (2, 0, 3)
    assert [row[0] for row in orders(project)] == ["7", "7", "7", "8", "9"]


def test_the_order_of_columns_and_an_empty_new_one_make_no_new_event(project):
    project.events("order", project.file("1.csv", "客户编号,下单时间,金额", "7,2026-01-05,10"))
    report = project.events(
        "order", project.file("2.csv", "金额,备注,下单时间,客户编号", "10.00,,2026-01-05,7")
    )
    assert (report.events_created, report.events_unchanged) == (0, 1)


def test_a_known_id_with_other_content_is_a_correction(project):
    header = "订单编号,客户编号,下单时间,金额,状态"
    project.events(
        "order", project.file("1.csv", header, "a,7,2026-01-05,10,未付款", "b,7,2026-01-06,20,已付款")
    )
    report = project.events(
        "order", project.file("2.csv", header, "a,8,2026-01-05,10,已付款", "b,7,2026-01-06,,已付款")
    )
    assert (report.events_created, report.events_updated, report.events_unchanged) == (0, 1, 1)
    assert project.rows("SELECT tagctl_identity, 状态, 金额 FROM event_order") == [
        ("a", "已付款", 100_000),
        ("b", "已付款", 200_000),
    ]
    changed = project.rows("SELECT before FROM journal WHERE \"table\" = 'event_order' ORDER BY id")
    assert changed == [(f'{{"tagctl_customer":{project.customer("7")}}}',), ('{"状态":"未付款"}',)]


def test_rows_of_one_id_are_lines_of_one_event(project):
    header = "订单编号,客户编号,下单时间,金额,商品,数量"
    report = project.events(
        "order",
        project.file("1.csv", header, "a,7,2026-01-05,30,米,1", "a,,,,茶,2", "b,8,2026-01-06,5,茶,1"),
    )
    assert adds_up(report)
    assert (report.files[0].imported, report.events_created, report.customers_created) == (3, 2, 2)
    (a, b) = project.rows("SELECT 金额, 商品, tagctl_lines FROM event_order ORDER BY tagctl_id")
    assert a[:2] == (300_000, "米")
    assert json.loads(a[2]) == [
        {"订单编号": "a", "金额": 300_000, "商品": "米", "数量": 1.0},
        {"订单编号": "a", "商品": "茶", "数量": 2.0},
    ]
    assert b == (50_000, "茶", None)


def test_lines_that_name_no_customer_or_time_are_rejected_together(project):
    header = "订单编号,客户编号,下单时间,金额,商品"
    report = project.events(
        "order",
        project.file(
            "1.csv",
            header,
            "a,7,2026-01-05,30,米",
            "b,,2026-01-06,1,茶",
            "b,,,2,盐",
            "c,8,,3,糖",
            "c,8,,4,油",
        ),
    )
    assert adds_up(report)
    assert (report.files[0].imported, report.files[0].rejected, report.events_created) == (1, 4, 1)
    assert [(r.location.row, r.code) for r in report.rejects] == [
        (3, "missing-key"),
        (4, "missing-key"),
        (5, "missing-time"),
        (6, "missing-time"),
    ]
    assert report.rejects_file == "1.rejects.csv"


def test_an_event_without_its_id_is_known_by_its_content(project):
    header = "订单编号,客户编号,下单时间,金额"
    lines = ["a,7,2026-01-05,10", ",7,2026-01-05,10", ",7,2026-01-05,10", "b,7,2026-01-05,10"]
    report = project.events("order", project.file("1.csv", header, *lines), map={"订单编号": ("id", None)})
    assert report.events_created == 4
    report = project.events(
        "order", project.file("2.csv", header, *reversed(lines)), map={"订单编号": ("id", None)}
    )
    assert (report.events_created, report.events_updated, report.events_unchanged) == (0, 0, 4)


def test_a_bad_time_rejects_the_row(project):
    report = project.events(
        "order", project.file("1.csv", "客户编号,下单时间,金额", "7,2026-01-05,10", "8,昨天,20", "9,,30"),
        map={"下单时间": ("at", None)},
    )  # fmt: skip
    assert adds_up(report)
    (bad, missing) = report.rejects
    assert (bad.location.row, bad.location.header, bad.text) == (3, "下单时间", "昨天")
    assert missing.code == "missing-time"
    assert [row[0] for row in orders(project)] == ["7"]
    assert project.rows("SELECT count(*) FROM customers") == [(1,)], "a rejected row makes no customer"


def test_unknown_customers_can_be_rejected(project):
    project.customers(project.file("c.csv", "客户编号,姓名", "7,王伟", "8,李娜"))
    report = project.events(
        "order",
        project.file(
            "o.csv", "订单编号,客户编号,下单时间", "a,7,2026-01-05", "b,9,2026-01-06", "b,9,2026-01-06"
        ),
        unknown_customers="reject",
    )
    assert adds_up(report)
    assert (report.events_created, report.customers_created, report.files[0].rejected) == (1, 0, 2)
    assert [(r.location.row, r.code, r.text) for r in report.rejects] == [
        (3, "unknown-customer", "9"),
        (4, "unknown-customer", "9"),
    ]


def test_an_event_finds_its_customer_by_a_unique_phone_or_email(project):
    project.customers(
        project.file(
            "c.csv", "客户编号,邮箱", "7,Ann@example.com", "8,both@example.com", "9,both@example.com"
        )
    )
    report = project.events(
        "order",
        project.file("o.csv", "email,下单时间", "ann@example.com,2026-01-05", "both@example.com,2026-01-06"),
    )
    assert [(r.code, r.location.row) for r in report.rejects] == [("ambiguous-customer", 3)]
    keys = project.rows(
        "SELECT c.tagctl_key FROM event_order e JOIN customers c ON c.tagctl_id = e.tagctl_customer "
        "ORDER BY 1"
    )
    assert keys == [("7",)]


def test_an_event_type_is_one_however_it_is_written(project):
    project.events("Order", project.file("1.csv", "客户编号,下单时间", "7,2026-01-05"))
    report = project.events("ORDER", project.file("2.csv", "客户编号,下单时间", "7,2026-01-06"))
    assert report.subject == "Order"
    assert project.rows("SELECT name FROM event_types") == [("Order",)]


def test_events_cannot_be_called_customer(project):
    with pytest.raises(UsageProblem) as raised:
        project.events("Customer", project.file("1.csv", "客户编号,下单时间", "7,2026-01-05"))
    assert raised.value.problems[0].code == "bad-event-type"


def test_a_time_is_asked_for(project):
    with pytest.raises(UsageProblem) as raised:
        project.events("order", project.file("1.csv", "客户编号,金额", "7,10"))
    assert raised.value.problems[0].code == "no-time"
    assert project.rows("SELECT count(*) FROM event_types") == [(0,)]


def test_taobao_orders_need_no_flag(project):
    file = DATA / "taobao_orders_real_columns_invented_rows_gbk.csv"
    report = project.events("购买", file)
    (reading,) = report.files
    assert (reading.encoding, reading.delimiter, reading.rows) == ("gb18030", ",", 40)
    assert (reading.imported, report.events_created, report.customers_created) == (40, 40, 13)
    assert project.rows(
        "SELECT 订单编号, 买家实际支付金额, 订单状态, 联系手机 FROM event_购买 "
        "WHERE 订单编号 = '810000000000007919'"
    ) == [("810000000000007919", 3_388_300, "交易成功", "13800138001")]
    assert project.events("购买", file).unchanged_file


def test_shopify_orders_meet_shopify_customers(project):
    project.taxonomy("dimensions: [{name: 渠道, kind: source, tags: [b2b]}]")
    people = project.customers(DATA / "shopify_customers_real_columns_invented_rows.csv")
    assert (people.files[0].imported, people.customers_created, people.rejects) == (7, 7, ())
    assert project.rows('SELECT tagctl_key, "Phone" FROM customers LIMIT 1') == [
        ("7210448301100", "+15550100000")
    ]
    assert {"VIP", "newsletter", "Wholesale", "whole sale"} <= set(people.unknown_labels)
    orders = DATA / "shopify_orders_real_columns_invented_rows.csv"
    report = project.events("order", project.file("orders.csv", orders.read_text("utf-8")), rates=RATES)
    # Two customers share ben@example.com, written differently: whose orders these are, nobody can say.
    assert (report.files[0].imported, report.events_created, report.files[0].rejected) == (14, 9, 4)
    assert {reject.code for reject in report.rejects} == {"ambiguous-customer"}
    assert project.rows("SELECT count(*) FROM event_order WHERE tagctl_customer <= 7") > [(5,)]
    assert {tag for _customer, tag, _source in project.held()} == {"b2b"}, (
        "an event file's tags go to the customer"
    )


def test_cdnow_purchases_add_up_and_come_once(project):
    report = project.events("order", DATA / "cdnow_transactions.csv", key="id")
    (reading,) = report.files
    assert (reading.rows, reading.imported, reading.rejected, reading.blank) == (6919, 6919, 0, 0)
    assert (report.events_created, report.customers_created) == (6919, 2357)
    assert project.rows("SELECT sum(spent) / 10000.0 FROM event_order") == [(244091.94,)]
    again = project.events("order", DATA / "cdnow_transactions.csv", key="id")
    assert (again.unchanged_file, again.operation) == (True, None)


def amounts(project):
    return project.rows('SELECT 单号, 金额, "Lineitem price" FROM event_pay ORDER BY 单号')


def test_a_currency_column_converts_with_a_rate_and_rejects_rows_without(project):
    file = project.file(
        "o.csv",
        "单号,客户编号,下单时间,金额,Lineitem price,币种",
        "A,7,2026-01-05,10,1,CNY",
        "B,7,2026-01-05,10,1,欧元",
        "B,7,,,2,",
        "C,7,2026-01-05,10,1,usd",
        "C,7,,,2,",
        "D,7,2026-01-05,,,USD",
        "E,7,2026-01-05,￥10,1,",
        "F,7,2026-01-05,￥10,1,EUR",
    )
    report = project.events("pay", file, rates=RATES)
    assert adds_up(report)
    assert amounts(project) == [
        ("A", 100_000, 10_000),
        ("B", 800_000, 80_000),
        ("D", None, None),
        ("E", 100_000, 10_000),
        ("F", 100_000, 80_000),
    ]
    assert [(r.location.row, r.location.header, r.code, r.text) for r in report.rejects] == [
        (5, "币种", "no-rate", "usd"),
        (6, "币种", "no-rate", "USD"),
    ]
    [lines] = project.rows("SELECT json_extract(tagctl_lines, '$[1].\"Lineitem price\"') FROM event_pay "
                           "WHERE 单号 = 'B'")  # fmt: skip
    assert lines == (160_000,)  # a further line is in its event's currency


def test_the_same_file_is_read_again_once_a_rate_is_known(project):
    file = project.file(
        "o.csv",
        "单号,客户编号,下单时间,金额,Lineitem price,Currency",
        "A,7,2026-01-05,10,1,CNY",
        "B,7,2026-01-05,10,1,EUR",
    )
    project.events("pay", file)
    assert [row[0] for row in amounts(project)] == ["A"]
    assert project.events("pay", file, rates=RATES).events_created == 1
    assert project.events("pay", file, rates=RATES).unchanged_file


def test_a_file_all_in_another_currency_says_what_to_set(project):
    file = project.file("o.csv", "客户编号,下单时间,金额,currency", *["7,2026-01-05,10,EUR"] * 9)
    with pytest.raises(DataError) as caught:
        project.events("pay", file)
    problems = caught.value.problems
    assert problems[-1].code == "no-row-left"
    assert 'currency = "EUR"' in problems[-1].next
    assert len(problems) < 9


def test_a_column_of_coins_is_no_currency(project):
    report = project.events(
        "pay", project.file("o.csv", "客户编号,下单时间,金额,货币", "7,2026-01-05,10,300")
    )
    assert report.events_created == 1


@pytest.mark.parametrize("total", ["合计,,,30.50", ",合 计：,,30.50", "A3,Grand Total,,30.50"])
def test_a_row_of_totals_is_no_event(project, total):
    report = project.events(
        "order",
        project.file(
            "o.csv", "单号,客户编号,下单时间,金额", "A1,7,2026-01-05,10", "A2,8,2026-01-05,20.5", total
        ),
    )
    assert adds_up(report)
    assert report.events_created == 2
    assert [(r.location.row, r.code) for r in report.rejects] == [(4, "total-row")]


def test_dates_that_may_be_read_in_two_ways_are_the_reason_for_no_time(project):
    with pytest.raises(UsageProblem, match="下单时间: dates such as 03/04/2026 may be"):
        project.events("order", project.file("o.csv", "会员号,下单时间", "1,03/04/2026", "2,05/06/2026"))
