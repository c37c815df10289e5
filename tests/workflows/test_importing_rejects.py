"""What is not taken: how much of it may be, what is told, and the file that has all of it."""

from __future__ import annotations

import csv

import pytest
from importing_project import START, ZONE, Project, adds_up

from tagctl.errors import DataError, UsageProblem
from tagctl.store.operations import operate
from tagctl.workflows.importing import ImportOptions, import_customers

NUMBERS = {"map": {"年龄": (None, "number"), "积分": (None, "number")}, "key": "客户编号"}
HEADER = "客户编号,年龄,积分"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def lines_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def with_bad_rows(project, name, rows, bad, first=1):
    """A file of so many rows, of which the first `bad` hold two cells that are no numbers."""
    lines = (f"{first + i},三十,很多" if i < bad else f"{first + i},30,1" for i in range(rows))
    return project.file(name, HEADER, *lines)


@pytest.mark.parametrize(
    ("allowed", "rows", "bad", "taken"),
    [
        (2, 10, 2, True),  # rows count, not cells
        (1, 10, 2, False),
        (0, 10, 0, True),
        (0.2, 10, 2, True),
        (0.19, 10, 2, False),
        (0.0, 10, 1, False),
        (1.0, 10, 9, True),
        (0.29, 100, 29, True),  # 28.999… as a product of floats
    ],
)
def test_a_number_or_a_share_of_rows_may_hold_rejects(project, allowed, rows, bad, taken):
    file = with_bad_rows(project, "a.csv", rows, bad)
    if taken:
        assert project.customers(file, max_rejects=allowed, **NUMBERS).customers_created == rows
        return
    with pytest.raises(DataError) as stopped:
        project.customers(file, max_rejects=allowed, **NUMBERS)
    assert stopped.value.problems[-1].code == "too-many-rejects"
    assert stopped.value.exit_code == 4
    assert project.rows("SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM fields)") == [(0, 0)]
    assert [path.name for path in project.folder.glob("*a.*")] == ["a.csv"]


def test_a_share_is_of_the_rows_of_all_files(project):
    bad = with_bad_rows(project, "1.csv", 10, 3)
    good = with_bad_rows(project, "2.csv", 20, 0, first=11)
    with pytest.raises(DataError) as stopped:
        project.customers(bad, max_rejects=0.1, **NUMBERS)
    assert "1 of 10 rows" in stopped.value.problems[-1].what
    assert project.customers(bad, good, max_rejects=0.1, **NUMBERS).customers_created == 30


def test_many_rejects_are_counted_and_written_and_a_few_of_them_told(project):
    file = project.file("a.csv", HEADER, *(f"{i},三十,1" for i in range(300)), ",1,1")
    report = project.customers(file, **NUMBERS)
    assert len(report.rejects) == 101
    assert {reject.code for reject in report.rejects} == {"not-a-number", "missing-key"}
    assert report.rejects_by_code == {"not-a-number": 300, "missing-key": 1}
    assert (report.files[0].rejected, report.rejected_cells) == (1, 300)
    lines = lines_of(project.folder / "a.rejects.csv")
    assert [int(line["tagctl_row"]) for line in lines] == list(range(2, 303))


def test_all_that_is_wrong_with_a_row_stands_in_one_line(project):
    project.taxonomy()
    file = project.file("a.csv", "客户编号,年龄,积分,标签", "1,三十,1,铂金", "2,30,很多,VIP", "3,30,1,VIP")
    report = project.customers(file, unknown="reject", **NUMBERS)
    assert report.rejects_by_code == {"not-a-number": 2, "unknown-label": 1}
    lines = lines_of(project.folder / "a.rejects.csv")
    assert [(line["tagctl_row"], line["tagctl_column"], line["tagctl_code"]) for line in lines] == [
        ("2", "年龄; 标签", "not-a-number; unknown-label"),
        ("3", "积分", "not-a-number"),
    ]


def test_the_file_is_there_only_where_the_operation_is_kept(project):
    file = with_bad_rows(project, "a.csv", 3, 1)
    before = project.file("a.rejects.csv", "old")

    def attempt(fails):
        with operate(project.store, "import", now=START, by="test") as op:
            report = import_customers(op, [file], ImportOptions(**NUMBERS), timezone=ZONE)
            assert report.rejects_file == "a.rejects.csv"
            assert before.read_text() == "old\n"
            if fails:
                raise UsageProblem(())

    with pytest.raises(UsageProblem):
        attempt(fails=True)
    assert before.read_text() == "old\n"
    assert not list(project.folder.glob(".a*"))
    attempt(fails=False)
    assert [line["年龄"] for line in lines_of(before)] == ["三十"]
    assert not list(project.folder.glob(".a*"))


def test_where_the_old_file_cannot_be_replaced_the_new_one_is_named(project):
    (project.folder / "a.rejects.csv").mkdir()  # as one that a spreadsheet program holds
    file = with_bad_rows(project, "a.csv", 3, 1)
    with pytest.raises(UsageProblem) as stopped:
        project.customers(file, **NUMBERS)
    (rejects,) = project.folder.glob(".a.rejects.csv.*")
    assert [problem.code for problem in stopped.value.problems] == ["cannot-write", "rejects-elsewhere"]
    assert rejects.name in stopped.value.problems[-1].what
    assert [line["年龄"] for line in lines_of(rejects)] == ["三十"]
    assert project.rows("SELECT count(*) FROM customers") == [(3,)]


def test_refused_labels_reject_the_row_of_a_strict_import(project):
    project.taxonomy()
    rows = ("1,上海,VIP、铂金,是", "2,杭州,VIP,是", "3,苏州,铂金,", "4,北京,新客户,")
    file = project.file("a.csv", "客户编号,城市,标签,老客户", *rows)
    report = project.customers(file, unknown="reject", strict=True)
    assert adds_up(report)
    assert [(r.code, r.location.row, r.text, r.whole_row) for r in report.rejects] == [
        ("unknown-label", 2, "VIP、铂金", True),
        ("unknown-label", 4, "铂金", True),
    ]
    (reading,) = report.files
    assert (reading.imported, reading.rejected, report.rejected_cells) == (2, 2, 0)
    # read, stored, rejected, ignored, blank
    assert reading.cells.row() == (16, 7, 7, 0, 2)
    assert {pair[:2] for pair in project.held()} == {("2", "VIP"), ("2", "老客户"), ("4", "新客户")}
    assert project.rows("SELECT tagctl_key FROM customers ORDER BY 1") == [("2",), ("4",)]

    rejects = project.folder / "a.rejects.csv"
    rejects.write_text(rejects.read_text("utf-8-sig").replace("铂金,", "新客户,"), "utf-8-sig")
    mended = project.customers(rejects, unknown="reject", strict=True)
    assert (mended.customers_created, mended.rejects) == (2, ())
    assert ("1", "老客户", "import") in project.held()


def test_a_strict_import_of_events_rejects_rows_with_refused_labels(project):
    project.taxonomy()
    file = project.file("o.csv", "客户编号,时间,金额,标签", "1,2026-01-05,12,VIP", "2,2026-01-05,12,铂金")
    report = project.events("order", file, unknown="reject", strict=True)
    assert adds_up(report)
    assert (report.events_created, report.customers_created, report.files[0].rejected) == (1, 1, 1)


def test_a_strict_import_of_which_no_row_is_left_is_an_error(project):
    project.taxonomy()
    with pytest.raises(DataError) as stopped:
        project.customers(project.file("a.csv", "客户编号,标签", "1,铂金"), unknown="reject", strict=True)
    assert [problem.code for problem in stopped.value.problems] == ["unknown-label", "no-row-left"]


@pytest.mark.parametrize(
    ("lines", "options", "code", "advice"),
    [
        (("客户编号,城市", "1", "2"), {}, "no-row-fits", "--delimiter"),
        (("客户编号,城市", ",上海", ",北京"), {"key": "客户编号"}, "no-row-left", "--key"),
        (
            ("客户编号,时间", "1,昨天", "2,前天"),
            {"map": {"时间": ("at", None)}},
            "no-row-left",
            "--date-format",
        ),
        (("客户编号,城市", "1.1E+17,上海", "1.2E+17,北京"), {"key": "客户编号"}, "no-row-left", "as text"),
        (
            ("客户编号,标签", "1,铂金"),
            {"tags": ("标签",), "unknown": "reject", "strict": True},
            "no-row-left",
            "tags add",
        ),
    ],
)
def test_a_file_of_which_nothing_is_left_says_what_may_help(project, lines, options, code, advice):
    file = project.file("a.csv", *lines)
    with pytest.raises(DataError if code == "no-row-left" else UsageProblem) as stopped:
        if "map" in options:
            project.events("visit", file, **options)
        else:
            project.customers(file, **options)
    problem = stopped.value.problems[-1]
    assert (problem.code, problem.location.file) == (code, "a.csv")
    assert advice in problem.next
