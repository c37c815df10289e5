"""`tags list` and `tags where-used`, on a small project with tags from everywhere."""

from __future__ import annotations

import csv
import io

import pytest
from project_of_commands import Made, made

TAXONOMY = """dimensions:
  - name: 价值
    tags:
      - {name: VIP, aliases: [贵宾], implies: [老客], children: [黑金]}
      - 老客
      - {name: 沉睡, status: draft}
  - name: 来源
    tags: [门店]
conflicts:
  - [沉睡, 老客]
"""
RULES = """conditions:
  好: {tag: VIP}
rules:
  - tag: 黑金
    when: {all: [{field: 消费, at_least: 5}, {not: {tag: 贵宾, held_for: 30d}}]}
  - {tag: 门店, when: {condition: 好}}
segments:
  - {name: S, when: [{tag: VIP}, {not: {tag: VIP}}]}   # twice
actions:
  - {gained: VIP, task: 回访}
tests:
  - {given: {customer: {消费: 9}}, expect: [黑金], expect_not: [沉睡]}
"""
SHEET = ["客户编号,消费,标签", "1,9,VIP、大佬", "2,1,贵宾", "3,1,大佬", "4,1,"]


@pytest.fixture
def project(tmp_path, monkeypatch) -> Made:
    project = made(tmp_path, monkeypatch)
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    project.customers("客户.csv", *SHEET)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-02T12:00:00+08:00")
    project("run")
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-03T12:00:00+08:00")
    project("unassign", "VIP", "2")
    project("assign", "黑金", "1")
    return project


def rows(project: Made, *words: str) -> dict[str, dict]:
    return {row["tag"]: row for row in project.json("tags", "list", *words)}


def test_every_tag_with_who_has_it_and_from_where(project):
    found = rows(project)
    assert list(found) == ["VIP", "黑金", "老客", "沉睡", "门店", "大佬"]
    held = ("customers", "imported", "manual", "by_rule", "share")
    assert [found["VIP"][name] for name in held] == [1, 1, 0, 0, 0.25]
    assert [found["黑金"][name] for name in held] == [1, 0, 1, 1, 0.25]  # one customer, from two sides
    assert [found["老客"][name] for name in held] == [2, 0, 0, 2, 0.5]
    assert [found["大佬"][name] for name in held] == [2, 0, 0, 0, 0.5]
    assert (found["大佬"]["state"], found["沉睡"]["status"], found["黑金"]["parent"]) == (
        "unknown",
        "draft",
        "VIP",
    )
    times = ("gained_at", "lost_at")
    days = {tag: [row[name] and row[name][:10] for name in times] for tag, row in found.items()}
    assert days["VIP"] == ["2026-11-01", "2026-11-03"]
    assert days["老客"] == ["2026-11-02", None]
    assert days["沉睡"] == [None, None]


def test_what_was_undone_was_never_there(project):
    before = rows(project)
    operation = project.json("ban", "老客", "1", "2")["operation"]
    assert rows(project)["老客"]["lost_at"][:10] == "2026-11-03"
    project("undo", str(operation))
    operation = project.json("assign", "沉睡", "4")["operation"]
    project("undo", str(operation))
    assert rows(project)["老客"] == before["老客"]
    assert rows(project)["沉睡"] == before["沉睡"]


def test_what_uses_a_tag(project):
    found = rows(project)
    uses = ("rule", "rules", "conditions", "segments", "actions", "taxonomy", "tests")
    assert [found["VIP"][name] for name in uses] == [False, 1, 1, 1, 1, 0, 0]
    assert [found["黑金"][name] for name in uses] == [True, 0, 0, 0, 0, 0, 1]
    assert [found["老客"][name] for name in uses] == [False, 0, 0, 0, 0, 2, 0]
    assert list(rows(project, "--unused")) == ["黑金", "门店"]
    places = project.json("tags", "where-used", "贵宾")
    assert [(place["section"], place["entry"], place["line"]) for place in places] == [
        ("conditions", "好", 2),
        ("rules", "黑金", 5),
        ("segments", "S", 8),
        ("segments", "S", 8),
        ("actions", "VIP", 10),
    ]
    assert places[2]["text"].endswith("# twice")
    assert "rules.yaml:10:14" in project("tags", "where-used", "VIP").stdout
    assert "unknown-tag" in project("tags", "where-used", "VIPP", code=2).output


def test_sorted_narrowed_drawn(project):
    assert [row["customers"] for row in rows(project, "--sort", "customers").values()] == [2, 2, 2, 1, 1, 0]
    assert next(iter(rows(project, "--sort", "used"))) == "VIP"
    assert next(iter(rows(project, "--sort", "lost"))) == "VIP"
    assert list(rows(project, "--dimension", "来源")) == ["门店"]
    assert "unknown-dimension" in project("tags", "list", "--dimension", "来", code=2).output
    lines = project("tags", "list", "--tree").stdout.splitlines()
    assert any(line.startswith("  黑金") for line in lines)
    assert "█" in "".join(lines)
    assert "no tag yet" in project("tags", "list").stdout
    printed = csv.DictReader(io.StringIO(project("tags", "list", "--format", "csv").stdout))
    assert [row["tag"] for row in printed] == list(rows(project))


def test_rules_that_cannot_be_read_leave_the_rest_of_the_list(project):
    project.edit("{condition: 好}", "{condition: nix}", "rules.yaml")
    result = project("tags", "list")
    assert "rules check" in result.stderr
    assert "VIP" in result.stdout
    project("tags", "list", "--unused", code=3)
