"""`tags rename|merge|move`, as a team types them: files, customers, findings, undo."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

from tagctl.cli import app

TAXONOMY = """# 我们的标签
dimensions:
  - name: 阶段
    kind: lifecycle
    exclusive: ordered
    tags:
      - 潜客   # 还没买
      - name: 意向客户
        aliases: [意向]
      - 成交
  - name: 价值
    kind: value
    tags: [VIP, 高价值, 普通]
conflicts:
  - [VIP, 普通]
"""
RULES = """# 规则
segments:
  - {name: 要跟进, when: {tag: 意向客户}}   # 每周
actions:
  - {gained: 高价值, task: 回访}
"""
SHEET = "客户编号,标签\n1,潜客、意向\n2,意向客户\n3,高价值、普通\n4,VIP、大佬\n5,潜客、VIP、高价值\n"


@pytest.fixture
def call(tmp_path, monkeypatch):
    """tagctl in a project with an imported sheet; insists on the exit code."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    monkeypatch.setenv("TAGCTL_LANG", "en")
    for name, text in (("taxonomy.yaml", TAXONOMY), ("rules.yaml", RULES), ("客户.csv", SHEET)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result.output if code else result.stdout

    run("init")
    run("import", "customers", "客户.csv")
    run("run")
    return run


def held(call) -> set[tuple[str, str, str, str]]:
    found = json.loads(call("export", "assignments", "--format", "json"))
    return {(row["customer"], row["tag"], row["source"], row["gained_at"]) for row in found}


def pairs(call) -> set[tuple[str, str]]:
    return {row[:2] for row in held(call)}


def texts(tmp_path) -> tuple[bytes, bytes]:
    return (tmp_path / "taxonomy.yaml").read_bytes(), (tmp_path / "rules.yaml").read_bytes()


def last(call) -> int:
    return json.loads(call("history", "--format", "json"))[0]["number"]


def test_a_merge_moves_customers_and_files_and_is_undone_whole(call, tmp_path):
    before = held(call), texts(tmp_path)
    report = json.loads(
        call("tags", "merge", "意向客户", "大佬", "--into", "潜客", "--yes", "--format", "json")
    )
    assert (report["kind"], report["names"], report["tags"]) == ("merge", ["意向客户", "大佬"], ["潜客"])
    assert {(row["name"], row["before"], row["after"]) for row in report["holders"]} == {
        ("意向客户", 2, 0),
        ("大佬", 1, 0),
        ("潜客", 2, 4),
    }
    assert report["several"] == 1
    taxonomy, rules = (data.decode() for data in texts(tmp_path))
    assert "- {name: 潜客, aliases: [意向客户, 意向, 大佬]}   # 还没买\n      - 成交\n" in taxonomy
    assert rules == RULES.replace("{tag: 意向客户}", "{tag: 潜客}")
    assert {key for key, tag in pairs(call) if tag == "潜客"} == {"1", "2", "4", "5"}
    since = {row[3] for row in held(call)}
    assert since == {row[3] for row in before[0]}  # nobody holds it only since now
    call("undo", str(report["operation"]))
    assert (held(call), texts(tmp_path)) == before


def test_last_months_sheet_after_a_merge_and_a_run_changes_nothing(call, tmp_path):
    call("tags", "merge", "意向客户", "大佬", "--into", "潜客", "--yes")
    call("run")
    before = held(call), last(call)
    report = json.loads(call("import", "customers", "客户.csv", "--format", "json"))
    assert (report["tags_gained"], report["tags_lost"], report["operation"]) == (0, 0, None)
    # Also as another file with the same cells, so that it is read again.
    (tmp_path / "下月.csv").write_text(SHEET + "\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "下月.csv", "--format", "json"))
    assert (report["tags_gained"], report["tags_lost"], report["unknown_labels"]) == (0, 0, {})
    assert held(call) == before[0]


def test_neither_does_it_bring_back_what_a_person_took_away(call, tmp_path):
    call("tags", "merge", "意向客户", "大佬", "--into", "潜客", "--yes")
    call("unassign", "潜客", "2", "--yes")
    call("run")
    before = held(call)
    (tmp_path / "下月.csv").write_text(SHEET + "\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "下月.csv", "--format", "json"))
    assert (report["tags_gained"], report["tags_lost"]) == (0, 0)
    assert held(call) == before


def test_the_preview_tells_conflicts_first_and_every_place(call, tmp_path):
    before = texts(tmp_path)
    shown = call("tags", "merge", "高价值", "--into", "VIP", "--dry-run")
    assert texts(tmp_path) == before
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    conflict, holders = (
        next(n for n, line in enumerate(lines) if part in line) for part in ("VIP, 普通", "Bans")
    )
    assert lines[conflict] == "Tags that must not meet VIP, 普通 0 1"
    assert conflict < holders
    assert "1 customer holds more than one of them, and keeps one." in lines
    assert "rules.yaml:5" in lines
    assert "- - {gained: 高价值, task: 回访}" in lines
    assert "+ - {gained: VIP, task: 回访}" in lines
    assert "Dry run: nothing was written." in shown


def test_nobody_to_ask_needs_yes_and_a_rename_does_not(call, tmp_path):
    assert "needs-yes" in call("tags", "merge", "高价值", "--into", "VIP", code=2)
    call("tags", "rename", "VIP", "贵宾")
    taxonomy, _rules = (data.decode() for data in texts(tmp_path))
    assert "tags: [{name: 贵宾, aliases: [VIP]}, 高价值, 普通]" in taxonomy
    assert "[贵宾, 普通]" in taxonomy
    assert {key for key, tag in pairs(call) if tag == "贵宾"} == {"4", "5"}
    call("import", "customers", "客户.csv")
    assert {key for key, tag in pairs(call) if tag == "贵宾"} == {"4", "5"}


def test_a_rename_without_alias_keeps_the_history_and_is_undone(call, tmp_path):
    before = held(call), texts(tmp_path)
    call("tags", "rename", "VIP", "贵宾", "--no-alias")
    assert {row[0] for row in held(call) if row[1] == "贵宾"} == {"4", "5"}
    assert "VIP" not in texts(tmp_path)[0].decode()
    call("tags", "add", "VIP", "--dimension", "价值")  # the name is free again
    call("undo", str(last(call)))
    call("undo", str(last(call) - 2))
    assert (held(call), texts(tmp_path)) == before


def test_a_move_into_an_exclusive_dimension_tells_whom_it_hits(call, tmp_path):
    before = held(call), texts(tmp_path)
    shown = call("tags", "move", "高价值", "--to", "阶段", "--dry-run")
    assert "阶段, 潜客, 高价值" in shown
    call("tags", "move", "高价值", "--to", "阶段", "--yes")
    assert pairs(call) == {row[:2] for row in before[0]}
    findings = json.loads(call("findings", "list", "--format", "json"))
    assert ["阶段", "潜客", "高价值"] in [row["subject"] for row in findings]
    call("undo", str(last(call)))
    assert (held(call), texts(tmp_path)) == before


def test_a_finding_stays_the_same_under_the_new_name(call):
    def findings() -> dict[tuple[str, ...], tuple[int, str]]:
        rows = json.loads(call("findings", "list", "--state", "all", "--format", "json"))
        return {tuple(row["subject"]): (row["id"], row["state"]) for row in rows}

    number = findings()["阶段", "潜客", "意向客户"]
    call("tags", "rename", "意向客户", "感兴趣")
    found = findings()
    assert found["阶段", "潜客", "感兴趣"] == number
    assert ("阶段", "潜客", "意向客户") not in found


def test_what_cannot_be_is_said_before_anything_is_written(call, tmp_path):
    before = texts(tmp_path)
    assert "unknown-tag" in call("tags", "merge", "没有的", "--into", "VIP", "--yes", code=2)
    assert "already-one" in call("tags", "merge", "vip", "--into", "VIP", "--yes", code=2)
    assert "needs-tag" in call("tags", "merge", "大佬", "--into", "新的", "--yes", code=2)
    assert "already-a-tag" in call("tags", "rename", "VIP", "普通", code=2)
    assert "unknown-dimension" in call("tags", "move", "VIP", "--to", "阶层", "--yes", code=2)
    assert texts(tmp_path) == before


# ── retire and split ─────────────────────────────────────────────────────────────────────────────


def test_a_retired_tag_is_given_by_no_import_which_says_so(call, tmp_path):
    before = held(call), texts(tmp_path)
    report = json.loads(call("tags", "retire", "意向", "--yes", "--format", "json"))
    assert [(row["name"], row["before"], row["after"]) for row in report["holders"]] == [("意向客户", 2, 0)]
    assert [(row["section"], row["entry"]) for row in report["mentions"]] == [("segments", "要跟进")]
    taxonomy = texts(tmp_path)[0].decode()
    assert "- name: 意向客户\n        status: deprecated\n        aliases: [意向]\n" in taxonomy
    assert "意向客户" not in {tag for _key, tag in pairs(call)}
    again = json.loads(call("import", "customers", "客户.csv", "--mode", "add", "--format", "json"))
    assert (again["tags_gained"], again["retired_tags"]) == (0, {"意向客户": 2})
    (tmp_path / "新.csv").write_text("客户编号,标签\n9,意向、VIP\n", encoding="utf-8")
    shown = call("import", "customers", "新.csv", "--mode", "add")
    assert "Retired tags in the file, given to nobody: 意向客户 (1)" in shown
    assert {tag for key, tag in pairs(call) if key == "9"} == {"VIP"}
    call("run")
    for number in (last(call), report["operation"]):
        call("undo", str(number))
    assert (held(call), texts(tmp_path)) == before


def test_a_tag_in_its_place_takes_customers_label_and_places(call, tmp_path):
    before = held(call), texts(tmp_path)
    number = json.loads(
        call("tags", "retire", "意向客户", "--replace-with", "潜客", "--yes", "--format", "json")
    )["operation"]
    assert {key for key, tag in pairs(call) if tag == "潜客"} == {"1", "2", "5"}
    assert "{tag: 潜客}" in texts(tmp_path)[1].decode()
    (tmp_path / "新.csv").write_text("客户编号,标签\n9,意向\n8,阶段：意向客户\n", encoding="utf-8")
    call("import", "customers", "新.csv", "--mode", "add")
    assert {key for key, tag in pairs(call) if tag == "潜客"} == {"1", "2", "5", "8", "9"}
    call("undo", str(last(call)))
    call("run")
    (tmp_path / "下月.csv").write_text(SHEET + "\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "下月.csv", "--format", "json"))
    assert (report["tags_gained"], report["tags_lost"]) == (0, 0)
    call("undo", str(last(call)))
    call("undo", str(number))
    assert (held(call), texts(tmp_path)) == before


def test_a_split_moves_those_who_meet_the_condition(call, tmp_path):
    (tmp_path / "年龄.csv").write_text("客户编号,年龄\n1,30\n2,50\n3,20\n4,60\n5,41\n", encoding="utf-8")
    call("import", "customers", "年龄.csv")
    before = held(call), texts(tmp_path)
    when = "{field: 年龄, at_least: 40}"
    report = json.loads(
        call("tags", "split", "意向客户", "--into", "年长意向", "--when", when, "--yes", "--format", "json")
    )
    assert {(row["name"], row["before"], row["after"]) for row in report["holders"]} == {
        ("意向客户", 2, 1),
        ("年长意向", 0, 1),
    }
    assert [(row["section"], row["entry"]) for row in report["mentions"]] == [("segments", "要跟进")]
    assert {("1", "意向客户"), ("2", "年长意向")} <= pairs(call)
    assert {row[3] for row in held(call)} == {row[3] for row in before[0]}
    call("undo", str(report["operation"]))
    assert (held(call), texts(tmp_path)) == before
    call("tags", "split", "VIP", "--into", "年长VIP", "--when", when, "--else", "青年VIP", "--yes")
    assert {key for key, tag in pairs(call) if tag == "年长VIP"} == {"4", "5"}
    assert "VIP" not in {tag for _key, tag in pairs(call)}
    call("undo", str(last(call)))
    assert (held(call), texts(tmp_path)) == before


def test_what_is_replaced_is_proposed_no_more(call, tmp_path):
    def proposed() -> list[list[str]]:
        found = json.loads(call("tags", "duplicates", "--format", "json"))["clusters"]
        return [sorted(one["labels"]) for one in found if one["verdict"] == "same"]

    for name in ("沉默客户", "沉默用户"):
        call("tags", "add", name, "--dimension", "价值")
    assert ["沉默客户", "沉默用户"] in proposed()
    call("tags", "retire", "沉默用户", "--replace-with", "沉默客户", "--yes")
    assert ["沉默客户", "沉默用户"] not in proposed()


RULED = "rules:\n  - {tag: 高价值, when: {field: 年龄, at_least: 40}}\n"


def test_what_a_run_takes_again_is_said_before(call, tmp_path):
    (tmp_path / "年龄.csv").write_text("客户编号,年龄\n1,30\n2,50\n3,20\n4,60\n5,41\n", encoding="utf-8")
    call("import", "customers", "年龄.csv")
    (tmp_path / "rules.yaml").write_text(RULED, encoding="utf-8")
    call("run")
    held_by_rule = {key for key, tag in pairs(call) if tag == "高价值"}
    assert held_by_rule == {"2", "4", "5"}
    merged = call("tags", "merge", "普通", "--into", "高价值", "--dry-run")  # 3 has it by a file
    assert "高价值 has a rule, which decides about 1 new customer once it runs." in merged
    retire = ("tags", "retire", "高价值", "--replace-with", "普通")
    shown = call(*retire, "--yes")
    assert "No rule gives 普通: the next run takes it from 3 customers who had it by a rule." in shown
    assert "tagctl run --dry-run" in shown
    call("run")
    assert {key for key, tag in pairs(call) if tag == "普通"} == {"3"}


def test_a_run_takes_nothing_from_those_who_have_a_merged_tag_by_a_rule_or_by_hand(call, tmp_path):
    report = json.loads(call("tags", "merge", "普通", "--into", "高价值", "--yes", "--format", "json"))
    assert report["unconfirmed"] == []
    (tmp_path / "rules.yaml").write_text("rules:\n  - {tag: VIP, when: {dimension: 阶段}}\n", "utf-8")
    call("run")
    report = json.loads(call("tags", "merge", "高价值", "--into", "VIP", "--yes", "--format", "json"))
    assert report["unconfirmed"] == [{"tag": "VIP", "customers": 1, "ruled": True}]  # 3, in no stage
    call("run")
    assert {key for key, tag in pairs(call) if tag == "VIP"} == {"1", "2", "5"}


def test_a_condition_that_a_merge_may_have_emptied_is_to_be_looked_at(call, tmp_path):
    rules = "segments:\n  - {name: 好, when: [{tag: VIP}, {not: {tag: 普通}}]}\n"
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    assert "tagctl rules check" in call("tags", "merge", "普通", "--into", "VIP", "--yes")
    assert "Next:" not in call("tags", "rename", "VIP", "贵宾")  # nothing to look at


def test_a_list_of_tags_blames_the_file_that_is_wrong(call, tmp_path):
    (tmp_path / "taxonomy.yaml").write_text("dimensions:\n\t- name: 价值\n", encoding="utf-8")
    shown = call("tags", "list", code=3)
    assert "taxonomy.yaml:2" in shown
    assert "rules.yaml" not in shown


def test_the_history_says_in_words_what_became_of_a_tag(call):
    call("tags", "merge", "普通", "--into", "VIP", "--yes")
    assert "state: in the file → merged" in call("history", "VIP")
