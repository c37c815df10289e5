"""The catalog: fields with their columns, event types with their tables, views that people read."""

from __future__ import annotations

import pytest

from tagctl.errors import UsageProblem
from tagctl.model import CUSTOMER, EventType, Field
from tagctl.store import catalog
from tagctl.store.connection import open_store
from tagctl.store.operations import operate

NASTY = ['a"b', "x'); DROP TABLE tags;--", "select", "列\\名", "a b\nc", "{x}", "%s", "tags"]


@pytest.fixture
def op(tmp_path):
    with (
        open_store(tmp_path / "tagctl.db", create=True) as store,
        operate(store, "import", now=1, by="a") as opened,
    ):
        yield opened


def test_fields_in_the_order_in_which_they_came_and_the_newest_event(op):
    catalog.add_field(op, CUSTOMER, "客户编号", "text", "key")
    catalog.add_field(op, CUSTOMER, "消费", "money")
    assert catalog.ensure_event_type(op, " 购买 ") == "购买"
    catalog.add_field(op, "购买", "时间", "datetime", "at")
    op.store.execute("INSERT INTO customers VALUES (1, 'k', ?, NULL, 5)", (op.number,))
    op.store.executemany(
        "INSERT INTO event_购买 (tagctl_customer, tagctl_at, tagctl_identity, tagctl_op) VALUES (1, ?, ?, 1)",
        [(10, "a"), (30, "b")],
    )
    at = (Field("时间", "datetime", "at", "tagctl_at"),)
    assert catalog.read(op.store).fields == (
        Field("客户编号", "text", "key", "tagctl_key"),
        Field("消费", "money", None, "消费"),
    )
    assert catalog.read(op.store).events == (EventType("购买", at, newest=30),)
    assert catalog.read(op.store, 29).events == (EventType("购买", at, newest=10),)
    assert catalog.read(op.store, 9).events == (EventType("购买", at, newest=None),)


@pytest.mark.parametrize("name", NASTY)
def test_any_header_is_a_column(op, name):
    field = catalog.add_field(op, CUSTOMER, name, "text")
    event_type = catalog.ensure_event_type(op, name)
    catalog.add_field(op, event_type, name, "number")
    assert op.store.columns("customers")[field.column] == "TEXT"
    assert catalog.read(op.store).events[0].fields[0].name == name
    op.store.rows("SELECT * FROM customer_list")
    assert op.store.value("SELECT count(*) FROM tags") == 0


def test_event_types_are_told_apart_as_names_are(op):
    assert catalog.ensure_event_type(op, "Order") == "Order"
    assert catalog.ensure_event_type(op, "ｏｒｄｅｒ") == "Order"


@pytest.mark.parametrize("name", ["", "  ", "types", "customer", "ANY", "tagctl_x", "a\x00b"])
def test_names_that_cannot_be_event_types(op, name):
    with pytest.raises(UsageProblem):
        catalog.ensure_event_type(op, name)


def test_a_field_cannot_take_a_column_of_ours(op):
    with pytest.raises(ValueError, match="tagctl_id"):
        catalog.add_field(op, CUSTOMER, "tagctl_id", "text")


def test_views_show_decimals_iso_times_and_tags(op):
    catalog.add_field(op, CUSTOMER, "消费", "money")
    catalog.add_field(op, CUSTOMER, "注册", "datetime")
    catalog.ensure_event_type(op, "order")
    catalog.add_field(op, "order", "金额", "money", "amount")
    op.store.execute("INSERT INTO customers VALUES (1, '007', 1, NULL, 123400, 86400)")
    op.store.execute(
        "INSERT INTO event_order (tagctl_customer, tagctl_at, tagctl_identity, tagctl_op, 金额) "
        "VALUES (1, 0, 'x', 1, 5)"
    )
    op.store.execute("INSERT INTO dimensions VALUES (1, 'd', 'value', 'none', 1, 1)")
    op.store.execute(
        "INSERT INTO tags (name, folded, dimension, op) VALUES ('VIP', 'vip', 1, 1), ('B', 'b', 1, 1)"
    )
    op.store.execute(
        "INSERT INTO assignments VALUES (1, 1, 'import', 1, NULL, 0), (2, 1, 'rule', 1, NULL, 0)"
    )
    assert op.store.rows("SELECT * FROM customer_list") == [("007", 12.34, "1970-01-02T00:00:00Z", "VIP, B")]
    assert op.store.rows('SELECT * FROM "order"') == [("007", "1970-01-01T00:00:00Z", 0.0005)]


def test_an_event_type_named_like_a_table_of_ours_has_no_view(op):
    catalog.ensure_event_type(op, "Tags")
    assert op.store.columns("tags")["folded"] == "TEXT"
    assert "tagctl_at" in op.store.columns("event_Tags")
