"""The words of the language that read time, sequences and records, run end to end by hand-made cases."""

from __future__ import annotations

from hashlib import sha256

import pytest
from running_project import NOW, START, ZONE, Project, at

from tagctl.store.operations import operate
from tagctl.store.undo import undo
from tagctl.workflows import running

DAY = 86_400
TAXONOMY = """
version: 1
dimensions:
- name: 行为
  kind: behaviour
  tags: [A, B, {name: C, children: [C1]}]
- name: 阶段
  kind: lifecycle
  exclusive: ordered
  tags: [S1, S2]
"""


@pytest.fixture
def shop(tmp_path) -> Project:
    project = Project(tmp_path, TAXONOMY)
    project.field("order", "状态", "text", "status")
    project.field("view", "")
    for key in ("a", "b", "c"):
        project.customer(key)
    return project


def rule(project: Project, when: str, tag: str = "A", head: str = "") -> None:
    project.rules = f"{head}\nrules: [{{tag: {tag}, when: {when}}}]"


def given(project: Project, when: str, as_of: int = NOW, head: str = "") -> set[str]:
    """Who has A by this condition; nothing is kept."""
    rule(project, when, head=head)
    with operate(project.store, "run", now=max(as_of, NOW), as_of=as_of, by="test") as op:
        running.run(op, project.compiled(), project.taxonomy, timezone=ZONE)
        held = project.holders("A")
        op.kept = False
    return held


# ── windows ──────────────────────────────────────────────────────────────────────────────────────

PERIODS = "periods: {节: [[2026-03-01, 2026-03-02], [2026-05-01, 2026-05-01], [2026-03-02, 2026-03-03]]}"


@pytest.mark.parametrize(
    ("when", "counted"),
    [
        ("2026-02-28T23:59:59", 0),
        ("2026-03-01T00:00:00", 1),
        ("2026-03-03T23:59:59", 1),
        ("2026-03-04T00:00:00", 0),
        ("2026-04-15T12:00:00", 0),
        ("2026-05-01T23:59:59", 1),
        ("2026-05-02T00:00:00", 0),
    ],
)
def test_during_counts_what_lies_in_one_of_the_ranges(shop, when, counted):
    shop.event("order", "a", when)
    holders = given(shop, "{count: order, during: 节, at_least: 1}", head=PERIODS)
    assert holders == ({"a"} if counted else set())


def test_during_goes_with_every_aggregate(shop):
    shop.event("order", "a", "2026-03-02T10:00", 状态="x")
    shop.event("order", "a", "2026-04-02T10:00", 状态="y")
    shop.event("order", "a", "2026-05-01T10:00", 状态="x")
    for when in (
        "{count: order, during: 节, is: 2}",
        "{distinct: order.status, during: 节, is: 1}",
        "{most: order.status, during: 节, is: X}",
        "{last: order, during: 节, is: 2026-05-01}",
        "{count: order, during: 节, where: {field: status, is: x}, is: 2}",
    ):
        assert given(shop, when, head=PERIODS) == {"a"}, when


# NOW is Tuesday, 2026-06-30 12:00.
@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("this_day", "2026-06-30T00:00:00", "2026-06-30T12:00:00"),
        ("last_day", "2026-06-29T00:00:00", "2026-06-29T23:59:59"),
        ("this_week", "2026-06-29T00:00:00", "2026-06-30T12:00:00"),
        ("last_week", "2026-06-22T00:00:00", "2026-06-28T23:59:59"),
        ("this_month", "2026-06-01T00:00:00", "2026-06-30T12:00:00"),
        ("last_month", "2026-05-01T00:00:00", "2026-05-31T23:59:59"),
        ("this_quarter", "2026-04-01T00:00:00", "2026-06-30T12:00:00"),
        ("last_quarter", "2026-01-01T00:00:00", "2026-03-31T23:59:59"),
        ("this_year", "2026-01-01T00:00:00", "2026-06-30T12:00:00"),
        ("last_year", "2025-01-01T00:00:00", "2025-12-31T23:59:59"),
    ],
)
def test_calendar_periods(shop, period, first, last):
    shop.event("order", "a", at(first) - 1)
    shop.event("order", "a", at(last) + 1)
    shop.event("order", "b", first)
    shop.event("order", "c", last)
    assert given(shop, f"{{count: order, period: {period}, at_least: 1}}") == {"b", "c"}


# ── sequences ────────────────────────────────────────────────────────────────────────────────────

FOLLOWED = "{did: view, followed_by: order, within: 48h}"
NOT_FOLLOWED = "{did: view, not_followed_by: order, within: 48h}"


def test_followed_by_within_the_time_both_ends_included(shop):
    shop.event("view", "a", NOW - 10 * DAY)
    shop.event("order", "a", NOW - 8 * DAY)
    shop.event("view", "b", NOW - 10 * DAY)
    shop.event("order", "b", NOW - 8 * DAY + 1)
    shop.event("order", "c", NOW - 10 * DAY)
    shop.event("view", "c", NOW - 10 * DAY)
    assert given(shop, FOLLOWED) == {"a", "c"}
    assert given(shop, NOT_FOLLOWED) == {"b"}


def test_an_event_does_not_follow_itself(shop):
    shop.event("order", "a", NOW - 10 * DAY)
    shop.event("order", "b", NOW - 10 * DAY)
    shop.event("order", "b", NOW - 9 * DAY)
    shop.event("order", "c", NOW - 10 * DAY)
    shop.event("order", "c", NOW - 10 * DAY)
    again = "{did: order, followed_by: order, within: 2d}"
    assert given(shop, again) == {"b", "c"}
    # Of b the later order is the latest one, and nothing follows it.
    assert given(shop, "{did: order, not_followed_by: order, within: 2d}") == {"a", "b"}


def test_not_followed_by_waits_until_the_time_is_over(shop):
    shop.event("view", "a", NOW - 2 * DAY)  # over this very second
    shop.event("view", "b", NOW - 2 * DAY + 1)  # not yet over
    shop.event("view", "c", NOW - 9 * DAY)  # not followed, but a later one was
    shop.event("view", "c", NOW - 5 * DAY)
    shop.event("order", "c", NOW - 4 * DAY)
    assert given(shop, NOT_FOLLOWED) == {"a"}


def test_sequences_of_subsets_lists_and_any(shop):
    subset = "events: {付款: {from: order, where: {field: status, is: 已付款}}}"
    shop.event("order", "a", NOW - 10 * DAY, 状态="已下单")
    shop.event("order", "a", NOW - 9 * DAY, 状态="已付款")
    shop.event("order", "b", NOW - 10 * DAY, 状态="已下单")
    shop.event("view", "b", NOW - 9 * DAY)
    assert given(shop, "{did: order, followed_by: 付款, within: 2d}", head=subset) == {"a"}
    assert given(shop, "{did: [order, view], followed_by: [付款, view], within: 2d}", head=subset) == {
        "a",
        "b",
    }
    assert given(shop, "{did: order, followed_by: any, within: 2d}", head=subset) == {"a", "b"}
    assert given(shop, "{did: 付款, not_followed_by: any, within: 2d}", head=subset) == {"a"}


def test_events_after_the_as_of_follow_nothing(shop):
    shop.event("view", "a", NOW - 10)
    shop.event("order", "a", NOW + 10)
    assert given(shop, FOLLOWED) == set()
    assert given(shop, FOLLOWED, NOW + 10) == {"a"}


def test_why_shows_the_event_of_a_sequence(shop):
    shop.event("view", "a", NOW - 10 * DAY)
    shop.event("order", "a", NOW - 9 * DAY)
    rule(shop, FOLLOWED)
    shop.run()
    proof = shop.why("a", "A").when
    assert (proof.holds, proof.text, proof.actual) == (True, FOLLOWED, NOW - 10 * DAY)
    assert not shop.why("b", "A").when.holds


# ── the record of a tag ──────────────────────────────────────────────────────────────────────────


def test_held_for_counts_an_unbroken_stretch_of_the_tag_and_its_children(shop):
    shop.assign("a", "C", since=NOW - 40 * DAY)
    shop.assign("b", "C", since=NOW - 10 * DAY)
    # c: the child until 20 days ago, the parent since 25 days ago
    shop.assign("c", "C1", since=NOW - 40 * DAY)
    shop.assign("c", "C", since=NOW - 25 * DAY)
    lose(shop, "c", "C1", NOW - 20 * DAY)
    assert given(shop, "{tag: C, held_for: 30d}") == {"a", "c"}
    assert given(shop, "{tag: C1, held_for: 1d}") == set()
    assert given(shop, "{tag: C, gained_within: 30d}") == {"b"}
    assert given(shop, "{tag: C1, lost_within: 30d}") == {"c"}
    assert given(shop, "{tag: C, lost_within: 30d}") == set()


def test_a_break_begins_a_new_stretch(shop):
    shop.assign("a", "B", since=NOW - 40 * DAY)
    lose(shop, "a", "B", NOW - 30 * DAY)
    shop.assign("a", "B", "manual", since=NOW - 20 * DAY)
    assert given(shop, "{tag: B, held_for: 20d}") == {"a"}
    assert given(shop, "{tag: B, held_for: 21d}") == set()
    assert given(shop, "{tag: B, lost_within: 31d}") == {"a"}
    assert given(shop, "{tag: B, lost_within: 30d}") == set()
    assert given(shop, "{tag: B, gained_within: 20d}") == set()
    assert given(shop, "{tag: B, gained_within: 21d}") == {"a"}


def test_the_record_ends_before_this_run(shop):
    shop.assign("a", "B", since=NOW)
    assert given(shop, "{tag: B, gained_within: 7d}") == set()
    assert given(shop, "{tag: B, gained_within: 7d}", NOW + 1) == {"a"}


def test_a_tag_may_read_its_own_record_and_no_order_follows(shop):
    shop.event("order", "a", NOW - DAY)
    shop.rules = (
        "rules: [{tag: A, when: {any: "
        "[{count: order, within: 7d, at_least: 1}, {tag: A, gained_within: 30d}]}}, "
        "{tag: B, when: {tag: A, held_for: 7d}}, {tag: C, when: {tag: B, lost_within: 1d}}]"
    )
    shop.run()
    assert shop.holders("A") == {"a"}
    shop.run(NOW + 7 * DAY)
    assert shop.holders("A") == {"a"}
    assert shop.holders("B") == {"a"}
    shop.run(NOW + 31 * DAY)
    assert shop.holders("A") == set()  # gained 31 days ago


def test_what_is_undone_was_never_held(shop):
    rule(shop, "{count: order, at_least: 1}", "B")
    shop.event("order", "a", NOW - DAY)
    number = shop.run(NOW).operation
    with operate(shop.store, "undo", now=NOW + DAY, by="test") as op:
        undo(op, number)
    assert given(shop, "{tag: B, lost_within: 30d}", NOW + 2 * DAY) == set()
    assert given(shop, "{tag: B, gained_within: 30d}", NOW + 2 * DAY) == set()


def test_what_an_undo_gave_back_goes_on(shop):
    rule(shop, "{count: order, at_least: 1}", "B")
    shop.event("order", "a", NOW - DAY)
    shop.run(NOW)
    shop.store.execute("DELETE FROM event_order")
    number = shop.run(NOW + 10 * DAY).operation
    with operate(shop.store, "undo", now=NOW + 11 * DAY, by="test") as op:
        undo(op, number)
    assert given(shop, "{tag: B, held_for: 12d}", NOW + 12 * DAY) == {"a"}
    assert given(shop, "{tag: B, lost_within: 30d}", NOW + 12 * DAY) == set()


def lose(project: Project, key: str, tag: str, when: int) -> None:
    with operate(project.store, "import", now=when, by="test") as op:
        project.store.execute(
            "UPDATE assignments SET lost_op = ? WHERE customer = ? AND tag = ? AND lost_op IS NULL",
            (op.number, project.id(key), project.tag(tag)),
        )
        op.keep()


# ── dimensions and buckets ───────────────────────────────────────────────────────────────────────


def test_a_dimension_is_read_after_its_rules(shop):
    shop.event("order", "a", NOW - DAY)
    shop.assign("b", "S2")
    shop.rules = (
        "rules: [{tag: A, when: {dimension: 阶段}}, {tag: S1, when: {count: order, at_least: 1}}, "
        "{tag: B, when: {not: {dimension: 阶段}}}]"
    )
    shop.run()
    assert shop.holders("A") == {"a", "b"}
    assert shop.holders("B") == {"c"}
    assert shop.why("a", "A").when.actual == ("S1",)


def test_a_dimension_of_values_has_tags_that_the_taxonomy_does_not_name(tmp_path):
    project = Project(tmp_path, "dimensions: [{name: 城市, tags: []}, {name: 行为, tags: [A]}]")
    project.field("customer", "city", "text", "city")
    project.customer("a", city="上海")
    project.customer("b")
    project.rules = (
        "rules: [{tag: A, when: {dimension: 城市}}, {dimension: 城市, of: {field: city}, each: true}]"
    )
    project.run()
    assert project.holders("A") == {"a"}
    assert project.why("a", "A").when.actual == ("上海",)


def test_a_bucket_is_a_share_by_the_hash_of_the_key(tmp_path):
    project = Project(tmp_path, TAXONOMY)
    keys = [f"客户{number:04}" for number in range(400)]
    for key in keys:
        project.customer(key)
    place = {key: int(sha256(key.encode()).hexdigest()[:8], 16) % 10_000 for key in keys}
    for share in ("10%", "12.5%", "0.25%"):
        wanted = {key for key in keys if place[key] < float(share[:-1]) * 100}
        assert given(project, f"{{bucket: {share}}}") == wanted
    assert given(project, "{not: {bucket: 50%}}") == {key for key in keys if place[key] >= 5000}


def test_the_place_of_a_key_never_changes(shop):
    # Written down, so that a change of the hash is seen.
    assert shop.store.rows("SELECT tagctl_bucket('a'), tagctl_bucket('客户0001')") == [(6610, 6270)]


# ── pilots and drafts ────────────────────────────────────────────────────────────────────────────

PILOT = """
dimensions:
- name: 行为
  tags:
  - {name: A, pilot: {when: {tag: P}}}
  - P
- name: 阶段
  exclusive: one
  on_conflict: newest
  tags: [{name: S1, pilot: {when: {tag: P}}}, S2]
"""


@pytest.fixture
def pilot(tmp_path) -> Project:
    project = Project(tmp_path, PILOT)
    project.field("order", "")
    project.field("customer", "组")
    for key in ("in", "in-imported", "out", "out-imported"):
        project.customer(key, 组=key)
    project.rules = (
        "rules: [{tag: P, when: {field: 组, starts_with: in}}, {tag: A, when: {count: order, at_least: 1}}, "
        "{tag: S1, when: {count: order, at_least: 1}}]"
    )
    return project


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_pilot_limits_its_rule_and_its_takeover(pilot, engine):
    if engine == "duckdb":
        pytest.importorskip("duckdb", reason="the extra [fast] is not installed")
        pytest.importorskip("duckdb_extension_sqlite_scanner", reason="the extra [fast] is not installed")
    pilot.event("order", "in", NOW - DAY)
    pilot.event("order", "out", NOW - DAY)
    for tag in ("A", "S1"):
        pilot.assign("in-imported", tag)
        pilot.assign("out-imported", tag)
    report = pilot.run(engine=engine)
    assert (report.engine, report.engine_note) == (engine, "")
    for tag in ("A", "S1"):
        assert pilot.holders(tag) == {"in"}
        assert pilot.holders(tag, "import") == {"out-imported"}
        change = next(c for c in report.changes if c.tag == tag)
        assert (change.imported, change.confirmed, change.closed_imported) == (1, 0, 1)
    assert pilot.run(NOW + 1).operation is None
    assert not pilot.why("out", "A").pilot.holds


def test_a_pilot_confirms_what_it_takes_over_with_its_date(pilot):
    for key in ("in-imported", "out-imported"):
        pilot.event("order", key, NOW - DAY)
        pilot.assign(key, "A")
        pilot.assign(key, "S1")
    pilot.run()
    for tag in ("A", "S1"):
        assert pilot.holders(tag) == {"in-imported"}
        assert pilot.since("in-imported", tag) == START
        assert pilot.holders(tag, "import") == {"out-imported"}


def test_who_leaves_the_pilot_loses_the_tag(pilot):
    pilot.event("order", "in", NOW - DAY)
    pilot.run()
    pilot.rules = pilot.rules.replace("starts_with: in", "starts_with: x")
    pilot.run(NOW + 1)
    assert pilot.holders("A") == set()


def test_a_draft_is_counted_and_writes_nothing(tmp_path):
    active = "dimensions: [{name: 行为, tags: [{name: A, status: STATUS}, {name: B, implies: [A]}]}]"
    project = Project(tmp_path, active.replace("STATUS", "active"))
    project.field("order", "")
    for key in ("a", "b", "c"):
        project.customer(key)
    project.event("order", "a", NOW - 5 * DAY)
    project.rules = "rules: [{tag: A, when: {count: order, within: 10d, at_least: 1}}]"
    project.run()
    assert project.holders("A") == {"a"}

    project.edit(active.replace("STATUS", "draft"))
    project.event("order", "b", NOW + 9 * DAY)
    project.event("order", "c", NOW + 9 * DAY)
    project.assign("c", "B")
    project.assign("c", "A")
    report = project.run(NOW + 10 * DAY)
    (change,) = report.changes
    assert (change.state, change.would_gain, change.would_lose) == ("draft", 2, 1)
    assert (change.gained, change.lost, report.gained, report.lost) == (0, 0, 0, 0)
    assert project.holders("A") == {"a"}
    assert project.holders("A", "import") == {"c"}
    assert report.operation is None
    assert project.why("b", "A", NOW + 10 * DAY).rule_state == "draft"


def test_a_draft_that_lacks_its_data_counts_nothing(tmp_path):
    project = Project(tmp_path, "dimensions: [{name: 行为, tags: [{name: A, status: draft}]}]")
    project.customer("a")
    project.rules = "events: {order: {}}\nrules: [{tag: A, when: {count: order, is: 0}}]"
    (change,) = project.run().changes
    assert (change.state, change.needs, change.would_gain) == ("draft", ("order",), 0)
