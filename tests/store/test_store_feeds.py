"""Feeds: headers in any order and case are one feed; the zone in which times were read is kept."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tagctl.errors import ConfigError
from tagctl.store import feeds
from tagctl.store.connection import open_store
from tagctl.store.operations import operate


@pytest.fixture
def op(tmp_path):
    store = open_store(tmp_path / "t.db", create=True)
    with operate(store, "import", now=1, by="test") as operation:
        yield operation


def test_a_feed_is_a_subject_and_a_set_of_headers(op):
    feed, new = feeds.ensure(op, "customer", ["Name", "ＩＤ", "標籤"])
    assert new
    assert feeds.ensure(op, "customer", ["标签", "id", " name "]) == (feed, False)
    assert feeds.ensure(op, "order", ["Name", "ID", "标签"])[0] != feed
    assert feeds.ensure(op, "customer", ["Name", "ID"])[0] != feed
    assert feeds.find(op.store, "customer", ["x"]) is None


def test_the_last_import_is_the_last_operation_in_force(op):
    feed, _new = feeds.ensure(op, "customer", ["a"])
    assert feeds.last_import(op.store, feed) is None
    first, second = feeds.Bytes("1", "{}"), feeds.Bytes("2", "{}")
    feeds.record(op, feed, "a.csv", first)
    feeds.record(op, feed, "b.csv", second)
    assert feeds.last_import(op.store, feed) == (op.number, [first, second])
    op.store.execute("UPDATE operations SET undone_by = number WHERE number = ?", (op.number,))
    assert feeds.last_import(op.store, feed) is None


def test_times_imported_in_another_zone_are_an_error_that_names_them(op):
    feed, _new = feeds.ensure(op, "order", ["a"])
    feeds.record(op, feed, "a.csv", feeds.Bytes("1", '{"timezone": "Asia/Shanghai"}'))
    feeds.record(op, feed, "dates.csv", feeds.Bytes("2", "{}"))
    feeds.refuse_other_zone(op.store, ZoneInfo("Asia/Shanghai"))
    with pytest.raises(ConfigError) as raised:
        feeds.refuse_other_zone(op.store, ZoneInfo("Europe/Paris"))
    (problem,) = raised.value.problems
    assert "a.csv" in problem.what
    assert "dates.csv" not in problem.what
    op.store.execute("UPDATE operations SET undone_by = number WHERE number = ?", (op.number,))
    feeds.refuse_other_zone(op.store, ZoneInfo("Europe/Paris"))
