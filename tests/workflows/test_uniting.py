"""Who is there twice, and what becomes of customers who are united: all of it comes back by undo."""

from __future__ import annotations

import pytest
from content import check_invariants, content
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from importing_project import OP, Project

from tagctl.errors import GuardStop, UsageProblem
from tagctl.store import customers, undo
from tagctl.workflows import uniting

HEADERS = "客户编号,姓名,手机,邮箱,城市,生日,积分,标签"


@pytest.fixture
def project(tmp_path):
    return made(tmp_path)


def made(folder):
    project = Project(folder)
    project.taxonomy()
    return project


def merge(project, *people, into=None, keep="newest", dry_run=False):
    with project.operate("merge", dry_run=dry_run) as op:
        report = uniting.merge(op, people, into, keep)
    project.operation = op.result
    return report


def take_back(project, number):
    with project.operate("undo") as op:
        undo.undo(op, number)
    return op.result


def shop(project):
    """Two files and a month of orders; A and B are one person."""
    project.customers(
        project.file(
            "a.csv",
            HEADERS,
            "A,王伟,13812345678,wang@x.cn,,1990-01-02,5,新客户",
            "C,李娜,13912345678,,北京,,1,VIP",
        )
    )
    project.customers(
        project.file(
            "b.csv", HEADERS, "B,王伟 (公司),13512345678,wang@x.cn,上海,1990-01-02,7,VIP、老客户、没见过"
        )
    )
    project.events(
        "order",
        project.file(
            "o.csv",
            "订单编号,客户编号,下单时间,金额",
            "1,A,2026-01-01,5",
            "2,B,2026-01-02,6",
            "3,B,2026-01-03,7",
        ),
    )


def test_values_follow_the_policy(tmp_path):
    wanted = {
        "newest": ("王伟 (公司)", "13512345678", "上海", 7.0),
        "first": ("王伟", "13812345678", "上海", 5.0),
        "longest": ("王伟 (公司)", "13812345678", "上海", 5.0),
    }
    for keep, values in wanted.items():
        (tmp_path / keep).mkdir()
        project = made(tmp_path / keep)
        shop(project)
        merge(project, "A", "B", keep=keep)
        assert project.rows("SELECT 姓名, 手机, 城市, 积分 FROM customers WHERE tagctl_key = 'A'") == [values]
        assert project.rows("SELECT count(*) FROM customers") == [(2,)]


def test_tags_events_and_readings_come_along(project):
    shop(project)
    earlier = project.rows("SELECT min(since) FROM assignments WHERE customer = 2")
    report = merge(project, "A", "B", keep="first")
    assert (report.customer, report.merged, report.events_moved) == ("A", ("B",), 2)
    assert report.tags_gained == ("VIP", "老客户")
    assert {(tag, source) for key, tag, source in project.held() if key == "A"} == {
        ("新客户", "import"), ("VIP", "import"), ("老客户", "import"),
    }  # fmt: skip
    assert earlier <= project.rows("SELECT since FROM assignments WHERE customer = 1 AND lost_op IS NULL")
    assert project.rows("SELECT count(*) FROM event_order WHERE tagctl_customer = 1") == [(3,)]
    assert project.rows("SELECT count(*) FROM readings WHERE customer = 1 AND gone_op IS NULL") == [(4,)]
    differing = {field.field: (field.value, field.others) for field in report.fields}
    assert differing["姓名"] == ("王伟", (("B", "王伟 (公司)"),))
    assert differing["城市"] == ("上海", ())
    check_invariants(project.store)


def test_earlier_keys_and_identifiers_go_on_finding_the_customer(project):
    shop(project)
    merge(project, "A", "B", keep="first")
    for text in ("B", "13512345678", "135 1234 5678", "wang@x.cn", "A"):
        assert customers.find(project.store, text)[1] == "A"
    assert project.rows("SELECT kind, text FROM known_as") == [("key", "B"), ("phone", "13512345678")]
    report = project.events(
        "call", project.file("c.csv", "手机号,时间", "13512345678,2026-02-01", "B,2026-02-02"), key="手机号"
    )
    assert report.customers_created == 0
    assert project.rows("SELECT count(DISTINCT tagctl_customer), count(*) FROM event_call") == [(1, 2)]


def test_files_from_before_make_no_new_customers_and_events(project):
    shop(project)
    merge(project, "A", "B")
    (project.folder / "a.csv").write_text((project.folder / "a.csv").read_text() + "\n")  # not the same bytes
    for name in ("a.csv", "b.csv"):
        assert project.customers(project.folder / name).customers_created == 0
    orders = project.events(
        "order", project.file("o2.csv", "订单编号,客户编号,下单时间,金额", "2,B,2026-01-02,6")
    )
    assert (orders.customers_created, orders.events_created, orders.events_updated) == (0, 0, 0)
    assert {key for key, _tag, _source in project.held()} == {"A", "C"}


def test_undo_brings_everything_back_and_redo_unites_again(project):
    shop(project)
    project.change(
        "INSERT INTO overrides (kind, customer, tag, op) VALUES ('ban', ?, ?, ?)",
        project.customer("B"), project.tag("新客户"), OP,
    )  # fmt: skip
    before = content(project.store)
    report = merge(project, "C", "B", "A", into="A")
    assert report.banned == ("新客户",)
    number, after = project.operation, content(project.store)
    check_invariants(project.store)
    assert project.rows("SELECT tagctl_key FROM customers") == [("A",)]
    undone = take_back(project, number)
    assert content(project.store) == before
    check_invariants(project.store)
    take_back(project, undone)
    assert content(project.store) == after


def test_what_a_merge_builds_on_cannot_be_undone_before_it(project):
    shop(project)
    merge(project, "A", "B")
    for number in (2, 3, 4):
        with pytest.raises(GuardStop) as stopped:
            take_back(project, number)
        assert stopped.value.problems[0].next.splitlines()[0].endswith(str(project.operation))


def test_who_is_there_under_one_key_is_not_gone(project):
    shop(project)
    project.customers(project.file("a2.csv", HEADERS, "C,李娜,,,,,,"), snapshot=True, max_missing=1.0)
    gone = "SELECT tagctl_key FROM customers WHERE tagctl_gone IS NOT NULL"
    assert project.rows(gone) == [("A",), ("B",)]
    project.customers(project.file("b2.csv", "客户编号,姓名", "B,王伟"))
    merge(project, "A", "B")
    assert project.rows(gone) == []
    project.customers(project.file("b3.csv", "客户编号,姓名", "B,王伟"), snapshot=True, max_missing=1.0)
    assert project.rows(gone) == []
    project.customers(project.file("b4.csv", "客户编号,姓名", "C,李娜"), snapshot=True, max_missing=1.0)
    assert project.rows(gone) == [("A",)]


def test_one_merge_after_another(project):
    shop(project)
    start = content(project.store)
    merge(project, "B", "A")
    first = project.operation
    merge(project, "C", "B")
    second = project.operation
    assert customers.find(project.store, "A")[1] == "C"
    take_back(project, second)
    assert customers.find(project.store, "A")[1] == "B"
    take_back(project, first)
    assert content(project.store) == start


def test_a_dry_run_writes_nothing(project):
    shop(project)
    before = content(project.store)
    report = merge(project, "A", "B", dry_run=True)
    assert (report.dry_run, report.merged, content(project.store)) == (True, ("B",), before)


@pytest.mark.parametrize(
    ("people", "code"), [(("A",), "one-customer"), (("A", "wang2@x.cn"), "unknown-customer")]
)
def test_two_customers_are_needed(project, people, code):
    shop(project)
    with pytest.raises(UsageProblem) as raised:
        merge(project, *people)
    assert raised.value.problems[0].code == code


# ── duplicates ───────────────────────────────────────────────────────────────────────────────────


def clusters(project):
    found = {}
    for row in uniting.find_duplicates(project.store):
        found.setdefault(row.cluster, ([], row.witnesses))[0].append(row.customer)
    return list(found.values())


def test_what_speaks_for_duplicates(project):
    project.customers(
        project.file(
            "c.csv", "客户编号,姓名,手机,邮箱,城市,生日",
            "A,王伟,138 1234 5678,,北京,", "B,老王,+86-13812345678,w@x.cn,,", "D,W,,W@X.cn,,",
            "ben,Ben,,,,", "BEN,Ben,,,,",
            "E,李娜,,,上海,1990-02-03", "F,李 娜,,,北京,1990-02-03", "G,李娜,,,,1991-02-03",
            "H,张敏,137****0000,,,", "I,张敏,13755550000,,,", "J,张强,13755550000x,,,",
            "K,赵一,无,,,", "L,赵二,无,,,", "M,赵三,00000000000,,,", "N,赵四,00000000000,,,",
        )
    )  # fmt: skip
    assert clusters(project) == [
        (["A", "B", "D"], ("phone +8613812345678", "email w@x.cn")),
        (["ben", "BEN"], ("key ben",)),
        (["E", "F"], ("name 李娜, birthday 1990-02-03",)),
        (["H", "I"], ("name 张敏, 137****0000 = 13755550000",)),
    ]


def test_the_name_and_a_city_speak_for_it_where_both_are_rare(project):
    others = [f"N{number},客户{number},上海" for number in range(100)]
    rows = ("A,王伟,上海", "B,王伟,上海", "C,李娜,漠河", "D,李娜,漠河", "E,张敏,北京", "F,张敏,漠河")
    project.customers(project.file("c.csv", "客户编号,姓名,城市", *others, *rows))
    assert clusters(project) == [(["C", "D"], ("name 李娜, city 漠河",))]


def test_a_phone_of_many_is_nobodys(project):
    rows = [f"K{number},客户{number},13812345678" for number in range(11)]
    project.customers(project.file("c.csv", "客户编号,姓名,手机", *rows))
    assert clusters(project) == []


def test_united_they_are_duplicates_no_more(project):
    shop(project)
    assert clusters(project)[0][0] == ["A", "B"]
    merge(project, "A", "B")
    assert clusters(project) == []


def test_the_list_has_identifiers_and_counts(project):
    shop(project)
    merge(project, "A", "B", keep="first")
    table = uniting.listed(project.store)
    assert table.columns == ("key", "name", "phone", "phone_e164", "email", "earlier_keys", "tags")
    assert table.rows[0] == ("A", "王伟", "13812345678", "+8613812345678", "wang@x.cn", "B", 3)
    assert uniting.listed(project.store, 1).rows == table.rows[:1]
    assert uniting.listed(project.store, 1).total == 2


# ── whatever the customers are ───────────────────────────────────────────────────────────────────

people = st.lists(
    st.tuples(
        st.sampled_from(["王伟", "李娜", ""]),
        st.sampled_from(["13812345678", "138 1234 5678", "139****0000", ""]),
        st.sampled_from(["a@x.cn", "A@x.cn", ""]),
        st.sampled_from(["VIP", "VIP、新客户", "老客户", ""]),
    ),
    min_size=2,
    max_size=4,
)


@settings(max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
@given(people, people, st.sampled_from(["newest", "first", "longest"]), st.data())
def test_merge_then_undo_is_as_before_and_old_files_make_nobody_new(tmp_path_factory, one, two, keep, data):
    project = made(tmp_path_factory.mktemp("shop"))
    files = []
    for name, rows in (("1.csv", one), ("2.csv", two)):
        lines = [f"K{number},{','.join(row)}" for number, row in enumerate(rows)]
        files.append(project.file(name, "客户编号,姓名,手机,邮箱,标签", *lines))
        project.customers(files[-1])
    keys = [key for (key,) in project.rows("SELECT tagctl_key FROM customers")]
    chosen = data.draw(st.permutations(keys))[: data.draw(st.integers(2, len(keys)))]
    before = content(project.store)
    merge(project, *chosen, keep=keep)
    number = project.operation
    check_invariants(project.store)
    undone = take_back(project, number)
    assert content(project.store) == before
    take_back(project, undone)
    for file in files:
        file.write_text(file.read_text() + "\n")
        assert project.customers(file).customers_created == 0
    assert project.rows("SELECT count(*) FROM customers") == [(len(keys) - len(chosen) + 1,)]
    check_invariants(project.store)
    project.store.close()


def test_the_same_phone_written_otherwise_is_no_conflict(project):
    project.customers(project.file("a.csv", HEADERS, "A,王伟,13812345678,,,,,"))
    project.customers(project.file("b.csv", HEADERS, "B,王伟,+86 138-1234-5678,Wang@x.cn,,,,"))
    report = merge(project, "A", "B", keep="newest")
    assert [(field.field, field.value) for field in report.fields] == [("邮箱", "Wang@x.cn")]
    assert project.rows("SELECT 手机 FROM customers") == [("13812345678",)]
    assert project.rows("SELECT kind, text FROM known_as") == [("key", "B")]


def test_a_phone_names_all_who_share_it(project):
    project.customers(project.file("k.csv", "客户编号,姓名", "+8613812345678,W"))
    project.customers(
        project.file("a.csv", HEADERS, "A,王伟,13812345678,,,,,", "B,小王,138 1234 5678,,,,,", "C,李娜,,,,,,")
    )
    before = content(project.store)
    assert merge(project, "138-1234-5678").merged == ("A", "B")
    take_back(project, project.operation)
    assert content(project.store) == before
    assert merge(project, "13812345678", into="B").merged == ("+8613812345678", "A")
    take_back(project, project.operation)
    assert merge(project, "C", "+8613812345678").merged == ("+8613812345678",), "a key is one customer's"
