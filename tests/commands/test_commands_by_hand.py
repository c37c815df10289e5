"""assign, unassign, pin and ban, as a team types them: who is meant, what is asked and told."""

from __future__ import annotations

import pytest
from project_of_commands import Made, made
from typer.testing import CliRunner

from tagctl.cli import app
from tagctl.commands import _by_hand, _session

TAXONOMY = """dimensions:
  - name: 阶段
    exclusive: ordered
    tags: [潜客, 成交]
  - name: 价值
    tags: [{name: VIP, aliases: [贵宾]}, 普通]
"""
RULES = """rules:
  - {tag: 普通, when: {field: 消费, below: 10}}
"""
TAGS = {1: "VIP", 2: "VIP", 3: "潜客"}
SHEET = ["客户编号,姓名,手机,消费,标签"] + [
    f"00{key},客{key},1391234567{key},{key},{TAGS.get(key, '')}" for key in range(1, 8)
]


@pytest.fixture
def project(tmp_path, monkeypatch) -> Made:
    """A project with an imported sheet, after a run."""
    project = made(tmp_path, monkeypatch)
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    project.customers("客户.csv", *SHEET)
    project("run")
    return project


def held(project: Made, tag: str) -> set[tuple[str, str]]:
    rows = project.json("export", "assignments")
    return {(row["customer"], row["source"]) for row in rows if row["tag"] == tag}


def keys(report: dict) -> list[str]:
    return [key for key, _name in report["people"]]


def test_customers_are_named_by_key_phone_condition_or_file(project):
    assert keys(project.json("assign", "贵宾", "003", "13912345674")) == ["003", "004"]
    assert held(project, "VIP") >= {("003", "manual"), ("004", "manual")}
    report = project.json("pin", "成交", "--when", "{field: 消费, at_least: 6}", "--until", "30d")
    assert (keys(report), report["until"]) == (["006", "007"], "2026-12-01T12:00:00+08:00")
    listed = project.file("名单.csv", "备注,会员编号", "甲,'001", "乙,005")
    assert keys(project.json("assign", "VIP", "--from", listed, "--column", "会员编号")) == ["001", "005"]
    assert keys(project.json("ban", "潜客", "--from", project.file("bare.txt", "003", "004"))) == [
        "003",
        "004",
    ]
    phones = project.file("电话.csv", "手机", "13912345671", "13912345672")
    assert keys(project.json("unassign", "VIP", "--from", phones)) == ["001", "002"]
    words = ["--project", str(project.folder), "assign", "VIP", "--from", "-"]
    assert CliRunner().invoke(app, words, input="客户编号\n006\n").exit_code == 0
    assert ("006", "manual") in held(project, "VIP")
    assert held(project, "潜客") == set()
    project.content()


def test_all_that_is_wrong_with_the_customers_is_told_at_once(project):
    output = project("ban", "VIP", "001", "9", "niemand", code=2).output
    assert "“9”" in output
    assert "“niemand”" in output
    listed = project.file("名单.csv", "客户编号", "001", *(f"x{n}" for n in range(30)))
    output = project("ban", "VIP", "--from", listed, code=2).output
    assert "名单.csv" in output
    assert output.count("error[unknown-customer]") == 21  # 20 of them, and how many more
    assert "10 more are not known" in output
    several = project.file("两列.csv", "甲,乙", "a,b", "c,d")
    assert "--column: 甲, 乙" in project("ban", "VIP", "--from", several, code=2).output
    for words in ((), ("001", "--when", "{field: 消费, at_least: 6}"), ("001", "--column", "甲")):
        assert "which-customers" in project("pin", "VIP", *words, code=2).output
    assert "until-is-over" in project("pin", "VIP", "001", "--until", "2026-10-31", code=2).output
    assert "bad-date" in project("pin", "VIP", "001", "--until", "soon", code=2).output
    assert "tagctl assign TAG CUSTOMER" in project("assign", "001", "VIP", code=2).output
    assert project.kinds()[-1] == "run"


def test_what_a_rule_gives_is_left_and_ban_is_named(project):
    output = project("unassign", "普通", "001", "002").stdout
    assert "tagctl ban" in output
    assert "Nothing to change, so nothing was written." in output
    project("ban", "普通", "001", "--reason", "老板的朋友")
    assert ("001", "rule") not in held(project, "普通")
    project("run")
    assert ("001", "rule") not in held(project, "普通")
    assert "老板的朋友" in project("why", "001", "普通").stdout
    assert "老板的朋友" in project("history", "001").stdout


def test_last_months_sheet_brings_nothing_back(project):
    project("unassign", "VIP", "001")
    project("ban", "VIP", "002")
    report = project.json("import", "customers", project.file("下月.csv", *SHEET, ""))
    assert (report["tags_gained"], report["tags_lost"]) == (0, 0)
    assert held(project, "VIP") == set()
    changed = [line.replace(",7,", ",7,VIP") for line in SHEET]
    project("ban", "VIP", "007")
    assert project.json("import", "customers", project.file("再下月.csv", *changed))["tags_gained"] == 0


def test_a_dry_run_writes_nothing_and_an_undo_takes_it_back(project):
    before = project.content()
    report = project.json("ban", "VIP", "001", "002", "--dry-run")
    assert (report["lost"], report["operation"], project.content()) == (2, None, before)
    operation = project.json("ban", "VIP", "001", "002")["operation"]
    project("undo", str(operation))
    assert project.content() == before


def test_many_customers_are_asked_about_on_a_terminal(project, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(_by_hand, "somebody_there", lambda: True)
    monkeypatch.setattr(_session, "somebody_there", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, **_more: bool(asked.append(question)))
    everybody = "{field: 消费, at_least: 1}"
    project("assign", "VIP", "--when", "{field: 消费, at_least: 5}")
    assert asked == []
    project("ban", "VIP", "--when", everybody)
    assert asked == ["Ban it for 7 customers?"]
    assert ("001", "import") in held(project, "VIP")  # the answer was no
    project("ban", "VIP", "--when", everybody, "--yes")
    assert held(project, "VIP") == set()
