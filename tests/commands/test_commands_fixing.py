"""`rules check --fix` and `taxonomy check --fix`: shown, written whole or not at all, taken back."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

from tagctl.cli import app
from tagctl.errors import ConfigError, ExitCode
from tagctl.workflows import fixing

TAXONOMY = "dimensions:\n  - {name: 价值, tags: [VIP]}\n  - {name: 阶段, kind: lifecycle, tags: [新, 老]}\n"
BROKEN = "events: {order: {}}\nrules:\n  - tag：VIP  # 注：不动\n    when: {count:order，at_least: 3}\n"
MENDED = "events: {order: {}}\nrules:\n  - tag: VIP  # 注：不动\n    when: {count: order, at_least: 3}\n"


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
    (tmp_path / "rules.yaml").write_bytes(BROKEN.encode())

    def run(*words: str, code: int = 0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result

    return run


def test_a_dry_run_shows_and_writes_nothing(call, tmp_path):
    text = call("rules", "check", "--fix", "--dry-run").stdout
    assert "4 -     when: {count:order，at_least: 3}" in text
    assert "4 +     when: {count: order, at_least: 3}" in text
    assert "rules.yaml: 3 places mended." in text
    assert "no errors" in text
    assert (tmp_path / "rules.yaml").read_bytes() == BROKEN.encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rules.yaml", "taxonomy.yaml"]


def test_off_a_terminal_it_wants_yes(call, tmp_path):
    assert "needs-yes" in call("rules", "check", "--fix", code=ExitCode.USAGE).stderr
    assert (tmp_path / "rules.yaml").read_bytes() == BROKEN.encode()


def test_without_a_database_the_old_text_is_kept_beside(call, tmp_path):
    report = json.loads(call("rules", "check", "--fix", "--yes", "--format", "json").stdout)
    assert (report["backup"], report["operation"]) == ("rules.yaml.bak", None)
    codes = {problem["code"] for problem in report["mended"]}
    assert codes == {"full-width-colon", "full-width-comma", "missing-space"}
    assert (tmp_path / "rules.yaml").read_bytes() == MENDED.encode()
    assert (tmp_path / "rules.yaml.bak").read_bytes() == BROKEN.encode()
    (tmp_path / "rules.yaml").write_bytes(BROKEN.encode("gbk"))
    assert "rules.yaml.bak1" in call("rules", "check", "--fix", "--yes").stdout
    assert (tmp_path / "rules.yaml").read_bytes() == MENDED.encode()
    assert (tmp_path / "rules.yaml.bak1").read_bytes() == BROKEN.encode("gbk")


def test_with_a_database_it_is_an_operation_that_can_be_undone(call, tmp_path):
    (tmp_path / "客户.csv").write_text("客户编号\n1\n2\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_bytes(MENDED.encode())
    call("import", "customers", "客户.csv")
    (tmp_path / "rules.yaml").write_bytes(BROKEN.encode())
    assert (
        "Operation 2. Take it back with: tagctl undo 2"
        in call("rules", "check", "--fix", "--yes", "--note", "全角").stdout
    )
    assert (tmp_path / "rules.yaml").read_bytes() == MENDED.encode()
    assert "全角" in call("history", "--format", "json").stdout
    call("undo", "2", "--yes")
    assert (tmp_path / "rules.yaml").read_bytes() == BROKEN.encode()
    assert not list(tmp_path.glob("*.bak*"))


def test_what_is_left_is_told_and_decides_the_exit_code(call, tmp_path):
    (tmp_path / "rules.yaml").write_bytes(BROKEN.replace("VIP", "VIQ").encode())
    result = call("rules", "check", "--fix", "--yes", code=ExitCode.CONFIG)
    assert "unknown-tag" in result.stderr
    assert b"{count: order, at_least: 3}" in (tmp_path / "rules.yaml").read_bytes()


def test_nothing_to_mend(call, tmp_path):
    (tmp_path / "rules.yaml").write_bytes(MENDED.encode())
    assert "nothing that --fix could mend" in call("rules", "check", "--fix").stdout
    assert (tmp_path / "rules.yaml").read_bytes() == MENDED.encode()


def test_the_taxonomy_too(call, tmp_path):
    (tmp_path / "taxonomy.yaml").write_bytes(TAXONOMY.replace("[新, 老]", "【新，老】").encode("gbk"))
    text = call("taxonomy", "check", "--fix", "--yes").stdout
    assert "taxonomy.yaml is saved as UTF-8." in text
    assert (tmp_path / "taxonomy.yaml").read_text("utf-8") == TAXONOMY


@pytest.mark.parametrize("option", [["--yes"], ["--dry-run"], ["--note", "x"]])
def test_options_that_need_fix(call, option):
    call("rules", "check", *option, code=ExitCode.USAGE)
    call("taxonomy", "check", *option, code=ExitCode.USAGE)


def test_a_file_that_was_changed_meanwhile_stays(call, tmp_path):
    path = tmp_path / "rules.yaml"
    with pytest.raises(ConfigError):
        fixing.write(path, b"as it was read", b"mended", "rules", None)
    assert path.read_bytes() == BROKEN.encode()


def test_customers_in_no_stage_are_named_with_the_way_to_see_them(call, tmp_path):
    (tmp_path / "客户.csv").write_text("客户编号,标签\n1,老\n2,\n3,\n", encoding="utf-8")
    (tmp_path / "订单.csv").write_text("订单号,客户编号,下单时间\nA,1,2026-10-01 10:00\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_bytes(MENDED.replace("at_least: 3", "at_least: 1").encode())
    call("import", "customers", "客户.csv")
    call("import", "events", "order", "订单.csv")
    assert "阶段: customers in no stage can be counted once there was a run." in call("rules", "check").stdout
    call("run")
    text = call("rules", "check").stdout
    assert "阶段: 2 customers of 3 are in no stage." in text
    asked = "{not: {dimension: 阶段}}"
    assert f"tagctl segment show --when '{asked}'" in text
    assert json.loads(call("segment", "show", "--when", asked, "--format", "json").stdout)["size"] == 2


def test_a_segment_says_on_stderr_what_was_never_imported(call, tmp_path):
    (tmp_path / "客户.csv").write_text("客户编号\n1\n", encoding="utf-8")
    segments = "segments: [{name: 没买, when: {count: order, is: 0}}]\n"
    (tmp_path / "rules.yaml").write_bytes((MENDED + segments).encode())
    call("import", "customers", "客户.csv")
    note = "Not imported so far, and counted as none: order."
    for words in (["list"], ["show", "没买", "--format", "csv"], ["export", "没买"]):
        assert note in call("segment", *words).stderr
    assert note not in call("segment", "show", "--when", "{bucket: 10%}").stderr
