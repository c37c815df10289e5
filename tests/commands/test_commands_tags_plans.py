"""`tags duplicates --plan`, `tags merge --plan`, `tags review` and `tags verdicts`, as a team types them."""

from __future__ import annotations

import csv
import io
import json
import os
import random
from pathlib import Path

import openpyxl
import pytest
import yaml
from typer.testing import CliRunner

from tagctl import messages
from tagctl.cli import app

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "broken_plans.yaml").read_text("utf-8"))
TAXONOMY = """# 我们的标签
dimensions:
  - name: 阶段
    kind: lifecycle
    tags:
      - 沉默客户   # 久未下单
      - 沉默用户
      - 潜在客户
      - 意向客户
  - name: 价值
    kind: value
    tags: [{name: VIP, aliases: [贵宾]}, 普通, 新客, 老客]
"""
RULES = "segments:\n  - {name: 要唤醒, when: {tag: 沉默用户}}   # 每周\n"
SHEET = """客户编号,标签
1,沉默客户
2,沉默用户、大佬
3,V.I.P.、沉默客户
4,vip客户、意向客户
5,潜在客户、黑金VIP
6,VIP、VIP7
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """tagctl in a project with an imported sheet; insists on the exit code."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    monkeypatch.setenv("TAGCTL_LANG", "en")
    monkeypatch.setenv("TAGCTL_BY", "小王")
    for name, text in (("taxonomy.yaml", TAXONOMY), ("rules.yaml", RULES), ("客户.csv", SHEET)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*words: str, code: int = 0, keys: str | None = None) -> str:
        result = CliRunner().invoke(app, list(words), input=keys)
        assert result.exit_code == code, result.output
        return result.output if code else result.stdout

    run("init")
    run("import", "customers", "客户.csv")
    yield run
    messages.use("en")


def state(call, tmp_path) -> tuple[object, ...]:
    held = json.loads(call("export", "assignments", "--format", "json"))
    pairs = sorted((row["customer"], row["tag"], row["source"], row["gained_at"]) for row in held)
    return pairs, (tmp_path / "taxonomy.yaml").read_bytes(), (tmp_path / "rules.yaml").read_bytes()


def verdicts(call) -> set[tuple[str, str, str]]:
    found = json.loads(call("tags", "verdicts", "--format", "json"))
    return {(row["label"], row["canonical"], row["verdict"]) for row in found}


def proposed(call) -> list[set[str]]:
    found = json.loads(call("tags", "duplicates", "--format", "json"))["clusters"]
    return [set(cluster["labels"]) for cluster in found]


def sheet(path) -> list[list[object]]:
    return [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def rewrite(path, rows) -> None:
    book = openpyxl.Workbook()
    book.active.title = "计划"
    for row in rows:
        book.active.append(row)
    book.save(path)


# ── a plan, edited, done, taken back ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("suffix", ["yaml", "xlsx"])
def test_a_plan_as_written_merges_what_is_the_same_and_is_undone_whole(call, tmp_path, suffix, language):
    before = state(call, tmp_path)
    messages.use(language)
    call("tags", "duplicates", "--plan", f"计划.{suffix}")
    messages.use("en")
    report = json.loads(call("tags", "merge", "--plan", f"计划.{suffix}", "--yes", "--format", "json"))
    assert {(union["tag"], *union["labels"]) for union in report["unions"]} == {
        ("VIP", "vip客户", "V.I.P."),
        ("沉默客户", "沉默用户"),
    }
    taxonomy, rules = ((tmp_path / name).read_text("utf-8") for name in ("taxonomy.yaml", "rules.yaml"))
    assert "- {name: 沉默客户, aliases: [沉默用户]}   # 久未下单\n      - 潜在客户\n" in taxonomy
    assert rules == RULES.replace("沉默用户", "沉默客户")
    held = {pair[:2] for pair in state(call, tmp_path)[0]}
    assert {("2", "沉默客户"), ("3", "VIP"), ("4", "VIP"), ("6", "VIP")} <= held
    assert {("沉默用户", "沉默客户", "same"), ("意向客户", "潜在客户", "related")} <= verdicts(call)
    assert proposed(call) == []
    again = json.loads(call("tags", "merge", "--plan", f"计划.{suffix}", "--yes", "--format", "json"))
    assert (again["operation"], again["done"], again["verdicts"]) == (None, 3, 0)
    call("undo", str(report["operation"]))
    assert state(call, tmp_path) == before
    assert verdicts(call) == set()
    call("undo", str(report["operation"] + 1))
    assert ("沉默用户", "沉默客户", "same") in verdicts(call)


def test_a_sheet_sorted_filtered_with_rows_deleted_and_columns_moved_says_the_same(call, tmp_path):
    call("tags", "duplicates", "--plan", "a.xlsx")
    header, *rows = sheet("a.xlsx")
    for row in rows:
        if row[1] == "vip客户":
            row[2] = "不同"  # in Chinese in an English sheet
    rows = [row for row in rows if row[1] not in ("V.I.P.", "沉默客户")]
    order = list(range(len(header)))
    random.Random(3).shuffle(order)
    random.Random(4).shuffle(rows)
    rewrite("b.xlsx", [[row[i] for i in order if header[i] != "cluster"] for row in [header, *rows]])
    report = json.loads(call("tags", "merge", "--plan", "b.xlsx", "--yes", "--format", "json"))
    assert [(union["tag"], union["labels"]) for union in report["unions"]] == [("沉默客户", ["沉默用户"])]
    assert ("vip客户", "VIP", "different") in verdicts(call)
    assert proposed(call) == [{"VIP", "V.I.P."}]  # its row was deleted


def test_the_sheet_is_made_to_be_filled_in(call):
    messages.use("zh")
    call("tags", "duplicates", "--plan", "a.xlsx")
    found = openpyxl.load_workbook("a.xlsx").active
    assert [cell.value for cell in found[1]][:4] == ["组", "标签", "判断", "保留名称"]
    assert found.freeze_panes == "A2"
    assert found.auto_filter.ref == f"A1:K{found.max_row}"
    [rule] = found.data_validations.dataValidation
    assert rule.formula1 == '"相同,相关,子标签,不同"'
    assert str(rule.sqref) == f"C2:C{found.max_row}"
    assert found.column_dimensions["B"].width > 8


def test_edits_of_every_kind_in_one_operation(call, tmp_path):
    plan = """clusters:
  - canonical: 沉睡   # a new name
    labels:
      - {label: 沉默客户, verdict: same}
      - {label: 沉默用户, verdict: 相同, note: 一回事}
  - canonical: VIP
    labels:
      - {label: VIP}
      - {label: 黑金VIP, verdict: parent}
      - {label: 普通, verdict: 不同}
      - {label: VIP7}
  - canonical: 老客
    labels: [{label: 新客, verdict: 子标签}]
"""
    (tmp_path / "p.yaml").write_text(plan, encoding="utf-8")
    report = json.loads(call("tags", "merge", "--plan", "p.yaml", "--yes", "--format", "json"))
    assert (report["left"], report["curation"]["kind"]) == (1, "plan")
    taxonomy = yaml.safe_load((tmp_path / "taxonomy.yaml").read_text("utf-8"))
    stage, value = (dimension["tags"] for dimension in taxonomy["dimensions"])
    assert stage == [{"name": "沉睡", "aliases": ["沉默客户", "沉默用户"]}, "潜在客户", "意向客户"]
    assert value[0] == {"name": "VIP", "aliases": ["贵宾"], "children": ["黑金VIP"]}
    assert value[-1] == {"name": "老客", "children": ["新客"]}
    assert ("5", "黑金VIP") in {pair[:2] for pair in state(call, tmp_path)[0]}
    # What was seen beside each other and is not the same is not proposed either.
    assert {("普通", "VIP", "different"), ("普通", "黑金VIP", "related")} <= verdicts(call)
    [said] = [row for row in json.loads(call("tags", "verdicts", "--format", "json")) if row["note"]]
    assert (said["label"], said["note"], said["by"]) == ("沉默用户", "一回事", "小王")


def test_labels_that_are_no_tag_yet_follow_when_one_becomes_a_tag(call, tmp_path):
    (tmp_path / "p.yaml").write_text(
        "clusters: [{canonical: 大佬, labels: [{label: VIP7, verdict: same}]}]\n", encoding="utf-8"
    )
    report = json.loads(call("tags", "merge", "--plan", "p.yaml", "--yes", "--format", "json"))
    assert [row["label"] for row in report["waiting"]] == ["VIP7"]
    assert report["curation"] is None
    call("tags", "add", "大佬", "--dimension", "价值")
    (tmp_path / "b.csv").write_text("客户编号,标签\n8,VIP7\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "b.csv", "--format", "json"))
    assert report["labels_decided"] == {"VIP7": "大佬"}
    assert {("6", "大佬"), ("8", "大佬")} <= {pair[:2] for pair in state(call, tmp_path)[0]}


def test_nothing_is_written_without_a_person_or_in_a_dry_run(call, tmp_path):
    before = state(call, tmp_path)
    call("tags", "duplicates", "--plan", "p.yaml")
    assert "needs-yes" in call("tags", "merge", "--plan", "p.yaml", code=2)
    assert "taxonomy.yaml:6" in call("tags", "merge", "--plan", "p.yaml", "--dry-run")
    assert state(call, tmp_path) == before
    assert verdicts(call) == set()
    assert "unknown-format" in call("tags", "duplicates", "--plan", "p.docx", code=2)
    assert "usage" in call("tags", "merge", "VIP", "--plan", "p.yaml", code=2)
    assert "usage" in call("tags", "merge", "VIP", code=2)


# ── plans that cannot be ─────────────────────────────────────────────────────────────────────────


def as_yaml(rows) -> str:
    lines = ["clusters:"]
    for label, canonical, verdict in rows:
        lines.append(
            f'  - canonical: "{canonical}"\n    labels: [{{label: "{label}", verdict: "{verdict}"}}]'
        )
    return "\n".join(lines) + "\n"


def test_broken_plans(call, tmp_path):
    (tmp_path / "earlier.yaml").write_text(as_yaml([["意向客户", "潜在客户", "related"]]), encoding="utf-8")
    call("tags", "merge", "--plan", "earlier.yaml")
    before = state(call, tmp_path)
    for case in CASES:
        (tmp_path / "p.yaml").write_text(as_yaml(case["rows"]), encoding="utf-8")
        with (tmp_path / "p.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["label", "canonical", "verdict"], *case["rows"]])
        for name, place in (
            ("p.yaml", lambda row: f"p.yaml:{2 * row + 1}:"),
            ("p.csv", lambda row: f"p.csv/{row + 1}:"),
        ):
            shown = call("tags", "merge", "--plan", name, "--yes", code=2)
            told = [line for line in shown.splitlines() if "error[" in line]
            assert len(told) == len(case["problems"]), (case["name"], name, shown)
            for line, (code, row) in zip(told, case["problems"], strict=True):
                assert line.startswith(place(row)), (case["name"], line)
                assert f"error[{code}]" in line, (case["name"], line)
    assert state(call, tmp_path) == before


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("- VIP\n", "expected-mapping", 1),
        ("groups: []\n", "unknown-key", 1),
        ("clusters:\n  - canonical: VIP\n", "missing-key", 2),
        ("clusters:\n  - canonical: VIP\n    lables: []\n", "unknown-key", 3),
        ("clusters:\n  - {canonical: VIP, labels: [{label: 普通, verdct: same}]}\n", "unknown-key", 2),
        ("clusters:\n  - canonical: VIP\n    labels: 普通\n", "expected-list", 3),
    ],
)
def test_a_plan_in_another_shape(call, tmp_path, text, code, line):
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    shown = call("tags", "merge", "--plan", "p.yaml", code=2)
    assert f"error[{code}]" in shown
    assert f"p.yaml:{line}:" in shown


def test_a_table_without_its_columns(call, tmp_path):
    (tmp_path / "p.csv").write_text("标签,客户数\nVIP,3\n", encoding="utf-8")
    assert call("tags", "merge", "--plan", "p.csv", code=2).count("error[unknown-column]") == 2


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────


def test_verdicts_are_honoured_by_later_imports(call, tmp_path):
    call("tags", "duplicates", "--plan", "p.yaml")
    call("tags", "merge", "--plan", "p.yaml", "--yes")
    # Last month's sheet again: nothing.
    (tmp_path / "b.csv").write_text(SHEET + "\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "b.csv", "--format", "json"))
    assert (report["tags_gained"], report["tags_lost"], report["labels_decided"]) == (0, 0, {})
    # Labels that differ in nothing else from what was decided; one that differs in more.
    before = state(call, tmp_path)
    (tmp_path / "c.csv").write_text("客户编号,标签\n7,沉默人群、非沉默客户\n8,Vip用户\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "c.csv", "--format", "json"))
    assert report["labels_decided"] == {"沉默人群": "沉默客户", "Vip用户": "VIP"}
    assert (report["tags_gained"], report["unknown_labels"]) == (2, {"非沉默客户": 1})
    assert "沉默人群" in (tmp_path / "taxonomy.yaml").read_text("utf-8")
    call("undo", str(report["operation"]))
    assert state(call, tmp_path) == before


def test_a_label_decided_to_be_different_is_not_suggested_either(call, tmp_path):
    (tmp_path / "b.csv").write_text("客户编号,标签\n7,潜在客群\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "b.csv", "--unknown", "suggest", "--format", "json"))
    assert report["suggestions"] == {"潜在客群": "潜在客户"}
    (tmp_path / "p.yaml").write_text(as_yaml([["潜在客群", "潜在客户", "different"]]), encoding="utf-8")
    call("tags", "merge", "--plan", "p.yaml")
    [nearest] = [row["nearest"] for row in unknown(call) if row["label"] == "潜在客群"]
    assert nearest != "潜在客户"
    (tmp_path / "c.csv").write_text("客户编号,标签\n8,潜在客群\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "c.csv", "--unknown", "suggest", "--format", "json"))
    assert report["suggestions"].get("潜在客群") != "潜在客户"


def unknown(call) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(call("tags", "unknown", "--format", "csv"))))


def test_verdicts_follow_a_tag_that_is_renamed_and_can_be_removed(call):
    first = proposed(call)
    call("tags", "review", "--yes", keys="D" * len(first))
    assert proposed(call) == []
    call("tags", "rename", "VIP", "贵客")
    assert not any("贵客" in labels for labels in proposed(call))
    listed = call("tags", "verdicts")
    assert "小王" in listed
    call("tags", "verdicts", "--remove", "沉默用户", "沉默客户")
    assert {"沉默客户", "沉默用户"} in proposed(call)
    assert "no-verdict" in call("tags", "verdicts", "--remove", "沉默用户", "沉默客户", code=2)
    call("undo", json_last(call))
    assert not any({"沉默客户", "沉默用户"} <= labels for labels in proposed(call))


def json_last(call) -> str:
    return str(json.loads(call("history", "--format", "json"))[0]["number"])


# ── review ───────────────────────────────────────────────────────────────────────────────────────


def review(call, keys: str, *words: str) -> dict[str, object]:
    shown = call("tags", "review", "--yes", "--format", "json", *words, keys=keys)
    return json.loads(shown[shown.index("{") :]) if shown else {}


def test_a_review_by_keys_with_a_step_back_and_a_quit_goes_on_next_time(call, tmp_path):
    before = state(call, tmp_path)
    report = review(call, "d b s d x q")  # 沉默用户 or a spelling of VIP comes first; x is no key
    assert len(report["unions"]) == 1
    assert report["verdicts"] == 2
    assert not any({"VIP", "V.I.P.", "vip客户"} <= labels for labels in proposed(call))
    assert proposed(call)  # the rest is still open
    call("undo", str(report["operation"]))
    assert state(call, tmp_path) == before


def test_a_review_can_rename_what_stays(call, tmp_path):
    report = review(call, "kkn沉睡\nsq")
    assert [union["tag"] for union in report["unions"]] == ["沉睡"]
    assert "沉睡, aliases: [沉默用户, 沉默客户]" in (tmp_path / "taxonomy.yaml").read_text("utf-8")


def test_a_review_without_a_decision_changes_nothing(call, tmp_path):
    before = state(call, tmp_path), json_last(call)
    for keys in ("", "q", "kkkkkkkkkk"):
        assert review(call, keys) == {}
    assert review(call, "S", "--dry-run")["operation"] is None
    assert (state(call, tmp_path), json_last(call)) == before


def test_a_review_speaks_chinese(call):
    messages.use("zh")
    result = CliRunner().invoke(app, ["tags", "review", "--dry-run"], input="sq")
    assert result.exit_code == 0
    assert "s 相同" in result.output
