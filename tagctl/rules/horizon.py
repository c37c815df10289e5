"""At which instants time alone can change a condition: where the data of one customer meet a moving edge.

`watches` tells, for conditions, which instants of the data matter and how far ahead of them something can
change; `moments` turns one such instant into candidates. There may be more of them than changes, never fewer:
whoever asks evaluates the condition there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tagctl.model import (
    Aggregate,
    Ago,
    Compare,
    Condition,
    DaysSince,
    Duration,
    FieldValue,
    Followed,
    MetricValue,
    Period,
    Ruleset,
    TagRecord,
    Value,
    Window,
    Within,
    walk,
)
from tagctl.record import record
from tagctl.rules import time
from tagctl.rules.lower import parts_of, values_in


@record
class Times:
    """The instants of a customer's events of one type."""

    type: str


@record
class Days:
    """A number of local days after a date; every day where it is None."""

    number: float | None


@record
class Anniversary:
    """The days of the year around a date, from `before` ahead of it."""

    before: Duration


# What is looked at, and when after it something can change (None: at the instant itself only).
Anchor = Times | FieldValue | TagRecord
Span = Duration | Period | Days | Anniversary | None


@record
class Watch:
    anchor: Anchor
    span: Span


# ── what is watched ──────────────────────────────────────────────────────────────────────────────


def watches(
    ruleset: Ruleset, conditions: Iterable[Condition], values: Iterable[Value] = ()
) -> frozenset[Watch]:
    """Everything in these conditions and values that the clock moves."""
    found = [watch for condition in conditions for watch in _condition(condition, ruleset)]
    found += [watch for value in values for watch in _value(value, ruleset, None)]
    return frozenset(found)


def _condition(condition: Condition, ruleset: Ruleset) -> Iterator[Watch]:
    for leaf in walk(condition):
        if not isinstance(leaf, Compare):
            continue
        for value in values_in(leaf):
            yield from _value(value, ruleset, leaf)
        if isinstance(leaf.operand, Duration):
            around = leaf.operator == "anniversary_within"
            span = Anniversary(leaf.operand) if around else leaf.operand
            yield from (Watch(anchor, span) for anchor in _instants(leaf.value, ruleset))


def _value(value: Value, ruleset: Ruleset, leaf: Compare | None) -> Iterator[Watch]:
    """What moves in a value; `leaf` compares it, where it is compared as it is."""
    for part in parts_of(value):
        if isinstance(part, MetricValue):
            yield from _value(ruleset.metrics[part.name], ruleset, leaf if part is value else None)
        elif isinstance(part, Aggregate):
            for source, where in zip(part.sources, part.where, strict=True):
                if not source.supplied:
                    continue
                yield from (Watch(Times(source.type), span) for span in _edges(part.window))
                yield from _conditions((source.where, where), ruleset)
        elif isinstance(part, Followed):
            for source in (*part.first, *part.then):
                if not source.supplied:
                    continue
                yield Watch(Times(source.type), part.within)
                yield from _conditions((source.where,), ruleset)
        elif isinstance(part, DaysSince):
            numbers = _numbers(leaf) if leaf is not None and part is value else [None]
            for anchor in _instants(part.of, ruleset):
                yield from (Watch(anchor, Days(number)) for number in numbers)


def _conditions(conditions: Iterable[Condition | None], ruleset: Ruleset) -> Iterator[Watch]:
    for condition in conditions:
        if condition is not None:
            yield from _condition(condition, ruleset)


def _edges(window: Window | None) -> tuple[Span, ...]:
    if isinstance(window, Within):
        return (window.duration,)
    if isinstance(window, Ago):
        return (window.older, window.newer)
    return (window if isinstance(window, Period) else None,)


def _numbers(leaf: Compare) -> list[float | None]:
    operands = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
    numbers: list[float | None] = [o for o in operands if isinstance(o, int | float)]
    return numbers if len(numbers) == len(operands) else [None]


def _instants(value: Value, ruleset: Ruleset) -> Iterator[Anchor]:
    """What gives a value that is a date or an instant."""
    if isinstance(value, MetricValue):
        yield from _instants(ruleset.metrics[value.name], ruleset)
    elif isinstance(value, TagRecord) or (isinstance(value, FieldValue) and value.supplied):
        yield value
    elif isinstance(value, Aggregate):
        for source, of in zip(value.sources, value.fields, strict=True):
            if source.supplied and (of is None or of.supplied):
                yield Times(source.type) if of is None else of


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def moments(anchor: int, span: Span, zone: ZoneInfo, after: int, until: int) -> set[int]:
    """The instants in (after, until] at which something can change by this anchor; a date stands for its
    first second."""
    found = {anchor}
    if isinstance(span, Duration):
        found |= _passing(anchor, span, zone)
    elif isinstance(span, Period):
        first, last = time.period(anchor, "this", span.span, zone)
        found |= {first, last + 1, time.period(last + 1, "this", span.span, zone)[1] + 1}
    elif isinstance(span, Days):
        found |= _days(anchor, span, zone, after, until)
    elif isinstance(span, Anniversary):
        found |= _anniversaries(anchor, span.before, zone, after, until)
    return {at for at in found if after < at <= until}


def _days(anchor: int, span: Days, zone: ZoneInfo, after: int, until: int) -> set[int]:
    if span.number is None:
        return {end + 1 for end in time.day_ends(after, until, zone)}
    try:
        first = time.local_date(anchor, zone) + timedelta(days=math.floor(span.number))
        return {_midnight(first + timedelta(days=n), zone) for n in (0, 1)}
    except (OverflowError, ValueError):
        return set()  # beyond the calendar


def _passing(anchor: int, duration: Duration, zone: ZoneInfo) -> set[int]:
    """Where A − duration passes the anchor, one way or the other.

    Usually that is once, at the anchor plus the duration. Clock changes at either end move it by what they
    jump, and can make the edge go back; so can months, where several days fall on the last of a shorter one.
    """
    near = _changes(anchor, zone)
    targets = {time.ahead(start, duration, zone) for start in (anchor, *(at for at, _jump in near))}
    if duration.unit in ("mo", "y"):
        targets |= _clamped(time.ahead(anchor, duration, zone), anchor, zone)
    target = time.ahead(anchor, duration, zone)
    beyond = _changes(target, zone)
    for changes in (near, beyond):
        targets |= {at + sign * jump for at in targets for _at, jump in changes for sign in (1, -1)}
    return targets | {at for at, _jump in beyond}


def _clamped(target: int, anchor: int, zone: ZoneInfo) -> set[int]:
    """The days after `target` that months back may fall on the anchor's day as well, and their midnights."""
    if time.local_date(anchor, zone).day < 28:
        return set()
    day = Duration(1, "d")
    found = {target}
    for _ in range(4):
        target = time.ahead(target, day, zone)
        found |= {target, _midnight(time.local_date(target, zone), zone)}
    return found


def _anniversaries(anchor: int, before: Duration, zone: ZoneInfo, after: int, until: int) -> set[int]:
    born = time.local_date(anchor, zone)
    found: set[int] = set()
    for year in range(time.local_date(after, zone).year - 1, time.local_date(until, zone).year + 3):
        # 29 February is celebrated on the 28th in common years.
        day = date(year, born.month, min(born.day, 28) if born.month == 2 else born.day)
        for celebrated in (day, day + timedelta(days=1)):
            midnight = _midnight(celebrated, zone)
            start = time.back(midnight, before, zone)
            first = time.local_date(start, zone)
            found |= _passing(start, Duration(1, "d"), zone) | {start}
            found |= {_midnight(first + timedelta(days=n), zone) for n in range(-4, 5)}
            found |= {midnight, _midnight(celebrated + timedelta(days=1), zone)}
    return found


def _midnight(day: date, zone: ZoneInfo) -> int:
    return time.day(day.isoformat(), zone)[0]


_NEAR = 3 * 86_400


@lru_cache(maxsize=4096)
def _changes(at: int, zone: ZoneInfo) -> tuple[tuple[int, int], ...]:
    """The changes of the clock near an instant: when, and by how many seconds."""
    known = time.offsets(zone)
    return tuple(
        (start, abs(offset - known[number + 1][1]))
        for number, (start, offset) in enumerate(known[:-1])
        if abs(start - at) <= _NEAR
    )
