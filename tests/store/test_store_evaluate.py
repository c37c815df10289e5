"""Conditions and values as SQLite computes them: every operator, missing values, aggregates, ranks."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tagctl import rules as language
from tagctl.errors import StoreError
from tagctl.model import CUSTOMER, MetricValue, Ruleset, Taxonomy
from tagctl.program import Step
from tagctl.rules.emit import question
from tagctl.sql import Sql, name
from tagctl.store import catalog, evaluate
from tagctl.store.connection import Store, open_store
from tagctl.store.operations import operate

ZONE = ZoneInfo("America/New_York")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


NOW = at("2026-06-30T12:00")
CUSTOMERS: list[dict[str, object]] = [
    {
        "tagctl_key": "1",
        "text": " Ｖip客户 ",
        "other": "VIP客户",
        "number": 2.5,
        "money": 1_000_000,
        "date": "1992-02-29",
        "time": at("2026-06-30T00:00"),
        "flag": 1,
        "list": json.dumps(["母婴", "Ａ"]),
    },
    {"tagctl_key": "2", "text": "上海市", "number": -1.0, "flag": 0, "list": "[]"},
    {"tagctl_key": "3"},
]
ORDERS = [  # customer, at, amount, category, pieces
    (1, "2026-06-30T12:00:00", 300, "鞋", 1.0),
    (1, "2026-06-30T12:00:01", 999, "将来", 9.0),
    (1, "2026-05-31T12:00:00", 100, "Ａ", 2.0),
    (1, "2026-05-31T12:00:01", None, "a", None),
    (1, "2026-05-01T12:00:00", 50, "鞋", 4.0),
    (2, "2026-03-08T01:30:00", 80, None, 0.5),
    (2, "2025-11-01T23:59:59", 20, "鞋", 0.25),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    found = open_store(Path(tmp_path_factory.mktemp("evaluate")) / "tagctl.db", create=True)
    kinds = {"text": "text", "other": "text", "number": "number", "money": "money", "date": "date"}
    kinds |= {"time": "datetime", "flag": "bool", "list": "list"}
    with operate(found, "import", now=NOW, by="test") as op:
        for field, kind in kinds.items():
            catalog.add_field(op, CUSTOMER, field, kind)
        for event in ("order", "login"):
            catalog.ensure_event_type(op, event)
            catalog.add_field(op, event, "who", "text", "key")
            catalog.add_field(op, event, "when", "datetime", "at")
        catalog.add_field(op, "order", "amount", "money", "amount")
        catalog.add_field(op, "order", "category", "text", "category")
        catalog.add_field(op, "order", "pieces", "number")
        for row in CUSTOMERS:
            columns = ", ".join(name(column) for column in [*row, "tagctl_op"])
            marks = ", ".join("?" * (len(row) + 1))
            found.execute(f"INSERT INTO customers ({columns}) VALUES ({marks})", (*row.values(), 1))  # type: ignore[arg-type]
        for number, (customer, when, amount, category, pieces) in enumerate(ORDERS):
            stored = None if amount is None else amount * 10_000
            found.execute(
                "INSERT INTO event_order (tagctl_customer, tagctl_at, tagctl_identity, tagctl_op, amount, "
                "category, pieces) VALUES (?, ?, ?, 1, ?, ?, ?)",
                (customer, at(when), str(number), stored, category, pieces),
            )
        found.execute(
            "INSERT INTO event_login (tagctl_customer, tagctl_at, tagctl_identity, tagctl_op) "
            "VALUES (1, ?, 'l', 1)",
            (at("2026-07-01T00:00"),),
        )
        op.keep()
    return found


def holding(store: Store, condition: str, as_of: int = NOW, metrics: str = "") -> str:
    """The keys of the customers for whom a condition holds."""
    known = catalog.read(store, as_of)
    text = f"metrics: {{{metrics}}}".encode()
    compiled = language.compile(text, "rules.yaml", Taxonomy(), known, ZONE)
    assert not compiled.problems, compiled.problems
    found = language.condition(condition, Taxonomy(), known, ZONE, compiled.ruleset)
    asked = question.ask(compiled.ruleset, {}, as_of, ZONE, [found], only_holding=True)
    with evaluate.answered(store, asked.steps, asked.tables):
        rows = store.rows(f"SELECT customer FROM temp.{name(question.ANSWER)} ORDER BY customer")
    return "".join(str(customer) for (customer,) in rows)


def value(store: Store, metric: str, as_of: int = NOW) -> list[object]:
    """A metric's value for customers 1, 2, 3, in stored form."""
    known = catalog.read(store, as_of)
    compiled = language.compile(f"metrics: {{m: {metric}}}".encode(), "rules.yaml", Taxonomy(), known, ZONE)
    assert not compiled.problems, compiled.problems
    asked = question.ask(
        compiled.ruleset, {}, as_of, ZONE, values=[MetricValue("m", compiled.ruleset.metrics["m"].type)]
    )
    with evaluate.answered(store, asked.steps, asked.tables):
        return [
            row[0] for row in store.rows(f"SELECT v0 FROM temp.{name(question.ANSWER)} ORDER BY customer")
        ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{field: text, is: vip客户}", "1"),
        ("{field: text, is_not: vip客户}", "23"),
        ("{field: text, is: {field: other}}", "1"),
        ("{field: text, is_not: {field: other}}", "23"),
        ("{field: text, in: [ＶＩＰ客户, 上海市]}", "12"),
        ("{field: text, not_in: [ＶＩＰ客户, 上海市]}", "3"),
        ("{field: text, contains: ip}", "1"),
        ("{field: text, contains: {field: other}}", "1"),
        ("{field: text, not_contains: ip}", "23"),
        ("{field: text, starts_with: v}", "1"),
        ("{field: text, starts_with: 上海市区}", ""),
        ("{field: text, ends_with: 客户}", "1"),
        ("{field: text, ends_with: x上海市}", ""),
        ("{field: text, ends_with: {field: other}}", "1"),
        ("{field: text, matches: '^.Ｖ'}", "1"),
        ("{field: text, matches: '^v'}", ""),
        ("{field: text, exists: true}", "12"),
        ("{field: text, exists: false}", "3"),
        ("{field: number, is: -1}", "2"),
        ("{field: number, at_least: 2.5}", "1"),
        ("{field: number, above: 2.5}", ""),
        ("{field: number, at_most: 2.5}", "12"),
        ("{field: number, below: 2.5}", "2"),
        ("{field: number, between: [-1, 2.5]}", "12"),
        ("{field: number, in: [2.5, 7]}", "1"),
        ("{not: {field: number, below: 2.5}}", "13"),
        ("{field: money, is: 100}", "1"),
        ("{field: money, below: 100.0001}", "1"),
        ("{field: flag, is: true}", "1"),
        ("{field: flag, is_not: true}", "23"),
        ("{field: date, is: 1992-02-29}", "1"),
        ("{field: date, below: 1992-03-01}", "1"),
        ("{field: date, older_than: 34y}", "1"),
        ("{field: date, older_than: 35y}", ""),
        ("{field: date.month, is: 2}", "1"),
        ("{field: date.weekday, is: 6}", "1"),
        ("{field: date, anniversary_within: 2d}", ""),
        ("{field: time, is: 2026-06-30}", "1"),
        ("{field: time, above: 2026-06-29}", "1"),
        ("{field: time, below: 2026-06-30}", ""),
        ("{field: time, in: [2026-06-29, 2026-06-30]}", "1"),
        ("{field: time, newer_than: 12h}", ""),
        ("{field: time, newer_than: 1d}", "1"),
        ("{field: time, older_than: 12h}", "1"),
        ("{field: time.hour, is: 0}", "1"),
        ("{field: time.weekday, is: 2}", "1"),
        ("{field: list, contains: a}", "1"),
        ("{field: list, any_of: [x, 母婴]}", "1"),
        ("{field: list, all_of: [母婴, a]}", "1"),
        ("{field: list, all_of: [母婴, x]}", ""),
        ("{field: list, none_of: [a]}", "23"),
        ("{field: list, exists: true}", "12"),
        ("{all: []}", None),
        (
            "[{field: number, exists: true}, {any: [{field: flag, is: true}, {field: text, is: 上海市}]}]",
            "12",
        ),
    ],
)
def test_fields(store, condition, expected):
    if expected is None:
        assert holding_all(store) == "123"
    else:
        assert holding(store, condition) == expected


def holding_all(store: Store) -> str:
    """Nothing asked holds for everybody."""
    asked = question.ask(Ruleset(), {}, NOW, ZONE, only_holding=True)
    with evaluate.answered(store, asked.steps, asked.tables):
        return "".join(str(c) for (c,) in store.rows(f"SELECT customer FROM temp.{name(question.ANSWER)}"))


@pytest.mark.parametrize("as_of", ["2027-02-27", "2027-02-28"])
def test_a_birthday_on_29_february_in_a_common_year(store, as_of):
    assert holding(store, "{field: date, anniversary_within: 1d}", at(f"{as_of}T12:00")) == "1"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{count: order, at_least: 4}", "1"),
        ("{count: order, is: 0}", "3"),
        ("{count: order, within: 30d, is: 2}", "1"),
        ("{count: order, within: 31d, is: 3}", "1"),
        ("{count: order, ago: [61d, 30d], is: 2}", "1"),
        ("{count: order, between: [2026-05-31, 2026-05-31], is: 2}", "1"),
        ("{count: order, between: [2026-07-01, 2026-07-31], above: 0}", ""),
        ("{count: order, where: {field: category, is: a}, is: 2}", "1"),
        ("{count: order, where: {field: category, is_not: a}, is: 2}", "12"),
        ("{count: order, where: {field: at.hour, is: 23}, is: 1}", "2"),
        ("{count: any, is: 4}", "1"),
        ("{sum: order.amount, is: 450}", "1"),
        ("{sum: order.amount, is: 0}", "3"),
        ("{avg: order.amount, is: 150}", "1"),
        ("{min: order.amount, below: 50}", "2"),
        ("{max: order.pieces, is: 4}", "1"),
        ("{max: order.pieces, exists: false}", "3"),
        ("{distinct: order.category, is: 2}", "1"),
        ("{distinct: order.category, at_most: 1}", "23"),
        ("{most: order.category, is: 鞋}", "12"),
        ("{most: order.category, between: [2026-05-31, 2026-05-31], is: a}", "1"),
        ("{first: order, below: 2026-01-01}", "2"),
        ("{last: [order, login], at_least: 2026-06-30}", "1"),
        ("{last: login, exists: true}", ""),
        ("{not: {last: order, newer_than: 200d}}", "3"),
    ],
)
def test_events(store, condition, expected):
    assert holding(store, condition) == expected


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("{ratio: [{sum: order.amount}, {count: order}]}", [4_500_000 / 4, 500_000.0, None]),
        ("{ratio: [{sum: order.amount}, {field: money}]}", [4.5, None, None]),
        ("{difference: [{count: order}, {count: login}]}", [4, 2, 0]),
        ("{sum_of: [{field: number}, {count: order}]}", [6.5, 1.0, None]),
        ("{days_since: {last: order}}", [0, 114, None]),
        ("{days_since: {first: order}}", [60, 241, None]),
        ("{days_since: {field: date}}", [12_540, None, None]),
        ("{days_since: {field: time}}", [0, None, None]),
        ("{most: order.category, between: [2026-05-31, 2026-05-31]}", ["a", None, None]),
        ("{ntile: 2, of: {sum: order.amount}}", [2, 1, None]),
        ("{ntile: 5, of: {count: order}}", [3, 1, None]),
        ("{ntile: 3, of: {field: number}}", [2, 1, None]),
    ],
)
def test_metrics(store, metric, expected):
    assert value(store, metric) == expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("top: 1", "1"),
        ("top: 50%", "1"),
        ("top: 51%", "12"),
        ("top: 100", "12"),
        ("bottom: 50%", "2"),
        ("bottom: 2", "12"),
    ],
)
def test_ranks_are_among_those_with_events(store, operator, expected):
    assert holding(store, f"{{metric: m, {operator}}}", metrics="m: {sum: order.amount}") == expected


def test_shares_are_exact(tmp_path):
    """7% of 100 customers is 7 of them, though 0.07 * 100 is a little more."""
    with open_store(tmp_path / "tagctl.db", create=True) as store:
        with operate(store, "import", now=NOW, by="test") as op:
            catalog.add_field(op, CUSTOMER, "n", "number")
            store.executemany(
                "INSERT INTO customers (tagctl_key, tagctl_op, n) VALUES (?, 1, ?)",
                [(str(n), float(n // 2)) for n in range(100)],  # in pairs: ties at the edge are in
            )
            op.keep()
        known = catalog.read(store)
        for share, count in (("7%", 8), ("8%", 8), ("29%", 30), ("1%", 2)):
            compiled = language.compile(b"metrics: {m: {field: n}}", "r", Taxonomy(), known, ZONE)
            found = language.condition(
                f"{{metric: m, top: {share}}}", Taxonomy(), known, ZONE, compiled.ruleset
            )
            asked = question.ask(compiled.ruleset, {}, NOW, ZONE, [found], only_holding=True)
            with evaluate.answered(store, asked.steps, asked.tables):
                assert store.value(f"SELECT count(*) FROM temp.{name(question.ANSWER)}") == count


def test_what_was_never_supplied_is_missing(store):
    found = language.compile(
        b"fields: {later: text}\nevents: {visit: {}}\n"
        b"conditions: {c: [{field: later, is: a}, {count: visit, is: 0}]}",
        "rules.yaml",
        Taxonomy(),
        catalog.read(store),
        ZONE,
    ).ruleset
    one, other = found.conditions["c"].items
    asked = question.ask(found, {}, NOW, ZONE, [one, other])
    with evaluate.answered(store, asked.steps, asked.tables):
        assert set(store.rows(f"SELECT c0, c1 FROM temp.{name(question.ANSWER)}")) == {(0, 1)}


def test_a_failing_statement_is_an_error_and_leaves_no_table(store):
    broken = (
        Step("make", Sql("CREATE TEMP TABLE ask_answer (x)")),
        Step("the answer", Sql("SELECT c.nothing")),
    )
    with pytest.raises(StoreError) as caught, evaluate.answered(store, broken, ["ask_answer"]):
        pass
    assert "the answer" in caught.value.problems[0].what
    assert store.rows("SELECT name FROM temp.sqlite_schema") == []
