"""The instants at which time can change something: stepping through the days finds no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagctl.model import Duration, Period
from tagctl.rules import horizon, time
from tagctl.rules.horizon import Anniversary, Days

STEP = 900  # every clock that we step through jumps by a multiple of it
ZONES = {
    "Asia/Shanghai": ["2026-06-30", "2024-02-29"],
    "America/New_York": ["2026-03-08", "2026-11-01", "2026-01-31"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25", "2026-08-31"],
    "America/Havana": ["2026-03-08", "2026-11-01"],  # at midnight
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],  # by half an hour
    "Pacific/Apia": ["2011-12-30"],  # a day left out
}
DURATIONS = [
    *(Duration(hours, "h") for hours in (1, 25, 48)),
    *(Duration(days, "d") for days in (1, 3)),
    Duration(1, "mo"),
    Duration(2, "w"),
    Duration(6, "mo"),
    Duration(1, "y"),
]
SPANS = ("day", "week", "month", "quarter", "year")
BIRTHDAYS = (date(1992, 2, 29), date(1990, 2, 28), None)


@st.composite
def places(draw: st.DrawFn) -> tuple[ZoneInfo, int]:
    """A zone, and an instant near one of its crooked days."""
    name = draw(st.sampled_from(list(ZONES)))
    zone = ZoneInfo(name)
    day = datetime.fromisoformat(draw(st.sampled_from(ZONES[name])))
    return zone, time.instant(day, zone) + STEP * draw(st.integers(-160, 160))


def steps(around: int, days: int = 5) -> range:
    return range(around - days * 86_400, around + days * 86_400, STEP)


def check(
    holds: Callable[[int], object], anchor: int, span: horizon.Span, zone: ZoneInfo, looked: range
) -> None:
    """Whatever changes between two steps changes at a moment that is known."""
    known = horizon.moments(anchor, span, zone, looked[0], looked[-1])
    was = holds(looked[0])
    for at in looked[1:]:
        now = holds(at)
        assert now == was or at in known, datetime.fromtimestamp(at, zone)
        was = now


@settings(max_examples=60, derandomize=True, deadline=None)
@given(places(), st.sampled_from(DURATIONS), st.booleans())
def test_the_edge_of_a_window_passes_an_event(place, duration, early):
    zone, near = place
    anchor = time.back(near, duration, zone) // STEP * STEP if early else near  # either end near the jump
    around = time.ahead(anchor, duration, zone)
    check(lambda at: anchor <= time.back(at, duration, zone), anchor, duration, zone, steps(around))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(places(), st.sampled_from(DURATIONS))
def test_the_edge_of_a_window_passes_a_date(place, duration):
    zone, near = place
    day = time.local_date(near, zone)
    anchor = time.day(day.isoformat(), zone)[0]

    def passed(at: int) -> bool:
        return day <= time.local_date(time.back(at, duration, zone), zone)

    check(passed, anchor, duration, zone, steps(time.ahead(anchor, duration, zone)))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(places(), st.integers(-3, 40), st.booleans())
def test_days_since(place, number, half):
    zone, near = place
    day = time.local_date(near, zone)
    wanted = number + 0.5 * half
    anchor = time.day(day.isoformat(), zone)[0]

    def since(at: int) -> tuple[bool, bool]:
        days = (time.local_date(at, zone) - day).days
        return days >= wanted, days > wanted

    check(since, anchor, Days(wanted), zone, steps(anchor + number * 86_400, 3))
    check(lambda at: time.local_date(at, zone), anchor, Days(None), zone, steps(anchor, 3))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(places(), st.sampled_from(["this", "last"]), st.sampled_from(SPANS))
def test_calendar_periods(place, which, span):
    zone, anchor = place

    def inside(at: int) -> bool:
        first, last = time.period(at, which, span, zone)
        return first <= anchor <= last and anchor <= at

    end = time.period(anchor, "this", span, zone)[1] + 1
    for around in (anchor, end, time.period(end, "this", span, zone)[1] + 1):
        check(inside, anchor, Period(which, span), zone, steps(around, 2))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(places(), st.sampled_from(DURATIONS[:6]), st.sampled_from(BIRTHDAYS))
def test_anniversaries(place, before, born):
    zone, near = place
    day = born or time.local_date(near, zone).replace(year=1990)
    anchor = time.day(day.isoformat(), zone)[0]
    year = time.local_date(near, zone).year
    celebrated = time.day(date(year, day.month, min(day.day, 28)).isoformat(), zone)[0]

    def near_it(at: int) -> bool:
        return f"{day:%m-%d}" in time.month_days(at, before, zone)

    for around in (celebrated, time.back(celebrated, before, zone)):
        check(near_it, anchor, Anniversary(before), zone, steps(around, 2))


@pytest.mark.parametrize(
    ("zone", "anchor", "duration", "expected"),
    [
        ("Asia/Shanghai", "2026-01-30 12:00", Duration(30, "d"), {"2026-03-01 12:00"}),
        ("Asia/Shanghai", "2026-01-30 12:00", Duration(36, "h"), {"2026-02-01 00:00"}),
        # 2026-02-28 12:00 is a month before noon of 28, 29, 30 and 31 March, not before their mornings
        ("Asia/Shanghai", "2026-02-28 12:00", Duration(1, "mo"), {"2026-03-28 12:00", "2026-03-29 00:00"}),
    ],
)
def test_plain_calendars(zone, anchor, duration, expected):
    place = ZoneInfo(zone)
    start = time.instant(datetime.fromisoformat(anchor), place)
    found = horizon.moments(start, duration, place, start, start + 400 * 86_400)
    times = {datetime.fromtimestamp(at, place).strftime("%Y-%m-%d %H:%M") for at in found}
    assert expected <= times
    assert len(times) <= len(expected) or duration.unit == "mo"
    assert max(found) - start < timedelta(days=40).total_seconds()
