"""Sheets as small teams make them: what is no data, what is doubtful, and what a report says of it."""

from __future__ import annotations

import pytest
from importing_project import Project, adds_up

from tagctl.errors import TagctlError


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.taxonomy()
    return made


def notes(report):
    return report.files[0].notes


@pytest.mark.parametrize(
    "remark",
    [
        "备注：以上数据截至10月31日,,",
        "制表人：小李  审核：小王,,",
        "Note: as of October,,",
        "以上数据仅供内部使用,,",
    ],
)
def test_a_remark_below_the_table_is_no_customer(project, remark):
    report = project.customers(
        project.file("a.csv", "会员号,姓名,城市", "001,甲,上海", "002,乙,北京", remark)
    )
    assert adds_up(report)
    assert project.rows("SELECT tagctl_key FROM customers") == [("001",), ("002",)]
    assert [(r.location.row, r.code) for r in report.rejects] == [(4, "remark")]


def test_whoever_is_called_so_stays_a_customer(project):
    rows = ("Note,a,b", "备注,a,", "Source 7,,", "说明书,,x")
    report = project.customers(project.file("a.csv", "会员号,姓名,城市", *rows))
    assert (report.customers_created, report.rejects) == (4, ())


def test_doubtful_dates_name_one_and_the_option_that_helps(project):
    file = project.file("a.csv", "会员号,注册日期", "1,2025-1-2", "2,03/04/2025", "3,05/06/2025")
    (note,) = notes(project.customers(file, types={"注册日期": "date"}))
    assert note.startswith("注册日期: dates such as 03/04/2025 may be")
    assert "--date-format %d/%m/%Y" in note
    again = project.customers(file, types={"注册日期": "date"}, date_format="%d/%m/%Y")
    assert (again.rejects, notes(again)) == ((), ())


def test_a_column_that_is_nearly_of_a_type_says_how_to_read_it(project):
    file = project.file(
        "a.csv", "会员号,累计消费,生日", "1,1.2万,1990-01-02", "2,300元,3月5日", "3,约500,1991/2/3", "4,—,"
    )
    said = notes(project.customers(file, dry_run=True))
    assert [note for note in said if "such as —, kept as text" in note]
    assert [
        note for note in said if "67% of the cells are of type money" in note and "累计消费=:money" in note
    ]
    assert [note for note in said if "67% of the cells are of type date" in note]
    read = project.customers(file, map={"累计消费": (None, "money")})
    assert not [note for note in notes(read) if note.startswith("累计消费")]
    assert [reject.text for reject in read.rejects] == ["约500"]


def test_tags_in_several_numbered_columns(project):
    file = project.file("a.csv", "会员号,标签1,标签2,客户标签 3", "1,VIP,,新客户", "2,,老客户,VIP")
    assert project.customers(file).tags_gained == 4


def test_events_know_their_customers_by_a_phone_under_its_usual_names(project):
    project.customers(project.file("c.csv", "会员号,手机号", "001,13900139001", "002,13900139002"))
    file = project.file(
        "o.csv", "订单号,客户手机,下单时间,金额", "A,139 0013 9001,2026-01-02,5", "B,13900139001,2026-01-03,7"
    )
    report = project.events("order", file)
    assert (report.customers_created, report.events_created) == (0, 2)


def test_what_is_unclear_about_events_names_all_columns_and_what_was_seen(project):
    with pytest.raises(TagctlError) as stopped:
        project.events("order", project.file("a.csv", "买主,日期,品名", "甲,2026-01-02,a", "甲,2026-01-03,b"))
    assert "买主, 日期, 品名" in stopped.value.problems[0].next
    with pytest.raises(TagctlError, match="not clear which column identifies the customer") as stopped:
        project.events("order", project.file("c.csv", "客户,下单时间", "张三,2026-01-02", "李四,2026-01-03"))
    assert "names of people identify nobody" in stopped.value.problems[0].next
    with pytest.raises(TagctlError, match="下单时间: 2 of 3 cells can be read as a time"):
        rows = ("1,2026-01-02", "2,2026-01-03", "3,46296.5")
        project.events("order", project.file("b.csv", "会员号,下单时间", *rows))


def test_a_thousand_beside_decimal_commas(project):
    file = project.file("a.csv", "Kunde;Umsatz", "1;1.234,50", "2;99,00", "3;1.000")
    project.customers(file, key="Kunde")
    assert project.rows("SELECT Umsatz FROM customers") == [(1234.5,), (99,), (1000,)]
    plain = project.file("b.csv", "Kunde;Preis", "1;1,50", "2;1.5")
    project.customers(plain, key="Kunde", dry_run=True)
    assert project.customers(plain, key="Kunde").files[0].columns[1].type == "text"


def test_lines_with_amounts_of_their_own_are_told(project):
    rows = ("A,1,2026-01-02,120,奶粉", "A,1,2026-01-02,80,尿布", "B,1,2026-01-03,5,x", "B,1,2026-01-03,5,y")
    file = project.file("o.csv", "订单号,会员号,下单时间,金额,商品", *rows)
    (note,) = notes(project.events("order", file, dry_run=True))
    assert note.startswith("金额: 1 event has lines with different amounts")
    assert "--ignore 订单号" in note
    assert project.events("order", file, ignore=("订单号",)).events_created == 4


def test_a_column_more_is_a_new_kind_of_file_and_says_so(project):
    project.customers(project.file("9.csv", "会员号,姓名,标签", "1,甲,VIP", "2,乙,老客户"))
    file = project.file("10.csv", "会员号,姓名,标签,等级", "1,甲,,金")
    (note,) = notes(project.customers(file))
    assert "9.csv is alike but for: 等级" in note
    assert "--save-mapping" in note
    assert notes(project.customers(project.file("11.csv", "会员号,姓名,标签,等级", "1,甲,VIP,银"))) == ()
    ours = project.file("export.csv", "会员号,姓名,tags", "1,甲,VIP")
    assert notes(project.customers(ours)) == ()
    other = project.file("other.csv", "会员号,标签,渠道,城市,余额", "1,VIP,a,b,c")
    assert not [note for note in notes(project.customers(other)) if "alike" in note]


@pytest.mark.parametrize("name", ["customer", " Customer", "assignment", "any"])
def test_what_is_no_event_is_no_event_type(project, name):
    with pytest.raises(TagctlError, match="cannot be the name of an event type"):
        project.events(name, project.file("a.csv", "会员号,登录时间", "1,2026-01-02"))
