"""Customers from files: fields, types, rows of one key, empty cells, rejects, no-ops."""

from __future__ import annotations

import csv

import pytest
from importing_project import Project, adds_up

from tagctl.errors import DataError, UsageProblem


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_text_stays_text_and_numbers_become_values(project):
    report = project.customers(
        project.file(
            "客户.csv",
            "客户编号,姓名,手机,邮编,累计消费,注册日期,积分",
            '007,王伟,13800138000,010010,"￥1,280.50",2025/3/1,12',
            "008,李娜,13800138001,010011,300,2025-03-02,",
        )
    )
    assert adds_up(report)
    assert (report.customers_created, report.rejects) == (2, ())
    assert project.rows("SELECT tagctl_key, 手机, 邮编, 累计消费, 注册日期, 积分 FROM customers") == [
        ("007", "13800138000", "010010", 12_805_000, "2025-03-01", 12.0),
        ("008", "13800138001", "010011", 3_000_000, "2025-03-02", None),
    ]
    assert project.rows("SELECT name, type, role FROM fields ORDER BY id") == [
        ("客户编号", "text", "key"),
        ("姓名", "text", "name"),
        ("手机", "text", "phone"),
        ("邮编", "text", None),
        ("累计消费", "money", None),
        ("注册日期", "date", None),
        ("积分", "number", None),
    ]


def test_the_same_file_again_is_a_no_op_that_says_so(project):
    file = project.file("a.csv", "客户编号,姓名", "1,王伟", "2,李娜")
    project.customers(file)
    first = project.operation
    operations = project.rows("SELECT count(*) FROM operations")
    report = project.customers(file)
    assert (report.unchanged_file, report.same_as_operation, report.operation) == (True, first, None)
    assert project.rows("SELECT count(*) FROM operations") == operations
    assert not project.customers(file, empty_clears=True).unchanged_file, "other options are another import"


def test_the_same_file_after_its_import_was_undone_is_imported(project):
    file = project.file("a.csv", "客户编号,姓名", "1,王伟", "2,李娜")
    project.customers(file)
    first = project.operation
    with project.operate("undo") as op:
        from tagctl.store import undo

        undo.undo(op, first)
    report = project.customers(file)
    assert (report.unchanged_file, report.customers_created) == (False, 2)


def test_two_files_of_one_feed_count_together(project):
    january = project.file("1.csv", "客户编号,城市", "1,上海", "2,杭州")
    february = project.file("2.csv", "客户编号,城市", "1,北京", "3,苏州")
    report = project.customers(january, february)
    assert (report.customers_created, report.customers_updated) == (3, 1)
    assert project.customers(january, february).unchanged_file
    assert project.customers(january).customers_updated == 1, "January alone is older than what is stored"


def test_counts_created_updated_unchanged(project):
    project.customers(project.file("1.csv", "客户编号,姓名,城市", "1,王伟,上海", "2,李娜,杭州", "3,张三,"))
    report = project.customers(
        project.file("2.csv", "客户编号,姓名,城市", "1,王伟,上海", "2,李娜,北京", "4,赵六,苏州")
    )
    counts = (report.customers_created, report.customers_updated, report.customers_unchanged)
    assert counts == (1, 1, 1)
    (before,) = project.rows(
        "SELECT pk, before FROM journal WHERE action = 'update' AND \"table\" = 'customers'"
    )
    assert before == (project.customer("2"), '{"城市":"杭州"}'), "only the cell that changed is journaled"


def test_an_empty_cell_changes_nothing_unless_it_clears(project):
    project.customers(project.file("1.csv", "客户编号,城市,年龄", "1,上海,30", "2,杭州,40"))
    project.customers(project.file("2.csv", "客户编号,城市,年龄", "1,,31", "2,北京,"))
    assert project.rows("SELECT 城市, 年龄 FROM customers") == [("上海", 31.0), ("北京", 40.0)]
    report = project.customers(
        project.file("3.csv", "客户编号,城市,年龄", "1,,31", "2,北京,四十"), empty_clears=True
    )
    assert project.rows("SELECT 城市, 年龄 FROM customers") == [(None, 31.0), ("北京", 40.0)], (
        "an unreadable cell does not clear"
    )
    assert (report.customers_updated, report.customers_unchanged, len(report.rejects)) == (1, 1, 1)


@pytest.mark.parametrize("clears", [False, True])
def test_rows_with_the_same_key_are_united(project, clears):
    report = project.customers(
        project.file(
            "a.csv", "会员号,城市,年龄,标签", "1,上海,30,VIP", "2,杭州,,", "1,北京,,老客户", "1,,31,"
        ),
        key="会员号",
        empty_clears=clears,
    )
    assert (report.customers_created, report.files[0].imported) == (2, 4)
    assert project.rows("SELECT tagctl_key, 城市, 年龄 FROM customers") == [
        ("1", "北京", 31.0),
        ("2", "杭州", None),
    ]
    assert project.rows(
        "SELECT l.text, r.row FROM readings r JOIN labels l ON l.id = r.label ORDER BY r.row"
    ) == [("VIP", 2), ("老客户", 4)]
    assert any("城市 (1)" in note and "年龄 (1)" in note for note in report.files[0].notes)


def test_a_bad_cell_is_left_empty_and_rejected_with_its_text(project):
    report = project.customers(
        project.file("客户.csv", "客户编号,年龄,城市", "1,30,上海", "2,三十,杭州", "3,31,北京"),
        map={"年龄": (None, "number")},
    )
    assert adds_up(report)
    assert (report.files[0].imported, report.files[0].rejected) == (3, 0)
    (reject,) = report.rejects
    assert (reject.location.row, reject.location.header, reject.text) == (3, "年龄", "三十")
    assert (reject.code, reject.whole_row) == ("not-a-number", False)
    assert project.rows("SELECT 年龄, 城市 FROM customers WHERE tagctl_key = '2'") == [(None, "杭州")]
    assert report.rejects_file == "客户.rejects.csv"
    with (project.folder / "客户.rejects.csv").open(encoding="utf-8-sig", newline="") as lines:
        (line,) = csv.DictReader(lines)
    assert (line["客户编号"], line["年龄"], line["城市"], line["tagctl_row"]) == ("2", "三十", "杭州", "3")


def test_strict_rejects_the_row_and_the_mended_rejects_come_in(project):
    file = project.file("a.csv", "客户编号,年龄", "1,30", "2,三十", "3,31")
    report = project.customers(file, map={"年龄": (None, "number")}, strict=True)
    assert (report.files[0].imported, report.files[0].rejected, report.customers_created) == (2, 1, 2)
    rejects = project.folder / "a.rejects.csv"
    rejects.write_text(
        rejects.read_text(encoding="utf-8-sig").replace("2,三十", "2,30"), encoding="utf-8-sig"
    )
    report = project.customers(rejects)
    assert (report.customers_created, report.rejects) == (1, ())
    assert project.rows("SELECT 年龄 FROM customers WHERE tagctl_key = '2'") == [(30.0,)]
    assert len(project.rows("SELECT 1 FROM fields")) == 2, "our own columns of the rejects are not fields"


def test_a_row_without_key_is_rejected(project):
    report = project.customers(
        project.file("a.csv", "会员号,城市", "1,上海", ",杭州", "  ,北京", "2,苏州", ",", ""), key="会员号"
    )
    file = report.files[0]
    assert (file.rows, file.imported, file.rejected, file.blank) == (6, 2, 2, 2)
    assert [(r.location.row, r.code) for r in report.rejects] == [(3, "missing-key"), (4, "missing-key")]


def test_ragged_rows_are_rejected_never_shifted(project):
    report = project.customers(
        project.file("a.csv", "客户编号,姓名,城市", "1,王伟,上海", "2,李,娜,杭州", "3,张三")
    )
    assert (report.files[0].imported, report.files[0].rejected) == (1, 2)
    assert {r.code for r in report.rejects} == {"ragged-row"}


def test_too_many_rejects_write_nothing(project):
    file = project.file("a.csv", "客户编号,年龄", "1,30", "2,三十", "3,四十", "4,31")
    with pytest.raises(DataError) as raised:
        project.customers(file, map={"年龄": (None, "number")}, max_rejects=1)
    codes = [problem.code for problem in raised.value.problems]
    assert codes == ["not-a-number", "not-a-number", "too-many-rejects"]
    assert project.rows("SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM fields)") == [(0, 0)]
    assert not (project.folder / "a.rejects.csv").exists()
    assert project.customers(file, map={"年龄": (None, "number")}, max_rejects=2).customers_created == 4


def test_a_bad_second_file_takes_the_first_back(project):
    good = project.file("1.csv", "客户编号,年龄", "1,30", "2,三十")
    bad = project.file("2.csv", "客户编号,年龄", "3,四十")
    with pytest.raises(DataError):
        project.customers(good, bad, map={"年龄": (None, "number")}, max_rejects=1)
    assert project.rows("SELECT count(*) FROM customers") == [(0,)]
    assert not list(project.folder.glob("*.rejects.csv"))


def test_a_file_whose_rows_are_all_rejected_is_an_error(project):
    with pytest.raises(DataError) as raised:
        project.customers(project.file("a.csv", "会员号,城市", ",上海", ",杭州"), key="会员号")
    assert raised.value.problems[-1].code == "no-row-left"


def test_a_dry_run_reports_and_leaves_nothing(project):
    file = project.file("a.csv", "客户编号,年龄,标签", "1,30,VIP", "2,三十,")
    report = project.customers(file, map={"年龄": (None, "number")}, dry_run=True)
    assert (report.customers_created, len(report.rejects), report.rejects_file) == (2, 1, None)
    assert (report.dry_run, report.operation, report.unknown_labels) == (True, None, {"VIP": 1})
    assert project.rows("SELECT count(*) FROM customers") == [(0,)]
    assert not list(project.folder.glob("*.rejects.csv"))


def test_the_type_of_the_field_wins_over_what_a_later_file_looks_like(project):
    project.customers(project.file("1.csv", "客户编号,年龄,等级", "1,30,金卡", "2,31,银卡"))
    report = project.customers(project.file("2.csv", "客户编号,年龄,等级", "1,三十二,007", "2,33,010"))
    assert project.rows("SELECT 年龄, 等级 FROM customers") == [(30.0, "007"), (33.0, "010")]
    assert [r.code for r in report.rejects] == ["not-a-number"]
    types = dict(project.rows("SELECT name, type FROM fields"))
    assert (types["年龄"], types["等级"]) == ("number", "text")


def test_declared_types_are_used_for_new_fields(project):
    project.customers(
        project.file("1.csv", "客户编号,等级,注册", "1,3,20250301"), types={"等级": "text", "注册": "date"}
    )
    assert project.rows("SELECT 等级, 注册 FROM customers") == [("3", "2025-03-01")]


def test_a_column_with_a_role_goes_into_the_field_of_that_role(project):
    project.customers(project.file("1.csv", "客户编号,手机", "1,13800138000", "2,13800138001"))
    report = project.customers(project.file("2.csv", "会员编号,电话", "2,13900139000", "3,13900139001"))
    assert (report.customers_created, report.customers_updated) == (1, 1)
    assert project.rows("SELECT tagctl_key, 手机 FROM customers") == [
        ("1", "13800138000"),
        ("2", "13900139000"),
        ("3", "13900139001"),
    ]
    assert [column.field for column in report.files[0].columns] == ["客户编号", "手机"]


def test_a_header_of_ours_is_renamed_and_told(project):
    report = project.customers(
        project.file("1.csv", "客户编号,tagctl_id,id", "1,a,x", "2,b,y"), key="客户编号"
    )
    assert project.rows('SELECT "id", "id 2" FROM customers') == [("x", "a"), ("y", "b")]
    assert any("tagctl_id" in note for note in report.files[0].notes)


def test_ignored_columns_are_not_stored(project):
    report = project.customers(project.file("1.csv", "客户编号,城市,备注", "1,上海,x"), ignore=("备注",))
    assert [(c.header, c.role) for c in report.files[0].columns] == [
        ("客户编号", "key"),
        ("城市", "city"),
        ("备注", "ignored"),
    ]
    assert {f for (f,) in project.rows("SELECT name FROM fields")} == {"客户编号", "城市"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"key": "客户编码"}, "unknown-column"),
        ({"ignore": ("没有",)}, "unknown-column"),
        ({"map": {"姓名": ("nickname", None)}}, "unknown-role"),
    ],
)
def test_options_that_name_what_is_not_there(project, options, code):
    with pytest.raises(UsageProblem) as raised:
        project.customers(project.file("1.csv", "客户编号,姓名", "1,王伟"), **options)
    (problem,) = raised.value.problems
    assert problem.code == code
    if options.get("key"):
        assert "客户编号" in problem.next


def test_a_key_is_asked_for_where_none_is_sure(project):
    file = project.file("1.csv", "姓名,城市,会员号", "王伟,上海,1", "李娜,上海,2", "王伟,北京,2")
    with pytest.raises(UsageProblem) as raised:
        project.customers(file)
    (problem,) = raised.value.problems
    assert problem.code == "no-key"
    assert "会员号" in problem.what
    assert project.customers(file, key="会员号").customers_created == 2


@pytest.mark.parametrize("last", ["10000", ""])
def test_a_guessed_key_must_hold_in_the_whole_file_not_only_in_the_sample(project, last):
    lines = [f"{number},上海" for number in range(10_020)]
    file = project.file("1.csv", "客户编号,城市", *lines, f"{last},杭州", *(f"x{n},北京" for n in range(20)))
    with pytest.raises(UsageProblem) as raised:
        project.customers(file)
    assert raised.value.problems[0].code == "no-key"
    assert project.rows("SELECT count(*) FROM customers") == [(0,)]
    assert project.customers(file, key="客户编号").customers_created == 10_040


def test_a_known_key_column_is_the_key_even_with_repeats(project):
    project.customers(project.file("1.csv", "卡,城市", "a1,上海", "a2,杭州"), key="卡")
    report = project.customers(project.file("2.csv", "城市,卡", "北京,a2", "苏州,a2"))
    assert (report.customers_created, report.customers_updated) == (0, 1)


def test_names_that_could_be_sql_are_only_names(project):
    hostile = '"; DROP TABLE customers; --'
    quoted = '"' + hostile.replace('"', '""') + '"'
    project.customers(project.file("1.csv", f"客户编号,{quoted},rowid,select", "1,Robert'),x,y"))
    project.customers(project.file("2.csv", f"客户编号,{quoted},rowid,select", "1,Robert,x,z"))
    assert project.rows('SELECT """; DROP TABLE customers; --", "rowid", "select" FROM customers') == [
        ("Robert", "x", "z")
    ]


def test_many_columns(project):
    headers = [f"f{i}" for i in range(150)]
    first = project.file("1.csv", ",".join(["客户编号", *headers]), ",".join(["1", *("a" * 150)]))
    project.customers(first)
    changed = ["b" if i in (0, 59, 60, 149) else "a" for i in range(150)]
    report = project.customers(
        project.file("2.csv", ",".join(["客户编号", *headers]), ",".join(["1", *changed]))
    )
    assert report.customers_updated == 1
    assert project.rows("SELECT f0, f1, f59, f60, f149 FROM customers") == [("b", "a", "b", "b", "b")]
    assert project.rows("SELECT count(*) FROM journal WHERE \"table\" = 'customers'") == [(4,)]


@pytest.mark.parametrize("total", ["合计,,30.50", ",总计：,30.50", "Total,,"])
def test_a_row_of_totals_is_no_customer_and_hides_no_key(project, total):
    report = project.customers(project.file("a.csv", "姓名,会员号,消费", "甲,001,10", "乙,002,20.5", total))
    assert adds_up(report)
    assert project.rows("SELECT tagctl_key FROM customers") == [("001",), ("002",)]
    assert [(r.location.row, r.code) for r in report.rejects] == [(4, "total-row")]


def test_a_full_row_may_begin_with_such_a_word(project):
    report = project.customers(project.file("a.csv", "名称,会员号", "Total,C1", "Shell,C2"))
    assert (report.customers_created, report.rejects) == (2, ())


def test_more_columns_than_a_table_takes_are_refused(project):
    headers = ",".join(f"c{i}" for i in range(2000))
    with pytest.raises(UsageProblem, match="2001 new columns"):
        project.customers(project.file("a.csv", f"会员号,{headers}", "1" + "," * 2000))


def test_a_file_with_headers_only_says_so(project):
    with pytest.raises(UsageProblem, match="no row below"):
        project.customers(project.file("a.csv", "会员号,姓名"))


def test_an_address_that_is_not_unique_is_named_as_the_reason(project):
    with pytest.raises(UsageProblem, match="Email does not identify the customers: 2 of 2 rows have it, 1"):
        project.customers(project.file("a.csv", "Email,First Name", "BEN@x.com,Ben", "ben@x.com,Ben"))


def test_a_bad_cell_does_not_count_its_neighbours_twice(project):
    file = project.file("a.csv", "会员号,积分", "1,'5", "2,null", "3,x", "4,'6")
    (reading,) = project.customers(file, map={"积分": (None, "number")}).files
    assert [note.split()[0] for note in reading.notes[-2:]] == ["2", "1"]  # guarded, null


# ── dots that may be decimals or thousands ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("积分", ["1.000", "2.500", "300"], True),
        ("消费额", ["1.000", "2.500"], True),
        ("消费额", ["€1.000", "€2.500"], True),
        ("消费额", ["-1.000", "2.500"], True),
        ("积分", ["1.000", "2.50"], False),
        ("积分", ["1.000", "0.125"], False),
        ("积分", ["1.000", "1500"], False),
        ("消费额", ["1.000", "1,500"], False),
        ("消费额", ["1.000", "1.500,25"], False),
        ("积分", ["1000", "2500"], False),
        ("备注", ["1.000", "见附件"], False),
    ],
)
def test_dots_before_three_digits_everywhere_are_told(project, header, cells, told):
    rows = [f'{n},"{cell}"' for n, cell in enumerate(cells)]
    report = project.customers(project.file("a.csv", f"客户编号,{header}", *rows))
    found = [note for note in report.files[0].notes if "--decimal-comma" in note]
    assert len(found) == told


def test_the_option_reads_thousands_and_is_remembered(project):
    def points():
        return [value for (value,) in project.rows("SELECT 积分 FROM customers ORDER BY tagctl_key")]

    file = project.file("a.csv", "客户编号,积分", "1,1.000", "2,2.500")
    project.customers(file)
    assert points() == [1.0, 2.5]
    report = project.customers(file, decimal_comma=True)
    assert (points(), report.files[0].notes) == ([1000.0, 2500.0], ())
    report = project.customers(project.file("b.csv", "客户编号,积分", "1,3.000", "2,4.500"))
    assert (points(), report.files[0].notes) == ([3000.0, 4500.0], ())
