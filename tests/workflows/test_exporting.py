"""Exports: every kind, every format, from a file that can only be read."""

from __future__ import annotations

import csv
import io
import json
import stat

import pytest
from importing_project import OP, ZONE, Project
from reading_project import RULES, Shop

from tagctl.errors import UsageProblem
from tagctl.io.target import Target
from tagctl.store import exports
from tagctl.store.connection import open_store
from tagctl.workflows import exporting


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """… 6 a run by which nobody is 潜力客户 any more."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.run(RULES.replace("at_least: 2", "at_least: 9"))
    return shop


def lines(shop, what, **options):
    """The export as jsonl, parsed."""
    stream = io.BytesIO()
    with open_store(shop.store.path, read_only=True) as store:
        exporting.export(store, what, Target(stream, "jsonl"), timezone=ZONE, now=1, by="ann", **options)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_customers_have_their_fields_in_order_and_their_tags(shop):
    rows = lines(shop, "customers")
    assert list(rows[0].items()) == [
        ("客户编号", "007"),
        ("姓名", "王伟"),
        ("手机号", "13800138000"),
        ("城市", "上海"),
        ("注册日期", "2025-12-01"),
        ("累计消费", 1280.5),
        ("tags", ["VIP", "新客户"]),
    ]
    assert [row["tags"] for row in rows[1:]] == [["黑金VIP"], []]


def test_customers_exported_and_imported_again_change_nothing(tmp_path):
    shop = Shop(tmp_path)
    with open_store(shop.store.path, read_only=True) as store:
        target = Target(tmp_path / "out.csv")
        exporting.export(store, "customers", target, timezone=ZONE, now=1, by="ann")
    (tmp_path / "other").mkdir()
    other = Project(tmp_path / "other")
    other.taxonomy()
    report = other.customers(tmp_path / "out.csv")
    assert (report.customers_created, report.rejects) == (3, ())
    again = 'SELECT tagctl_key, "姓名", "手机号", "注册日期", "累计消费" FROM customers'
    assert other.rows(again) == shop.rows(again)


def test_events_of_all_types_share_columns(shop):
    rows = lines(shop, "events")
    assert list(rows[0].items()) == [
        ("type", "order"), ("customer", "007"), ("at", "2026-01-01T10:00:00+08:00"),
        ("订单编号", "A1"), ("实付金额", 100.1), ("品类", "母婴"), ("时长", None),
    ]  # fmt: skip
    assert (len(rows), rows[-1]["type"], rows[-1]["品类"], rows[-1]["时长"]) == (5, "view", "母婴", 12.5)


def test_fields_of_one_name_but_two_types_are_told_apart(tmp_path):
    shop = Project(tmp_path)
    shop.events("a", shop.file("a.csv", "客户编号,时间,分数", "1,2026-01-01,3"))
    shop.events("b", shop.file("b.csv", "客户编号,时间,分数", "1,2026-01-01,好"))
    rows = lines(shop, "events")
    assert [(row["a.分数"], row["b.分数"]) for row in rows] == [(3, None), (None, "好")]


def test_events_of_one_type_have_its_own_columns(shop):
    rows = lines(shop, "events", event_type="VIEW")
    assert rows == [{"客户编号": "007", "时间": "2026-01-04T09:30:00+08:00", "品类": "母婴", "时长": 12.5}]
    with pytest.raises(UsageProblem) as stop:
        lines(shop, "events", event_type="veiw")
    assert "view" in stop.value.problems[0].next


def test_assignments_say_source_time_and_operation(shop):
    rows = lines(shop, "assignments")
    assert rows[0] == {
        "customer": "007", "tag": "VIP", "dimension": "价值", "source": "import",
        "gained_at": "2026-01-03T08:00:00+08:00", "operation": 2,
    }  # fmt: skip
    assert sorted((row["customer"], row["tag"]) for row in rows) == [
        ("007", "VIP"), ("007", "新客户"), ("008", "黑金VIP"),
    ]  # fmt: skip


def test_changes_since_an_operation_or_a_date(shop):
    everything = lines(shop, "changes")
    assert [(row["operation"], row["change"], row["tag"]) for row in everything] == [
        (2, "gained", "VIP"), (2, "gained", "黑金VIP"), (2, "gained", "新客户"),
        (5, "gained", "潜力客户"), (6, "lost", "潜力客户"),
    ]  # fmt: skip
    (last,) = lines(shop, "changes", since="5")
    assert last == {
        "customer": "007", "tag": "潜力客户", "change": "lost", "source": "rule", "operation": 6,
        "at": "2026-01-07T08:00:00+08:00", "kind": "run",
    }  # fmt: skip
    assert [row["operation"] for row in lines(shop, "changes", since="2026-01-06")] == [5, 6]
    assert lines(shop, "changes", since="2026-01-08") == []
    with pytest.raises(UsageProblem):
        lines(shop, "changes", since="yesterday")


def test_an_interval_closed_and_opened_at_once_is_no_change(tmp_path):
    shop = Shop(tmp_path)
    customer, tag = shop.customer("007"), shop.tag("潜力客户")
    with shop.operate("run") as op:
        op.store.execute(
            "UPDATE assignments SET lost_op = ? WHERE customer = ? AND tag = ?", (op.number, customer, tag)
        )
        op.store.execute(
            "INSERT INTO assignments (tag, customer, source, gained_op, since) VALUES (?, ?, 'rule', ?, 1)",
            (tag, customer, op.number),
        )
        op.keep()
    assert lines(shop, "changes", since="5") == []


def test_scattered_customers_get_their_own_tags(tmp_path):
    """Pages whose customers lie far apart are looked up one by one: the result is the same."""
    shop = Shop(tmp_path)
    shop.change("INSERT INTO customers (tagctl_id, tagctl_key, tagctl_op) VALUES (900000, 'far', ?)", OP)
    shop.change(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        "VALUES (?, 900000, 'manual', ?, 1)",
        shop.tag("老客户"), OP,
    )  # fmt: skip
    assert {row["客户编号"]: row["tags"] for row in lines(shop, "customers")} == {
        "007": ["VIP", "潜力客户", "新客户"], "008": ["黑金VIP"], "009": [], "far": ["老客户"],
    }  # fmt: skip


def test_more_customers_than_a_page(tmp_path, monkeypatch):
    shop = Shop(tmp_path)
    monkeypatch.setattr(exports, "PAGE", 2)
    assert [row["tags"] for row in lines(shop, "customers")] == [
        ["VIP", "潜力客户", "新客户"],
        ["黑金VIP"],
        [],
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "json"])
def test_formats_follow_the_suffix(shop, tmp_path, suffix):
    target = Target(tmp_path / f"out.{suffix}")
    with open_store(shop.store.path, read_only=True) as store:
        report = exporting.export(store, "assignments", target, timezone=ZONE, now=1, by="ann")
    assert (report.format, report.rows, report.file) == (suffix, 3, str(tmp_path / f"out.{suffix}"))
    assert (tmp_path / f"out.{suffix}").stat().st_size > 0


def test_an_unknown_suffix_is_a_usage_problem(shop, tmp_path):
    with open_store(shop.store.path, read_only=True) as store, pytest.raises(UsageProblem):
        exporting.export(store, "assignments", Target(tmp_path / "out.doc"), timezone=ZONE, now=1, by="ann")
    assert not list(tmp_path.iterdir())


def test_a_read_only_database_exports_without_a_line_in_the_log(tmp_path):
    shop = Shop(tmp_path)
    shop.store.close()
    path = tmp_path / "tagctl.db"
    path.chmod(stat.S_IRUSR)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        stream = io.BytesIO()
        with open_store(path, read_only=True) as store:
            report = exporting.export(store, "assignments", Target(stream), timezone=ZONE, now=1, by="ann")
    finally:
        tmp_path.chmod(0o700)
        path.chmod(0o600)
    assert report.rows == 4
    assert len(list(csv.reader(io.StringIO(stream.getvalue().decode())))) == 5


def test_an_export_is_no_operation(tmp_path):
    shop = Shop(tmp_path)
    before = shop.rows("SELECT count(*) FROM operations")
    lines(shop, "assignments")
    assert shop.rows("SELECT count(*) FROM operations") == before
    assert shop.rows('SELECT "by", what, file, rows FROM exports') == [("ann", "assignments", "-", 4)]


def test_another_writer_does_not_stop_an_export(tmp_path, monkeypatch):
    shop = Shop(tmp_path)
    monkeypatch.setattr(exports, "_LOG_TIMEOUT", 0.01)
    with shop.operate("run") as op:
        op.store.execute("DELETE FROM assignments")  # not committed: nobody else sees it
        assert len(lines(shop, "assignments")) == 4
    assert shop.rows("SELECT count(*) FROM exports") == [(0,)]


def test_customers_who_are_gone_are_left_out_unless_asked_for(tmp_path):
    shop = Shop(tmp_path)
    shop.change("UPDATE customers SET tagctl_gone = ? WHERE tagctl_key = '007'", OP)
    for what in ("customers", "events", "assignments"):
        present, all_ = lines(shop, what), lines(shop, what, with_gone=True)
        assert "007" not in str(present)
        assert "007" in str(all_)
        assert [row for row in all_ if row in present] == present
    assert "007" in str(lines(shop, "changes"))
