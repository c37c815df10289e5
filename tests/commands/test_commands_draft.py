"""`init --from` and `taxonomy draft` as typed: what is shown and written, and that undo puts it back."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from tagctl.cli import app
from tagctl.commands import _session

MEMBERS = Path(__file__).parents[1] / "cases" / "drafting" / "会员.csv"
ORDERS = "订单编号,会员号,下单时间,订单状态,实付金额\n" + "".join(
    f"{n},{n % 8 + 1:04d},2026-10-{n + 1:02d} 10:00,交易成功,{n}0\n" for n in range(20)
)
MINE = "dimensions:\n  - name: 价值   # 我们的\n    tags: [VIP]\n\n  # 到此为止\n"


@pytest.fixture
def call(tmp_path, monkeypatch):
    """tagctl in an empty folder with two files; insists on the exit code."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    for name, value in (("NOW", "2026-11-01T12:00:00+08:00"), ("TZ", "Asia/Shanghai"), ("BY", "ann")):
        monkeypatch.setenv(f"TAGCTL_{name}", value)
    shutil.copy(MEMBERS, tmp_path / "会员.csv")
    (tmp_path / "订单.csv").write_text(ORDERS, "utf-8")

    def run(*words: str, code: int = 0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result

    return run


def test_a_project_from_files_that_runs_at_once(call, tmp_path):
    text = call("init", "--from", "会员.csv", "订单.csv", "--template", "retail").stdout
    assert "tagctl import customers 会员.csv" in text
    assert "tagctl import events order 订单.csv" in text
    assert "Waiting for events login (tagctl import events login FILE): 沉睡客户" in text
    assert (
        (tmp_path / "taxonomy.yaml").read_text("utf-8").startswith("# yaml-language-server: $schema=schema/")
    )
    assert json.loads(call("taxonomy", "check", "--format", "json").stdout)["warnings"] == []
    for words in (("customers", "会员.csv"), ("events", "order", "订单.csv")):
        report = json.loads(call("import", *words, "--yes", "--format", "json").stdout)
        assert set(report["unknown_labels"]) <= {"null"}
    checked = json.loads(call("rules", "check", "--format", "json").stdout)
    assert (checked["problems"], checked["warnings"]) == ([], [])
    ran = json.loads(call("run", "--format", "json").stdout)
    assert ran["customers"] == 8
    # What people had tagged by hand is not taken away by a rule that nobody has read yet.
    vip = json.loads(call("segment", "show", "--tag", "VIP", "--format", "json").stdout)
    assert len(vip["rows"]) == 3


def test_the_files_are_imported_after_one_question(call, monkeypatch):
    monkeypatch.setattr(_session, "somebody_there", lambda: True)
    monkeypatch.setattr(_session.typer, "confirm", lambda question, **_options: True)
    text = call("init", "--from", "会员.csv", "订单.csv", "--template", "retail").stdout
    assert "tagctl import" not in text.partition("Next:")[2]
    kinds = [row["kind"] for row in json.loads(call("history", "--format", "json").stdout)]
    assert kinds == ["import", "import", "init"]
    call("undo", "3")
    call("undo", "2")


def test_an_english_project_has_english_rules(call):
    report = json.loads(call("init", "--from", "会员.csv", "--format", "json").stdout)
    assert "Loyal" in [tag for waiting in report["draft"]["waiting"] for tag in waiting["rules"]]
    assert {"Value", "会员等级", "Unsorted"} <= {d["name"] for d in report["draft"]["dimensions"]}
    call("rules", "test")
    checked = json.loads(call("rules", "check", "--format", "json").stdout)
    assert (checked["problems"], checked["warnings"]) == ([], [])


def test_nothing_is_made_on_a_dry_run(call, tmp_path):
    before = sorted(tmp_path.iterdir())
    assert "VIP 3" in call("init", "--from", "会员.csv", "--dry-run").stdout
    assert sorted(tmp_path.iterdir()) == before


def test_a_column_of_labels_can_be_named(call, tmp_path):
    (tmp_path / "a.csv").write_text("会员号,备注\n1,团购、要发票\n2,要发票\n", "utf-8")
    text = call("init", "--from", "a.csv", "--tags", "备注", "--dry-run").stdout
    assert "要发票 2" in text
    call("init", "--from", "a.csv", "--tags", "备注", "--yes")
    assert "要发票" in call("show", "2").stdout
    assert "备注" in call("taxonomy", "draft", "a.csv", "--tags", "备住", code=2).stderr


@pytest.mark.parametrize(
    ("words", "advice"),
    [(("init", "会员.csv"), "tagctl init --from 会员.csv"), (("init", "--from"), "--from needs a file")],
)
def test_from_and_files_go_together(call, words, advice):
    assert advice in call(*words, code=2).stderr


def test_a_taxonomy_that_is_there_is_not_replaced(call, tmp_path):
    (tmp_path / "taxonomy.yaml").write_text(MINE, "utf-8")
    assert "taxonomy draft FILE --write" in call("init", "--from", "会员.csv", code=2).stderr
    assert (tmp_path / "taxonomy.yaml").read_text("utf-8") == MINE
    assert not (tmp_path / "tagctl.db").exists()


# ── taxonomy draft ───────────────────────────────────────────────────────────────────────────────


def test_without_a_project_the_whole_taxonomy_is_printed(call, tmp_path):
    result = call("taxonomy", "draft", "会员.csv")
    assert "- VIP  # 3 customers; also written" in result.stdout
    (tmp_path / "drafted.yaml").write_text(result.stdout, "utf-8")
    assert "会员.csv: 8 rows of customers" in result.stderr
    assert not (tmp_path / "tagctl.db").exists()


def test_only_what_is_new_is_added_and_the_rest_stays(call, tmp_path):
    file = tmp_path / "taxonomy.yaml"
    file.write_text(MINE, "utf-8")
    call("import", "customers", "会员.csv", "--yes")
    assert "VIP" not in call("taxonomy", "draft", "会员.csv").stdout
    assert file.read_text("utf-8") == MINE

    call("taxonomy", "draft", "会员.csv", "--write", "--note", "初稿")
    text = file.read_text("utf-8")
    assert text.startswith("dimensions:\n  - name: 价值   # 我们的\n    tags: [VIP, 复购]\n")
    assert "  # 到此为止" in text
    newest = json.loads(call("history", "--format", "json").stdout)[0]
    assert (newest["kind"], newest["note"]) == ("taxonomy", "初稿")
    # What was imported before gets its tags now.
    shown = json.loads(call("segment", "show", "--tag", "90后", "--format", "json").stdout)
    assert [row["会员号"] for row in shown["rows"]] == ["0007"]

    assert call("taxonomy", "draft", "会员.csv").stdout == ""
    assert "in the taxonomy already" in call("taxonomy", "draft", "会员.csv", "--write").stdout
    call("undo", str(newest["number"]))
    assert file.read_text("utf-8") == MINE


# ── files that need to be told how ───────────────────────────────────────────────────────────────


@pytest.fixture
def book(tmp_path):
    """Two sheets, of which the second holds the customers below a title."""
    with xlsxwriter.Workbook(tmp_path / "表.xlsx") as workbook:
        workbook.add_worksheet("说明").write_row(0, 0, ["编号", "标签"])
        sheet = workbook.add_worksheet("客户")
        for number, text in enumerate(("编号 旧号 标签", "编号 卡号 标签", "1 9 团购")):
            sheet.write_row(number, 0, text.split())
    return "表.xlsx"


def command(call, *words: str) -> str:
    """That which imports the file."""
    report = json.loads(call("init", "--from", *words, "--dry-run", "--format", "json").stdout)
    return report["draft"]["files"][0]["command"]


def test_a_workbook_is_read_and_imported_as_said(call, book):
    said = ("--sheet", "客户", "--header-row", "2", "--key", "卡号")
    result = call("taxonomy", "draft", book, *said)
    assert "团购" in result.stdout
    assert command(call, book, *said).endswith("customers 表.xlsx --sheet 客户 --header-row 2 --key 卡号")
    call("init", "--from", book, *said, "--yes")
    assert "团购" in call("show", "9").stdout
    assert "卡好" in call("taxonomy", "draft", book, "--key", "卡好", code=2).stderr


def test_a_file_without_headers_in_an_old_encoding(call, tmp_path):
    (tmp_path / "a.csv").write_bytes("7;團購\n8;團購\n".encode("big5"))
    said = (
        "--no-header",
        "--encoding",
        "big5",
        "--delimiter",
        ";",
        "--key",
        "column 1",
        "--tags",
        "column 2",
    )
    assert command(call, "a.csv", *said).endswith(
        'a.csv --no-header --encoding big5 --delimiter ";" --key "column 1" --tags "column 2"'
    )
    call("init", "--from", "a.csv", *said, "--yes")
    assert "團購" in call("show", "8").stdout


def test_piped_and_packed_files_have_names(call, tmp_path):
    piped = CliRunner().invoke(app, ["taxonomy", "draft", "-"], input=MEMBERS.read_bytes())
    assert piped.exit_code == 0, piped.output
    assert "stdin: 8 rows of customers" in piped.stderr
    assert "stdin" in piped.stdout
    (tmp_path / "登录.csv.gz").write_bytes(
        gzip.compress("会员号,登录时间\n1,2026-10-01\n1,2026-10-02\n".encode())
    )
    text = call("init", "--from", "登录.csv.gz", "--dry-run").stdout
    assert "登录.csv.gz: 2 rows of events (login)" in text
