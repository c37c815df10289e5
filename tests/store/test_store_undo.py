"""Undo: every kind of operation, in any order, byte for byte."""

from __future__ import annotations

import time

import pytest
from content import check_invariants, content
from shop import Shop, taxonomy

from tagctl.errors import GuardStop, UsageProblem
from tagctl.model import CUSTOMER, Found
from tagctl.store import catalog, undo

TAXONOMY = taxonomy("价值/VIP", "价值/VIP/黑金VIP", "活跃/沉睡", "活跃/忠实", VIP=["高价值"])
PEOPLE = {
    "001": {"city": "上海", "score": 0.1 + 0.2, "spent": 12_345},
    "002": {"city": "北京", "score": 1e-300},
    "003": {"city": 'a"b\\c\n😀', "score": float("inf")},
    "004": {"city": "a\x00b\\u0000c", "score": -0.0},
}


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def operations_of(error: pytest.ExceptionInfo[GuardStop]) -> list[str]:
    return [problem.next for problem in error.value.problems]


def test_each_step_undone_and_redone_gives_its_content_again(shop):
    steps = [
        lambda: shop.apply(TAXONOMY),
        lambda: shop.import_customers(
            "a", PEOPLE, **{"001": ["VIP", "神秘"], "002": ["高价值"], "004": ["a\x00b"]}
        ),
        lambda: shop.import_events("order", [("o1", "001", 50, 100), ("o2", "009", 60, 200)]),
        lambda: shop.run(
            {"忠实": ["001", "009"], "沉睡": ["002"]}, [Found("tag-conflict", "warning", ("a", "b"), 2)]
        ),
        lambda: shop.import_customers(
            "a", {"001": {"city": "广州"}, "005": {"city": "深圳"}}, **{"001": ["沉睡"]}
        ),
        lambda: shop.import_events("order", [("o1", "001", 55, 100)]),
        lambda: shop.assign("001", "忠实", pin=True),
        lambda: shop.apply(
            taxonomy("价值/VIP", "活跃/沉睡", "活跃/回流", "活跃/忠实", VIP=["高价值"], 沉睡=["神秘"])
        ),
        lambda: shop.run({"忠实": ["001"], "回流": ["005"]}),
    ]
    for step in steps:
        before = content(shop.store)
        number = step()
        after = content(shop.store)
        assert before != after
        undone = shop.undo(number)
        check_invariants(shop.store)
        assert content(shop.store) == before
        redone = shop.undo(undone)
        check_invariants(shop.store)
        assert content(shop.store) == after
        shop.undo(redone)
        assert content(shop.store) == before
        shop.undo(shop.store.value("SELECT undone_by FROM operations WHERE number = ?", (number,)))
        assert content(shop.store) == after


def test_reals_and_texts_come_back_exactly(shop):
    first = shop.import_customers("a", PEOPLE)
    second = shop.import_customers("b", {key: {"city": "x", "score": 1.5} for key in PEOPLE})
    shop.undo(second)
    values = shop.store.rows("SELECT city, score FROM customers ORDER BY tagctl_key")
    assert values == [(row["city"], row["score"]) for row in PEOPLE.values()]
    shop.undo(first)
    shop.undo(shop.store.value("SELECT max(number) FROM operations"))
    assert shop.store.rows("SELECT city, score FROM customers ORDER BY tagctl_key") == values


def test_fields_and_event_tables_go_and_come_back(shop):
    number = shop.import_events("订单", [("o1", "001", 50, 100)])
    assert shop.store.rows('SELECT key, spent FROM "订单"') == [("001", 0.01)]
    undone = shop.undo(number)
    assert shop.store.columns("event_订单") == {}
    assert shop.store.columns("订单") == {}
    shop.undo(undone)
    assert shop.store.rows('SELECT key, at, spent FROM "订单"') == [("001", "1970-01-01T00:00:50Z", 0.01)]


def test_ids_of_a_new_table_do_not_meet_those_of_the_old_one(shop):
    first = shop.import_events("order", [("o1", "001", 50, 100)])
    undone = shop.undo(first)
    second = shop.import_events("order", [("o2", "002", 60, 200)])
    shop.undo(second)
    shop.undo(undone)
    assert shop.store.rows("SELECT tagctl_identity, spent FROM event_order") == [("o1", 100)]


def test_later_changes_of_the_same_cells_are_named(shop):
    first = shop.import_customers("a", {"001": {"city": "上海"}})
    second = shop.import_customers("b", {"001": {"city": "北京"}})
    before = content(shop.store)
    with pytest.raises(GuardStop) as error:
        shop.undo(first)
    assert operations_of(error) == [f"Undo it first: tagctl undo {second}"]
    assert content(shop.store) == before
    shop.undo(second)
    shop.undo(first)
    assert shop.store.rows("SELECT * FROM customers") == []


def test_other_cells_of_the_same_row_are_no_obstacle(shop):
    shop.import_customers("a", {"001": {"score": 1.0}})
    city = shop.import_customers("b", {"001": {"city": "上海"}})
    shop.import_customers("c", {"001": {"score": 2.0}})
    shop.undo(city)
    assert shop.store.columns("customers").keys() == {
        "tagctl_id",
        "tagctl_key",
        "tagctl_op",
        "tagctl_gone",
        "score",
    }
    assert shop.store.value("SELECT score FROM customers") == 2.0


@pytest.mark.parametrize("later", ["events", "readings", "manual"])
def test_what_others_put_on_its_customers_is_an_obstacle(shop, later):
    shop.apply(TAXONOMY)
    first = shop.import_customers("a", {"001": {"city": "上海"}})
    number = {
        "events": lambda: shop.import_events("order", [("o1", "001", 50, 100)]),
        "readings": lambda: shop.import_customers("b", {}, **{"001": ["VIP"]}),
        "manual": lambda: shop.assign("001", "VIP"),
    }[later]()
    with pytest.raises(GuardStop) as error:
        shop.undo(first)
    assert operations_of(error) == [f"Undo it first: tagctl undo {number}"]


def test_columns_filled_by_others_are_an_obstacle(shop):
    shop.import_customers("z", {"002": {}})
    first = shop.import_customers("a", {"002": {"city": "上海"}})
    second = shop.import_customers("b", {"003": {"city": "北京"}})
    with pytest.raises(GuardStop) as error:
        shop.undo(first)
    assert operations_of(error) == [f"Undo it first: tagctl undo {second}"]


def test_a_key_taken_meanwhile_is_an_obstacle(shop):
    first = shop.import_customers("a", {"001": {"city": "上海"}})
    undone = shop.undo(first)
    second = shop.import_customers("b", {"001": {"city": "北京"}})
    with pytest.raises(GuardStop) as error:
        shop.undo(undone)
    assert operations_of(error) == [f"Undo it first: tagctl undo {second}"]
    shop.undo(second)
    shop.undo(undone)
    assert shop.store.value("SELECT city FROM customers") == "上海"


def test_runs_are_no_obstacle_and_their_tags_go_along(shop):
    shop.apply(TAXONOMY)
    number = shop.import_customers("a", PEOPLE, **{"001": ["VIP"]})
    shop.run({"忠实": ["001", "002"]})
    after = content(shop.store)
    undone = shop.undo(number)
    check_invariants(shop.store)
    assert shop.holders("忠实") == set()
    shop.undo(undone)
    assert content(shop.store) == after


def test_what_a_run_gave_stays_lost_when_run_and_import_are_both_undone(shop):
    shop.apply(TAXONOMY)
    number = shop.import_customers("a", PEOPLE)
    run = shop.run({"忠实": ["001"]})
    undone = shop.undo(number)
    shop.undo(run)
    shop.undo(undone)
    check_invariants(shop.store)
    assert shop.holders("忠实") == set()


def test_a_run_in_the_middle_leaves_what_later_runs_did(shop):
    shop.apply(TAXONOMY)
    shop.import_customers("a", PEOPLE)
    first = shop.run({"忠实": ["001", "002"]}, [Found("tag-conflict", "warning", ("a", "b"), 5)])
    second = shop.run({"忠实": ["002", "003"]}, [Found("tag-conflict", "warning", ("a", "b"), 6)])
    shop.undo(first)
    assert shop.holders("忠实") == {"003"}
    assert shop.store.rows("SELECT count, state FROM findings") == [(6, "open")]
    shop.undo(second)
    assert shop.holders("忠实") == set()
    assert shop.store.rows("SELECT * FROM findings") == []


def test_since_survives_undo(shop):
    shop.apply(TAXONOMY)
    shop.import_customers("a", PEOPLE, **{"001": ["VIP"]})
    since = shop.store.value("SELECT since FROM assignments")
    gone = shop.import_customers("a", {}, **{"001": []})
    shop.undo(gone)
    assert shop.store.rows("SELECT since FROM assignments WHERE lost_op IS NULL") == [(since,)]


def test_a_tag_that_another_feed_reads_stays(shop):
    shop.apply(TAXONOMY)
    shop.import_customers("z", PEOPLE)
    first = shop.import_customers("a", {}, **{"001": ["VIP"]})
    second = shop.import_customers("b", {}, **{"001": ["VIP"]})
    undone = shop.undo(first)
    assert shop.holders("VIP") == {"001"}
    shop.undo(second)
    assert shop.holders("VIP") == set()
    shop.undo(undone)
    assert shop.holders("VIP") == {"001"}


def test_a_merge_is_undone_whole(shop):
    shop.apply(taxonomy("价值/VIP", "价值/高价值", "价值/其他"))
    shop.import_customers("a", PEOPLE, **{"001": ["VIP"], "002": ["高价值"], "003": ["VIP", "高价值"]})
    shop.run({"高价值": ["001", "002"]})
    before = content(shop.store)
    merged = shop.apply(taxonomy("价值/VIP", "价值/其他", VIP=["高价值"]))
    check_invariants(shop.store)
    assert shop.holders("VIP") == {"001", "002", "003"}
    assert shop.holders("VIP", "rule") == {"001", "002"}
    after = content(shop.store)
    undone = shop.undo(merged)
    check_invariants(shop.store)
    assert content(shop.store) == before
    shop.undo(undone)
    check_invariants(shop.store)
    assert content(shop.store) == after


def test_what_a_merge_moved_goes_with_the_import_that_brought_it(shop):
    shop.apply(taxonomy("价值/VIP", "价值/高价值"))
    shop.import_customers("z", PEOPLE)
    number = shop.import_customers("a", {}, **{"002": ["高价值"]})
    shop.apply(taxonomy("价值/VIP", VIP=["高价值"]))
    assert shop.holders("VIP") == {"002"}
    undone = shop.undo(number)
    assert shop.holders("VIP") == set()
    shop.undo(undone)
    assert shop.holders("VIP") == {"002"}


def test_a_field_gets_its_old_type_and_values_back(shop):
    shop.import_customers("a", {"001": {"city": "007", "score": 0.1}, "002": {"city": "8"}})
    before = content(shop.store)
    with shop.operation("fields") as op:
        assert catalog.retype(op, CUSTOMER, "city", "number", float) == ()
        op.keep()
    assert shop.store.rows("SELECT city FROM customers") == [(7.0,), (8.0,)]
    after = content(shop.store)
    undone = shop.undo(op.number)
    assert content(shop.store) == before
    shop.undo(undone)
    assert content(shop.store) == after


def test_cells_that_do_not_convert_change_nothing(shop):
    shop.import_customers("a", {"001": {"city": "007"}, "002": {"city": "上海"}})
    before = content(shop.store)
    with shop.operation("fields") as op:
        assert catalog.retype(op, CUSTOMER, "city", "number", float) == (("002", "上海"),)
    assert content(shop.store) == before


def test_many_columns_are_journaled(shop):
    with shop.operation("import") as op:
        fields = [f"列{i}" for i in range(150)]
        for field in fields:
            catalog.add_field(op, CUSTOMER, field, "text")
        columns = ", ".join(fields)
        values = ", ".join(f"'{{v}}{i}'" for i in range(150))
        shop.store.execute(
            f"INSERT INTO customers (tagctl_key, tagctl_op, {columns}) VALUES ('1', ?, {values})",
            (op.number,),
        )
        op.keep()
    before = content(shop.store)
    undone = shop.undo(op.number)
    shop.undo(undone)
    assert content(shop.store) == before


@pytest.mark.parametrize(("number", "code"), [(99, "unknown-operation"), (1, "cannot-undo")])
def test_what_cannot_be_undone(shop, number, code):
    with pytest.raises(UsageProblem) as error, shop.operation("undo") as op:
        undo.undo(op, number)
    assert error.value.problems[0].code == code


def test_an_undo_does_not_undo_itself(shop):
    """The number after the last one is that of the undo under way."""
    next_number = shop.import_customers("a", PEOPLE) + 1
    with pytest.raises(UsageProblem) as error:
        shop.undo(next_number)
    assert error.value.problems[0].code == "unknown-operation"


def test_an_operation_is_undone_once(shop):
    number = shop.import_customers("a", PEOPLE)
    by = shop.undo(number)
    with pytest.raises(UsageProblem) as error:
        shop.undo(number)
    assert error.value.problems[0].next == f"To have it back: tagctl undo {by}"


def test_the_time_of_an_undo_grows_with_its_size_not_with_the_square(shop):
    many = 20_000
    shop.apply(TAXONOMY)
    with shop.operation("import") as op:
        shop.store.executemany(
            "INSERT INTO customers (tagctl_key, tagctl_op) VALUES (?, ?)",
            ((str(i), op.number) for i in range(many)),
        )
        op.keep()
    run = shop.run({"忠实": [str(i) for i in range(many)]})
    started = time.perf_counter()
    shop.undo(run)
    assert time.perf_counter() - started < 20  # a minute and more when each row looks at all others
    assert shop.holders("忠实") == set()


def test_a_name_that_a_later_operation_took_is_an_obstacle_and_a_cascade_gives_it_back(shop):
    shop.apply(taxonomy("价值/甲", "价值/乙"))
    before = content(shop.store)
    first = shop.apply(taxonomy("价值/丙", "价值/乙", 丙=["甲"]))
    second = shop.apply(taxonomy("价值/丙", "价值/甲", 甲=["乙"], 丙=["丁"]))
    with pytest.raises(GuardStop) as error:
        shop.undo(first)
    assert operations_of(error) == [f"Undo it first: tagctl undo {second}"]
    undone = shop.undo(first, cascade=True)
    check_invariants(shop.store)
    assert content(shop.store) == before
    shop.undo(undone)
    check_invariants(shop.store)
    shop.undo(second)
    shop.undo(first)
    assert content(shop.store) == before


def test_what_is_made_while_an_operation_is_out_of_force_does_not_build_on_it(shop):
    shop.import_customers("z", {"001": {"city": "北京"}})
    first = shop.import_customers("a", {"001": {"city": "上海"}})
    undone = shop.undo(first)
    shop.import_customers("b", {"001": {"city": "广州"}})
    before = content(shop.store)
    redone = shop.undo(undone)
    assert shop.store.value("SELECT city FROM customers") == "广州"  # the later one still says what holds
    shop.undo(redone)
    assert content(shop.store) == before


def test_a_tag_that_another_feed_kept_comes_back_with_that_feeds_import(shop):
    shop.apply(TAXONOMY)
    shop.import_customers("z", PEOPLE)
    first = shop.import_customers("a", {}, **{"001": ["VIP"]})
    second = shop.import_customers("b", {}, **{"001": ["VIP"]})
    shop.undo(first)
    kept = content(shop.store)
    undone = shop.undo(second)
    assert shop.holders("VIP") == set()
    shop.undo(undone)
    assert content(shop.store) == kept


def test_what_comes_back_needs_what_it_builds_on(shop):
    first = shop.import_customers("a", {"001": {"city": "上海"}})
    second = shop.import_events("order", [("o1", "001", 50, 100)])
    before = content(shop.store)
    without_orders = shop.undo(second)
    without_customers = shop.undo(first)
    with pytest.raises(GuardStop) as error:
        shop.undo(without_orders)
    assert operations_of(error) == [f"Undo it first: tagctl undo {without_customers}"]
    shop.undo(without_orders, cascade=True)
    check_invariants(shop.store)
    assert content(shop.store) == before
