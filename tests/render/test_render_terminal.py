"""Lines and tables in a pipe: aligned with full-width characters, never cut, never markup, no colour."""

import io
import sys

import pytest

from tagctl.render import terminal
from tagctl.render.terminal import Styled
from tagctl.render.width import cut, pad, width


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _loud():
    terminal.be_quiet(False)
    yield
    terminal.be_quiet(False)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("客户", 4), ("ＶＩＰ", 6), ("é", 1), ("e\u0301", 1), ("👍", 2), ("", 0)],
)
def test_width(text, columns):
    assert width(text) == columns


def test_pad_and_cut():
    assert pad("客户", 6) == "客户  "
    assert pad("12", 4, right=True) == "  12"
    assert cut("高价值客户", 7) == "高价值…"
    assert cut("short", 7) == "short"


def test_table_aligns_full_width(capsys):
    terminal.table(["标签", "Customers"], [["忠实客户", 1234], ["VIP", 5]])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["标签      Customers", "忠实客户      1,234", "VIP               5"]


def test_table_is_not_cut_in_a_pipe(capsys):
    long = "很长的内容" * 60
    terminal.table(["A", "B"], [[long, "end"]])
    assert f"{long}  end" in capsys.readouterr().out


def test_data_is_never_markup_nor_control(capsys):
    terminal.say("[red]x[/red] :smile: \x1b[31m", Styled("[link=evil]y[/]", "bad"))
    assert capsys.readouterr().out == "[red]x[/red] :smile: \\u001b[31m[link=evil]y[/]\n"


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/]", "[link=http://evil]z", ":smile:", "end\\"])
def test_data_is_literal_on_a_terminal_too(monkeypatch, text):
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    terminal.say(text)
    terminal.table(["Tag"], [[text]])
    assert screen.getvalue().count(text) == 2
    assert "\x1b" not in screen.getvalue()


def test_colour_on_a_terminal_unless_refused(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    terminal.say(Styled("good", "good"))
    assert "\x1b[32m" in screen.getvalue()


def test_quiet_keeps_payload_and_errors(capsys):
    terminal.be_quiet(True)
    terminal.say("report")
    terminal.table(["A"], [["x"]])
    terminal.note("remark")
    terminal.payload("{}\n")
    terminal.complain("error")
    found = capsys.readouterr()
    assert found.out == "{}\n"
    assert found.err == "error\n"


def test_marks_under_a_chinese_code_page(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="gbk"))
    assert [terminal.mark(True).text, terminal.mark(False).text] == ["√", "×"]
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert [terminal.mark(True).text, terminal.mark(False).text] == ["✓", "✗"]
