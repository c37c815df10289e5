"""What each check finds, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from shop import Shop, taxonomy

from tagctl import checks
from tagctl.model import Duration, Found, Taxonomy
from tagctl.workflows import checking

UTC = ZoneInfo("UTC")
DAY = 86_400
PEOPLE = {"1": {}, "2": {}, "3": {}}


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def exclusive(found: Taxonomy, dimension: str) -> Taxonomy:
    changed = replace(found.dimensions[dimension], exclusive="one")
    return replace(found, dimensions={**found.dimensions, dimension: changed})


def look(shop, wanted, by_run=None, as_of=None):
    """Reconcile; what is open afterwards: (code, subject) → count."""
    with shop.operation("run") as op:
        checking.reconcile(op, wanted, by_run, as_of or op.as_of, UTC)
    return {(row.code, row.subject): row.count for row in checking.list_findings(shop.store)}


def test_declared_conflicts_meet_on_one_customer_children_included(shop):
    wanted = replace(
        taxonomy("价值/VIP", "价值/VIP/黑金", "活跃/沉睡", "活跃/流失"),
        conflicts=(("VIP", "沉睡", "流失"), ("沉睡", "VIP")),
    )
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": ["VIP", "沉睡"], "2": ["黑金", "沉睡"], "3": ["VIP"]})
    assert look(shop, wanted) == {("tag-conflict", ("VIP", "沉睡")): 2}
    shop.import_customers("a", {}, **{"1": ["VIP"], "2": []})
    assert look(shop, wanted) == {}


def test_a_family_in_one_choice_is_no_conflict_with_itself(shop):
    wanted = replace(taxonomy("价值/VIP", "价值/VIP/黑金"), conflicts=(("VIP", "黑金"),))
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": ["黑金"]})
    assert look(shop, wanted) == {}
    shop.import_customers("a", PEOPLE, **{"1": ["黑金", "VIP"]})
    assert look(shop, wanted) == {("tag-conflict", ("VIP", "黑金")): 1}


def test_two_choices_of_an_exclusive_dimension(shop):
    wanted = exclusive(taxonomy("阶段/新客", "阶段/老客", "阶段/老客/忠实", "兴趣/跑步", "兴趣/游泳"), "阶段")
    wanted = replace(wanted, conflicts=(("新客", "老客"),))
    shop.apply(wanted)
    shop.import_customers(
        "a", PEOPLE, **{"1": ["忠实", "新客"], "2": ["忠实", "老客"], "3": ["跑步", "游泳"]}
    )
    assert look(shop, wanted) == {("exclusive-conflict", ("阶段", "新客", "老客")): 1}


def test_one_conflict_per_customer_whatever_the_sources(shop):
    wanted = exclusive(taxonomy("阶段/新客", "阶段/老客"), "阶段")
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": ["新客"]})
    shop.run({"老客": ["1"]})
    shop.assign("1", "新客")
    assert look(shop, wanted) == {("exclusive-conflict", ("阶段", "新客", "老客")): 1}


def test_assignments_older_than_their_review_rules_excepted(shop):
    wanted = taxonomy("价值/VIP", "价值/忠实")
    reviewed = {name: replace(tag, review=Duration(10, "d")) for name, tag in wanted.tags.items()}
    wanted = replace(wanted, tags=reviewed)
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": ["VIP"], "2": ["VIP"]})
    since = shop.clock
    shop.run({"忠实": ["1"]})
    assert look(shop, wanted, as_of=since + 10 * DAY - 1) == {}
    assert look(shop, wanted, as_of=since + 10 * DAY) == {("stale-assignment", ("VIP",)): 2}


def test_undeclared_tags_with_members(shop):
    shop.apply(taxonomy("价值/VIP", "价值/旧", "价值/空"))
    shop.import_customers("a", PEOPLE, **{"1": ["旧"]})
    wanted = taxonomy("价值/VIP")
    shop.apply(wanted)
    assert look(shop, wanted) == {("undeclared-tag", ("旧",)): 1}


def test_unknown_labels_until_they_are_declared_or_gone(shop):
    wanted = taxonomy("价值/VIP")
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": ["贵宾", "x"], "2": ["贵宾"]})
    assert look(shop, wanted) == {("unknown-label", ("贵宾",)): 2, ("unknown-label", ("x",)): 1}
    shop.import_customers("a", {}, **{"1": ["贵宾"]})
    wanted = taxonomy("价值/VIP", VIP=["贵宾"])
    shop.apply(wanted)
    assert look(shop, wanted) == {}


@pytest.mark.parametrize("name", ['a"b', "\\", "a\nb", "😀", "', 1); --", "\x7f/\t"])
def test_subjects_of_any_spelling_are_found_again(shop, name):
    wanted = taxonomy("价值/VIP")
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": [name]})
    look(shop, wanted)
    (row,) = checking.list_findings(shop.store)
    assert row.subject == (name,)
    report = checking.show(shop.store, row.id, wanted, shop.clock, UTC)
    assert [member.key for member in report.members] == ["1"]


def test_what_a_run_found_stays_where_nothing_ran(shop):
    wanted = taxonomy("价值/VIP")
    waiting = Found("rule-waiting", "warning", ("login",), 1, {"rules": "VIP"})
    assert look(shop, wanted, [waiting]) == {("rule-waiting", ("login",)): 1}
    assert look(shop, wanted, None) == {("rule-waiting", ("login",)): 1}
    assert look(shop, wanted, []) == {}


def test_the_same_state_twice_writes_nothing(shop):
    wanted = replace(taxonomy("价值/VIP", "活跃/沉睡"), conflicts=(("VIP", "沉睡"),))
    shop.apply(wanted)
    shop.import_customers("a", PEOPLE, **{"1": ["VIP", "沉睡", "?"]})
    look(shop, wanted)
    with shop.operation("run") as op:
        assert checking.reconcile(op, wanted, [], op.as_of, UTC) == (0, 0, 2)
    assert op.result is None


def test_a_finding_shows_its_customers_with_where_each_tag_came_from(shop):
    wanted = replace(taxonomy("价值/VIP", "活跃/沉睡", VIP=["贵宾"]), conflicts=(("VIP", "沉睡"),))
    shop.apply(wanted)
    first = shop.import_customers("a", PEOPLE, **{"1": ["贵宾"], "2": ["VIP"]})
    by_hand = shop.assign("1", "沉睡")
    run = shop.run({"沉睡": ["2"]})
    look(shop, wanted)
    (row,) = checking.list_findings(shop.store)
    report = checking.show(shop.store, row.id, wanted, shop.clock, UTC)
    assert (report.total, [member.key for member in report.members]) == (2, ["1", "2"])
    imported, manual = report.members[0].evidence
    assert (imported.tag, imported.operation, imported.file, imported.row) == ("VIP", first, "a.csv", 2)
    assert (imported.text, imported.alias_path) == ("贵宾", ("贵宾", "VIP"))
    assert (manual.tag, manual.source, manual.operation, manual.by) == ("沉睡", "manual", by_hand, "test")
    assert [(e.source, e.operation) for e in report.members[1].evidence] == [("import", first), ("rule", run)]
    assert len(checking.show(shop.store, row.id, wanted, shop.clock, UTC, limit=1).members) == 1


def test_every_check_has_words_of_its_own():
    codes = [check.code for check in checks.CHECKS]
    assert len(set(codes)) == len(codes)
    assert len({check.title for check in checks.CHECKS}) == len(codes)
    assert all(checking.titles()[code] and checking.manual(code) for code in codes)
