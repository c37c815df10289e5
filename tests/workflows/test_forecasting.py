"""`run --forecast` and `why --next`: what time without data brings, when, and why."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
import yaml
from running_project import NOW, ZONE, Project, at

from tagctl.errors import UsageProblem
from tagctl.reports.forecasting import ForecastFlip, ForecastReport
from tagctl.reports.why import Turning
from tagctl.store.operations import operate
from tagctl.workflows import forecasting, running

TAXONOMY = """
dimensions:
- {name: 价值, tags: [{name: VIP, implies: [重点]}, 重点, {name: 试用, expires: 3d}]}
- {name: 阶段, exclusive: ordered, tags: [活跃, 沉睡, 流失]}
- {name: 行为, tags: [久睡, 看过]}
"""
RULES = """
events: {order: {}, view: {late_after: 2d}, login: {late_after: 2d}, call: {}}
rules:
- {tag: VIP, when: {count: order, within: 5d, at_least: 1}}
- {tag: 活跃, when: {count: order, at_least: 0}}
- {tag: 沉睡, when: {last: order, older_than: 3d}}
- {tag: 久睡, when: {tag: 沉睡, held_for: 2d}}
- {tag: 看过, when: {any: [{count: view, within: 3d, at_least: 1}, {count: login, within: 3d, at_least: 1}]}}
"""


@pytest.fixture
def shop(tmp_path) -> Project:
    project = Project(tmp_path, TAXONOMY, RULES)
    for kind in ("order", "view", "login"):
        project.field(kind, "")
    project.customer("a")
    return project


def running_of(project: Project) -> partial:
    return partial(running.run, taxonomy=project.taxonomy, timezone=ZONE, backfill=True, engine="sqlite")


def forecast(project: Project, ahead: str = "7d") -> ForecastReport:
    with operate(project.store, "run", now=NOW, as_of=NOW, by="test", dry_run=True) as op:
        return forecasting.forecast(
            op, project.compiled(), project.taxonomy, ahead, running_of(project), ZONE
        )


def told(report: ForecastReport) -> list[str]:
    """`07-01 +VIP rule`: what flips, night by night."""
    found = [f"now {_word(flip)}" for flip in report.due.flips]
    for night in report.days:
        when = datetime.fromtimestamp(night.at, ZONE)
        assert when.strftime("%H:%M:%S") == "23:59:59"
        found += [f"{when:%m-%d} {_word(flip)}" for flip in night.flips]
    return found


def _word(flip: ForecastFlip) -> str:
    return " ".join(part for part in ("-+"[flip.gained] + flip.tag, flip.reason, flip.other) if part)


def test_each_night_builds_on_the_one_before(shop):
    shop.event("order", "a", "2026-06-30T10:00")
    shop.event("view", "a", "2026-06-30T10:00")
    shop.event("login", "a", "2026-06-30T10:00")
    shop.run()
    found = told(forecast(shop))
    assert found == [
        "07-03 -活跃 instead 沉睡",
        "07-03 +沉睡 instead 活跃",
        "07-03 -看过 rule",
        "07-05 -VIP rule",
        "07-05 -重点 implied VIP",
        "07-05 +久睡 rule",  # 沉睡 held since the forecast's own night of 3 July
    ]


def test_nothing_is_written_and_what_is_due_is_told_apart(shop):
    shop.event("order", "a", "2026-06-30T10:00")
    shop.event("view", "a", "2026-06-30T10:00")
    before = shop.operations()
    report = forecast(shop, "1d")
    assert told(report)[:3] == ["now +VIP rule", "now +重点 implied VIP", "now +活跃 rule"]
    assert [day.at for day in report.days] == [at("2026-06-30T23:59:59"), at("2026-07-01T23:59:59")]
    assert shop.operations() == before
    assert not shop.holders("VIP")


def test_what_is_late_now_rests_and_what_is_not_does_not_become_late(shop):
    shop.event("view", "a", "2026-06-30T10:00")
    shop.event("login", "a", "2026-06-30T10:00")
    shop.run()
    assert "07-03 -看过 rule" in told(forecast(shop))  # though nothing newer comes by 2 July
    shop.store.execute("DELETE FROM event_login")
    shop.event("login", "a", "2026-06-27T10:00")
    report = forecast(shop)
    assert report.resting == ("看过",)
    assert not any("看过" in line for line in told(report))


def test_expiry_and_the_end_of_pins_and_bans(shop):
    shop.event("order", "a", "2026-06-30T10:00")
    shop.assign("a", "试用", since=at("2026-06-29T09:00"))
    shop.assign("a", "流失", "manual", since=at("2026-06-29T09:00"))
    shop.override("pin", "a", "流失", until=at("2026-07-01T12:00"))
    shop.override("ban", "a", "VIP", until=at("2026-07-01T12:00"))
    shop.run()
    assert told(forecast(shop, "2d")) == [
        "07-01 +VIP ban-ended",
        "07-01 +重点 implied VIP",
        "07-01 +活跃 instead 流失",
        "07-01 -流失 pin-ended",
        "07-02 -试用 expired",
    ]


@pytest.mark.parametrize("ahead", ["7", "12h", "0d", "soon", "500d"])
def test_what_cannot_be_looked_ahead_is_refused(shop, ahead):
    with pytest.raises(UsageProblem) as stop:
        forecast(shop, ahead)
    assert [p.code for p in stop.value.problems] == ["bad-forecast"]


# ── one customer and tag ─────────────────────────────────────────────────────────────────────────

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "turning.yaml").read_text(encoding="utf-8"))


def turning(project: Project, tag: str, as_of: int = NOW) -> Turning:
    return forecasting.turning(
        project.store,
        project.compiled(),
        project.taxonomy,
        "a",
        tag,
        running_of(project),
        as_of=as_of,
        timezone=ZONE,
    )


def said(found: Turning) -> str:
    """`-2026-07-03 10:00:00 rule unless order`"""
    if found.at is None:
        return "never"
    when = datetime.fromtimestamp(found.at, ZONE)
    unless = sorted({event for leaf in found.turned for event in leaf.unless})
    parts = ["now" if found.due else f"{when:%Y-%m-%d %H:%M:%S}", found.reason, found.other or ""]
    parts += ["unless", *unless] if unless else []
    return "-+"[found.gained] + " ".join(part for part in parts if part)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_when_time_flips_a_tag(tmp_path, case):
    tags = yaml.safe_dump({"dimensions": case.get("dimensions", [{"name": "维", "tags": ["T", "U"]}])})
    project = Project(tmp_path, tags, yaml.safe_dump(case["rules"]))
    for kind in ("order", "login"):
        project.field(kind, "")
    for field, kind in (("生日", "date"), ("到期", "date"), ("联系", "datetime"), ("级别", "text")):
        project.field("customer", field, kind)
    as_of = at(case.get("as_of", "2026-06-30 12:00:00"))
    project.customer("a", **case.get("customer", {}))
    for kind in ("order", "login"):
        for when in case.get(kind, ()):
            project.event(kind, "a", when)
    for tag, source, since, *until in case.get("held", ()):
        project.assign("a", tag, source, at(since))
        if until:
            project.override("pin", "a", tag, at(until[0]))
    if case.get("run", True):
        project.run(as_of, backfill=True)
    before = project.operations()
    assert said(turning(project, "T", as_of)) == case["next"]
    assert project.operations() == before
    if case["next"] == "never" or not case.get("run", True):
        return
    flip = turning(project, "T", as_of)
    project.run(flip.at - 1)  # real runs agree, to the second
    held = bool(project.why("a", "T").evidence)
    project.run(flip.at)
    assert (held, bool(project.why("a", "T").evidence)) == (not flip.gained, flip.gained)


def test_the_leaves_that_turn_are_named_through_the_tags_they_read(shop):
    shop.event("order", "a", "2026-06-30T10:00")
    shop.run()
    found = turning(shop, "久睡")
    assert said(found) == "+2026-07-05 10:00:00 rule"
    assert [(leaf.tag, leaf.text, leaf.holds) for leaf in found.turned] == [
        ("久睡", "{tag: 沉睡, held_for: 2d}", True)
    ]
    found = turning(shop, "活跃")
    assert said(found) == "-2026-07-03 10:00:00 instead 沉睡 unless order"
    assert [(leaf.tag, leaf.text) for leaf in found.turned] == [("沉睡", "{last: order, older_than: 3d}")]


def test_ranks_stay_as_they_are(tmp_path):
    rules = """
    rules: [{tag: T, when: {metric: 数, top: 50%}}, {tag: U, when: {metric: 档, at_least: 2}}]
    metrics: {数: {count: order, within: 10d}, 档: {ntile: 2, of: {count: order, within: 10d}}}
    """
    project = Project(tmp_path, "dimensions: [{name: 维, tags: [T, U]}]", rules)
    project.field("order", "")
    for key, days in (("a", (20, 25, 28)), ("b", (29, 30)), ("c", ()), ("d", (29,))):
        project.customer(key)
        for day in days:
            project.event("order", key, f"2026-06-{day}T10:00")
    project.run()
    found = turning(project, "T")  # 3, 2, 1 and none: the top half of three begins at 2
    assert (said(found), found.ranks) == ("-2026-07-05 10:00:00 rule unless order", True)
    found = turning(project, "U")
    assert (said(found), found.ranks) == ("never", True)


def test_a_deadline_that_would_stop_the_rule_first_is_told(shop):
    shop.event("view", "a", "2026-06-30T10:00")
    shop.event("login", "a", "2026-06-30T10:00")
    shop.run()
    found = turning(shop, "看过")
    assert said(found) == "-2026-07-03 10:00:00 rule unless login view"
    assert (found.late, found.late_at) == ("login", at("2026-07-02T10:00:01"))


def test_a_resting_rule_never_flips(shop):
    shop.event("view", "a", "2026-06-30T10:00")
    shop.run()
    assert said(turning(shop, "看过")) == "never"  # login has no event: late
