"""`taxonomy diff`: what edits say in words and do to customers, against what the next commands really do."""

from __future__ import annotations

import json

import pytest
from project_of_commands import Made, made

TAXONOMY = """dimensions:
  - name: 阶段
    exclusive: ordered
    tags: [潜客, 意向, 成交]
  - name: 价值
    tags: [{name: VIP, expires: 365d}, 普通, 大客户]
conflicts:
  - [VIP, 普通]
"""
RULES = """metrics:
  倍: {sum_of: [{field: 消费}, {field: 消费}]}
rules:
  - {tag: 意向, when: {field: 消费, at_least: 5}}
  - {tag: 普通, when: {metric: 倍, below: 6}}
segments:
  - {name: 跟进, when: {tag: 意向}, columns: [客户编号, 消费]}
  - {name: 大, when: {tag: 大客户}}
actions:
  - {gained: VIP, task: 回访}
"""
SHEET = ["客户编号,消费,标签", *(f"{key},{key},{'大客户' if key > 7 else ''}" for key in range(1, 10))]


@pytest.fixture
def project(tmp_path, monkeypatch) -> Made:
    project = made(tmp_path, monkeypatch)
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    project.customers("客户.csv", *SHEET)
    project("run")
    return project


def told(report: dict) -> set[tuple[str, str, str, str]]:
    return {(one["kind"], one["section"], one["name"], one["part"]) for one in report["differences"]}


def test_nothing_differs(project):
    report = project.json("taxonomy", "diff")
    assert (report["differences"], report["breaking"]) == ([], False)
    assert "They say the same." in project("taxonomy", "diff").stdout


def test_what_edits_say(project):
    for old, new in (
        ("潜客, ", "{name: 潜在, aliases: [潜客]}, "),
        ("365d", "90d, owner: 王"),
        ("exclusive: ordered", "exclusive: one"),
        ("- [VIP, 普通]", "- [VIP, 大客户]"),
        ("普通, 大", "普通, 新, 大"),
    ):
        project.edit(old, new)
    for old, new in (
        ("at_least: 5", "at_least: 7"),
        ("{field: 消费}]}", "{field: 消费}, {field: 消费}]}"),
        ("columns: [客户编号, 消费]", "columns: [客户编号], strategy: 专人"),
        ("task: 回访", "task: 回访, due: 3d"),
    ):
        project.edit(old, new, "rules.yaml")
    report = project.json("taxonomy", "diff")
    assert told(report) == {
        ("changed", "dimension", "阶段", "exclusive"),
        ("renamed", "tag", "潜客", ""),
        ("changed", "tag", "VIP", "expires"),
        ("changed", "tag", "VIP", "owner"),
        ("added", "tag", "新", ""),
        ("removed", "conflict", "VIP / 普通", ""),
        ("added", "conflict", "VIP / 大客户", ""),
        ("changed", "rule", "意向", ""),
        ("changed", "metric", "倍", ""),
        ("removed", "segment", "跟进", "column 消费"),
        ("changed", "segment", "跟进", "strategy"),
        ("changed", "action", "gained VIP", "回访"),
    }
    (rule,) = (one for one in report["differences"] if one["section"] == "rule")
    assert ("at least 5" in rule["before"], "at least 7" in rule["after"]) == (True, True)
    assert [one["name"] for one in report["differences"] if one["breaking"]] == ["跟进"]  # a column goes


def test_what_edits_do_is_what_the_next_run_does(project):
    before = project.content()
    project.edit("at_least: 5", "at_least: 7", "rules.yaml")
    project.edit("below: 6", "below: 9", "rules.yaml")
    report = project.json("taxonomy", "diff")
    assert report["tags"] == [
        {"tag": "意向", "before": 5, "after": 3, "gained": 0, "lost": 2},
        {"tag": "普通", "before": 2, "after": 4, "gained": 2, "lost": 0},
    ]
    assert report["segments"] == [{"segment": "跟进", "before": 5, "after": 3}]
    output = project("taxonomy", "diff").stdout
    assert "2 customers lose 意向, 2 customers gain 普通, 1 segment shrinks." in output
    assert project.content() == before
    project("run")
    changes = project.json("history", "--limit", "1")[0]["counts"]
    assert (changes["gained"], changes["lost"]) == (2, 2)


def test_a_tag_that_is_used_and_goes_breaks(project):
    project.edit(", 大客户]", "]")
    project.edit("  - {name: 大, when: {tag: 大客户}}\n", "", "rules.yaml")
    report = project.json("taxonomy", "diff")
    (tag,) = (one for one in report["differences"] if one["section"] == "tag")
    assert (tag["kind"], tag["name"], tag["customers"], tag["breaking"]) == ("removed", "大客户", 2, True)
    assert [place.split()[:2] for place in tag["used_in"]] == [["segments", "大"]]
    assert ("removed", "segment", "大", "") in told(report)
    assert report["breaking"]
    output = project("taxonomy", "diff").stdout
    assert "(2 customers have it)" in output
    assert "break something" in output


def test_a_rename_changes_only_the_name(project):
    project.edit("大客户]", "{name: 重点客户, aliases: [大客户]}]")
    project.edit("{tag: 大客户}", "{tag: 重点客户}", "rules.yaml")
    project.edit("{name: VIP,", "{name: 贵宾, aliases: [VIP],")
    project.edit("- [VIP, 普通]", "- [贵宾, 普通]")
    project.edit("gained: VIP", "gained: 贵宾", "rules.yaml")
    report = project.json("taxonomy", "diff")
    assert told(report) == {("renamed", "tag", "大客户", ""), ("renamed", "tag", "VIP", "")}
    assert (report["tags"], report["segments"], report["breaking"]) == ([], [], False)


def test_between_operations_and_against_other_files(project):
    first = project.json("history", "--limit", "1")[0]["number"]
    project.edit("at_least: 5", "at_least: 7", "rules.yaml")
    project("run")
    second = project.json("history", "--limit", "1")[0]["number"]
    report = project.json("taxonomy", "diff", "--from", str(first), "--to", str(second))
    assert (report["before"], report["after"], told(report)) == (
        first,
        second,
        {("changed", "rule", "意向", "")},
    )
    assert not report["computed"]  # the database holds the later one
    assert project.json("taxonomy", "diff")["differences"] == []
    back = project.file("old.yaml", *RULES.splitlines())
    report = project.json("taxonomy", "diff", "--rules", back)
    assert (report["after"], report["computed"], report["tags"][0]["gained"]) == (back, True, 2)
    other = project.file("other.yaml", *TAXONOMY.replace("365d", "30d").splitlines())
    assert told(project.json("taxonomy", "diff", other)) == {("changed", "tag", "VIP", "expires")}
    assert "unknown-operation" in project("taxonomy", "diff", "--from", "99", code=2).output
    assert "no-file" in project("taxonomy", "diff", "nix.yaml", code=2).output
    project("taxonomy", "diff", other, "--to", str(first), code=2)
    bad = project.file("bad.yaml", "dimensions: [")
    project("taxonomy", "diff", bad, code=3)
    assert json.loads(project("history", "--format", "json").stdout)[0]["number"] == second
