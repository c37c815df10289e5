"""When a run computes only whom something can concern, and what makes it compute everybody; profiles."""

from __future__ import annotations

from itertools import count

import pytest
from running_project import NOW, Project, at

from tagctl.store import baseline
from tagctl.store.operations import operate
from tagctl.store.undo import undo

DAY = 86400
TAXONOMY = """
dimensions:
  - name: 行为
    tags: [新近, 常客, 本地, 前列]
"""
RULES = """
rules:
  - {tag: 新近, when: {last: order, newer_than: 7d}}
  - {tag: 常客, when: {count: order, within: 30d, at_least: 2}}
  - {tag: 本地, when: {field: 城市, is: 上海}}
  - {tag: 前列, when: {metric: 次数, top: 50%}}
metrics:
  次数: {count: order, within: 30d}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setattr(baseline, "WORTH_IT", 0)
    monkeypatch.setattr(baseline, "LARGEST_SHARE", 1.0)
    project = Project(tmp_path, TAXONOMY, RULES)
    project.field("customer", "城市")
    project.field("order", "")
    project.customers(6)
    for days, key in enumerate(("0000", "0000", "0001", "0001", "0002", "0003")):
        project.event("order", key, NOW - days * 5 * DAY)
    project.run()
    yield project
    project.store.close()


def narrowed(shop: Project, as_of: int = NOW + DAY) -> bool:
    report = shop.run(as_of, dry_run=True, stopwatch=count().__next__)
    return "touched" in {timing.name for timing in report.profile}


def test_a_night_is_narrowed(shop):
    assert narrowed(shop)


def test_an_import_keeps_it_narrow(shop):
    with operate(shop.store, "import", now=NOW, by="test") as op:
        shop.store.execute("UPDATE event_order SET tagctl_op = ? WHERE tagctl_id = 1", (op.number,))
        op.keep()
    assert narrowed(shop)


def test_another_rule_computes_everybody(shop):
    shop.rules = RULES.replace("at_least: 2", "at_least: 3")
    assert not narrowed(shop)


def test_another_operation_than_an_import_computes_everybody(shop):
    with operate(shop.store, "assign", now=NOW, by="test") as op:
        op.keep()
    assert not narrowed(shop)


def test_after_undo_everybody_is_computed(shop):
    last = shop.store.value("SELECT max(number) FROM operations")
    with operate(shop.store, "undo", now=NOW + 1, by="test") as op:
        undo(op, last)
    assert not narrowed(shop)
    shop.run(NOW + DAY)
    assert narrowed(shop, NOW + 2 * DAY)


def test_an_earlier_instant_computes_everybody(shop):
    assert not narrowed(shop, at("2026-05-01T00:00"))


def test_few_events_are_not_worth_it(shop, monkeypatch):
    monkeypatch.setattr(baseline, "WORTH_IT", 1000)
    assert not narrowed(shop)


def test_where_most_are_concerned_everybody_is_computed(shop, monkeypatch):
    monkeypatch.setattr(baseline, "LARGEST_SHARE", 0.0)
    names = {timing.name for timing in shop.run(NOW + 5 * DAY, stopwatch=count().__next__).profile}
    assert "touched" in names
    assert shop.holders("新近") == {"0000"}
    assert shop.holders("常客") == {"0000", "0001"}


def test_time_alone_takes_and_keeps_tags(shop):
    assert shop.holders("新近") == {"0000"}
    assert shop.holders("常客") == {"0000", "0001"}
    shop.run(NOW + 20 * DAY)
    assert shop.holders("新近") == set()
    assert shop.holders("常客") == {"0000"}


def bring(shop: Project, key: str, orders: int) -> None:
    """An import of orders of long ago."""
    with operate(shop.store, "import", now=NOW, by="test") as op:
        for _order in range(orders):
            shop.event("order", key, NOW - 20 * DAY, tagctl_op=op.number)
        op.keep()


def test_what_an_import_brought_counts_whenever_it_happened(shop):
    bring(shop, "0004", 2)
    assert narrowed(shop)
    shop.run(NOW + DAY)
    assert shop.holders("常客") == {"0000", "0001", "0004"}


def test_an_imported_tag_is_taken_over(shop):
    shop.assign("0005", "本地")
    assert narrowed(shop)
    shop.run(NOW + DAY)
    assert shop.holders("本地", "import") == set()


def test_who_stands_between_the_edges_of_a_rank_is_computed(shop):
    assert shop.holders("前列") == {"0000", "0001"}
    for key in ("0002", "0003", "0004"):
        bring(shop, key, 5)
    assert narrowed(shop)
    shop.run(NOW + DAY)
    assert shop.holders("前列") == {"0002", "0003", "0004"}


def test_members_are_counted_on_from_the_last_run(shop):
    shop.assign("0005", "常客")
    shop.run(NOW + 5 * DAY)
    report = shop.run(NOW + 6 * DAY, dry_run=True)
    assert {change.tag: change.members for change in report.changes} == {
        tag: len(shop.holders(tag)) for tag in ("新近", "常客", "本地", "前列")
    }
    shop.assign("0005", "常客", "manual")
    report = shop.run(NOW + 6 * DAY, dry_run=True)
    members = {change.tag: change.members for change in report.changes}
    assert members["常客"] == len(shop.holders("常客") | {"0005"})


def test_a_profile_has_steps_rules_and_metrics(shop):
    report = shop.run(NOW + DAY, dry_run=True, stopwatch=count().__next__)
    kinds = {kind: {t.name for t in report.profile if t.kind == kind} for kind in ("step", "rule", "metric")}
    assert kinds["step"] >= {"plan", "compare", "write"}
    assert kinds["rule"] == {"新近", "常客", "本地", "前列"}
    assert kinds["metric"] == {"次数"}


def test_without_a_stopwatch_there_is_no_profile(shop):
    assert shop.run(NOW + DAY).profile == ()
