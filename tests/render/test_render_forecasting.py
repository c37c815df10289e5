"""Forecasts on screen: days, reasons, customers; and when time flips a tag."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tagctl.render import terminal
from tagctl.render.forecasting import show_forecast, turning_lines
from tagctl.reports.forecasting import ForecastDay, ForecastFlip, ForecastReport
from tagctl.reports.why import Turned, Turning

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


REPORT = ForecastReport(
    as_of=at("2026-06-30T12:00"),
    until=at("2026-07-01T23:59:59"),
    customers=1200,
    due=ForecastDay(at("2026-06-30T12:00"), (ForecastFlip("3", None, "VIP", True, "rule"),)),
    days=(
        ForecastDay(at("2026-06-30T23:59:59"), ()),
        ForecastDay(
            at("2026-07-01T23:59:59"),
            (
                ForecastFlip("1", "王伟", "活跃", False, "instead", "沉睡"),
                ForecastFlip("2", None, "活跃", False, "instead", "沉睡"),
                ForecastFlip("4", None, "活跃", False, "pin-ended"),
            ),
        ),
    ),
    resting=("投诉",),
)


@pytest.fixture(autouse=True)
def _loud():
    terminal.be_quiet(False)


def lines(capsys, **options: bool) -> list[str]:
    show_forecast(REPORT, ZONE, **options)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_line_for_each_day_and_tag_with_the_reasons(capsys):
    shown = lines(capsys, with_customers=False)
    assert "due now VIP +1 0 its rule" in shown
    assert "2026-07-01 活跃 0 -3 gives way to 沉睡 2; a pin ends 1" in shown
    assert any("1,200 customers" in line for line in shown)
    assert any(line.endswith("投诉") for line in shown)


def test_the_customers_instead_of_the_reasons(capsys):
    assert "2026-07-01 活跃 0 -3 -1, 2, 4" in lines(capsys, with_customers=True)


LOGIN = Turned("沉睡", "{last: login, older_than: 30d}", True, ("login",))
WHEN = at("2026-12-03T10:00")


@pytest.mark.parametrize(
    ("turning", "expected"),
    [
        (Turning(None, WHEN), ["Time alone never changes it (looked until 2026-12-03)."]),
        (Turning(WHEN, WHEN, due=True, reason="rule"), ["The next run takes it away.", "Why: its rule"]),
        (
            Turning(WHEN, WHEN, gained=True, reason="rule", turned=(LOGIN,), ranks=True),
            [
                "Gains it on 2026-12-03 10:00 unless login.",
                "Why: its rule",
                "沉睡: from then on {last: login, older_than: 30d} holds",
                "Ranks among customers are taken as they are today.",
            ],
        ),
        (
            Turning(WHEN, WHEN, reason="expired", late="login", late_at=at("2026-12-01T10:00")),
            [
                "Loses it on 2026-12-03 10:00.",
                "Why: expiry",
                "If no newer login events are imported, its rule stands still from 2026-12-01 on.",
            ],
        ),
    ],
)
def test_when_time_flips_a_tag(turning, expected):
    assert list(turning_lines(turning, ZONE)) == expected
