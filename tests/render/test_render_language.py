"""Drafts and pilots on screen."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tagctl.render import terminal
from tagctl.render.explaining import show_why
from tagctl.render.running import show_run
from tagctl.reports.running import RunReport, TagChange
from tagctl.reports.why import Proof, WhyReport

ZONE = ZoneInfo("Asia/Shanghai")
DRAFT = TagChange("新标签", "新标签", 0, 0, 0, state="draft", would_gain=1_234, would_lose=5)
WHY = WhyReport("a", None, "VIP", "价值", False, 1_790_000_000, (), rule="VIP", rule_state="ran")


@pytest.fixture(autouse=True)
def _loud():
    terminal.be_quiet(False)


def run(*changes: TagChange) -> RunReport:
    return RunReport(None, 1_790_000_000, 9, changes, 0, 0, 0, 0, 0, 0, 0)


def test_a_draft_says_what_it_would_do(capsys):
    show_run(run(DRAFT, replace(DRAFT, tag="另一个", needs=("login",))), ZONE)
    text = capsys.readouterr().out
    assert "would gain 1,234, would lose 5" in text
    assert "waits for data (login)" in text
    show_run(run(replace(DRAFT, state="ran")), ZONE)
    assert "would gain" not in capsys.readouterr().out


def test_why_tells_of_drafts_and_pilots(capsys):
    show_why(replace(WHY, rule_state="draft"), ZONE)
    assert "The tag is a draft" in capsys.readouterr().out
    show_why(replace(WHY, pilot=Proof("tag", False, "{tag: 内测}")), ZONE)
    text = capsys.readouterr().out
    assert "only for customers for whom this holds" in text
    assert "{tag: 内测}" in text
    show_why(WHY, ZONE)
    assert "draft" not in capsys.readouterr().out
