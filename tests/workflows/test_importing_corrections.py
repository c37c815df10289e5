"""Events that come again: corrected, completed, with other columns, with or without an id of their own."""

from __future__ import annotations

import json

import pytest
from importing_project import Project

from tagctl.store.undo import undo

HEADER = "客户编号,下单时间,商品,金额,状态"
ORDERS = ["7,2026-01-05,米,30,未付款", "8,2026-01-06,茶,20,已付款", "9,2026-01-07,盐,5,已付款"]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def counts(report):
    return report.events_created, report.events_updated, report.events_unchanged


def stored(project, *columns):
    return project.rows(f"SELECT {', '.join(columns)} FROM event_order ORDER BY tagctl_id")


def notes(report):
    return "\n".join(note for file in report.files for note in file.notes)


# ── with an id ───────────────────────────────────────────────────────────────────────────────────


def test_an_order_exported_unpaid_and_later_paid_is_one_event_updated_and_undoable(project):
    header = "订单编号,客户编号,下单时间,金额,状态"
    project.events("order", project.file("1.csv", header, "a,7,2026-01-05,30,未付款"))
    report = project.events("order", project.file("2.csv", header, "a,7,2026-01-05,30,已付款"))
    assert counts(report) == (0, 1, 0)
    assert stored(project, "状态") == [("已付款",)]
    assert project.rows("SELECT json_extract(counts, '$.events_updated') FROM operations")[-1] == (1,)
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert stored(project, "状态") == [("未付款",)]


def test_any_column_can_be_the_id(project):
    header = "客户编号,下单时间,流水,金额"
    project.events(
        "order", project.file("1.csv", header, "7,2026-01-05,x1,30", "7,2026-01-05,x2,30"), id="流水"
    )
    report = project.events(
        "order", project.file("2.csv", header, "7,2026-01-06,x1,35", "7,2026-01-05,x3,1"), id="流水"
    )
    assert counts(report) == (1, 1, 0)
    assert stored(project, "流水", "金额") == [("x1", 350_000), ("x2", 300_000), ("x3", 10_000)]


def test_lines_of_a_corrected_order_are_corrected(project):
    header = "订单编号,客户编号,下单时间,金额,商品"
    project.events("order", project.file("1.csv", header, "a,7,2026-01-05,30,米", "a,,,,茶"))
    report = project.events(
        "order", project.file("2.csv", header, "a,7,2026-01-05,30,米", "a,,,,盐", "a,,,,油")
    )
    assert counts(report) == (0, 1, 0)
    ((lines,),) = stored(project, "tagctl_lines")
    assert [line["商品"] for line in json.loads(lines)] == ["米", "盐", "油"]


def test_a_stored_column_that_turns_out_to_be_the_id_makes_no_event_twice(project):
    header = "客户编号,下单时间,流水,状态"
    project.events("order", project.file("1.csv", header, "7,2026-01-05,x1,未付款", "8,2026-01-05,x2,已付款"))
    report = project.events("order", project.file("2.csv", header, "7,2026-01-05,x1,已付款"), id="流水")
    assert counts(report) == (0, 1, 0)
    assert stored(project, "tagctl_identity", "状态") == [("x1", "已付款"), ("x2", "已付款")]
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert counts(project.events("order", project.file("3.csv", header, "8,2026-01-05,x2,已付款"))) == (
        0,
        0,
        1,
    )


def test_events_learn_their_ids(project):
    project.events(
        "order", project.file("1.csv", "客户编号,下单时间,金额", "7,2026-01-05,30", "8,2026-01-06,20")
    )
    header = "客户编号,下单时间,金额,订单编号"
    report = project.events("order", project.file("2.csv", header, "7,2026-01-05,30,a", "9,2026-01-07,1,c"))
    assert counts(report) == (1, 1, 0)
    report = project.events("order", project.file("3.csv", header, "7,2026-01-05,31,a", "8,2026-01-06,20,b"))
    assert counts(report) == (0, 2, 0)
    assert stored(project, "tagctl_identity", "金额") == [("a", 310_000), ("b", 200_000), ("c", 10_000)]
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert stored(project, "订单编号") == [("a",), (None,), ("c",)]
    without = project.file("4.csv", "客户编号,下单时间,金额", "8,2026-01-06,20", "7,2026-01-05,30")
    assert counts(project.events("order", without)) == (0, 0, 2)


# ── without ──────────────────────────────────────────────────────────────────────────────────────


def test_the_same_export_again_adds_none_and_two_equal_rows_are_two_events(project):
    rows = [*ORDERS, ORDERS[0]]
    assert counts(project.events("order", project.file("1.csv", HEADER, *rows))) == (4, 0, 0)
    again = project.file("2.csv", HEADER, *reversed(rows))
    assert counts(project.events("order", again)) == (0, 0, 4)
    assert counts(project.events("order", project.file("3.csv", HEADER, *rows, ORDERS[0]))) == (1, 0, 4)


def test_a_row_like_a_known_event_is_told_and_added(project):
    project.events("order", project.file("1.csv", HEADER, *ORDERS))
    paid = ORDERS[0].replace("未付款", "已付款")
    report = project.events("order", project.file("2.csv", HEADER, paid, *ORDERS[1:]))
    assert counts(report) == (1, 0, 2)
    assert "1 row (row 2) is like an event known before, but for 状态 (1)" in notes(report)
    assert f"tagctl undo {project.operation}" in notes(report)
    assert "--correct" in notes(report)
    assert "--id" in notes(report)


def test_with_correct_it_corrects_the_event(project):
    project.events("order", project.file("1.csv", HEADER, *ORDERS))
    paid = project.file("2.csv", HEADER, ORDERS[0].replace("未付款", "已付款"), *ORDERS[1:])
    report = project.events("order", paid, correct=True)
    assert counts(report) == (0, 1, 2)
    assert "1 row corrects an event known before (row 2), in 状态 (1)" in notes(report)
    more = project.file("3.csv", HEADER, ORDERS[0].replace("未付款", "已付款"), "1,2026-02-01,油,9,已付款")
    assert counts(project.events("order", more)) == (1, 0, 1)
    assert stored(project, "状态")[0] == ("已付款",)


@pytest.mark.parametrize(
    "row",
    [
        "7,2026-01-05 10:00,米,30,已付款",  # another time
        "8,2026-01-05,米,30,已付款",  # another customer
        "7,2026-01-05,茶,31,已付款",  # another order
    ],
)
def test_what_differs_more_is_another_event(project, row):
    project.events("order", project.file("1.csv", HEADER, *ORDERS))
    report = project.events("order", project.file("2.csv", HEADER, row), correct=True)
    assert counts(report) == (1, 0, 0)
    assert "known before" not in notes(report)


def test_a_row_whose_like_is_in_the_file_too_is_another_event(project):
    project.events("order", project.file("1.csv", HEADER, ORDERS[0]))
    both = project.file("2.csv", HEADER, ORDERS[0], ORDERS[0].replace("未付款", "已付款"))
    report = project.events("order", both, correct=True)
    assert counts(report) == (1, 0, 1)
    assert "known before" not in notes(report)


def test_each_event_is_corrected_by_one_row(project):
    project.events("order", project.file("1.csv", HEADER, ORDERS[0], ORDERS[0]))
    rows = [ORDERS[0].replace("未付款", word) for word in ("已付款", "已取消", "已发货")]
    report = project.events("order", project.file("2.csv", HEADER, *rows), correct=True)
    assert counts(report) == (1, 2, 0)


@pytest.mark.parametrize("first_readable", [False, True])
def test_a_cell_that_can_be_read_at_last_makes_no_second_event(project, first_readable):
    rows = ["7,2026-01-05,EUR 30", "7,2026-01-05,EUR 30", "8,2026-01-06,20"]
    path = project.file("1.csv", "客户编号,下单时间,金额", *rows)
    rates = {"EUR": 8.0}
    report = project.events("order", path, rates=rates if first_readable else None)
    assert counts(report) == (3, 0, 0)
    report = project.events("order", path, rates=None if first_readable else rates)
    assert counts(report) == ((0, 0, 3) if first_readable else (0, 2, 1))
    assert stored(project, "金额") == [(2_400_000,), (2_400_000,), (200_000,)]
    path.write_text(path.read_text() + "9,2026-01-07,1\n")
    assert counts(project.events("order", path, rates=rates)) == (1, 0, 3)


def test_a_corrected_rejects_file_completes_its_events(project):
    others = [f"{n},2026-01-06,茶,20,已付款" for n in range(10, 30)]
    report = project.events("order", project.file("1.csv", HEADER, "7,2026-01-05,米,三十,未付款", *others))
    assert [reject.code for reject in report.rejects] == ["not-a-number"]
    mended = project.file("1.rejects.csv", HEADER, "7,2026-01-05,米,30,未付款")
    assert counts(project.events("order", mended)) == (0, 1, 0)
    assert stored(project, "金额")[0] == (300_000,)


def test_an_empty_cell_that_was_not_rejected_is_a_difference(project):
    project.events("order", project.file("1.csv", HEADER, "7,2026-01-05,米,,未付款"))
    report = project.events("order", project.file("2.csv", HEADER, ORDERS[0]))
    assert counts(report) == (1, 0, 0)
    assert "金额 (1)" in notes(report)


def test_an_export_with_a_new_column_completes_events(project):
    project.events("order", project.file("1.csv", "客户编号,下单时间,金额", "7,2026-01-05,30"))
    wider = project.file("2.csv", "客户编号,下单时间,金额,渠道", "7,2026-01-05,30,小程序")
    assert counts(project.events("order", wider)) == (0, 1, 0)
    assert stored(project, "渠道") == [("小程序",)]
    narrower = project.file("3.csv", "客户编号,下单时间,金额", "7,2026-01-05,30", "7,2026-01-05,30")
    assert counts(project.events("order", narrower)) == (1, 0, 1)
