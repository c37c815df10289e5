"""Snapshots: a file that is all customers of its feed tells who is gone, and who is back."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from importing_project import START, Project

from tagctl.errors import GuardStop
from tagctl.io.taken import named_date, written_at
from tagctl.store import reading
from tagctl.store.undo import undo

HEADER = "客户编号,姓名,标签"
PEOPLE = [f"{n:02},客户{n},VIP" for n in range(20)]


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    project.taxonomy()
    project.customers(project.file("1.csv", HEADER, *PEOPLE))
    return project


def gone(project):
    return [
        key
        for (key,) in project.rows(
            "SELECT tagctl_key FROM customers WHERE tagctl_gone IS NOT NULL ORDER BY 1"
        )
    ]


def test_who_is_missing_is_gone_with_their_tags_and_comes_back(project):
    report = project.customers(project.file("2.csv", HEADER, *PEOPLE[2:], "99,新,"), snapshot=True)
    assert (report.customers_gone, report.customers_back, report.customers_created) == (2, 0, 1)
    assert gone(project) == ["00", "01"]
    assert project.rows("SELECT count(*) FROM assignments WHERE lost_op IS NULL") == [(20,)]
    assert {key for key, _tag, _source in project.held()} == {f"{n:02}" for n in range(2, 20)}
    assert project.rows("SELECT count(*) FROM customer_list") == [(19,)]
    assert reading.count_customers(project.store) == 19
    assert reading.members(project.store) == {"VIP": 18}

    report = project.customers(project.file("3.csv", HEADER, *PEOPLE[1:], "99,新,"), snapshot=True)
    assert (report.customers_gone, report.customers_back) == (0, 1)
    assert gone(project) == ["00"]
    assert ("01", "VIP", "import") in project.held()


def test_any_file_of_customers_brings_them_back(project):
    project.customers(project.file("2.csv", HEADER, *PEOPLE[1:]), snapshot=True)
    report = project.customers(project.file("other.csv", "客户编号,城市", "00,上海", "01,北京"))
    assert (report.customers_back, gone(project)) == (1, [])


def test_an_event_does_not_bring_them_back(project):
    project.customers(project.file("2.csv", HEADER, *PEOPLE[1:]), snapshot=True)
    project.events("order", project.file("o.csv", "客户编号,下单时间", "00,2026-01-05"))
    assert gone(project) == ["00"]


def test_without_snapshot_nobody_is_gone(project):
    report = project.customers(project.file("2.csv", HEADER, *PEOPLE[10:]))
    assert (report.customers_gone, gone(project)) == (0, [])


def test_customers_of_other_feeds_are_not_missing(project):
    project.customers(
        project.file("other.csv", "客户编号,城市", *(f"x{n},上海" for n in range(50))),
        project.file("2.csv", HEADER, *PEOPLE),
    )
    report = project.customers(project.file("3.csv", HEADER, *PEOPLE[1:]), snapshot=True)
    assert (report.customers_gone, gone(project)) == (1, ["00"])


def test_customers_first_seen_in_another_feed_belong_to_this_one_too(project):
    project.customers(
        project.file("other.csv", "客户编号,城市", "00,上海", *(f"x{n},上海" for n in range(19)))
    )
    report = project.customers(
        project.file("3.csv", "客户编号,城市", *(f"x{n},上海" for n in range(19))), snapshot=True
    )
    assert (report.customers_gone, gone(project)) == (1, ["00"])


def test_several_files_are_one_snapshot(project):
    halves = [project.file("a.csv", HEADER, *PEOPLE[:10]), project.file("b.csv", HEADER, *PEOPLE[10:19])]
    report = project.customers(*halves, snapshot=True)
    assert (report.customers_gone, gone(project)) == (1, ["19"])


def test_a_truncated_file_stops_before_anything_is_written(project):
    path = project.file("2.csv", HEADER, *(line.replace("VIP", "") for line in PEOPLE[:17]))
    with pytest.raises(GuardStop) as stop:
        project.customers(path, snapshot=True)
    (problem,) = stop.value.problems
    assert problem.code == "too-many-missing"
    assert "3 of 20" in problem.what
    assert "15%" in problem.next
    assert gone(project) == []
    assert len(project.held()) == 20
    assert project.customers(path, snapshot=True, max_missing=0.15).customers_gone == 3


def test_where_a_row_was_rejected_nobody_is_gone(project):
    report = project.customers(project.file("2.csv", HEADER, *PEOPLE[1:], ",谁,"), snapshot=True)
    assert (report.customers_gone, gone(project)) == (0, [])
    assert any("1 row was rejected" in note for note in report.files[0].notes)
    report = project.customers(project.file("3.csv", HEADER, *PEOPLE[1:], "合计,,"), snapshot=True)
    assert report.files[0].rejected == 1  # a row of totals is nobody's
    assert report.customers_gone == 1


def test_a_dry_run_tells_and_leaves_nothing(project):
    report = project.customers(project.file("2.csv", HEADER, *PEOPLE[1:]), snapshot=True, dry_run=True)
    assert (report.customers_gone, gone(project)) == (1, [])


def test_undo_brings_them_back_and_undo_of_it_not(project):
    project.customers(project.file("2.csv", HEADER, *PEOPLE[1:]), snapshot=True)
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert gone(project) == []
    with project.operate("undo") as again:
        undo(again, op.number)
    assert gone(project) == ["00"]


def test_what_an_undone_import_saw_is_not_missing(project):
    project.customers(project.file("other.csv", "客户编号,城市", "00,上海", "x,上海", "y,上海"))
    with project.operate("undo") as op:
        undo(op, project.operation)
    report = project.customers(project.file("3.csv", "客户编号,城市", "x,上海"), snapshot=True)
    assert (report.customers_gone, gone(project)) == (0, [])


FEEDS = (("客户编号,城市", "上海"), ("客户编号,等级", "三级"))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1]), st.sets(st.sampled_from("abcdef"), min_size=1), st.booleans()),
        min_size=1,
        max_size=7,
    )
)
@example([(0, {"a"}, False), (1, {"a"}, False), (1, {"b"}, True), (0, {"a"}, False)])  # the same bytes again
def test_who_is_gone_is_what_a_plain_loop_says(files):
    seen: tuple[set[str], set[str]] = (set(), set())
    expected: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for feed, keys, snapshot in files:
            header, cell = FEEDS[feed]
            path = project.file("x.csv", header, *(f"{key},{cell}" for key in sorted(keys)))
            project.customers(path, key="客户编号", snapshot=snapshot, max_missing=1.0)
            expected -= keys
            if snapshot:
                expected |= seen[feed] - keys
            seen[feed].update(keys)
            assert gone(project) == sorted(expected)
        project.store.close()


# ── the age of files ─────────────────────────────────────────────────────────────────────────────


def test_an_older_file_updates_nothing(project):
    rows = [HEADER, *PEOPLE]
    project.customers(project.file("会员-2026-10-31.csv", *rows), snapshot=True)
    old = project.file("会员-2026-09-30.csv", *rows[:-1])
    with pytest.raises(GuardStop) as stop:
        project.customers(old, snapshot=True)
    (problem,) = stop.value.problems
    assert problem.code == "older-file"
    assert "2026-10-31" in problem.what
    assert "--taken" in problem.next
    assert project.customers(old, snapshot=True, taken=date(2026, 11, 1)).customers_gone == 1
    with pytest.raises(GuardStop):
        project.customers(project.file("x.csv", *rows), taken=date(2026, 10, 31))
    assert project.customers(project.file("会员-2026-08.csv", *rows)).customers_back == 1  # no snapshot


def notes(report):
    return [note for file in report.files for note in file.notes if "puts back" in note]


def test_an_older_file_of_a_feed_without_snapshots_is_noted(project):
    project.customers(project.file("会员2026-10.csv", HEADER, *PEOPLE[2:]))
    newer = project.operation
    old = project.file("会员2026-09.csv", HEADER, *PEOPLE[:-1])
    (note,) = notes(project.customers(old, dry_run=True))
    assert (f"2026-10.csv (operation {newer})" in note, "tagctl undo" in note) == (True, False)
    (note,) = notes(project.customers(old))
    assert note.endswith(f"tagctl undo {project.operation}")
    for name in ("会员2026-11.csv", "会员.csv"):
        assert not notes(project.customers(project.file(name, HEADER, *PEOPLE[1:])))


def test_an_older_file_of_events_is_one_more_month(project):
    for name in ("订单2026-10.csv", "订单2026-09.csv"):
        day = name[2:9] + "-05"
        assert not notes(project.events("order", project.file(name, "客户编号,时间", f"1,{day}")))


def test_a_file_that_may_be_older_is_noted(project):
    path = project.file("2.csv", HEADER, *PEOPLE)
    os.utime(path, (START, START))
    report = project.customers(path, snapshot=True)
    assert any("2.csv was last written on 2026-01-01 08:00" in note for note in report.files[0].notes)
    os.utime(path, (project.now + 1, project.now + 1))
    path.write_text("\n".join([HEADER, *PEOPLE, "99,新,"]))
    os.utime(path, (project.now + 1, project.now + 1))
    assert not project.customers(path, snapshot=True).files[0].notes


def test_what_comes_through_a_pipe_has_no_age(tmp_path):
    assert written_at(tmp_path / "stdin") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("members-2026-10-31.csv", date(2026, 10, 31)),
        ("members_20261031.xlsx", date(2026, 10, 31)),
        ("会员2026年10月31日.xlsx", date(2026, 10, 31)),
        ("2026.1.5 members.csv", date(2026, 1, 5)),
        ("2026年10月会员.xlsx", date(2026, 10, 31)),
        ("members-2026-02.csv", date(2026, 2, 28)),
        ("202610.csv", date(2026, 10, 31)),
        ("members.csv", None),
        ("2026.csv", None),
        ("13800138000.csv", None),
        ("2026-10-31-to-2026-11-30.csv", None),
        ("members-2026-13-01.csv", None),
        ("members-2026-02-30.csv", None),
    ],
)
def test_dates_in_names(name, expected):
    assert named_date(name) == expected
