"""The main job through the commands: import, taxonomy, run, findings, why, segments, exports, undo."""

from __future__ import annotations

import csv
import json
import os

import pytest
from typer.testing import CliRunner

from tagctl.cli import app
from tagctl.errors import ExitCode

CUSTOMERS = "客户编号,姓名,城市,标签\n0001,王伟,上海,VIP、潜客\n0002,李娜,北京,老朋友\n0003,张敏,上海,\n"
ORDERS = "订单号,客户编号,下单时间,金额\n" + "".join(
    f"D{number},{key},2026-10-{number:02} 10:00,{amount}\n"
    for number, (key, amount) in enumerate(
        [("0001", 100), ("0001", 200.5), ("0001", 50), ("0002", 80)], start=1
    )
)
TAXONOMY = """dimensions:
  - name: 阶段
    exclusive: ordered
    tags: [{name: 潜在客户, aliases: [潜客]}, 已成交客户]
  - name: 价值
    kind: value
    tags: [忠实客户, VIP]
conflicts: [[VIP, 潜在客户]]
"""
RULES = """events: {order: {}}
rules:
  - tag: 忠实客户
    when: {count: order, at_least: 3}
  - tag: 已成交客户
    when: [{count: order, at_least: 1}, {not: {field: 城市, is: 北京}}]
segments:
  - {name: 上海忠实, when: [{tag: 忠实客户}, {field: 城市, is: 上海}], columns: [name, 城市], strategy: 回访}
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """tagctl in a project of its own, at a fixed instant; insists on the exit code."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    monkeypatch.setenv("TAGCTL_BY", "ann")
    for name, text in (
        ("客户.csv", CUSTOMERS),
        ("订单.csv", ORDERS),
        ("taxonomy.yaml", TAXONOMY),
        ("rules.yaml", RULES),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*words: str, code: int = 0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def shop(call):
    """The project after its imports and a run."""
    call("import", "customers", "客户.csv")
    call("import", "events", "order", "订单.csv")
    call("run")
    return call


def test_an_import_says_what_it_read_and_how_to_take_it_back(call):
    text = call("import", "customers", "客户.csv").stdout
    assert "3 rows = 3 imported + 0 rejected + 0 blank" in text
    assert "Customers  3 = 3 new + 0 changed + 0 unchanged" in text
    assert "Tags       2 gained, 0 lost" in text
    assert "老朋友 (1)" in text
    assert "Operation 1. Take it back with: tagctl undo 1" in text
    assert "Already imported by operation 1" in call("import", "customers", "客户.csv").stdout


def test_a_dry_run_leaves_nothing(call, tmp_path):
    assert "Dry run: nothing was written." in call("import", "customers", "客户.csv", "--dry-run").stdout
    assert not (tmp_path / "tagctl.db").exists()
    call("init", "--dry-run")
    assert not (tmp_path / "tagctl.toml").exists()


def test_an_import_in_json(call):
    report = json.loads(call("import", "customers", "客户.csv", "--format", "json").stdout)
    assert report["operation"] == 1
    assert report["customers_created"] == 3
    assert report["unknown_labels"] == {"老朋友": 1}
    assert report["files"][0]["rows"] == 3


def test_rejects_beyond_the_limit_stop_the_import(call, tmp_path):
    (tmp_path / "bad.csv").write_text(
        "客户编号,生日\n0001,昨天\n,2000-01-01\n0003,2001-01-01\n", encoding="utf-8"
    )
    result = call("import", "customers", "bad.csv", "--key", "客户编号", "--max-rejects", "0", code=4)
    assert "error[" in result.stderr
    call("findings", "list", code=ExitCode.OK)
    assert call("history", "--format", "json").stdout == "[]\n"
    result = call("import", "customers", "bad.csv", "--key", "客户编号", "--max-rejects", "33%", code=4)
    assert "0 of 3 rows" in result.stderr
    assert (
        "bad-max-rejects" in call("import", "customers", "bad.csv", "--max-rejects", "viele", code=2).stderr
    )
    result = call("import", "customers", "bad.csv", "--key", "客户编号", "--max-rejects", "34%")
    assert "Rejected: 1 rows; 0 single cells left empty." in result.stderr + result.stdout


def test_run_tells_what_changed_and_then_that_nothing_did(shop):
    text = shop("history", "--limit", "1").stdout
    assert "run" in text
    text = shop("run").stdout
    assert "Every tag is as it should be: nothing changed, nothing was written." in text


def test_a_run_in_json(call):
    call("import", "customers", "客户.csv")
    call("import", "events", "order", "订单.csv")
    report = json.loads(call("run", "--format", "json").stdout)
    changes = {change["tag"]: change for change in report["changes"]}
    assert changes["忠实客户"]["gained"] == 1
    assert report["operation"] == 3
    assert report["as_of"] == "2026-11-01T12:00:00+08:00"
    assert report["findings_open"] == 3


def test_quiet_keeps_still(call):
    call("import", "customers", "客户.csv", "--quiet")
    assert call("run", "-q").output == ""
    assert "0001" in call("show", "0001", "--quiet").stdout


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "warning"], 1),
        (["--fail-on", "error"], 0),
        (["--fail-on", "tag-conflict,stale-assignment"], 1),
        (["--fail-on", "stale-assignment"], 0),
    ],
)
def test_fail_on(call, options, code):
    call("import", "customers", "客户.csv")
    call("run", *options, code=code)


def test_fail_on_new_counts_only_what_this_run_found(call):
    call("import", "customers", "客户.csv")
    call("run", "--fail-on", "warning", "--new", code=1)
    call("run", "--fail-on", "warning", "--new", code=0)
    call("run", "--fail-on", "warning", code=1)


def test_the_guard_shows_the_report_and_writes_nothing(call, tmp_path):
    rows = "".join(f"{number:04},上海\n" for number in range(200))
    (tmp_path / "many.csv").write_text(f"客户编号,城市\n{rows}", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(
        "rules: [{tag: VIP, when: {field: 城市, is: 上海}}]\n", encoding="utf-8"
    )
    call("import", "customers", "many.csv")
    call("run")
    (tmp_path / "many.csv").write_text(f"客户编号,城市\n{rows}".replace("上海", "北京"), encoding="utf-8")
    call("import", "customers", "many.csv")
    result = call("run", code=ExitCode.GUARD)
    assert "-200" in result.stdout
    assert "error[blast-radius]" in result.stderr
    assert "Operation" not in result.stdout
    call("run", "--max-change", "100%")


def test_why_proves_with_numbers(shop):
    text = shop("why", "0001", "忠实客户").stdout
    assert text.startswith("✓ 0001 王伟 has 忠实客户 (价值).")
    assert "✓ {count: order, at_least: 3}  — is 3" in text
    text = shop("why", "0002", "忠实客户").stdout
    assert text.startswith("✗ 0002 李娜 does not have 忠实客户 (价值).")
    assert "✗ {count: order, at_least: 3}  — is 1" in text


def test_why_of_an_import_names_file_row_text_and_alias(shop):
    text = shop("why", "0001", "潜客").stdout
    assert "“潜客” is an alias of 潜在客户." in text
    assert "客户.csv, row 2: the cell says “VIP、潜客” (alias: 潜客 → 潜在客户)" in text


def test_findings_with_their_evidence(shop):
    rows = json.loads(shop("findings", "list", "--format", "json").stdout)
    conflict = next(row for row in rows if row["code"] == "tag-conflict")
    assert conflict["subject"] == ["潜在客户", "VIP"]
    text = shop("findings", "show", str(conflict["id"])).stdout
    assert "0001" in text
    assert "客户.csv, row 2" in text
    assert "taxonomy.yaml lists these tags under conflicts" in text


def test_a_label_becomes_a_tag_when_the_taxonomy_knows_it(shop, tmp_path):
    (tmp_path / "taxonomy.yaml").write_text(
        TAXONOMY.replace("忠实客户,", "{name: 忠实客户}, 老朋友,"), encoding="utf-8"
    )
    assert "老朋友" not in shop("show", "0003").stdout
    told = shop("run").stderr  # no gain goes unsaid
    assert "taxonomy.yaml was edited, and that applies now: new 老朋友." in told
    assert "Customers’ tags: 1 gained, 0 lost." in told
    assert "老朋友" in shop("show", "0002").stdout


def test_a_tag_dropped_from_the_file_is_a_finding_at_once(shop, tmp_path):
    (tmp_path / "taxonomy.yaml").write_text(
        TAXONOMY.replace("忠实客户, VIP]", "忠实客户]").replace("conflicts: [[VIP, 潜在客户]]", ""),
        encoding="utf-8",
    )
    shop("taxonomy", "apply", "--yes")
    found = json.loads(shop("findings", "list", "--format", "json").stdout)
    assert ("undeclared-tag", ["VIP"]) in [(f["code"], f["subject"]) for f in found]


def test_why_of_a_parent_names_the_child_that_is_held(call, tmp_path):
    (tmp_path / "taxonomy.yaml").write_text(
        "dimensions: [{name: 价值, tags: [{name: 贵客, children: [VIP]}, 已成交客户, 忠实客户]}]",
        encoding="utf-8",
    )
    call("import", "customers", "客户.csv")
    assert "By its child tags: VIP" in call("why", "0001", "贵客").stdout
    assert "child" not in call("why", "0001", "VIP").stdout


def test_an_edit_that_moves_customers_is_stopped_shown_and_confirmed(shop, tmp_path):
    edited = TAXONOMY.replace("tags: [忠实客户, VIP]", "tags: [{name: 忠实客户, aliases: [VIP]}]").replace(
        "conflicts: [[VIP, 潜在客户]]", ""
    )
    (tmp_path / "taxonomy.yaml").write_text(edited, encoding="utf-8")
    stopped = shop("run", code=ExitCode.GUARD)
    assert "error[taxonomy-merge]" in stopped.stderr
    assert "tagctl taxonomy apply" in stopped.stderr
    preview = shop("taxonomy", "apply", "--dry-run").stdout
    assert "VIP" in preview
    assert "Dry run: nothing was written." in preview
    assert "error[needs-yes]" in shop("taxonomy", "apply", code=ExitCode.USAGE).stderr
    assert "Take it back with: tagctl undo" in shop("taxonomy", "apply", "--yes").stdout
    shop("run")
    assert "✓ 0001" in shop("why", "0001", "VIP").stdout


def test_checks_of_the_files(call, tmp_path):
    assert "taxonomy.yaml: no errors." in call("taxonomy", "check").stdout
    call("import", "customers", "客户.csv")
    assert "rules.yaml: no errors. rules: 2, metrics: 0, segments: 1" in call("rules", "check").stdout
    (tmp_path / "rules.yaml").write_text(
        "rules:\n  - {tag: 忠实, when: {count: order, at_lest: 3}}\n", encoding="utf-8"
    )
    result = call("rules", "check", code=ExitCode.CONFIG)
    assert "rules.yaml:2:" in result.stderr
    assert "Did you mean" in result.stderr
    assert "^" in result.stderr
    report = json.loads(call("rules", "check", "--format", "json", code=ExitCode.CONFIG).stdout)
    assert {problem["location"]["line"] for problem in report["problems"]} == {2}


def test_segments_named_and_described(shop, tmp_path):
    assert json.loads(shop("segment", "list", "--format", "json").stdout) == [
        {"segment": "上海忠实", "customers": 1, "share": pytest.approx(1 / 3), "strategy": "回访"}
    ]
    text = shop("segment", "show", "上海忠实").stdout
    assert text.startswith("上海忠实: 1 of 3 customers (33%)\nStrategy: 回访\n")
    assert "0002" in shop("segment", "show", "--when", "{field: 城市, is: 北京}").stdout
    shop("segment", "export", "--any-tag", "VIP", "--any-tag", "已成交客户", "--out", "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig") as file:
        assert [row[0] for row in csv.reader(file)][1:] == ["0001"]
    assert (
        shop("segment", "export", "--tag", "VIP", "--column", "name,城市").stdout.splitlines()[1]
        == "0001,王伟,上海"
    )
    for words in ([], ["上海忠实", "--tag", "VIP"]):
        assert "error[which-segment]" in shop("segment", "show", *words, code=ExitCode.USAGE).stderr
    assert "上海忠实" in shop("segment", "show", "上海忠誠", code=ExitCode.USAGE).stderr


def test_exports_to_stdout_keep_notes_apart(shop):
    result = shop("export", "assignments", "--format", "json")
    rows = json.loads(result.stdout)
    assert {"customer", "tag", "dimension", "source", "gained_at", "operation"} == set(rows[0])
    assert "rows written to standard output" in result.stderr
    assert shop("export", "changes", "--since", "2").stdout.splitlines()[0].startswith("customer,tag,")
    assert "D4" in shop("export", "events", "--type", "order", "-").stdout


def test_undo_takes_back_run_and_imports(shop):
    assert "Would take back operation 3 (run)." in shop("undo", "3", "--dry-run").stdout
    assert "Took back operation 3 (run)." in shop("undo", "3").stdout
    assert "✗ 0001" in shop("why", "0001", "忠实客户").stdout
    assert "error[undo-obstacle]" in shop("undo", "1", code=ExitCode.GUARD).stderr
    shop("undo", "2")
    shop("undo", "1")
    assert json.loads(shop("export", "customers", "--format", "json").stdout) == []


def test_history_of_a_customer_says_gained_and_lost(shop):
    text = shop("history", "0001").stdout
    assert "+忠实客户 (rule)" in text
    assert "+VIP (import)" in text


def test_a_database_travels_without_its_yaml(shop, tmp_path):
    moved = tmp_path / "elsewhere" / "sent.db"
    moved.parent.mkdir()
    (tmp_path / "tagctl.db").rename(moved)
    assert "✓ 0001" in shop("--db", str(moved), "why", "0001", "忠实客户").stdout
