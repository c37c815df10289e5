"""The taxonomy in the database: who is recognised across edits, and what an edit would do."""

from __future__ import annotations

import pytest
from content import check_invariants, content
from shop import Shop, taxonomy

from tagctl.reports.taxonomy import TaxonomyChange
from tagctl.store import tags

FIRST = taxonomy("价值/VIP", "价值/高价值", "活跃/沉睡")
PEOPLE = {"1": {}, "2": {}, "3": {}}
CELLS = {"1": ["VIP", "沉睡"], "2": ["高价值"], "3": ["VIP"]}


@pytest.fixture
def shop(tmp_path):
    found = Shop(tmp_path)
    found.apply(FIRST)
    found.import_customers("a", PEOPLE, **CELLS)
    return found


def change(kind, tag, into=None, members=0, breaking=False, hint=""):
    return TaxonomyChange(kind, tag, into, members, breaking, hint)


CASES = {
    "nothing": (FIRST, []),
    "a new tag": (taxonomy("价值/VIP", "价值/高价值", "价值/新", "活跃/沉睡"), [change("add", "新")]),
    "a new dimension": (
        taxonomy("价值/VIP", "价值/高价值", "活跃/沉睡", "来源/抖音"),
        [change("add", "来源"), change("add", "抖音")],
    ),
    "an alias": (
        taxonomy("价值/VIP", "价值/高价值", "活跃/沉睡", VIP=["贵宾"]),
        [change("alias", "VIP", members=2, hint="+贵宾")],
    ),
    "another spelling": (
        taxonomy("价值/Vip", "价值/高价值", "活跃/沉睡"),
        [change("edit", "Vip", members=2)],
    ),
    "a parent": (
        taxonomy("价值/VIP", "价值/VIP/高价值", "活跃/沉睡"),
        [change("edit", "高价值", members=1)],
    ),
    "a rename": (
        taxonomy("价值/贵宾", "价值/高价值", "活跃/沉睡", 贵宾=["VIP"]),
        [change("rename", "VIP", "贵宾", 2), change("alias", "贵宾", members=2, hint="+VIP")],
    ),
    "a merge": (
        taxonomy("价值/VIP", "活跃/沉睡", VIP=["高价值"]),
        [
            change("alias", "VIP", members=2, hint="+高价值"),
            change("merge", "高价值", "VIP", 1, breaking=True),
        ],
    ),
    "two names become a third": (
        taxonomy("价值/贵宾", "活跃/沉睡", 贵宾=["VIP", "高价值"]),
        [
            change("rename", "VIP", "贵宾", 2),
            change("alias", "贵宾", members=2, hint="+VIP +高价值"),
            change("merge", "高价值", "贵宾", 1, breaking=True),
        ],
    ),
    "gone, with nothing like it": (
        taxonomy("价值/VIP", "价值/高价值"),
        [change("drop", "活跃"), change("drop", "沉睡", members=1, breaking=True)],
    ),
    "gone, probably renamed": (
        taxonomy("价值/VIP", "价值/高价值客户", "活跃/沉睡"),
        [
            change("add", "高价值客户"),
            change("drop", "高价值", "高价值客户", 1, True, "{name: 高价值客户, aliases: [高价值]}"),
        ],
    ),
    "moved": (
        taxonomy("价值/VIP", "活跃/高价值", "活跃/沉睡"),
        [change("move", "高价值", "活跃", 1, breaking=True)],
    ),
    "a dimension renamed": (
        taxonomy("等级/VIP", "等级/高价值", "活跃/沉睡"),
        [change("rename", "价值", "等级")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_an_edit_would_do_is_what_it_does(shop, case):
    wanted, changes = CASES[case]
    before = content(shop.store)
    assert list(tags.plan(shop.store, wanted)) == changes
    assert content(shop.store) == before
    number = shop.apply(wanted)
    assert (number is None) == (not changes)
    check_invariants(shop.store)
    assert tags.plan(shop.store, wanted) == ()
    assert shop.apply(wanted) is None
    if number is not None:
        shop.undo(number)
        assert content(shop.store) == before


def test_a_rename_keeps_id_members_and_history(shop):
    number = tags.ids(shop.store)["VIP"]
    shop.apply(taxonomy("价值/贵宾", "价值/高价值", "活跃/沉睡", 贵宾=["VIP"]))
    assert tags.ids(shop.store)["贵宾"] == number
    assert shop.holders("贵宾") == {"1", "3"}
    assert tags.resolve(shop.store, "ｖｉｐ") == (number, "贵宾")
    assert shop.store.value("SELECT count(*) FROM assignments WHERE tag = ?", (number,)) == 2


def test_a_merge_moves_members_labels_and_since(shop):
    since = shop.store.value(
        "SELECT since FROM assignments a JOIN tags t ON t.id = a.tag WHERE t.name = '高价值'"
    )
    shop.apply(taxonomy("价值/VIP", "活跃/沉睡", VIP=["高价值"]))
    assert shop.holders("VIP") == {"1", "2", "3"}
    assert since in {s for (s,) in shop.store.rows("SELECT since FROM assignments WHERE lost_op IS NULL")}
    assert "高价值" not in tags.ids(shop.store)
    shop.import_customers("b", {"4": {}}, **{"4": ["高价值"]})
    assert shop.holders("VIP") == {"1", "2", "3", "4"}


def test_a_name_given_up_by_a_merge_can_be_a_tag_again(shop):
    shop.apply(taxonomy("价值/VIP", "活跃/沉睡", VIP=["高价值"]))
    shop.apply(FIRST)
    assert shop.holders("高价值") == set()
    assert shop.holders("VIP") == {"1", "2", "3"}


def test_a_tag_gone_keeps_its_members_until_it_comes_back(shop):
    shop.apply(taxonomy("价值/VIP", "价值/高价值"))
    assert shop.store.value("SELECT state FROM tags WHERE name = '沉睡'") == "undeclared"
    assert shop.holders("沉睡") == {"1"}
    shop.apply(FIRST)
    assert shop.store.value("SELECT state FROM tags WHERE name = '沉睡'") == "declared"


def test_an_empty_leftover_does_not_stand_in_the_way_of_a_rename(shop):
    shop.apply(taxonomy("价值/VIP", "价值/高价值", "活跃/沉睡", "价值/贵宾"))
    shop.apply(FIRST)
    number = tags.ids(shop.store)["VIP"]
    shop.apply(taxonomy("价值/贵宾", "价值/高价值", "活跃/沉睡", 贵宾=["VIP"]))
    assert tags.ids(shop.store)["贵宾"] == number


def test_pins_and_bans_follow_a_merge(shop):
    shop.assign("2", "VIP", pin=True)
    shop.apply(taxonomy("价值/高价值", "活跃/沉睡", 高价值=["VIP"]))
    rows = shop.store.rows("SELECT o.kind, t.name FROM overrides o JOIN tags t ON t.id = o.tag")
    assert rows == [("pin", "高价值")]
    assert shop.holders("高价值", "manual") == {"2"}


def test_values_of_a_family_become_tags_once(shop):
    with shop.operation("run") as op:
        found = tags.ensure_values(op, "价值", ["杭州", "VIP", "ＶＩＰ", " 杭州 "])
    assert found["VIP"] == found["ＶＩＰ"] == tags.ids(shop.store)["VIP"]
    assert found["杭州"] == found[" 杭州 "]
    assert shop.store.value("SELECT state FROM tags WHERE name = '杭州'") == "value"
    with shop.operation("run") as op:
        assert tags.ensure_values(op, "价值", ["杭州"]) == {"杭州": found["杭州"]}
    assert op.result is None


def test_values_are_not_gone_when_the_file_does_not_name_them(shop):
    with shop.operation("run") as op:
        tags.ensure_values(op, "价值", ["杭州"])
    assert tags.plan(shop.store, FIRST) == ()
