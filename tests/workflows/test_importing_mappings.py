"""What is decided about columns serves the next file: by its headers, or under a name."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_project import Project

from tagctl.errors import TagctlError, UsageProblem
from tagctl.store import undo
from tagctl.workflows import listing


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def roles(report):
    return {column.header: column.role for column in report.files[0].columns}


def stopped(action, *arguments, **options):
    with pytest.raises(UsageProblem) as caught:
        action(*arguments, **options)
    return caught.value.problems


def test_the_next_file_with_the_same_headers_goes_the_same_way(project):
    first = project.file(
        "一月.csv", "编号,别名,渠道,说明,登记日期", "1,张三,抖音,x,13/02/2026", "2,李四,抖音,y,01/02/2026"
    )
    told = {"map": {"别名": ("name", None)}, "tags": ("渠道",), "ignore": ("说明",)}
    project.customers(first, **told)
    report = project.customers(
        project.file("二月.csv", "登记日期,说明,渠道,编号,别名", "03/02/2026,z,淘宝,1,张三")
    )
    assert roles(report) == {
        "登记日期": None,
        "说明": "ignored",
        "渠道": "tags",
        "编号": "key",
        "别名": "name",
    }
    assert project.rows("SELECT 登记日期 FROM customers WHERE tagctl_key = '1'") == [("2026-02-03",)]
    assert project.rows("SELECT count(*) FROM feeds") == [(1,)]


def test_what_was_ignored_can_be_taken_again(project):
    project.customers(project.file("a.csv", "编号,说明", "1,x"), ignore=("说明",))
    report = project.customers(project.file("b.csv", "编号,说明", "1,y"), map={"说明": (None, "text")})
    assert roles(report) == {"编号": "key", "说明": None}
    assert roles(project.customers(project.file("c.csv", "编号,说明", "1,z")))["说明"] is None


def test_a_column_that_was_empty_is_looked_at_again(project):
    project.customers(project.file("a.csv", "编号,手机号", "1,"))
    report = project.customers(project.file("b.csv", "编号,手机号", "1,13812345678"))
    assert roles(report)["手机号"] == "phone"


def test_an_import_undone_is_forgotten(project):
    project.customers(project.file("a.csv", "编号,说明", "1,x"), ignore=("说明",), save_mapping="会员")
    with project.operate("undo") as op:
        undo.undo(op, project.operation or 0)
        op.keep()
    assert roles(project.customers(project.file("b.csv", "编号,说明", "1,y")))["说明"] is None
    assert stopped(project.customers, project.file("c.csv", "编号,说明", "1,y"), mapping="会员")


def test_a_named_mapping_takes_files_whose_other_columns_come_and_go(project):
    project.taxonomy()
    project.customers(project.file("a.csv", "编号,标签,城市,备用", "1,VIP,上海,x"), save_mapping="会员")
    assert project.held() == {("1", "VIP", "import")}
    report = project.customers(
        project.file("b.csv", "编号,标签,城市,积分", "1,新客户,杭州,5"), mapping="会员"
    )
    assert project.held() == {("1", "新客户", "import")}  # one feed: what it no longer says is gone
    assert report.files[0].mapping == "会员"
    told = " ".join(report.files[0].notes)
    assert "积分" in told and "备用" in told
    assert project.rows("SELECT count(*) FROM feeds") == [(1,)]


def test_a_needed_column_that_is_missing_stops_with_the_nearest_header(project):
    headers = "会员编号,手机号码,客户标签,备用"
    project.customers(project.file("a.csv", headers, "1,13812345678,VIP,x"), save_mapping="会员")
    later = project.file("b.csv", "会员编号,手机号,标签", "1,13912345678,VIP")
    problems = stopped(project.customers, later, mapping="会员")
    assert [problem.code for problem in problems] == ["missing-column"] * 2
    assert "手机号码" in problems[0].what and "--map '手机号=phone'" in problems[0].next
    assert problems[0].location.file == "b.csv"
    report = project.customers(later, mapping="会员", map={"手机号": ("phone", None), "标签": ("tags", None)})
    assert roles(report) == {"会员编号": "key", "手机号": "phone", "标签": "tags"}


def test_files_saved_under_one_name_together_are_one_feed(project):
    project.taxonomy()
    first = project.file("a.csv", "编号,标签,备用", "1,VIP,x")
    second = project.file("b.csv", "编号,标签,积分", "1,新客户,5", "2,VIP,6")
    report = project.customers(first, second, save_mapping="会员")
    assert [file.mapping for file in report.files] == ["会员", "会员"]
    assert project.held() == {("1", "新客户", "import"), ("2", "VIP", "import")}
    assert project.rows("SELECT count(*) FROM feeds") == [(1,)]
    assert project.customers(first, second, mapping="会员").unchanged_file


def test_the_nearest_header_is_one_that_means_the_same(project):
    project.customers(project.file("a.csv", "编号,Default Address City", "1,上海"), save_mapping="店")
    (problem,) = stopped(
        project.customers, project.file("b.csv", "编号,Address2,City", "1,x,上海"), mapping="店"
    )
    assert "--map 'City=city'" in problem.next


def test_a_name_that_is_not_there_or_is_for_other_things(project):
    file = project.file("a.csv", "编号,城市", "1,上海")
    (problem,) = stopped(project.customers, file, mapping="会员")
    assert (problem.code, "--save-mapping" in problem.next) == ("unknown-mapping", True)
    project.customers(file, save_mapping="会员表")
    (problem,) = stopped(project.customers, file, mapping="会员")
    assert "会员表" in problem.next
    (problem,) = stopped(project.events, "order", file, mapping="会员表")
    assert problem.code in ("unknown-mapping", "other-mapping")


def test_the_same_file_again_is_no_news_by_name_or_not(project):
    file = project.file("a.csv", "编号,城市", "1,上海")
    project.customers(file, save_mapping="会员")
    assert project.customers(file).unchanged_file
    assert project.customers(file, mapping="会员").unchanged_file
    assert not project.customers(file, save_mapping="会员 2").unchanged_file
    assert project.customers(file, mapping="会员 2").unchanged_file


def test_bare_amounts_and_times_are_read_as_stated_this_time_and_next(project):
    lines = ("单号,客户编号,下单时间,实付金额", "A1,1,2026-01-02 00:00,10", "A2,1,2026-01-03 00:00,￥10")
    stated = {"currency": "usd", "timezone": "America/New_York"}
    project.events("order", project.file("a.csv", *lines), rates={"USD": 7}, **stated)
    later = project.file("b.csv", lines[0], "A3,1,2026-01-02 00:00,20")
    project.events("order", later, rates={"USD": 7})
    found = project.rows('SELECT "单号", "实付金额" / 10000, tagctl_at FROM event_order ORDER BY 1')
    new_york = 1_767_330_000  # 2026-01-02 00:00 there
    assert found == [("A1", 70, new_york), ("A2", 10, new_york + 86400), ("A3", 140, new_york)]


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"currency": "钱"}, "bad-currency"),
        ({"currency": "EUR"}, "no-rate"),
        ({"timezone": "Mars/Olympus"}, "bad-timezone"),
        ({"date_format": "%d/%m"}, "bad-date-format"),
        ({"date_format": "day first"}, "bad-date-format"),
    ],
)
def test_a_statement_that_cannot_be_stops(project, stated, code):
    (problem,) = stopped(project.customers, project.file("a.csv", "编号,城市", "1,上海"), **stated)
    assert problem.code == code


def test_an_ambiguous_date_is_read_by_the_format_and_remembered(project):
    first = project.file("a.csv", "编号,登记日期", "1,03/04/2026")
    project.customers(first, date_format="%d/%m/%Y")
    project.customers(project.file("b.csv", "编号,登记日期", "2,05/06/2026"))
    found = project.rows("SELECT 登记日期 FROM customers ORDER BY tagctl_key")
    assert found == [("2026-04-03",), ("2026-06-05",)]


def test_mappings_are_listed(project):
    project.customers(project.file("a.csv", "编号,标签,备用", "1,x,y"), ignore=("备用",), save_mapping="会员")
    project.events("order", project.file("b.csv", "客户编号,下单时间", "1,2026-01-02"))
    table = listing.mappings(project.store)
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [(row["name"], row["subject"], row["last_file"]) for row in rows] == [
        (None, "order", "b.csv"),
        ("会员", "customer", "a.csv"),
    ]
    assert (rows[1]["roles"], rows[1]["tags"], rows[1]["ignored"]) == ("编号=key", "标签", "备用")
    assert json.dumps(table.rows, ensure_ascii=False)


HEADERS = ("会员号", "手机号", "邮箱", "标签", "登记日期", "金额", "备注", "id", "name", "城市", "VIP")
CELLS = (
    "",
    "1",
    "是",
    "上海",
    "VIP",
    "13812345678",
    "a@x.cn",
    "01/02/2026",
    "13/02/2026",
    "￥5",
    "5,5",
    "x、y",
)
SAID = [("name", None), (None, "text"), ("tags", None), ("ignored", None), ("city", "text")]


@settings(max_examples=25)
@given(st.data())
def test_what_is_remembered_is_what_was_decided(data):
    """A file that is taken once is taken the same way again, whatever is in it and whatever was said."""
    headers = data.draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=5, unique=True))
    width = len(headers)
    rows = data.draw(st.lists(st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), max_size=4))
    said = data.draw(st.dictionaries(st.sampled_from(headers), st.sampled_from(SAID)))
    table = [["客户编号", *headers], *([str(number), *row] for number, row in enumerate(rows)), ["new"]]
    lines = [",".join(f'"{cell}"' for cell in [*row, *[""] * (width + 1 - len(row))]) for row in table]
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        file = project.file("a.csv", *lines)
        try:
            first = project.customers(file, key="客户编号", map=said)
        except TagctlError:
            return  # nothing was decided
        again = project.customers(file)
        assert taken(again) in (taken(first), "unchanged")
        assert project.customers(file).unchanged_file
        project.store.close()


def taken(report):
    return [(c.header, c.field, c.type, c.role) for c in report.files[0].columns] or "unchanged"
