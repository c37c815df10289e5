"""Columns recognised: role, type, format; keys only where they are keys."""

from pathlib import Path

import pytest

from tagctl.io import vocabulary
from tagctl.io.headers import recognise
from tagctl.io.registry import open_table

DATA = Path(__file__).parents[1] / "data"
PRODUCTS = DATA / "tables" / "products"


def guesses(path, subject, **options):
    table = open_table(path, **options)
    return {g.header: g for g in recognise(table.headers, table.sample, subject)}


def written(tmp_path, header, *rows):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def roles(found):
    return {header: g.role for header, g in found.items() if g.role}


def test_taobao_orders():
    found = guesses(DATA / "taobao_orders_real_columns_invented_rows_gbk.csv", "order")
    assert roles(found) == {
        "买家会员名": "key", "订单编号": "id", "订单创建时间": "at", "买家实际支付金额": "amount",
        "订单状态": "status", "宝贝标题": "product",
    }  # fmt: skip
    types = {header: g.type for header, g in found.items()}
    assert types["订单编号"] == types["联系手机"] == types["订单备注"] == types["物流单号"] == "text"
    assert types["买家应付货款"] == "money"
    assert types["宝贝总数量"] == types["买家实际支付积分"] == "number"
    assert types["订单付款时间"] == "datetime"
    assert any("null" in note for note in found["买家留言"].as_text)
    assert vocabulary.preset(list(found), "event").name == "Taobao / Tmall orders"


def test_shopify_customers():
    found = guesses(DATA / "shopify_customers_real_columns_invented_rows.csv", "customer")
    assert roles(found) == {
        "Customer ID": "key", "First Name": "name", "Email": "email", "Accepts Email Marketing": "consent",
        "Default Address City": "city", "Phone": "phone", "Tags": "tags",
    }  # fmt: skip
    types = {header: g.type for header, g in found.items()}
    assert types["Customer ID"] == types["Default Address Zip"] == types["Phone"] == types["Note"] == "text"
    assert (types["Total Spent"], types["Total Orders"], types["Tax Exempt"]) == ("money", "number", "bool")
    assert vocabulary.preset(list(found), "customer").name == "Shopify customers"


def test_shopify_orders():
    found = guesses(DATA / "shopify_orders_real_columns_invented_rows.csv", "order")
    assert roles(found) == {
        "Email": "key", "Name": "id", "Created at": "at", "Total": "amount", "Financial Status": "status",
        "Lineitem name": "product", "Tags": "tags",
    }  # fmt: skip
    assert found["Email"].identifier == "email"
    assert found["Shipping Name"].type == "text"


def test_cdnow_without_a_hint():
    found = guesses(DATA / "cdnow_transactions.csv", "order")
    assert roles(found) == {"id": "key", "date": "at", "spent": "amount"}
    assert (found["date"].type, found["spent"].type, found["cds_bought"].type) == (
        "datetime",
        "money",
        "number",
    )


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "mailchimp_audience_real_columns_invented_rows.csv",
            {"Email Address": "key", "First Name": "name", "TAGS": "tags"},
        ),
        (
            "brevo_semicolon_real_columns_invented_rows.csv",
            {"EMAIL": "key", "FIRSTNAME": "name", "SMS": "phone"},
        ),
        ("ghost_members_labels.csv", {"email": "key", "labels": "tags"}),
        ("unomi_actors_list_values.csv", {"email": "key", "City": "city"}),
    ],
)
def test_other_products(file, expected):
    assert roles(guesses(PRODUCTS / file, "customer")) == expected


def test_day_first_is_told_by_the_whole_column_and_lists_by_their_brackets():
    brevo = guesses(PRODUCTS / "brevo_semicolon_real_columns_invented_rows.csv", "customer")
    assert (brevo["ADDED_TIME"].type, brevo["ADDED_TIME"].format.day_first) == ("datetime", True)
    assert guesses(PRODUCTS / "unomi_actors_list_values.csv", "customer")["Movie genres"].type == "list"


def test_a_key_is_guessed_only_where_filled_and_unique(tmp_path):
    path = written(tmp_path, "客户编号,姓名,邮箱", "1,张三,a@x.cn", "1,李四,b@x.cn")
    assert roles(guesses(path, "customer"))["邮箱"] == "key"
    path = written(tmp_path, "客户编号,姓名,邮箱", ",张三,a@x.cn", "1,李四,A@x.cn")
    assert "key" not in roles(guesses(path, "customer")).values()
    path = written(tmp_path, "姓名,城市", "张三,上海", "李四,北京")
    assert roles(guesses(path, "customer")) == {"姓名": "name", "城市": "city"}


def test_a_name_is_never_the_key_of_events(tmp_path):
    path = written(tmp_path, "客户,时间,金额", "张三,2024-01-05,5", "李四,2024-01-06,7")
    assert "key" not in roles(guesses(path, "order")).values()
    path = written(tmp_path, "客户,时间,金额", "C001,2024-01-05,5", "C001,2024-01-06,7")
    assert roles(guesses(path, "order")) == {"客户": "key", "时间": "at", "金额": "amount"}


def test_id_is_the_event_where_another_column_is_the_customer(tmp_path):
    path = written(tmp_path, "id,user_id,created_at", "1,7,2024-01-05 10:00:00", "2,7,2024-01-05 11:00:00")
    assert roles(guesses(path, "login")) == {"id": "id", "user_id": "key", "created_at": "at"}


# header, cells, type
TYPES = [
    ("年龄", ["30", "25", ""], "number"),
    ("累计消费", ["￥1,280.50", "300元", "N/A"], "money"),
    ("金额(元)", ["5", "6.5"], "money"),
    ("消费次数", ["5", "6"], "number"),
    ("备用", ["￥5", "￥6"], "money"),
    ("邮编", ["200000", "100000"], "text"),
    ("code", ["5", "6"], "text"),
    ("x", ["007", "8"], "text"),
    ("x", ["123456789012345678", "1"], "text"),
    ("x", ["13800138000", "13900139000"], "text"),
    ("x", ["20240105", "20240106"], "number"),
    ("注册日期", ["20240105", "20240106"], "date"),
    ("注册日期", ["2024/1/5", "2024年1月6日"], "date"),
    ("注册时间", ["2024-01-05", "2024-01-05 10:00"], "datetime"),
    ("x", ["2024-01-05", "2024-01-06"], "date"),
    ("登记日期", ["13/01/2024", "02/03/2024"], "date"),
    ("登记日期", ["01/02/2024", "02/03/2024"], "text"),
    ("登记日期", ["13/02/2024", "02/13/2024"], "text"),
    ("x", ["是", "否", ""], "bool"),
    ("x", ["是", "否", "不详"], "text"),
    ("x", ["1", "0"], "number"),
    ("x", ["20%", "5%"], "number"),
    ("x", ["20%", "5"], "text"),
    ("x", ["25,5", "1.280,50"], "number"),
    ("x", ["25,5", "1,280.50"], "text"),
    ("x", ["", ""], "text"),
    ("x", ["null", "5"], "number"),
    ("x", ["张三", "5"], "text"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "cells", "kind"), TYPES)
def test_types(tmp_path, header, cells, kind):
    rows = [f'k{i},"{cell}"' for i, cell in enumerate(cells)]
    assert guesses(written(tmp_path, f"key,{header}", *rows), "customer")[header].type == kind


def test_characters_lost_before_are_said(tmp_path):
    path = written(tmp_path, "id,name", "1,Zo\ufffd", "2,Ann")
    assert "\ufffd" in guesses(path, "customer")["name"].notes[0]


def test_ambiguous_dates_are_said(tmp_path):
    path = written(tmp_path, "id,登记日期", "1,01/02/2024", "2,02/03/2024")
    assert "01/02/2024" in guesses(path, "customer")["登记日期"].notes[0]


def test_a_few_odd_cells_do_not_change_a_column_that_its_header_names(tmp_path):
    rows = [f"k{i},{i}" for i in range(20)] + ["k20,二十", "k21,无"]
    assert guesses(written(tmp_path, "key,消费金额", *rows), "customer")["消费金额"].type == "money"
    assert guesses(written(tmp_path, "key,x", *rows), "customer")["x"].type == "text"


def test_our_own_reject_columns_are_not_read_back(tmp_path):
    path = written(tmp_path, "id,name,tagctl_row,tagctl_code", "1,a,7,not-a-date")
    assert roles(guesses(path, "customer"))["tagctl_row"] == "ignored"


def test_tag_columns(tmp_path):
    path = written(tmp_path, "id,标签,客户标签,customer_tags,标签价格", "1,a,b,c,5")
    found = roles(guesses(path, "customer"))
    assert [h for h, role in found.items() if role == "tags"] == ["标签", "客户标签", "customer_tags"]
