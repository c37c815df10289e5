"""Durations back, local days and zone offsets, at the places where calendars are crooked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tagctl.model import Duration
from tagctl.rules import time

BERLIN, SHANGHAI, SAMOA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Pacific/Apia")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "as_of", "amount", "unit", "expected"),
    [
        (SHANGHAI, "2026-03-31T04:00", 30, "d", "2026-03-01T04:00"),
        (SHANGHAI, "2026-03-31T04:00", 1, "mo", "2026-02-28T04:00"),  # clamped
        (SHANGHAI, "2024-03-31T04:00", 1, "mo", "2024-02-29T04:00"),
        (SHANGHAI, "2024-02-29T04:00", 1, "y", "2023-02-28T04:00"),
        (SHANGHAI, "2026-01-15T04:00", 13, "mo", "2024-12-15T04:00"),
        (SHANGHAI, "2026-03-31T04:00", 2, "w", "2026-03-17T04:00"),
        # Berlin springs forward on 2026-03-29 at 02:00 (+1 → +2) and back on 2026-10-25 at 03:00
        (BERLIN, "2026-03-30T10:00", 1, "d", "2026-03-29T10:00"),
        (BERLIN, "2026-03-30T10:00", 2, "d", "2026-03-28T11:00"),  # 12:00 local in winter
        (BERLIN, "2026-03-30T10:00", 48, "h", "2026-03-28T10:00"),  # elapsed
        (BERLIN, "2026-03-30T00:30", 1, "d", "2026-03-29T01:30"),  # 02:30 does not exist: after the gap
        (BERLIN, "2026-10-26T01:30", 1, "d", "2026-10-25T00:30"),  # 02:30 twice: the earlier
        (BERLIN, "2026-10-25T01:30", 0, "d", "2026-10-25T01:30"),
        (SHANGHAI, "2026-01-01T00:00", 9000, "y", "0001-01-03T00:00"),
    ],
)
def test_back(zone, as_of, amount, unit, expected):
    assert time.back(utc(as_of), Duration(amount, unit), zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "text", "first", "last"),
    [
        (SHANGHAI, "2026-06-30", "2026-06-29T16:00", "2026-06-30T15:59:59"),
        (BERLIN, "2026-03-29", "2026-03-28T23:00", "2026-03-29T21:59:59"),  # 23 hours
        (BERLIN, "2026-10-25", "2026-10-24T22:00", "2026-10-25T22:59:59"),  # 25 hours
    ],
)
def test_a_day_from_its_first_to_its_last_second(zone, text, first, last):
    assert time.day(text, zone) == (utc(first), utc(last))


def test_the_29th_of_february_is_the_28th_in_common_years():
    def days(as_of: str, amount: int) -> tuple[str, ...]:
        return time.month_days(utc(as_of), Duration(amount, "d"), SHANGHAI)

    assert days("2026-02-27T04:00", 2) == ("02-27", "02-28", "02-29", "03-01")
    assert days("2028-02-27T04:00", 2) == ("02-27", "02-28", "02-29")
    assert days("2026-12-30T04:00", 3) == ("12-30", "12-31", "01-01", "01-02")
    assert len(days("2026-01-01T04:00", 4000)) == 366


@pytest.mark.parametrize("zone", [BERLIN, SHANGHAI, SAMOA, ZoneInfo("America/New_York"), ZoneInfo("UTC")])
def test_offsets_tell_every_local_date(zone):
    known = time.offsets(zone)
    assert [start for start, _offset in known] == sorted((s for s, _o in known), reverse=True)
    for instant in range(utc("1910-01-01T00:00"), utc("2040-01-01T00:00"), 86_400 * 11 + 3_607):
        offset = next(offset for start, offset in known if instant >= start)
        local = datetime.fromtimestamp(instant + offset, UTC)
        assert local.date() == time.local_date(instant, zone)
        assert local.hour == datetime.fromtimestamp(instant, zone).hour


def test_a_skipped_date_has_no_offset_of_its_own():
    """Samoa left out 2011-12-30."""
    before, after = utc("2011-12-30T09:59:59"), utc("2011-12-30T10:00:00")
    assert (time.local_date(before, SAMOA), time.local_date(after, SAMOA)) == (
        date(2011, 12, 29),
        date(2011, 12, 31),
    )
