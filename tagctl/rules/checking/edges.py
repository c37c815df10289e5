"""Where values begin and end: numbers, dates, instants, and instants that long before the as-of."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.model import Between, Duration, During, Period, Window, Within
from tagctl.record import record
from tagctl.rules import time

Edge = (
    int | float | str | Duration
)  # a Duration is the instant, or for dates the day, that long before the as-of
NOW = Duration(0, "d")

_DAY = 86_400
_SECONDS = {"h": 3_600, "d": _DAY, "w": 7 * _DAY}
_THIS = ("day", "month", "quarter", "year")  # each lies within the next


@record
class Bound:
    """An end of a range; `strict`: the end itself is outside."""

    edge: Edge
    strict: bool = False


class Timeline:
    """The order of edges, as far as it is the same for every as-of in this zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        shifts = [shift for _start, shift in time.offsets(zone)]
        self._slack = max(shifts) - min(shifts)  # by how much calendar days and elapsed hours can disagree

    def not_after(self, one: Edge, other: Edge) -> bool:
        """Whether `one` is surely at or before `other`."""
        if isinstance(one, Duration) and isinstance(other, Duration):
            return self._as_long(one, other)
        if isinstance(one, Duration) or isinstance(other, Duration):
            return False
        if isinstance(one, str) or isinstance(other, str):
            return isinstance(one, str) and isinstance(other, str) and one <= other
        return one <= other

    def before(self, one: Edge, other: Edge) -> bool:
        """Whether `one` is surely before `other`."""
        if isinstance(one, Duration) and isinstance(other, Duration):
            return _length(one)[0] - self._slack > _length(other)[1]
        return one != other and self.not_after(one, other)

    def _as_long(self, one: Duration, other: Duration) -> bool:
        """Whether going back by `one` never ends later than going back by `other`."""
        if other.amount == 0:
            return True
        kinds = _months(one) is not None, _months(other) is not None
        if all(kinds):
            return (_months(one) or 0) >= (_months(other) or 0)
        elapsed = (one.unit == "h") != (other.unit == "h")
        return _length(one)[0] - (self._slack if elapsed else 0) >= _length(other)[1]

    def inside(self, narrow: Window | None, wide: Window | None) -> bool:
        """Whether every instant up to the as-of in one window surely lies in the other."""
        if wide is None or narrow == wide:
            return True
        if isinstance(narrow, Period) and isinstance(wide, Period):
            spans = _THIS if narrow.span != "week" else ("week",)
            return narrow.which == wide.which == "this" and _rank(narrow, spans) <= _rank(wide, spans)
        mine, theirs = ranges(narrow), ranges(wide)
        return bool(mine) and all(
            start is not None
            and any(
                low is not None and self.not_after(low, start) and self.not_after(end, high)
                for low, high in theirs
            )
            for start, end in mine
        )


def ranges(window: Window | None) -> tuple[tuple[Edge | None, Edge], ...]:
    """The ranges (after, up to] of a window; none where they are not known without the as-of."""
    if window is None:
        return ((None, NOW),)
    if isinstance(window, Within):
        return ((window.duration, NOW),)
    if isinstance(window, Period):
        return ()
    if isinstance(window, Between):
        return ((window.first - 1, window.last),)
    if isinstance(window, During):
        return tuple((each.first - 1, each.last) for each in window.ranges)
    return ((window.older, window.newer),)


def _rank(period: Period, spans: tuple[str, ...]) -> float:
    return spans.index(period.span) if period.span in spans else float("nan")


def _months(duration: Duration) -> int | None:
    return {"mo": duration.amount, "y": 12 * duration.amount}.get(duration.unit)


def _length(duration: Duration) -> tuple[int, int]:
    """The least and the greatest seconds on the clock on the wall."""
    months = _months(duration)
    if months is None:
        length = duration.amount * _SECONDS[duration.unit]
        return length, length
    if months % 12 == 0:
        return months // 12 * 365 * _DAY, months // 12 * 366 * _DAY
    if months == 1:
        return 28 * _DAY, 31 * _DAY
    return (months * 3043 // 100 - 3) * _DAY, (months * 3044 // 100 + 4) * _DAY
