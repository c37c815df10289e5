"""Conditions with everything worked out that does not depend on data: the language an engine speaks.

A lowered condition has the classes of model.py, but fewer forms:
- no metrics by name, no durations but a sequence's; windows are `Between` instants (inclusive) or None;
- operators: is, at_least, at_most, above, below, in, contains, starts_with, ends_with, matches, exists (1),
  month_day (a tuple of MM-DD), any_of, all_of, top, bottom. Negative ones are a Not of these;
- text operands are folded; an aggregate's sources hold no subsets: what a subset asks is part of `where`;
- what no import supplied is gone: an aggregate sees the supplied types only.
Equal lowered values are the same computation, which is how aggregates are shared between rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from zoneinfo import ZoneInfo

from tagctl.model import (
    Aggregate,
    Ago,
    All,
    AnyOf,
    Between,
    Combined,
    Compare,
    Condition,
    DaysSince,
    Duration,
    During,
    EventSource,
    FieldValue,
    Followed,
    HasTag,
    Literal_,
    MetricValue,
    Not,
    Ntile,
    Operand,
    Period,
    Ratio,
    Ruleset,
    Value,
    Window,
    Within,
    walk,
)
from tagctl.normalise import fold
from tagctl.record import record
from tagctl.rules import time

NEGATIVE = {"is_not": "is", "not_in": "in", "not_contains": "contains", "none_of": "any_of"}
_TEXT = ("text", "list")


@record
class Lowering:
    """Lowers conditions and values for one as-of, in one zone, with one ruleset's metrics. `dimensions` are
    all tags of each dimension, where that is more than the compiler of rules knew (values that are tags)."""

    ruleset: Ruleset
    as_of: int
    zone: ZoneInfo
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def condition(self, condition: Condition) -> Condition:
        if isinstance(condition, All):
            return All(tuple(self.condition(item) for item in condition.items), condition.location)
        if isinstance(condition, AnyOf):
            return AnyOf(tuple(self.condition(item) for item in condition.items), condition.location)
        if isinstance(condition, Not):
            return Not(self.condition(condition.item), condition.location)
        if isinstance(condition, HasTag):
            if condition.dimension:
                return replace(condition, tags=self.dimensions.get(condition.tag, condition.tags))
            return condition
        return self._compare(condition)

    def value(self, value: Value) -> Value:
        if isinstance(value, MetricValue):
            return self.value(self.ruleset.metrics[value.name])
        if isinstance(value, Aggregate):
            return self._aggregate(value)
        if isinstance(value, Followed):
            return replace(value, first=self._sources(value.first), then=self._sources(value.then))
        if isinstance(value, Ratio):
            return replace(value, dividend=self.value(value.dividend), divisor=self.value(value.divisor))
        if isinstance(value, Combined):
            return replace(value, parts=tuple(self.value(part) for part in value.parts))
        if isinstance(value, Ntile | DaysSince):
            return replace(value, of=self.value(value.of))
        return value

    # ── leaves ───────────────────────────────────────────────────────────────────────────────────

    def _compare(self, leaf: Compare) -> Condition:
        if leaf.operator in NEGATIVE:
            return Not(self._compare(replace(leaf, operator=NEGATIVE[leaf.operator])), leaf.location)
        value = self.value(leaf.value)
        if leaf.operator == "exists":
            there = Compare(value, "exists", 1, leaf.location)
            return there if leaf.operand else Not(there, leaf.location)
        if isinstance(leaf.operand, Duration):
            return self._since(value, leaf.operator, leaf.operand, leaf)
        if leaf.operator == "between" and isinstance(leaf.operand, tuple):
            first, last = leaf.operand
            return All(
                (
                    self._scalar(value, "at_least", first, leaf),
                    self._scalar(value, "at_most", last, leaf),
                ),
                leaf.location,
            )
        if value.type == "list" and leaf.operator in ("is", "in", "contains", "any_of", "all_of"):
            operator = "all_of" if leaf.operator == "all_of" else "any_of"
            return Compare(value, operator, _elements(leaf.operand), leaf.location)
        if isinstance(leaf.operand, tuple):
            if value.type == "datetime":
                days = tuple(self._scalar(value, "is", item, leaf) for item in leaf.operand)
                return AnyOf(days, leaf.location)
            operand = _folded(leaf.operand) if value.type == "text" else leaf.operand
            return Compare(value, leaf.operator, operand, leaf.location)
        if isinstance(leaf.operand, str | int | float):
            return self._scalar(value, leaf.operator, leaf.operand, leaf)
        return Compare(value, leaf.operator, leaf.operand, leaf.location)

    def _scalar(self, value: Value, operator: str, operand: Literal_, leaf: Compare) -> Condition:
        """One literal; a date against an instant stands for its whole local day."""
        if value.type == "datetime" and isinstance(operand, str):
            first, last = time.day(operand, self.zone)
            if operator == "is":
                ends = (
                    Compare(value, "at_least", first, leaf.location),
                    Compare(value, "at_most", last, leaf.location),
                )
                return All(ends, leaf.location)
            bound = first if operator in ("at_least", "below") else last
            return Compare(value, operator, bound, leaf.location)
        if value.type == "text" and operator != "matches":
            return Compare(value, operator, fold(str(operand)), leaf.location)
        return Compare(value, operator, operand, leaf.location)

    def _since(self, value: Value, operator: str, duration: Duration, leaf: Compare) -> Condition:
        """older_than, newer_than, anniversary_within."""
        if operator == "anniversary_within":
            days = time.month_days(self.as_of, duration, self.zone)
            return Compare(value, "month_day", days, leaf.location)
        start = time.back(self.as_of, duration, self.zone)
        edge: Literal_ = start
        now: Literal_ = self.as_of
        if value.type == "date":
            edge = time.local_date(start, self.zone).isoformat()
            now = time.local_date(self.as_of, self.zone).isoformat()
        if operator == "older_than":
            return Compare(value, "at_most", edge, leaf.location)
        since = Compare(value, "above", edge, leaf.location)
        return All((since, Compare(value, "at_most", now, leaf.location)), leaf.location)

    # ── aggregates ───────────────────────────────────────────────────────────────────────────────

    def _aggregate(self, aggregate: Aggregate) -> Aggregate:
        sources: dict[tuple[str, FieldValue | None], Condition | None] = {}
        for source, of, where in zip(aggregate.sources, aggregate.fields, aggregate.where, strict=True):
            if not source.supplied or (of is not None and not of.supplied):
                continue
            asked = self._both(source.where, where, _in_ranges(source.type, aggregate.window))
            key = (source.type, of)
            if key in sources:  # an event of two subsets is still one event
                asked = _either(sources[key], asked)
            sources[key] = asked
        return Aggregate(
            aggregate.function,
            tuple(EventSource(type, type) for type, _field in sources),
            tuple(field for _type, field in sources),
            tuple(sources.values()),
            self.window(aggregate.window),
            aggregate.type,
        )

    def _sources(self, sources: tuple[EventSource, ...]) -> tuple[EventSource, ...]:
        """One source for each supplied type, with what its subsets ask."""
        found: dict[str, Condition | None] = {}
        for source in sources:
            if source.supplied:
                asked = self._both(source.where)
                found[source.type] = _either(found[source.type], asked) if source.type in found else asked
        return tuple(EventSource(type, type, where) for type, where in found.items())

    def _both(self, *conditions: Condition | None) -> Condition | None:
        asked = tuple(self.condition(c) for c in conditions if c is not None)
        if len(asked) == 1:
            return asked[0]
        return All(asked) if asked else None

    def window(self, window: Window | None) -> Between | None:
        """A window as instants, both included."""
        if isinstance(window, Within):
            return Between(time.back(self.as_of, window.duration, self.zone) + 1, self.as_of)
        if isinstance(window, Ago):
            older = time.back(self.as_of, window.older, self.zone)
            newer = time.back(self.as_of, window.newer, self.zone)
            return Between(older + 1, newer)
        if isinstance(window, Period):
            return Between(*time.period(self.as_of, window.which, window.span, self.zone))
        if isinstance(window, During):  # what lies between its ranges is left out by the condition
            return Between(window.ranges[0].first, window.ranges[-1].last)
        return None if window is None else Between(window.first, window.last)


def _in_ranges(type: str, window: Window | None) -> Condition | None:
    """That an event lies in one of the ranges of a period, where there are several."""
    if not isinstance(window, During) or len(window.ranges) == 1:
        return None
    at = FieldValue(type, "at", "tagctl_at", "datetime")
    return AnyOf(
        tuple(
            All((Compare(at, "at_least", range.first), Compare(at, "at_most", range.last)))
            for range in window.ranges
        )
    )


def _either(one: Condition | None, other: Condition | None) -> Condition | None:
    return None if one is None or other is None else AnyOf((one, other))


def _elements(operand: Operand) -> Operand:
    """What a list is compared with: another field, or folded texts."""
    if isinstance(operand, FieldValue):
        return operand
    return _folded(operand if isinstance(operand, tuple) else (str(operand),))


def _folded(operand: tuple[Literal_, ...]) -> tuple[Literal_, ...]:
    return tuple(dict.fromkeys(fold(str(item)) for item in operand))


def values_in(condition: Condition) -> Iterable[Value]:
    """The values that the leaves of a condition compare, operands that are fields included."""
    for leaf in walk(condition):
        if isinstance(leaf, Compare):
            yield leaf.value
            if isinstance(leaf.operand, FieldValue):
                yield leaf.operand


def parts_of(value: Value) -> Iterable[Value]:
    """The value and every value it is made of, outermost first."""
    yield value
    inner: tuple[Value, ...] = ()
    if isinstance(value, Ratio):
        inner = (value.dividend, value.divisor)
    elif isinstance(value, Combined):
        inner = value.parts
    elif isinstance(value, Ntile | DaysSince):
        inner = (value.of,)
    for item in inner:
        yield from parts_of(item)
