"""Finding the one customer that a person means."""

from __future__ import annotations

import pytest

from tagctl.errors import UsageProblem
from tagctl.model import CUSTOMER
from tagctl.store import catalog, customers
from tagctl.store.connection import open_store
from tagctl.store.operations import operate

PEOPLE = [
    ("C001", "王伟", "13800138000", "Ann@Example.com"),
    ("C002", "李娜", "13800138001", "both@example.com"),
    ("C003", None, "13800138001", "BOTH@example.com"),
    ("13800138001", "张三", None, None),
]


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "t.db", create=True)
    with operate(opened, "import", now=1, by="test") as op:
        for field, role in (("编号", "key"), ("姓名", "name"), ("手机", "phone"), ("邮箱", "email")):
            catalog.add_field(op, CUSTOMER, field, "text", role)
        opened.executemany(
            "INSERT INTO customers (tagctl_key, 姓名, 手机, 邮箱, tagctl_op) VALUES (?, ?, ?, ?, 1)", PEOPLE
        )
        op.keep()
    return opened


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [
        ("C001", "C001", "王伟"),
        (" c001 ", "C001", "王伟"),
        ("13800138000", "C001", "王伟"),
        ("ann@example.com", "C001", "王伟"),
        ("both@example.com", "C002", "李娜"),
        ("13800138001", "13800138001", "张三"),
        ("C003", "C003", None),
    ],
)
def test_key_first_then_an_identifier_as_it_is_then_folded(store, text, key, name):
    assert customers.find(store, text)[1:] == (key, name)


def test_several_are_listed(store):
    with pytest.raises(UsageProblem) as raised:
        customers.find(store, "Both@Example.com")
    (problem,) = raised.value.problems
    assert problem.code == "ambiguous-customer"
    assert "C002, C003" in problem.what


def test_none_names_the_nearest(store):
    with pytest.raises(UsageProblem) as raised:
        customers.find(store, "C0001")
    (problem,) = raised.value.problems
    assert problem.code == "unknown-customer"
    assert "C001" in problem.next


def test_a_name_or_a_wildcard_finds_nobody(store):
    for text in ("王伟", "C%", "' OR 1 --", ""):
        with pytest.raises(UsageProblem):
            customers.find(store, text)


def test_an_empty_database_says_what_to_import(tmp_path):
    with open_store(tmp_path / "e.db", create=True) as empty, pytest.raises(UsageProblem) as raised:
        customers.find(empty, "x")
    assert "tagctl import customers" in raised.value.problems[0].next
