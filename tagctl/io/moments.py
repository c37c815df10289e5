"""Dates and times as people and programs write them.

2024-01-05 · 2024/1/5 · 2024.1.5 · 2024年1月5日 · 20240105 · 5/1/2024 where the column tells which comes
first · 5-Jan-2024 · Jan 5, 2024; with a time 10:00, 10:00:30, 2:35 PM, 上午10:00; with Z, +08:00 or none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from tagctl.messages import _

_Moment = TypeVar("_Moment", date, time, datetime)


class CellError(ValueError):
    """A cell that cannot be what its column is. `code` is stable, the message says why."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_YEAR_FIRST = r"(?P<y>\d{4})(?P<s>[-/.年])\s?(?P<m>\d{1,2})[-/.月]\s?(?P<d>\d{1,2})日?"
_COMPACT = r"(?P<cy>\d{4})(?P<cm>\d{2})(?P<cd>\d{2})"
_YEAR_LAST = r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<ly>\d{4})"
_NAMED = r"(?P<nd>\d{1,2})[- ](?P<nm>[A-Za-z]{3})[a-z]*\.?[- ,]+(?P<ny>\d{4})"
_NAMED_FIRST = r"(?P<em>[A-Za-z]{3})[a-z]*\.? (?P<ed>\d{1,2}),? (?P<ey>\d{4})"
_TIME = (
    r"(?P<noon>上午|下午|晚上|凌晨|中午)?\s?(?P<H>\d{1,2})[:时点](?P<M>\d{1,2})分?"
    r"(?::?(?P<S>\d{1,2})秒?(?:[.,]\d{1,9})?)?(?:\s?(?P<ap>[AaPp][Mm]))?"
)
_ZONE = r"(?P<zone>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2}){0,2})"
_MOMENT = re.compile(
    rf"(?:{_YEAR_FIRST}|{_YEAR_LAST}|{_NAMED}|{_NAMED_FIRST}|{_COMPACT})(?:(?:T|\s+|,\s*)?{_TIME}(?:\s?{_ZONE})?)?",
    re.ASCII,
)
_COMPACT_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})", re.ASCII)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?", re.ASCII)
_AFTERNOON = frozenset({"下午", "晚上"})


def day(
    plain: str, value: object, zone: ZoneInfo, day_first: bool | None, pattern: str | None = None
) -> tuple[str, bool]:
    """A date as ISO text, and whether the cell has a time of day besides, which the date does not keep.

    With an offset it is the day in this zone. Midnight is no time of day, whatever the offset: programs
    write dates so.
    """
    if isinstance(value, datetime):
        moment = to_second(value)
        return moment.date().isoformat(), moment.time() != time(0)
    if isinstance(value, date):
        return value.isoformat(), False
    patterned = by_pattern(plain, pattern) if pattern else None
    found, clock, offset = patterned or _compact(plain) or parse(plain, day_first)
    if clock is None or clock == time(0):
        return found.isoformat(), False
    moment = datetime.combine(found, clock)
    if offset is not None:
        try:
            moment = moment.replace(tzinfo=offset).astimezone(zone)
        except OverflowError:
            raise _not_date(plain) from None
    return moment.date().isoformat(), moment.time() != time(0)


def to_second(value: datetime) -> datetime:
    """Spreadsheets store times as fractions of a day: the microseconds are noise."""
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0)


def _compact(plain: str) -> tuple[date, time, None] | None:
    """Date and time of 20240105100030; None for what is written otherwise."""
    compact = _COMPACT_TIME.fullmatch(plain)
    if compact is None:
        return None
    y, mo, d, h, mi, s = (int(g) for g in compact.groups())
    moment = _checked(lambda: datetime(y, mo, d, h, mi, s), plain)
    return moment.date(), moment.time(), None


class Clock:
    """Instants of one time zone, with what is costly about a day remembered."""

    __slots__ = ("_days", "_zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._days: dict[str, int | None] = {}  # ISO date → its first second where the day has one offset

    def instant(self, plain: str, value: object, day_first: bool | None, pattern: str | None = None) -> int:
        """Unix seconds; without a time of day, the day's first second. A time without zone is local."""
        if value is None:
            known = self.fast(plain)
            if known is not None:
                return known
        if isinstance(value, datetime):
            return self._local(to_second(value))
        if isinstance(value, date):
            return self._local(datetime.combine(value, time(0)))
        patterned = by_pattern(plain, pattern) if pattern else None
        if patterned is None and _EPOCH.fullmatch(plain):
            return int(plain[:10])
        found, clock, zone = patterned or _compact(plain) or parse(plain, day_first)
        moment = datetime.combine(found, clock or time(0))
        if zone is not None:
            return int(moment.replace(tzinfo=zone).timestamp())
        return self._local(moment)

    def fast(self, plain: str) -> int | None:
        """The instant of "YYYY-MM-DD HH:MM:SS"; None if written otherwise, or on a day with two offsets."""
        if len(plain) != 19 or plain[13] != ":" or plain[16] != ":" or plain[4] != "-" or plain[7] != "-":
            return None
        start = self._day(plain[:10])
        seconds = _seconds(plain)
        return None if start is None or seconds is None else start + seconds

    def _local(self, moment: datetime) -> int:
        try:
            return int(moment.replace(tzinfo=self._zone).timestamp())
        except (OverflowError, ValueError):
            raise CellError("not-a-time", _("“{text}” is out of range").format(text=moment)) from None

    def _day(self, iso: str) -> int | None:
        try:
            return self._days[iso]
        except KeyError:
            pass
        try:
            start = datetime.fromisoformat(iso).replace(tzinfo=self._zone)
            after = start + timedelta(days=1)
            same = start.utcoffset() == after.utcoffset()
            first = int(start.timestamp()) if same and len(iso) == 10 else None
        except (ValueError, OverflowError):
            first = None
        if len(self._days) < 50_000:
            self._days[iso] = first
        return first


def _seconds(plain: str) -> int | None:
    """The seconds since midnight of "YYYY-MM-DD HH:MM:SS"; None if it is not exactly that."""
    if plain[10] not in " T":
        return None
    h, m, s = plain[11:13], plain[14:16], plain[17:]
    if not (h.isdecimal() and m.isdecimal() and s.isdecimal() and h < "24" and m < "60" and s < "60"):
        return None
    return int(h) * 3600 + int(m) * 60 + int(s)


def day_first(pattern: str) -> bool | None:
    """Whether a pattern of strptime has the day before the month; None where it does not have both."""
    day, month = pattern.find("%d"), pattern.find("%m")
    return None if min(day, month) < 0 else day < month


def by_pattern(plain: str, pattern: str) -> tuple[date, time | None, tzinfo | None] | None:
    """Date, time of day and offset of a text that is written exactly so; None for any other."""
    try:
        found = datetime.strptime(plain.strip(), pattern)
    except ValueError:
        return None
    if plain.strip().isdigit() and found.strftime(pattern) != plain.strip():
        return None  # 201111 is no %Y%m%d, though strptime reads one digit for two
    timed = any(mark in pattern for mark in ("%H", "%I", "%X", "%c"))
    return found.date(), found.time() if timed else None, found.tzinfo


def parse(plain: str, day_first: bool | None) -> tuple[date, time | None, tzinfo | None]:
    """Date, time of day and offset as far as written. Raises CellError (not-a-date, ambiguous-date)."""
    text = plain if plain.isascii() else unicodedata.normalize("NFKC", plain)
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise _not_date(plain)
    return _date(found, day_first, plain), _time(found, plain), _zone(found["zone"])


def _date(found: re.Match[str], day_first: bool | None, plain: str) -> date:
    if found["y"]:
        y, m, d = found["y"], found["m"], found["d"]
    elif found["cy"]:
        y, m, d = found["cy"], found["cm"], found["cd"]
    elif found["ly"]:
        first, second = int(found["a"]), int(found["b"])
        if day_first is None and first <= 12 and second <= 12 and first != second:
            raise CellError(
                "ambiguous-date", _("“{text}” may be day/month or month/day").format(text=plain[:40])
            )
        ahead = first > 12 if day_first is None else day_first
        y, m, d = found["ly"], str(second if ahead else first), str(first if ahead else second)
    else:
        month = _MONTHS.get((found["nm"] or found["em"]).lower())
        if month is None:
            raise _not_date(plain)
        y, m, d = found["ny"] or found["ey"], str(month), found["nd"] or found["ed"]
    return _checked(lambda: date(int(y), int(m), int(d)), plain)


def _time(found: re.Match[str], plain: str) -> time | None:
    if found["H"] is None:
        return None
    hour = int(found["H"])
    half = (found["ap"] or "").lower()
    if hour < 12 and (half == "pm" or found["noon"] in _AFTERNOON):
        hour += 12
    elif hour == 12 and (half == "am" or found["noon"] == "凌晨"):
        hour = 0
    return _checked(lambda: time(hour, int(found["M"]), int(found["S"] or 0)), plain)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    bare = text[1:].replace(":", "")
    offset = timedelta(hours=int(bare[:2]), minutes=int(bare[2:4] or 0), seconds=int(bare[4:] or 0))
    return timezone(offset if text[0] == "+" else -offset)


def _checked(make: Callable[[], _Moment], plain: str) -> _Moment:
    try:
        return make()
    except ValueError:
        raise _not_date(plain) from None


def _not_date(plain: str) -> CellError:
    return CellError("not-a-date", _("“{text}” is not a date").format(text=plain[:40]))
