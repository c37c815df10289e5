"""`tags unknown|add|ignore`, and `import --unknown`, as a team types them."""

from __future__ import annotations

import csv
import io
import json
import os

import openpyxl
import pytest
from typer.testing import CliRunner

from tagctl.cli import app

TAXONOMY = """# 我们的标签
version: 1
dimensions:
  - name: 价值
    kind: value
    tags:
      - VIP   # 最重要
      - {name: 黑金, aliases: [黑卡]}
      - name: 大客户  # 团购
        purpose: 买得多
  - name: 生命周期
    kind: lifecycle
    tags: [新客户, 老客户]
"""
SHEET = "客户编号,姓名,标签\n1,王,VIP、铂金\n2,李,铂金\n3,张,大客互、渠道：抖音\n4,陈,鉑金、老客户\n"


@pytest.fixture
def call(tmp_path, monkeypatch):
    """tagctl in a project with an imported sheet; insists on the exit code."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    monkeypatch.setenv("TAGCTL_LANG", "en")
    for name, text in (("taxonomy.yaml", TAXONOMY), ("rules.yaml", "rules: []\n"), ("客户.csv", SHEET)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result.output if code else result.stdout

    run("init")
    return run


def unknown(call) -> dict[str, tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(call("tags", "unknown", "--format", "csv")))
    return {row["label"]: (row["customers"], row["nearest"]) for row in rows}


def holders(call, tag: str) -> list[str]:
    found = json.loads(call("export", "assignments", "--format", "json"))
    return sorted(row["customer"] for row in found if row["tag"] == tag)


def taxonomy(tmp_path) -> str:
    return (tmp_path / "taxonomy.yaml").read_text(encoding="utf-8")


def test_unknown_labels_are_listed_with_the_first_row_and_the_nearest_tag(call):
    assert "Every label is a tag." in call("tags", "unknown")
    call("import", "customers", "客户.csv")
    rows = json.loads(call("tags", "unknown", "--format", "json"))
    assert list(rows[0]) == ["label", "customers", "file", "sheet", "row", "nearest"]
    assert [tuple(row.values()) for row in rows] == [
        ("铂金", 3, "客户.csv", None, 2, None),
        ("大客互", 1, "客户.csv", None, 4, "大客户"),
        ("渠道：抖音", 1, "客户.csv", None, 4, None),
    ]
    assert "tagctl tags add LABEL --as TAG" in call("tags", "unknown")
    assert "1 of 3" in call("tags", "unknown", "--limit", "1")


def test_a_label_becomes_a_tag_for_all_past_and_later_rows_and_can_be_undone(call, tmp_path):
    call("import", "customers", "客户.csv")
    call("tags", "add", "铂金", "--dimension", "价值", "--dry-run")
    assert taxonomy(tmp_path) == TAXONOMY
    text = call("tags", "add", "铂金", "--dimension", "价值", "--note", "周会")
    assert "铂金 is a tag of 价值 now." in text
    assert "3 customers’ tags gained." in text
    assert taxonomy(tmp_path) == TAXONOMY.replace("买得多\n", "买得多\n      - 铂金\n")
    assert holders(call, "铂金") == ["1", "2", "4"]
    assert "铂金" not in unknown(call)
    (tmp_path / "later.csv").write_text("客户编号,姓名,标签\n5,周,铂 金、铂金\n", encoding="utf-8")
    call("import", "customers", "later.csv")
    assert holders(call, "铂金") == ["1", "2", "4", "5"]
    call("undo", "4")
    call("undo", "3")
    assert taxonomy(tmp_path) == TAXONOMY
    assert holders(call, "铂金") == []
    assert unknown(call)["铂金"] == ("3", "")


@pytest.mark.parametrize(
    ("tag", "before", "after"),
    [
        ("VIP", "- VIP   # 最重要", "- {name: VIP, aliases: [大客互]}   # 最重要"),
        ("黑卡", "{name: 黑金, aliases: [黑卡]}", "{name: 黑金, aliases: [黑卡, 大客互]}"),
        ("大客户", "- name: 大客户  # 团购\n", "- name: 大客户  # 团购\n        aliases: [大客互]\n"),
        ("新客户", "tags: [新客户, ", "tags: [{name: 新客户, aliases: [大客互]}, "),
    ],
)
def test_a_label_becomes_another_spelling(call, tmp_path, tag, before, after):
    call("import", "customers", "客户.csv")
    call("tags", "add", "大客互", "--as", tag)
    assert taxonomy(tmp_path) == TAXONOMY.replace(before, after)
    assert holders(call, {"黑卡": "黑金"}.get(tag, tag)).count("3") == 1


def test_a_prefix_names_the_dimension(call, tmp_path):
    (tmp_path / "a.csv").write_text("客户编号,标签\n1,价值:金卡\n2,渠道:抖音\n", encoding="utf-8")
    call("import", "customers", "a.csv")
    call("tags", "add", "价值:金卡")
    assert holders(call, "金卡") == ["1"]
    assert "aliases: [渠道" not in taxonomy(tmp_path)
    call("tags", "add", "渠道:抖音", "--dimension", "生命周期")
    assert "{name: 抖音, aliases: ['渠道:抖音']}" in taxonomy(tmp_path)
    assert holders(call, "抖音") == ["2"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["新"], "needs-dimension"),
        (["大客互"], "Most like it is 大客户: --as 大客户"),
        (["新", "--dimension", "价直"], "Did you mean 价值?"),
        (["新", "--as", "VVIP"], "Did you mean VIP?"),
        (["vip", "--dimension", "价值"], "vip is the tag VIP already."),
        (["价值:老客户"], "--as 老客户"),
        (["新", "--as", "VIP", "--dimension", "价值"], "--as and --dimension"),
        ([" ", "--as", "VIP"], "bad-name"),
    ],
)
def test_what_cannot_be_added_is_said(call, tmp_path, words, says):
    assert says in call("tags", "add", *words, code=2)
    assert taxonomy(tmp_path) == TAXONOMY


def test_ignored_labels_are_passed_over_in_any_spelling_until_undone_or_added(call, tmp_path):
    call("import", "customers", "客户.csv")
    assert "3 customers have one of them." in call("tags", "ignore", "铂金", "没见过")
    assert set(unknown(call)) == {"大客互", "渠道：抖音"}
    (tmp_path / "later.csv").write_text(
        "客户编号,姓名,标签\n6,吴,鉑金\n7,郑,鉑金 、没见过\n", encoding="utf-8"
    )
    assert "铂" not in call("import", "customers", "later.csv")
    assert set(unknown(call)) == {"大客互", "渠道：抖音"}
    call("undo", "3")
    assert unknown(call)["鉑金"] == ("5", ""), "the most frequent spelling"
    call("tags", "ignore", "铂金")
    call("tags", "add", "铂金", "--dimension", "价值")
    assert holders(call, "铂金") == ["1", "2", "4", "6", "7"]
    assert "already-a-tag" in call("tags", "ignore", "铂金", code=2)


def test_import_can_make_tags_of_unknown_labels(call, tmp_path):
    assert "Nothing" not in call("import", "customers", "客户.csv", "--unknown", "create", "--dry-run")
    assert taxonomy(tmp_path) == TAXONOMY
    report = json.loads(call("import", "customers", "客户.csv", "--unknown", "create", "--format", "json"))
    assert report["tags_created"] == ["铂金", "大客互", "抖音"]
    assert (report["unknown_labels"], report["tags_gained"]) == ({}, 7)
    unsorted = "\n  - name: Unsorted\n    tags:\n      - 铂金\n      - 大客互\n"
    assert taxonomy(tmp_path) == TAXONOMY + unsorted + "\n  - name: 渠道\n    tags:\n      - 抖音\n"
    assert unknown(call) == {}
    assert holders(call, "抖音") == ["3"]
    call("taxonomy", "check")
    call("undo", "2")
    assert taxonomy(tmp_path) == TAXONOMY


def test_import_can_suggest_tags_for_unknown_labels(call):
    text = call("import", "customers", "客户.csv", "--unknown", "suggest")
    assert "tagctl tags add 大客互 --as 大客户" in text
    assert set(unknown(call)) == {"铂金", "大客互", "渠道：抖音"}


# ── files again ──────────────────────────────────────────────────────────────────────────────────

RULES = "rules:\n  - tag: 老客户\n    when: {field: 积分, at_least: 100}\n"
MEMBERS = "会员号,姓名,积分,标签\n0001,王,150,VIP、新客户\n0002,李,20,新客户\n0003,张,80,老客户\n"


def changes(call, *words: str) -> tuple[int, ...]:
    report = json.loads(call("import", "customers", *words, "--format", "json"))
    assert not report["unchanged_file"], "other bytes are to be read"
    return tuple(
        report[name]
        for name in ("customers_created", "customers_updated", "tags_gained", "tags_lost", "tags_withheld")
    )


def shop(call, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "会员.csv").write_text(MEMBERS, encoding="utf-8")
    assert changes(call, "会员.csv") == (3, 0, 4, 0, 0)
    call("run", "--yes")


def test_last_months_sheet_after_a_merging_alias_and_a_run_changes_nothing(call, tmp_path):
    shop(call, tmp_path)
    merged = taxonomy(tmp_path).replace("tags: [新客户, 老客户]", "tags: [{name: 老客户, aliases: [新客户]}]")
    (tmp_path / "taxonomy.yaml").write_text(merged, encoding="utf-8")
    call("taxonomy", "apply", "--yes")
    call("run")
    before = call("export", "assignments", "--format", "json")
    (tmp_path / "会员.csv").write_text(MEMBERS + "\n", encoding="utf-8")
    assert changes(call, "会员.csv") == (0, 0, 0, 0, 0)
    assert json.loads(call("run", "--format", "json"))["operation"] is None
    assert call("export", "assignments", "--format", "json") == before


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_our_own_export_of_customers_after_a_run_changes_nothing(call, tmp_path, suffix):
    shop(call, tmp_path)
    before = call("export", "assignments", "--format", "json")
    call("export", "customers", f"out.{suffix}")
    assert changes(call, f"out.{suffix}") == (0, 0, 0, 0, 0)
    assert json.loads(call("run", "--format", "json"))["operation"] is None
    assert call("export", "assignments", "--format", "json") == before


def test_a_report_has_one_line_for_all_spellings_of_a_label(call, tmp_path):
    head = "客户编号,标签\n"
    (tmp_path / "1.csv").write_text(head + "1,Gold\n2,ＧＯＬＤ、gold\n3,GOLD、银\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text(head + "4,GOLD\n5,GOLD\n6,GOLD\n", encoding="utf-8")
    report = json.loads(call("import", "customers", "1.csv", "--format", "json", "--dry-run"))
    assert report["unknown_labels"] == {"GOLD": 3, "银": 1}
    report = json.loads(call("import", "customers", "1.csv", "2.csv", "--format", "json"))
    assert report["unknown_labels"] == {"GOLD": 6, "银": 1}
    assert unknown(call)["GOLD"] == ("6", "")
    call("undo", "2")
    assert "GOLD (6), 银 (1)" in call("import", "customers", "1.csv", "2.csv")


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def filled(tmp_path, name: str, said: dict[str, tuple[str, str]]) -> None:
    """The table as a person fills it in: by label, tag and dimension."""
    with (tmp_path / "labels.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["tag"], row["dimension"] = said.get(row["label"].lstrip("'"), ("", ""))
    with (tmp_path / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def messy(call, tmp_path):
    """Labels that wait, written to labels.csv."""
    cells = ["铂金", "大客互、=1", "白金、待定", "渠道：抖音", "铂金会员、鉑金", "铂金"]
    rows = "".join(f"{n},{cell}\n" for n, cell in enumerate(cells, 1))
    (tmp_path / "a.csv").write_text("客户编号,标签\n" + rows, encoding="utf-8")
    call("import", "customers", "a.csv")
    text = call("tags", "unknown", "labels.csv")
    assert "7 rows written to labels.csv." in text
    assert "tagctl tags settle labels.csv" in text
    return call


SAID = {
    "铂金": ("铂金", "价值"),
    "铂金会员": ("铂金", ""),
    "白金": ("价值：铂金", ""),
    "大客互": ("大客户", ""),
    "待定": ("－", ""),
    "=1": ("新客户", "生命周期"),
}


def test_a_filled_in_table_settles_its_labels_in_one_operation(messy, tmp_path):
    filled(tmp_path, "done.csv", SAID)
    messy("tags", "settle", "done.csv", "--dry-run")
    assert taxonomy(tmp_path) == TAXONOMY
    report = json.loads(messy("tags", "settle", "done.csv", "--format", "json"))
    assert (report["ignored"], report["left"], report["gained"]) == (["待定"], 1, 6)
    assert "铂金, aliases: [白金, 铂金会员]}" in taxonomy(tmp_path)
    assert [holders(messy, tag) for tag in ("铂金", "大客户", "新客户")] == [
        ["1", "3", "5", "6"],
        ["2"],
        ["2"],
    ]
    assert list(unknown(messy)) == ["渠道：抖音"]
    again = json.loads(messy("tags", "settle", "done.csv", "--format", "json"))
    assert (again["operation"], again["done"], again["left"]) == (None, 5, 1)
    messy("undo", str(report["operation"]))
    assert taxonomy(tmp_path) == TAXONOMY
    assert len(unknown(messy)) == 7


def test_a_dimension_is_made_unless_it_looks_like_a_slip(messy, tmp_path):
    filled(tmp_path, "done.csv", {"渠道：抖音": ("抖音", "来源"), "白金": ("小红书", "来源")})
    messy("tags", "settle", "done.csv")
    assert "- name: 来源" in taxonomy(tmp_path)
    assert holders(messy, "抖音") == ["4"]


def test_an_excel_file_is_written_and_read(messy, tmp_path):
    messy("tags", "unknown", "labels.xlsx")
    book = openpyxl.load_workbook(tmp_path / "labels.xlsx")
    sheet = book.active
    columns = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        row[columns.index("tag")].value = "-"
    book.save(tmp_path / "labels.xlsx")
    messy("tags", "settle", "labels.xlsx")
    assert unknown(messy) == {}


@pytest.mark.parametrize(
    ("said", "code", "says"),
    [
        ({"铂金": ("铂金", "")}, "needs-dimension", "write its dimension"),
        ({"大客互": ("大客护", "")}, "needs-dimension", "Did you mean 大客户?"),
        ({"铂金": ("铂金", "价直")}, "unknown-dimension", "Did you mean 价值?"),
        ({"铂金": ("白金", "价值"), "白金": ("白金", "生命周期")}, "two-dimensions", "价值, 生命周期"),
        ({"铂金": ("VIP", "生命周期")}, "other-dimension", "VIP is a tag of 价值"),
    ],
)
def test_what_a_table_cannot_say_is_told_and_nothing_is_written(messy, tmp_path, said, code, says):
    filled(tmp_path, "done.csv", {"待定": ("-", ""), **said})
    output = " ".join(messy("tags", "settle", "done.csv", code=2).split())
    assert code in output
    assert says in output
    assert "done.csv" in output
    assert taxonomy(tmp_path) == TAXONOMY
    assert len(unknown(messy)) == 7


def test_other_tables_are_told(messy, tmp_path):
    assert "There is no column “label”." in messy("tags", "settle", "客户.csv", code=2)
    (tmp_path / "b.csv").write_text("label,tag\n铂金,VIP\nvip,大客户\n", encoding="utf-8")
    assert "vip is the tag VIP already." in messy("tags", "settle", "b.csv", code=2)
    (tmp_path / "b.csv").write_text("label,tag\n铂金,VIP\n鉑金,大客户\n", encoding="utf-8")
    assert "label-twice" in messy("tags", "settle", "b.csv", code=2)
