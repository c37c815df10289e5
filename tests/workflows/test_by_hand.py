"""assign, unassign, pin, ban: tests/cases/by_hand.yaml, then a run, then undo."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from content import check_invariants, content
from running_project import NOW, ZONE, Project, at

from tagctl.errors import UsageProblem
from tagctl.sql import Sql
from tagctl.store import rule_words
from tagctl.store.operations import operate
from tagctl.store.undo import undo
from tagctl.workflows import by_hand

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "by_hand.yaml").read_text(encoding="utf-8"))
LONG_AGO, TODAY = at("2026-02-01T00:00"), at("2026-06-30T08:00")
FIGURES = ("gained", "lost", "taken_over", "restarted", "pinned", "banned", "unpinned", "unbanned", "by_rule")


def project_of(folder: Path, dimension: dict[str, str]) -> Project:
    taxonomy = {
        "dimensions": [
            {"name": "D", **dimension, "tags": [{"name": "A", "children": ["AA"]}, "B"]},
            {"name": "E", "tags": ["X"]},
        ],
        "conflicts": [["A", "X"]],
    }
    project = Project(folder, yaml.safe_dump(taxonomy, sort_keys=False))
    project.customer("1")
    return project


def hold(project: Project, what: str) -> None:
    tag, kind, *more = what.split()
    if kind in ("pinned", "banned"):
        end = {"over": TODAY, "until": NOW + 1000}[more[0]] if more else None
        project.override(kind[:3], "1", tag, end)
    if kind in ("import", "manual", "rule", "pinned"):
        source = "manual" if kind == "pinned" else kind
        project.assign("1", tag, source, TODAY if more == ["today"] else LONG_AGO)
    if kind == "waits":
        row = {"tag": project.tag(tag), "customer": project.id("1"), "since": LONG_AGO, "op": 1}
        project._insert("outranked", row)
    if kind == "rule":
        with operate(project.store, "run", now=LONG_AGO, by="test") as op:
            rule_words.ensure_bits(op, [project.tag(tag)])
            rule_words.rebuild(op.store, Sql("SELECT 1"))
            op.keep()


def held(project: Project) -> set[str]:
    rows = project.store.rows
    when = {LONG_AGO: "", TODAY: " today", NOW: " now"}
    found = {
        f"{tag} {source}{when[since]}"
        for tag, source, since in rows(
            "SELECT t.name, a.source, a.since FROM assignments a JOIN tags t ON t.id = a.tag "
            "WHERE a.lost_op IS NULL"
        )
    }
    found |= {
        f"{tag} {kind}ned"
        for tag, kind in rows("SELECT t.name, o.kind FROM overrides o JOIN tags t ON t.id = o.tag")
    }
    query = "SELECT t.name FROM outranked o JOIN tags t ON t.id = o.tag WHERE o.since = ?"
    return found | {f"{tag} waits" for (tag,) in rows(query, (LONG_AGO,))}


def decide(project: Project, words: str, who: str = "SELECT tagctl_id FROM customers", now: int = NOW):
    verb, tag = words.split()
    with operate(project.store, verb, now=now, by="test") as op:
        about = by_hand.subject(project.store, project.taxonomy, verb, tag)
        report = by_hand.decide(op, verb, about, Sql(who), timezone=ZONE)
    return report, op.result


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_a_person_decides(tmp_path, case):
    project = project_of(tmp_path, case.get("dimension", {}))
    for what in case["held"]:
        hold(project, what)
    before = content(project.store)
    report, number = decide(project, case["verb"])
    assert held(project) == set(case["then"])
    assert {name: count for name in FIGURES if (count := getattr(report, name))} == case["did"]
    assert {f"{one.tag} {one.outcome}" for one in report.meets} == set(case.get("meets", ()))
    assert report.outranked == case.get("outranked", {})
    changed = case.get("changed", bool(set(case["did"]) - {"by_rule"}))
    assert (bool(report.changed), number is not None) == (changed, changed)
    check_invariants(project.store)
    assert not decide(project, case["verb"])[0].changed  # said twice
    if number is not None:
        with operate(project.store, "undo", now=NOW, by="test") as op:
            undo(op, number)
        assert content(project.store) == before
        check_invariants(project.store)


RULES = """
rules:
  - {tag: 意向, when: {field: 消费, at_least: 5}}
  - {tag: 成交, when: {field: 消费, at_least: 10}}
"""
STAGES = """
dimensions:
  - name: 阶段
    exclusive: ordered
    tags: [潜客, 意向, 成交]
"""


def test_a_decision_holds_through_runs_until_it_is_taken_back(tmp_path):
    project = Project(tmp_path, STAGES, RULES)
    project.field("customer", "消费", "number")
    for key in ("1", "2", "3"):
        project.customer(key, 消费=20)
    project.run()
    assert project.holders("成交") == {"1", "2", "3"}
    one = "SELECT tagctl_id FROM customers WHERE tagctl_key = '{}'"
    decide(project, "pin 潜客", one.format(1))
    decide(project, "ban 成交", one.format(2))
    assert project.holders("成交") == {"3"}
    after = content(project.store)["rule_state"]
    project.run(NOW + 60)
    assert project.holders("成交") == {"3"}
    assert project.holders("意向") == {"2"}  # the next best, now that the best is banned
    assert project.holders("潜客", "manual") == {"1"}
    assert set(after) <= set(content(project.store)["rule_state"])
    decide(project, "unassign 潜客", one.format(1), NOW + 120)
    decide(project, "assign 成交", one.format(2), NOW + 120)
    project.run(NOW + 180)
    assert project.holders("成交") == {"1", "2", "3"}
    assert project.holders("潜客", "manual") == set()
    assert project.holders("成交", "manual") == {"2"}


def test_tags_that_there_are_not(tmp_path):
    project = project_of(tmp_path, {})
    with pytest.raises(UsageProblem) as stop:
        by_hand.subject(project.store, project.taxonomy, "pin", "1", ["A"])
    assert "tagctl pin TAG CUSTOMER" in stop.value.problems[0].next
    hold(project, "X import")
    project.edit("dimensions: [{name: D, tags: [A]}]")
    with pytest.raises(UsageProblem):  # gone from the file: it can only be taken away
        decide(project, "pin X")
    assert decide(project, "unassign X")[0].lost == 1
