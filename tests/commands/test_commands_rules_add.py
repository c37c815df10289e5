"""`rules add` and `rules simulate` on a small shop: what is shown, what is written, what undo puts back."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time

import pytest
from shell import KEEP, ROOT
from typer.testing import CliRunner

from tagctl.cli import app
from tagctl.workflows import simulating

CUSTOMERS = "客户编号,姓名,城市\n0001,王伟,上海\n0002,李娜,北京\n0003,张敏,上海\n0004,陈静,广州\n"
COUNTS = {"0001": 4, "0002": 2, "0003": 1}
ORDERS = "订单号,客户编号,下单时间,金额\n" + "".join(
    f"{key}{day},{key},2026-10-{day:02} 10:00,100\n"
    for key, count in COUNTS.items()
    for day in range(1, count + 1)
)
TAXONOMY = """dimensions:
  - name: 阶段
    exclusive: ordered
    tags: [潜在客户, {name: 已成交客户, purpose: 买过}]
  - name: 价值            # 可以同时有
    tags:
      - 忠实客户
      - {name: 大客户, status: draft}
      - 回购

"""
RULES = """events: {order: {}}
metrics:
  次数: {count: order}
rules:
  # 买过 3 次
  - tag: 忠实客户
    when: {metric: 次数, at_least: 3}
  - tag: 潜在客户
    when: {field: 城市, exists: true}
  - tag: 大客户
    when: {metric: 次数, at_least: 4}   # 试行
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The project, imported and run; each test has a copy."""
    folder = tmp_path_factory.mktemp("shop")
    for name, text in (
        ("客户.csv", CUSTOMERS),
        ("订单.csv", ORDERS),
        ("taxonomy.yaml", TAXONOMY),
        ("rules.yaml", RULES),
    ):
        (folder / name).write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        run = caller(folder, patch)
        run("import", "customers", "客户.csv")
        run("import", "events", "order", "订单.csv")
        run("run")
    return folder


@pytest.fixture
def call(shop, tmp_path, monkeypatch):
    """tagctl in a copy of the project; insists on the exit code."""
    shutil.copytree(shop, tmp_path, dirs_exist_ok=True)
    return caller(tmp_path, monkeypatch)


def caller(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    monkeypatch.setenv("TAGCTL_BY", "ann")

    def run(*words: str, code: int = 0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result

    return run


def history(call) -> list[dict]:
    return json.loads(call("history", "--format", "json").stdout)


# ── add ──────────────────────────────────────────────────────────────────────────────────────────

WHEN = ("--when", "{count: order, at_least: 2}")


def test_a_rule_is_shown_written_run_and_undone(call, tmp_path):
    before = history(call)
    text = call("rules", "add", "回购", *WHEN, "--dry-run").stdout
    assert "2 of 4 customers would have 回购 (50%): 2 gain it, 0 lose it." in text
    assert "The first: 0001, 0002" in text
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8") == RULES
    assert history(call) == before

    text = call("rules", "add", "回购", *WHEN, "--comment", "买过两次", "--note", "周会", "--yes").stdout
    assert "\n  # 买过两次\n  - tag: 回购\n" in text
    assert "The rule for 回购 is written: rules.yaml:14:5" in text
    block = "\n  # 买过两次\n  - tag: 回购\n    when:\n      count: order\n      at_least: 2\n"
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8") == RULES + block
    assert (history(call)[0]["kind"], history(call)[0]["note"]) == ("rules", "周会")
    assert "回购" in call("run").stdout
    assert json.loads(call("why", "0002", "回购", "--format", "json").stdout)["holds"]

    number = history(call)[1]["number"]
    assert "Restored: rules.yaml" in call("undo", str(number)).stdout
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8") == RULES


def test_a_new_tag_goes_into_the_taxonomy_and_comes_back_whole(call, tmp_path):
    words = ("rules", "add", "常客", *WHEN, "--dimension", "价值", "--yes")
    report = json.loads(call(*words, "--format", "json").stdout)
    assert report["dimension"] == "价值"
    assert report["effect"]["gained_keys"] == ["0001", "0002"]
    taxonomy = (tmp_path / "taxonomy.yaml").read_text(encoding="utf-8")
    assert taxonomy == TAXONOMY.replace("- 回购\n", "- 回购\n      - 常客\n")
    assert "# Added on 2026-11-01 by ann\n" in (tmp_path / "rules.yaml").read_text(encoding="utf-8")
    call("run")
    call("undo", str(report["operation"]))
    assert (tmp_path / "taxonomy.yaml").read_text(encoding="utf-8") == TAXONOMY
    # The tag had members; one that takes its place starts from nothing.
    again = json.loads(call(*words, "--format", "json").stdout)
    assert again["effect"]["gained"] == 2


def test_the_purpose_is_the_comment(call, tmp_path):
    call("rules", "add", "已成交客户", *WHEN, "--yes")
    assert "  # 买过\n  - tag: 已成交客户\n" in (tmp_path / "rules.yaml").read_text(encoding="utf-8")


def test_it_says_whom_it_takes_from(call):
    report = json.loads(call("rules", "add", "已成交客户", *WHEN, "--dry-run", "--format", "json").stdout)
    assert report["effect"]["others"] == [{"tag": "潜在客户", "before": 4, "after": 2}]


def test_a_rule_without_data_says_so(call):
    text = call("rules", "add", "回购", "--when", "{field: birthday, exists: true}", "--dry-run").stdout
    assert "The rule waits for data (birthday)" in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["忠实客户", *WHEN], 2, "rules.yaml:6:5: error[rule-exists]"),
        (["忠实客"], 2, "error[needs-when]"),
        (["忠实客", *WHEN], 2, "Did you mean 忠实客户"),
        (["新的", *WHEN, "--dimension", "价直"], 2, "Did you mean 价值?"),
        (["回购", *WHEN, "--dimension", "阶段"], 2, "error[wrong-dimension]"),
        (["回购", "--when", "{count: oder, at_least: 2}"], 2, "--when:1:9: error[unknown-event]"),
        (["回购", *WHEN], 2, "error[needs-yes]"),
        (["回购", "--when", "{tag: 回购}"], 3, "error[tag-cycle]"),
    ],
)
def test_what_cannot_be_added(call, tmp_path, words, code, said):
    assert said in call("rules", "add", *words, code=code).stderr
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8") == RULES


def test_what_a_person_edits_meanwhile_is_not_overwritten(call, tmp_path, monkeypatch):
    edited = RULES + "\n# mine\n"

    def confirm(_question: str, **_options: bool) -> None:
        (tmp_path / "rules.yaml").write_text(edited, encoding="utf-8")

    monkeypatch.setattr("tagctl.commands.rules_add.confirm", confirm)
    assert "error[file-changed]" in call("rules", "add", "回购", *WHEN, code=3).stderr
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8") == edited
    assert history(call)[0]["kind"] == "run"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_it_asks(call, tmp_path):
    """The answers are numbers of options, so the test reads them off the screen."""
    screen = Screen(tmp_path, "rules", "add", "常客")
    screen.answer("In which dimension?", "价值")
    screen.answer("What is it about?", "  order: how many")
    screen.answer("In which time?", "the last …")
    screen.type("How long", "60d")
    screen.answer("How is it compared?", "at_least:")
    screen.type("at_least (a value)", "two")
    screen.wait("error[bad-number]")
    screen.answer("What is it about?", "城市 (field of the customer, text)")
    screen.answer("How is it compared?", "is_not:")
    screen.type("is_not (a value)", "上海")
    screen.type("Another condition", "n")
    screen.type("A comment for the file", "外地客")
    screen.wait("2 of 4 customers would have 常客")
    screen.type("Write this rule?", "y")
    screen.wait("Take it back with")
    block = "\n  # 外地客\n  - tag: 常客\n    when:\n      field: city\n      is_not: 上海\n"
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8") == RULES + block


class Screen:
    """A command on a pseudo-terminal: waits for what is said, types what is answered."""

    def __init__(self, folder, *words: str) -> None:
        import pty

        environment = {name: os.environ[name] for name in KEEP if name in os.environ}
        environment |= {name: value for name, value in os.environ.items() if name.startswith("TAGCTL_")}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "dumb", "TAGCTL_LANG": "en"}
        child, self.terminal = pty.fork()
        if child == 0:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "tagctl", *words], environment)
        os.set_blocking(self.terminal, False)
        self.said = ""

    def wait(self, text: str) -> str:
        """What was said up to and including the text."""
        until = time.monotonic() + 20
        while text not in self.said:
            assert time.monotonic() < until, f"{text!r} was not said: {self.said}"
            try:
                self.said += os.read(self.terminal, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                assert text in self.said, f"{text!r} was not said before the end: {self.said}"
        before, found, self.said = self.said.partition(text)
        return before + found

    def type(self, question: str, answer: str) -> None:
        self.wait(question)
        self.wait(":")
        os.write(self.terminal, f"{answer}\n".encode())

    def answer(self, question: str, option: str) -> None:
        """Choose an option by the number before it."""
        self.wait(question)
        line = self.wait(option).splitlines()[-1]
        self.type("Number", line.split()[0])


# ── simulate ─────────────────────────────────────────────────────────────────────────────────────


def test_another_number(call):
    before = history(call)
    text = call("rules", "simulate", "忠实客户", "--set", "when.at_least=2", "--list").stdout
    rows = [line.split() for line in text.splitlines()[2:5]]
    assert rows[1][:5] == ["as", "it", "is", "1", "25%"]
    assert rows[2][:5] == ["when.at_least=2", "2", "50%", "+1", "0"]
    assert "Gain it: 0002" in text
    assert "Dry run: nothing was written." in text
    assert history(call) == before


def test_several_numbers(call):
    words = ("rules", "simulate", "忠实客户", "--vary", "at_least=1..3", "--steps", "3", "--format", "json")
    report = json.loads(call(*words).stdout)
    assert (report["path"], report["written"], report["members"]) == ("when.at_least", "3", 1)
    assert [(e["value"], e["members"], e["gained"], e["lost"]) for e in report["effects"]] == [
        ("1", 3, 2, 0),
        ("2", 2, 1, 0),
        ("3", 1, 0, 0),
    ]
    lines = call(*words[:-1], "csv").stdout.splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("3,2,0,2,0,1,")


def test_a_metric_that_several_rules_read(call):
    words = ("--set", "metrics.次数.within=30d", "--as-of", "2026-11-02", "--format", "json")
    report = json.loads(call("rules", "simulate", "忠实客户", *words).stdout)
    (effect,) = report["effects"]
    assert (effect["lost"], effect["gained"]) == (1, 0)


def test_against_what_is_held_now(call, tmp_path):
    """The file was edited since the run: what is held, what the file says, and what is tried differ."""
    text = RULES.replace("at_least: 3}", "at_least: 2}")
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    report = json.loads(
        call("rules", "simulate", "忠实客户", "--set", "when.at_least=1", "--format", "json").stdout
    )
    (effect,) = report["effects"]
    assert (report["held"], report["members"], effect["members"]) == (1, 2, 3)
    assert (effect["gained"], effect["gained_from_now"]) == (1, 2)


def test_an_exclusive_dimension_and_a_draft(call):
    report = json.loads(call("rules", "simulate", "大客户", "--set", "at_least=2", "--format", "json").stdout)
    assert (report["members"], report["effects"][0]["members"]) == (1, 2)  # as if it were no draft
    call("rules", "add", "已成交客户", *WHEN, "--yes")
    words = ("rules", "simulate", "已成交客户", "--set", "at_least=1", "--format", "json")
    (effect,) = json.loads(call(*words).stdout)["effects"]
    assert effect["others"] == [{"tag": "潜在客户", "before": 2, "after": 1}]


def test_in_the_past(call):
    words = ("--set", "when.at_least=1", "--as-of", "2026-10-01", "--format", "json")
    report = json.loads(call("rules", "simulate", "忠实客户", *words).stdout)
    assert (report["held"], report["members"], report["effects"][0]["members"]) == (1, 0, 3)
    text = call("run", "--dry-run", "--as-of", "2026-10-02").stdout
    assert ["忠实客户", "1", "0", "-1"] in [line.split() for line in text.splitlines()]
    assert "Dry run: nothing was written." in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["忠实客户"], "error[nothing-to-change]"),
        (["忠实客户", "--set", "when.at_least"], "error[bad-setting]"),
        (["忠实客户", "--set", "when.at_leest=4"], "rules.yaml (when.at_leest=4):7:12: error[unknown-key]"),
        (["忠实客户", "--set", "at_leest=4"], "Did you mean when.at_least?"),
        (["忠实客户", "--set", "at_least=x"], "error[bad-number]"),
        (["忠实客户", "--vary", "at_least=a..b"], "error[bad-range]"),
        (["忠实客户", "--vary", "at_least=1d..3w"], "error[bad-range]"),
        (["回购", "--set", "at_least=1"], "tagctl rules add 回购"),
        (["忠实", "--set", "at_least=1"], "Did you mean 忠实客户?"),
    ],
)
def test_what_cannot_be_simulated(call, words, said):
    assert said in call("rules", "simulate", *words, code=2).stderr


@pytest.mark.parametrize(
    ("span", "count", "values"),
    [
        ("30d..90d", 5, "30d 45d 60d 75d 90d"),
        ("2..4", 9, "2 3 4"),
        ("10%..30%", 3, "10% 20% 30%"),
        ("10..30%", 3, "10% 20% 30%"),
        ("0.5..1", 3, "0.5 0.75 1"),
        ("1..0", 2, "1 0"),
        ("1 个月..3 个月", 3, "1个月 2个月 3个月"),
        ("1..3mo", 3, "1mo 2mo 3mo"),
        ("5", 3, None),
    ],
)
def test_values_between_two(span, count, values):
    if values is None:
        with pytest.raises(simulating.UsageProblem):
            simulating.steps(span, count)
    else:
        assert simulating.steps(span, count) == tuple(values.split())
