"""Time as docs/semantics.md says it, in plain Python: durations back from an instant, local days."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

UNITS = {"小时": "h", "天": "d", "周": "w", "个月": "mo", "年": "y"}


def duration(text: str) -> tuple[int, str]:
    """`30d` → (30, "d"), `3个月` → (3, "mo")."""
    found = re.fullmatch(r"(\d+)\s*(h|d|w|mo|y|小时|天|周|个月|年)", text)
    assert found, text
    return int(found[1]), UNITS.get(found[2], found[2])


def local(instant: int, zone: ZoneInfo) -> datetime:
    """The wall time of an instant, without its zone."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)


def instant(wall: datetime, zone: ZoneInfo) -> int:
    """The earlier instant where the wall time occurs twice; read with the offset before a gap."""
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


def months_back(wall: datetime, months: int) -> datetime:
    index = wall.year * 12 + wall.month - 1 - months
    year, month = divmod(index, 12)
    day = min(wall.day, calendar.monthrange(year, month + 1)[1])
    return wall.replace(year=year, month=month + 1, day=day)


def back(as_of: int, length: str, zone: ZoneInfo) -> int:
    """as_of minus a duration."""
    amount, unit = duration(length)
    if unit == "h":
        return as_of - amount * 3600
    wall = local(as_of, zone)
    if unit == "d":
        return instant(wall - timedelta(days=amount), zone)
    if unit == "w":
        return instant(wall - timedelta(weeks=amount), zone)
    return instant(months_back(wall, amount if unit == "mo" else 12 * amount), zone)


def ahead(at: int, length: str, zone: ZoneInfo) -> int:
    """An instant plus hours, days or weeks."""
    amount, unit = duration(length)
    if unit == "h":
        return at + amount * 3600
    return instant(local(at, zone) + timedelta(days=amount * (7 if unit == "w" else 1)), zone)


def period(name: str, as_of: int, zone: ZoneInfo) -> tuple[int, int]:
    """The first and last second of `this_month`, `last_week` and so on."""
    which, span = name.split("_")
    day = local(as_of, zone).date()
    first = begin(day, span)
    if which == "last":
        first = begin(first - timedelta(days=1), span)
    last = first
    while begin(last + timedelta(days=1), span) == first:
        last += timedelta(days=1)
    return first_second(first, zone), last_second(last, zone)


def begin(day: date, span: str) -> date:
    """The first day of the calendar span that a day lies in."""
    if span == "day":
        return day
    if span == "week":
        return day - timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[span]
    return date(day.year, month, 1)


def first_second(day: date, zone: ZoneInfo) -> int:
    return instant(datetime(day.year, day.month, day.day), zone)


def last_second(day: date, zone: ZoneInfo) -> int:
    return first_second(day + timedelta(days=1), zone) - 1


def extent(literal: object, zone: ZoneInfo) -> tuple[int, int]:
    """What a date or datetime literal covers: a date its whole local day, a datetime one second."""
    if isinstance(literal, datetime):
        found = instant(literal, zone)
        return found, found
    assert isinstance(literal, date), literal
    return first_second(literal, zone), last_second(literal, zone)


def anniversary(day: date, today: date, days: int) -> bool:
    """Month and day fall on today or one of the next days; 29 February counts as 28 in common years."""
    for offset in range(days + 1):
        candidate = today + timedelta(days=offset)
        if (day.month, day.day) == (candidate.month, candidate.day):
            return True
        common = not calendar.isleap(candidate.year)
        if common and (day.month, day.day) == (2, 29) and (candidate.month, candidate.day) == (2, 28):
            return True
    return False
