"""Customers and events from workbooks: typed cells, titles above the header, what Excel has ruined."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import xlsxwriter
from importing_project import Project, adds_up

from tagctl.errors import UsageProblem
from tagctl.model import Taxonomy
from tagctl.workflows.importing import ImportOptions, propose


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.taxonomy()
    return made


def workbook(project, name, rows, *, sheet="客户"):
    path = project.folder / name
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        page = book.add_worksheet(sheet)
        for index, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    page.write(index, column, cell)
    return path


def test_typed_cells_become_stored_values(project):
    report = project.customers(
        workbook(
            project,
            "客户.xlsx",
            [
                ["2026 年客户名单"],
                ["编号", "姓名", "手机", "注册日期", "消费额", "积分", "标签"],
                [1001, "王伟", 13800138000, date(2025, 3, 1), 12.5, 3, "VIP，新客户"],
                ["0012", "李娜", "13800138001", datetime(2025, 3, 2), "￥1,280", "x", None],
                [None, None, None, None, None, None, None],
                ["合计", None, None, None, 1292.5, None, None],
            ],
        ),
        key="编号",
        map={"积分": (None, "number")},
    )
    assert adds_up(report)
    (file,) = report.files
    assert (file.sheet, file.header_row) == ("客户", 2)
    assert project.rows("SELECT tagctl_key, 手机, 注册日期, 消费额, 积分 FROM customers LIMIT 2") == [
        ("1001", "13800138000", "2025-03-01", 125_000, 3.0),
        ("0012", "13800138001", "2025-03-02", 12_800_000, None),
    ]
    assert project.held() == {("1001", "VIP", "import"), ("1001", "新客户", "import")}
    assert project.rows("SELECT DISTINCT sheet, row, cell FROM readings") == [("客户", 3, "VIP，新客户")]
    assert [(r.location.sheet, r.location.row, r.location.header, r.text) for r in report.rejects] == [
        ("客户", 6, "编号", "合计, 1292.5"),
        ("客户", 4, "积分", "x"),
    ]


def test_a_key_whose_digits_are_lost_rejects_its_row(project):
    report = project.customers(
        workbook(
            project,
            "a.xlsx",
            [["会员号", "城市"], [810000000000007919, "上海"], ["810000000000007919", "杭州"]],
        ),
        key="会员号",
    )
    assert [(r.location.row, r.code) for r in report.rejects] == [(2, "digits-lost")]
    assert project.rows("SELECT tagctl_key, 城市 FROM customers") == [("810000000000007919", "杭州")]


def test_events_with_dates_of_excel_are_local_times(project):
    rows = [
        ["客户编号", "时间", "金额"],
        ["7", datetime(2026, 1, 5, 10, 30), 9.9],
        ["7", date(2026, 1, 6), 1],
    ]
    report = project.events("order", workbook(project, "o.xlsx", rows))
    assert report.events_created == 2
    text = ["客户编号,时间,金额", "7,2026-01-05 10:30,9.90", "7,2026-01-06,1"]
    again = project.events("order", project.file("o.csv", *text))
    assert (again.events_created, again.events_unchanged) == (0, 2), "the same events from another format"


def test_a_time_of_day_in_a_date_field_is_dropped_and_said(project):
    rows = [
        ["客户编号", "注册日期"],
        ["1", datetime(2025, 1, 9, 10)],
        ["2", date(2025, 1, 10)],
        ["3", "2025/1/11 8:30"],
    ]
    report = project.customers(workbook(project, "a.xlsx", rows), types={"注册日期": "date"})
    assert adds_up(report)
    assert (report.rejects, report.files[0].cells.row()) == ((), (6, 6, 0, 0, 0))
    days = project.rows("SELECT 注册日期 FROM customers ORDER BY tagctl_key")
    assert days == [("2025-01-09",), ("2025-01-10",), ("2025-01-11",)]
    assert [note for note in report.files[0].notes if "time of day" in note] == [
        "注册日期: 2 cells have a time of day, but the field is a date: the days are kept, the times are not."
        " To keep the time: “注册日期: datetime” under fields: in rules.yaml, and import the file again."
    ]


def test_of_events_the_note_names_another_way_to_keep_the_time(project):
    lines = ["客户编号,时间,发货日", "1,2026-01-05,2026-01-06"]
    project.events("order", project.file("o.csv", *lines))
    report = project.events("order", project.file("o.csv", *lines, "2,2026-01-06,2026-01-07 10:00"))
    assert any(note.endswith("--map '发货日=:datetime'.") for note in report.files[0].notes)


@pytest.mark.parametrize("flow", ["import", "propose"])
def test_the_sheet_that_is_named_is_that_of_the_files_with_sheets(project, flow):
    files = [
        workbook(project, "a.xlsx", [["客户编号", "城市"], ["1", "上海"]], sheet="名单"),
        project.file("b.csv", "客户编号,城市", "2,北京"),
    ]

    def read(files, **options):
        if flow == "propose":
            return [
                one.file for one in propose(None, "customer", files, ImportOptions(**options), Taxonomy())
            ]
        return [one.file for one in project.customers(*files, **options).files]

    assert read(files, sheet="名单") == ["a.xlsx", "b.csv"]
    with pytest.raises(UsageProblem) as caught:
        read(files, sheet="没有")
    assert caught.value.problems[0].code == "unknown-sheet"
    with pytest.raises(UsageProblem) as caught:
        read(files[1:], sheet="名单")
    assert caught.value.problems[0].code == "no-sheets"


def test_error_cells_are_rejects_and_never_labels(project):
    path = project.folder / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["编号", "消费额", "标签"])
        page.write_row(1, 0, ["1", 5, "VIP"])
        page.write_row(2, 0, ["2", 6])
        page.write_formula(2, 2, "=NA()", value="#N/A")
        page.write_formula(3, 0, "=1/0", value="#DIV/0!")
        page.write_row(3, 1, [7, "VIP"])
    report = project.customers(path, key="编号")
    assert adds_up(report)
    assert {(r.location.row, r.location.header, r.code, r.whole_row) for r in report.rejects} == {
        (3, "标签", "error-cell", False),
        (4, "编号", "error-cell", True),
    }
    assert report.unknown_labels == {}
    assert project.held() == {("1", "VIP", "import")}


def test_columns_under_group_headers_have_their_roles(project):
    path = project.folder / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.merge_range("A1:A2", "客户编号")
        page.merge_range("B1:C1", "联系方式")
        page.merge_range("D1:D2", "标签")
        page.write_row(1, 1, ["手机", "邮箱"])
        page.write_row(2, 0, ["1", 13800138000, "a@b.cn", "VIP"])
    report = project.customers(path)
    columns = {column.header: column.role for column in report.files[0].columns}
    assert columns == {
        "客户编号": "key",
        "联系方式 / 手机": "phone",
        "联系方式 / 邮箱": "email",
        "标签": "tags",
    }


def test_shares_and_numbers_with_zeros_are_stored_as_they_are_meant(project):
    path = project.folder / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["会员号", "复购率", "门店代码"])
        zeros, percent = book.add_format({"num_format": "000000"}), book.add_format({"num_format": "0.0%"})
        for row, number in enumerate((7, 123), 1):
            page.write_number(row, 0, number, zeros)
            page.write_number(row, 1, number / 1000, percent)
            page.write_number(row, 2, number, zeros)
    project.customers(path, key="会员号")
    assert project.rows("SELECT tagctl_key, 复购率, 门店代码 FROM customers") == [
        ("000007", 0.007, "000007"),
        ("000123", 0.123, "000123"),
    ]
