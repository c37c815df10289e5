"""Durations back from the as-of, local days, and the offsets of a time zone: all as Unix seconds.

Wall times are read as docs/semantics.md says: the earlier instant where one occurs twice (fold=0), and
with the offset from before the gap where it does not exist, which is also what fold=0 means.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from tagctl.model import Duration

_LONG_AGO = int(datetime(1, 1, 3, tzinfo=UTC).timestamp())
_FAR_AHEAD = int(datetime(9999, 12, 29, tzinfo=UTC).timestamp())
_WEEK = 7 * 86_400


def back(as_of: int, duration: Duration, zone: ZoneInfo) -> int:
    """The instant this long before as_of."""
    return _shift(as_of, duration, zone, -1)


def ahead(as_of: int, duration: Duration, zone: ZoneInfo) -> int:
    """The instant this long after as_of."""
    return _shift(as_of, duration, zone, 1)


def _shift(as_of: int, duration: Duration, zone: ZoneInfo, sign: int) -> int:
    amount = sign * duration.amount
    if amount == 0:
        return as_of
    if duration.unit == "h":
        return min(max(as_of + amount * 3600, _LONG_AGO), _FAR_AHEAD)
    wall = datetime.fromtimestamp(as_of, zone).replace(tzinfo=None, fold=0)
    try:
        return instant(_calendar(wall, duration, amount), zone)
    except (OverflowError, ValueError):
        return _LONG_AGO if sign < 0 else _FAR_AHEAD


def _calendar(wall: datetime, duration: Duration, amount: int) -> datetime:
    if duration.unit == "d":
        return wall + timedelta(days=amount)
    if duration.unit == "w":
        return wall + timedelta(weeks=amount)
    months = wall.year * 12 + wall.month - 1 + amount * (12 if duration.unit == "y" else 1)
    year, month = divmod(months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return wall.replace(year=year, month=month + 1, day=min(wall.day, last_day))


def instant(wall: datetime, zone: ZoneInfo) -> int:
    """A local wall time as Unix seconds."""
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


def local_date(at: int, zone: ZoneInfo) -> date:
    """The local date of an instant."""
    return datetime.fromtimestamp(at, zone).date()


def day(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """The first and the last second of a local date, given as ISO text."""
    first = datetime.fromisoformat(text)
    return instant(first, zone), instant(first + timedelta(days=1), zone) - 1


def day_ends(after: int, until: int, zone: ZoneInfo) -> tuple[int, ...]:
    """The last seconds of the local days that end later than `after`, up to the day of `until`."""
    today, last = local_date(after, zone), local_date(until, zone)
    days = (today + timedelta(days=n) for n in range((last - today).days + 1))
    ends = (_midnight(day + timedelta(days=1), zone) - 1 for day in days)
    return tuple(end for end in ends if end > after)


def period(as_of: int, which: str, span: str, zone: ZoneInfo) -> tuple[int, int]:
    """The first and the last second of the calendar day, week, month, quarter or year that as_of lies in
    (`this`), or of the one before it (`last`)."""
    today = local_date(as_of, zone)
    if span in ("day", "week"):
        length = 1 if span == "day" else 7
        first = today - timedelta(days=0 if span == "day" else today.weekday())
        if which == "last":
            first -= timedelta(days=length)
        after = first + timedelta(days=length)
    else:
        length = {"month": 1, "quarter": 3, "year": 12}[span]
        number = (today.year * 12 + today.month - 1) // length - (which == "last")
        first, after = _month(number * length), _month((number + 1) * length)
    return _midnight(first, zone), _midnight(after, zone) - 1


def _month(number: int) -> date:
    """The first day of a month, counted from January of the year 0."""
    return date(number // 12, number % 12 + 1, 1)


def _midnight(of: date, zone: ZoneInfo) -> int:
    return instant(datetime(of.year, of.month, of.day), zone)


def month_days(as_of: int, duration: Duration, zone: ZoneInfo) -> tuple[str, ...]:
    """The days of the year, as MM-DD, that fall on the local dates from as_of's to the one `duration` later.

    29 February is celebrated on the 28th in common years.
    """
    today = local_date(as_of, zone)
    length = (local_date(ahead(as_of, duration, zone), zone) - today).days
    found: dict[str, None] = {}
    for offset in range(min(length, 366) + 1):
        current = today + timedelta(days=offset)
        found[f"{current:%m-%d}"] = None
        if (current.month, current.day) == (2, 28) and not calendar.isleap(current.year):
            found["02-29"] = None
    return tuple(found)


@lru_cache(maxsize=8)
def offsets(zone: ZoneInfo) -> tuple[tuple[int, int], ...]:
    """(from this instant on, seconds to add to get local time), newest first; 1900 to 2100.

    With it a local date or hour is plain arithmetic, which every SQL engine can do.
    """
    found: list[tuple[int, int]] = []
    at = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
    known = _offset(at, zone)
    found.append((_LONG_AGO, known))
    while at < end:
        following = at + _WEEK
        if _offset(following, zone) != known:
            change = _first_other(at, following, known, zone)
            known = _offset(following, zone)
            found.append((change, known))
        at = following
    return tuple(reversed(found))


@lru_cache(maxsize=32)
def lengths(duration: Duration, zone: ZoneInfo) -> tuple[tuple[int, int], ...]:
    """(from this instant on, seconds until the instant that is `duration` later), newest first; of hours,
    days and weeks. Calendar days are longer or shorter where a clock changes in between."""
    if duration.unit == "h":
        return ((_LONG_AGO, duration.amount * 3600),)
    days = duration.amount * (7 if duration.unit == "w" else 1)
    known = offsets(zone)
    shifts = {offset for _start, offset in known}
    edges = {_LONG_AGO}
    for (start, offset), (_before, earlier) in pairwise(known):
        # Where the clock of the start changes, and where that of the end does: its wall time tells.
        edges.add(start)
        edges.update(start + max(offset, earlier) - days * 86_400 - shift for shift in shifts)
    found: list[tuple[int, int]] = []
    for edge in sorted(edges):
        length = ahead(edge, duration, zone) - edge
        if not found or found[-1][1] != length:
            found.append((edge, length))
    return tuple(reversed(found))


def _offset(at: int, zone: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(at, zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def _first_other(low: int, high: int, known: int, zone: ZoneInfo) -> int:
    """The first instant in (low, high] whose offset is not `known`."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == known:
            low = middle
        else:
            high = middle
    return high
