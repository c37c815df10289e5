"""Which customer a row is about: by key, earlier key, phone, e-mail; nobody where that is not clear."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing_project import Project

from tagctl.errors import GuardStop, UsageProblem
from tagctl.model import Identifying
from tagctl.sql import Sql
from tagctl.store import matching

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def owners(project, event_type="order"):
    return project.rows(
        f"SELECT c.tagctl_key FROM event_{event_type} e JOIN customers c ON c.tagctl_id = e.tagctl_customer "
        "ORDER BY e.tagctl_at"
    )


def people(project, *rows):
    return project.customers(project.file("people.csv", "客户编号,姓名,手机,邮箱", *rows))


PEOPLE = (
    "C1,王伟,138 1234-5678,wang@example.cn",
    "C2,李娜,+8613912345678,LiNa@example.cn",
    "C3,张敏,13712345678,family@example.cn",
    "C4,张强,137 1234 5678,family@example.cn",
)


def test_orders_find_their_buyers_by_phone_however_it_is_written(project):
    people(project, *PEOPLE)
    report = project.events(
        "order",
        project.file(
            "o.csv", "手机号,下单时间", "13812345678,2026-01-01", "139-1234-5678,2026-01-02",
            "13712345678,2026-01-03", "138****5678,2026-01-04", "无,2026-01-05", "13512345678,2026-01-06",
            "135 1234 5678,2026-01-07",
        ),
    )  # fmt: skip
    assert owners(project) == [("C1",), ("C2",), ("13512345678",), ("13512345678",)]
    assert report.customers_created == 1
    assert [(r.location.row, r.code) for r in sorted(report.rejects, key=lambda r: r.location.row)] == [
        (4, "ambiguous-customer"),
        (5, "no-identity"),
        (6, "no-identity"),
    ]
    assert "手机号: 2 customers found by phone." in report.files[0].notes


def test_a_number_of_the_shop_s_own_is_never_taken_for_a_made_up_phone(project):
    report = project.customers(
        project.file("c.csv", "客户编号,姓名", "00000000,甲", "11111111,乙", "13800138000,丙", "无,丁"),
        key="客户编号",
    )
    assert report.customers_created == 3
    assert [(reject.location.row, reject.code) for reject in report.rejects] == [(5, "no-identity")]


def test_identifiers_are_tried_in_the_declared_order(project):
    project.customers(
        project.file("p.csv", "客户编号,openid,备用邮箱,邮箱", "A,oA,same@x.cn,a@x.cn", "B,oB,,same@x.cn"),
        key="客户编号",
    )
    rows = ("客户编号,下单时间", "same@x.cn,2026-01-01")
    project.store.identifying = Identifying(("备用邮箱", "email"))
    project.events("first", project.file("1.csv", *rows))
    project.store.identifying = Identifying(("email", "备用邮箱"))
    project.events("second", project.file("2.csv", *rows))
    project.store.identifying = Identifying(())
    project.events("third", project.file("3.csv", *rows))
    assert [owners(project, t) for t in ("first", "second", "third")] == [
        [("A",)],
        [("B",)],
        [("same@x.cn",)],
    ]


def test_match_says_which_column_names_customers(project):
    people(project, *PEOPLE)
    file = project.file(
        "o.csv", "买家会员名,联系手机,下单时间", "tb1,13812345678,2026-01-01", "tb2,13912345678,2026-01-02",
        "tb3,13512345678,2026-01-03",
    )  # fmt: skip
    with pytest.raises(GuardStop) as raised:
        project.events("order", file)
    (problem,) = raised.value.problems
    assert problem.what == "0 of 3 customers known by 买家会员名; 联系手机 matches 2."
    assert "--match 联系手机=phone" in problem.next
    assert project.rows("SELECT count(*) FROM event_types") == [(0,)]
    report = project.events("order", file, match=("联系手机", "phone"))
    assert owners(project) == [("C1",), ("C2",), ("13512345678",)]
    assert (report.customers_created, report.events_created) == (1, 3)
    again = project.events("other", project.file("n.csv", "联系手机,下单时间", "135-1234-5678,2026-01-03"))
    assert again.customers_created == 0


def test_match_by_key_is_no_doubt(project):
    people(project, *PEOPLE)
    file = project.file("o.csv", "买家会员名,联系手机,下单时间", "tb1,13812345678,2026-01-01")
    report = project.events("order", file, match=("买家会员名", "key"))
    assert report.customers_created == 1


def test_an_unknown_identifier_names_the_nearest(project):
    people(project, *PEOPLE)
    with pytest.raises(UsageProblem) as raised:
        project.events(
            "order", project.file("o.csv", "手机,下单时间", "1,2026-01-01"), match=("手机", "fone")
        )
    assert raised.value.problems[0].code == "unknown-identifier"
    assert "phone" in raised.value.problems[0].next


def test_a_customer_file_keyed_by_email_updates_who_has_it(project):
    people(project, *PEOPLE)
    report = project.customers(
        project.file(
            "news.csv", "邮箱,城市", "WANG@example.cn,上海", "family@example.cn,杭州", "new@x.cn,北京"
        ),
        key="邮箱",
    )
    assert (report.customers_created, report.customers_updated) == (1, 1)
    assert [r.code for r in report.rejects] == ["ambiguous-customer"]
    assert any("Once they are united, import the rejected row." in note for note in report.files[0].notes)
    assert project.rows("SELECT 城市 FROM customers WHERE tagctl_key = 'C1'") == [("上海",)]


def test_the_same_person_twice_in_a_file_is_said_and_not_united(project):
    report = project.customers(DATA / "shopify_customers_real_columns_invented_rows.csv")
    assert report.customers_created == 7
    assert any("rows 3, 8" in note for note in report.files[0].notes)
    again = project.customers(
        project.file("e.csv", "Email,城市", "ana.silva@example.com,上海", "Ana.Silva@example.com,杭州"),
        key="Email",
    )
    assert again.customers_created == 2, "two rows that could be one customer stay apart"


def test_new_customers_with_a_known_one_s_phone_or_openid_are_said(project):
    project.store.identifying = Identifying(("phone", "openid"))
    people(project, *PEOPLE)
    fans = project.file(
        "fans.csv", "会员号,手机,openid", "f1,+86 138-1234-5678,o1", "f2,13912345678,o2", "f3,13712349999,o3",
        "f4,138****5678,o4", "f5,,o5",
    )  # fmt: skip
    report = project.customers(fans)
    assert report.customers_created == 5
    assert [note for note in report.files[0].notes if "another key" in note] == [
        "手机: 2 new customers have the same as a known one with another key (rows 2, 3); they stay apart. "
        "See: tagctl customers duplicates"
    ]
    report = project.customers(
        project.file("app.csv", "客户编号,openid", "a1,O5", "a2,o9", "f1,o1"), key="客户编号"
    )
    assert [note for note in report.files[0].notes if "another key" in note] == [
        "openid: 1 new customer has the same as a known one with another key (row 2); they stay apart. "
        "See: tagctl customers duplicates"
    ]
    report = project.customers(project.file("app.csv", "客户编号,openid", "a1,o5", "a2,o8"), key="客户编号")
    assert not any("another key" in note for note in report.files[0].notes), "nobody is new"


def test_where_nobody_is_known_or_new_no_identifier_is_worked_out(project, monkeypatch):
    asked = []
    monkeypatch.setattr(
        matching, "values", lambda identifier, _sought: asked.append(identifier) or Sql("SELECT 1")
    )
    people(project, *PEOPLE)
    people(project, *(f"{row}x" for row in PEOPLE))
    assert asked == []


def test_masked_values_are_kept_and_counted(project):
    report = people(
        project, "C1,王伟,138****5678,a@x.cn", "C2,李娜,138****5678,b@x.cn", "C3,张,13512345678,c@x.cn"
    )
    assert report.customers_created == 3
    assert "手机: 2 values are masked or made up; they are kept and identify nobody." in report.files[0].notes


def test_rejected_rows_come_in_once_it_is_clear_whose_they_are(project):
    people(project, *PEOPLE[2:])
    file = project.file("o.csv", "手机号,下单时间", "13712345678,2026-01-03", "13812345678,2026-01-03")
    assert project.events("order", file).events_created == 1
    project.customers(project.file("people2.csv", "客户编号,姓名,手机,邮箱", "C4,张强,13612345678,"))
    report = project.events("order", file)
    assert (report.events_created, report.rejects) == (1, ())


def test_one_phone_or_address_with_different_keys_is_told_whatever_the_spelling(project):
    file = project.file(
        "people.csv",
        "客户编号,姓名,手机,邮箱",
        "C1,王伟,13812345678,wang@example.cn",
        "C2,李娜,+86 138-1234-5678,WANG@example.cn",
        "C3,张敏,13888888888,no address",
        "C4,张强,13888888888,no address",
        "C5,赵六,139****0001,",
        "C6,孙七,139****0001,",
        "C7,周八,1371234567８,sun@example.cn",
        "C7,周八,137 1234 5678,SUN@example.cn",
    )
    found = project.customers(
        file, key="客户编号", map={"手机": ("phone", "text"), "邮箱": ("email", "text")}
    )
    told = [note for note in found.files[0].notes if "different keys" in note]
    assert [note.split(":")[0] for note in told] == ["手机", "邮箱"]
    assert all("1 value stands" in note and "rows 2, 3" in note for note in told), told
