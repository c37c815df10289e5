"""The command tree: help, typos, global options anywhere, streams, exit codes, languages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from shell import ROOT, Shell
from typer.testing import CliRunner

from tagctl import __version__
from tagctl.cli import COMMANDS, app, global_first
from tagctl.commands import _boundary
from tagctl.errors import ExitCode, LockedError, Problem


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No project around, English, nothing of the developer's environment."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)


def call(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_help_lists_every_command(words):
    result = call(*words)
    assert result.exit_code == 0
    width = max(map(len, COMMANDS))
    for name, entry in COMMANDS.items():
        assert f"  {name:{width}}  {entry.summary}" in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_usage_options_and_an_example(name):
    result = call(name, "-h")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: tagctl {name}")
    assert "\x1b" not in result.stdout


def test_version():
    assert call("--version").stdout == f"tagctl {__version__}\n"


@pytest.mark.parametrize(
    ("words", "code", "what", "advice"),
    [
        (["rum"], "unknown-command", "There is no command “rum”.", "Did you mean: tagctl run"),
        (
            ["segment", "lst"],
            "unknown-command",
            "There is no command “lst”.",
            "Did you mean: tagctl segment list",
        ),
        (["zzzzz"], "unknown-command", "There is no command “zzzzz”.", "See: tagctl --help"),
        (["run", "--dryrun"], "usage", "There is no option --dryrun.", "Did you mean --dry-run?"),
        (["run", "--project"], "usage", "Option --project needs a value.", ""),
        (["why", "001"], "usage", "TAG is missing.", "See: tagctl why --help"),
        (["undo", "x"], "usage", "Wrong value for OPERATION.", "A whole number is needed."),
        (["history", "a", "b"], "usage", "Unexpected: ", "See: tagctl history --help"),
        (["fields", "--format", "xml"], "usage", "Wrong value for --format.", "One of: table, json, csv"),
        (["--lang", "fr", "run"], "usage", "Wrong value for --lang.", "One of: en, zh"),
        (
            ["run", "--as-of", "soon"],
            "bad-date",
            "--as-of: “soon” is not a date.",
            "Write it like 2026-06-30",
        ),
        (["run", "--max-change", "lots"], "bad-max-change", "This must be a share", ""),
        (["run", "--fail-on", "wraning"], "bad-fail-on", "“wraning” is neither", "One of: info, warning"),
        (
            ["import", "customers", "x", "--map", "手机=fone"],
            "bad-map",
            "“手机=fone” does not say",
            "Roles are: key",
        ),
        (
            ["import", "customers", "x", "--header-row", "3-2"],
            "bad-header-row",
            "“3-2” is no row.",
            "as 2-3",
        ),
        (["run"], "no-project", "There is no project in this folder", "tagctl init"),
        (["findings", "list"], "no-project", "There is no project in this folder", "tagctl init"),
        (
            ["--project", "nowhere", "run"],
            "no-such-folder",
            "There is no folder “nowhere”.",
            "Check --project",
        ),
    ],
)
def test_a_wrong_command_line_is_explained(words, code, what, advice):
    result = call(*words)
    assert result.exit_code == ExitCode.USAGE, result.output
    assert result.stdout == ""
    assert f"error[{code}]: {what}" in result.stderr
    assert advice in result.stderr


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        (["run", "--project", "x"], ["--project", "x", "run"]),
        (["run", "--db=x", "-q"], ["--db=x", "-q", "run"]),
        (["a", "--", "--quiet"], ["a", "--", "--quiet"]),
        (["why", "--by", "x", "--lang=zh"], ["--lang=zh", "why", "--by", "x"]),
    ],
)
def test_global_options_may_stand_anywhere(given, moved):
    assert global_first(given) == moved


def test_a_missing_database_is_no_riddle(tmp_path):
    (tmp_path / "taxonomy.yaml").write_text("dimensions: []\n")
    result = call("findings", "list")
    assert result.exit_code == ExitCode.STORAGE
    assert "error[no-database]" in result.stderr
    assert "tagctl import customers" in result.stderr


def test_bad_settings_are_located(tmp_path):
    (tmp_path / "tagctl.toml").write_text('timezone = "Mars"\nmax_chnge = 0.1\nrates = {usd = -1}\n')
    result = call("fields")
    assert result.exit_code == ExitCode.CONFIG
    assert "tagctl.toml:1:1: error[bad-setting]: “Mars” is not a time zone" in result.stderr
    assert "tagctl.toml:2:1: error[unknown-setting]" in result.stderr
    assert "Did you mean “max_change”?" in result.stderr
    assert "tagctl.toml:3:1: error[bad-setting]" in result.stderr


def test_broken_toml_is_located(tmp_path):
    (tmp_path / "tagctl.toml").write_text("timezone = Asia/Shanghai\n")
    result = call("fields")
    assert result.exit_code == ExitCode.CONFIG
    assert "tagctl.toml:1:" in result.stderr
    assert "timezone = Asia/Shanghai" in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LockedError(Problem("locked", "Busy.")), ExitCode.LOCKED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (PermissionError(13, "Permission denied", "x.csv"), ExitCode.STORAGE),
    ],
)
def test_errors_become_exit_codes(error, code, capsys):
    def action():
        raise error

    assert _boundary.guarded(action) == code
    assert capsys.readouterr().err != ""


def test_a_bug_leaves_a_log_and_no_traceback(capsys):
    def action():
        secret = "13800138000"  # a local that must not be printed
        raise RuntimeError("oops" + secret[:0])

    assert _boundary.guarded(action) == ExitCode.BUG
    told = capsys.readouterr().err
    assert "Traceback" not in told
    file = Path(told.strip().rpartition(": ")[2])
    text = file.read_text(encoding="utf-8")
    file.unlink()
    assert "RuntimeError: oops" in text
    assert "13800138000" not in text.replace('secret = "13800138000"', "")
    if os.name == "posix":
        assert "\x1b" not in text


def test_chinese_from_help_to_errors(tmp_path):
    shell = Shell(tmp_path, language="zh")
    assert "用法：" in shell.run("run", "--help")
    done = shell.process("-m", "tagctl", "rum")
    assert done.returncode == 2
    assert "没有“rum”这个命令。" in done.stderr


@pytest.mark.parametrize(
    "name", [(), *((name,) for name in COMMANDS), ("import", "events"), ("segment", "export")]
)
def test_no_english_sentence_in_chinese_help(tmp_path, name):
    text = Shell(tmp_path, language="zh").run(*name, "--help").partition("示例")[0]
    assert re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}[ .,;].*", text.partition("\n")[2]) == []


def test_the_project_says_its_language(tmp_path):
    (tmp_path / "tagctl.toml").write_text('language = "zh"\n')
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tagctl", "--help"], cwd=tmp_path, env=environment, capture_output=True
    )
    assert "用法：" in done.stdout.decode()


def test_a_terminal_in_a_chinese_code_page_gets_no_error(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "gbk", "TAGCTL_LANG": "zh"}
    done = subprocess.run(
        [sys.executable, "-m", "tagctl", "rum\U0001f600"], cwd=tmp_path, env=environment, capture_output=True
    )
    assert done.returncode == 2
    assert "没有“rum?”这个命令" in done.stderr.decode("gbk")


def test_a_closed_pipe_is_no_error(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [sys.executable, "-m", "tagctl", "--help"],
        cwd=tmp_path,
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert process.stderr == b""
    assert process.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_says_so_and_ends_with_130(tmp_path, number):
    code = "import sys, time; from tagctl import cli; from tagctl.commands import history\n"
    code += "history.listing.history = lambda *a, **k: (print('in', flush=True), time.sleep(30))\n"
    code += "sys.argv[1:] = ['history']; cli.main()"
    Shell(tmp_path).run("init")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"in\n"
    time.sleep(0.05)
    process.send_signal(number)
    _out, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Interrupted" in told


def test_json_on_stdout_is_only_json(tmp_path):
    shell = Shell(tmp_path)
    shell.run("init")
    assert json.loads(shell.run("findings", "list", "--format", "json")) == []
    assert json.loads(shell.run("history", "--format", "json"))[0]["kind"] == "init"
    assert shell.run("history", "--format", "csv").startswith("number,kind,at,")
