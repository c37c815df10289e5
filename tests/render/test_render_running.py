"""The report of a run on screen."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tagctl.render import terminal
from tagctl.render.running import show_run
from tagctl.reports.running import RunReport, TagChange

ZONE = ZoneInfo("Asia/Shanghai")
STOPPED = RunReport(
    operation=None,
    as_of=1_790_000_000,
    customers=200,
    changes=(TagChange("VIP", "VIP", 80, 61, 40), TagChange("新客户", "新客户", 9, 1, 0)),
    gained=62,
    lost=40,
    closed_imported=0,
    expired=0,
    findings_opened=0,
    findings_resolved=0,
    findings_open=0,
    stopped_by=("VIP",),
)


@pytest.fixture(autouse=True)
def _loud():
    terminal.be_quiet(False)


def shown(report, capsys):
    show_run(report, ZONE)
    return capsys.readouterr().out


def test_a_stopped_run_says_so_and_which_tag_stopped_it(capsys):
    text = shown(STOPPED, capsys)
    assert "The run was stopped: nothing was written." in text
    assert "as it should be" not in text
    marked = [line.split()[0] for line in text.splitlines() if line.endswith("more than --max-change")]
    assert marked == ["VIP"]


def test_a_dry_run_says_that_the_run_would_stop(capsys):
    text = shown(replace(STOPPED, dry_run=True), capsys)
    assert "it would stop" in text
    assert text.endswith("Dry run: nothing was written.\n")


def test_what_is_missing_stands_once_with_the_rules_that_wait_for_it(capsys):
    changes = (
        TagChange("沉睡客户", "沉睡客户", 0, 0, 0, state="waiting", needs=("login",)),
        TagChange("VIP", "VIP", 0, 0, 0, state="waiting", needs=("view", "login")),
        TagChange("新客户", "新客户", 0, 0, 0, state="late", needs=("order",)),
    )
    lines = shown(replace(STOPPED, changes=changes, stopped_by=()), capsys).splitlines()
    at = lines.index("Rules that wait for data; their tags stay as they are:")
    assert lines[at + 1 : at + 3] == ["  login  2 rules: 沉睡客户, VIP", "  view   1 rule: VIP"]
    assert lines[lines.index("Rules whose data is late; their tags stay as they are:") + 1] == (
        "  order  1 rule: 新客户"
    )


def test_a_tag_that_nothing_gives_any_more_says_so(capsys):
    gone = replace(STOPPED, changes=(TagChange("VIP", None, 80, 0, 80, state="gone"),), stopped_by=())
    line = next(line for line in shown(gone, capsys).splitlines() if line.startswith("VIP"))
    assert line.endswith("its rule is gone")
