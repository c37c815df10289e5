"""Whom time alone can concern: what tells apart the plans of the same rules for two instants.

Where nothing was imported for a customer, the run of tonight comes to what the run of last night came to,
unless an event enters or leaves a window, a date passes an edge, or the edge of a rank has moved. Here these
places are collected, generously: a customer too many costs time, one too few would be wrong. Rules whose
outcome can change otherwise (docs/decisions.md names them) give None, and everybody is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tagctl.model import (
    CUSTOMER,
    Aggregate,
    Bucket,
    Combined,
    Compare,
    Condition,
    DaysSince,
    FieldValue,
    Followed,
    Ntile,
    Ratio,
    TagRecord,
    Value,
    walk,
)
from tagctl.record import record
from tagctl.rules.lower import parts_of, values_in
from tagctl.rules.measures import bounds
from tagctl.rules.plan import Plan, equal_priorities

Range = tuple[int, int]  # instants, both included
Ranked = Compare | Ntile


@record
class Crossings:
    """`events`: per type the ranges in which an event concerns its customer; `leaves`: those about fields of
    customers alone that have moved, as they were and as they are."""

    events: Mapping[str, tuple[Range, ...]]
    leaves: tuple[tuple[Compare, Compare], ...]


def crossings(then: Plan, now: Plan) -> Crossings | None:
    """What can have changed from one plan to the other; None where it cannot be told."""
    if now.as_of < then.as_of or _counts_everybody(now) or list(then.wishes) != list(now.wishes):
        return None
    found = _Collector(then.as_of, now.as_of)
    for old, new in zip(then.wishes.values(), now.wishes.values(), strict=True):
        if old.state != new.state or len(old.conditions()) != len(new.conditions()):
            return None
        for one, other in zip(old.conditions(), new.conditions(), strict=True):
            if not found.condition(one, other):
                return None
    return Crossings({kind: tuple(ranges) for kind, ranges in found.events.items()}, tuple(found.leaves))


def ranked(plan: Plan) -> tuple[Ranked, ...]:
    """The leaves and values that compare a customer with all others, each once."""
    found: dict[Ranked, None] = {}
    for wish in plan.wishes.values():
        for condition in wish.conditions():
            for leaf in walk(condition):
                if isinstance(leaf, Compare):
                    found.update((part, None) for v in values_in(leaf) for part in _tiles(v))
                    if leaf.operator in ("top", "bottom"):
                        found[leaf] = None
    return tuple(found)


def _counts_everybody(plan: Plan) -> bool:
    """Whether the run reports numbers about customers who do not change, or reads when a tag was held."""
    nodes = [node for nodes in plan.strata for node in nodes]
    return (
        bool(plan.drafts)
        or any(wish.pilot or (wish.rule and wish.rule.keep_imported) for wish in plan.wishes.values())
        or any(node.on_conflict == "newest" or equal_priorities(node, plan.wishes) for node in nodes)
    )


class _Collector:
    """Compares conditions pairwise; its methods say whether that can be done."""

    def __init__(self, then: int, now: int) -> None:
        self.then, self.now = then, now
        self.events: dict[str, dict[Range, None]] = {}
        self.leaves: dict[tuple[Compare, Compare], None] = {}

    def condition(self, old: Condition, new: Condition) -> bool:
        olds, news = list(walk(old)), list(walk(new))
        return len(olds) == len(news) and all(
            type(one) is type(other)
            and (not isinstance(one, Compare) or not isinstance(other, Compare) or self._leaf(one, other))
            for one, other in zip(olds, news, strict=True)
        )

    def _leaf(self, old: Compare, new: Compare) -> bool:
        olds = [part for value in values_in(old) for part in parts_of(value)]
        news = [part for value in values_in(new) for part in parts_of(value)]
        if old.operator != new.operator or len(olds) != len(news):
            return False
        if not all(self._part(one, other) for one, other in zip(olds, news, strict=True)):
            return False
        if old.operand == new.operand and not any(isinstance(part, DaysSince) for part in news):
            return True
        return self._moved(old, new, news)

    def _moved(self, old: Compare, new: Compare, parts: list[Value]) -> bool:
        """A leaf that says something else although its value is the same."""
        if new.operator not in ("top", "bottom") and all(map(_of_customer, parts)):
            self.leaves[old, new] = None
            return True
        value, edge, edge_now = new.value, old.operand, new.operand
        if not isinstance(value, Aggregate) or value.function not in ("first", "last"):
            return False
        if not isinstance(edge, int) or not isinstance(edge_now, int):
            return False
        for source in value.sources:  # the value is the instant of an event
            self._range(source.type, edge, edge_now)
        return True

    def _part(self, old: Value, new: Value) -> bool:
        if isinstance(old, Aggregate) and isinstance(new, Aggregate):
            return self._aggregate(old, new)
        if isinstance(new, Followed):
            if old != new or new.negative:
                return False
            for source in (*new.first, *new.then):
                self._range(source.type, self.then + 1, self.now)
            return True
        if isinstance(new, Ntile) and any(_tiles(new.of)):
            return False
        return type(old) is type(new) and not isinstance(new, TagRecord)

    def _aggregate(self, old: Aggregate, new: Aggregate) -> bool:
        wheres = [leaf for where in new.where if where is not None for leaf in walk(where)]
        if replace(old, window=None) != replace(new, window=None) or not all(
            isinstance(leaf.value, FieldValue) for leaf in wheres if isinstance(leaf, Compare)
        ):
            return False
        (first, last), (first_now, last_now) = bounds(old.window), bounds(new.window)
        for source in new.sources:
            self._range(source.type, self.then + 1, self.now)
            if first is not None and first_now is not None and first != first_now:
                self._range(source.type, first, first_now)
            if last is not None and last_now is not None and last != last_now:
                self._range(source.type, last, last_now)
        return True

    def _range(self, kind: str, one: int, other: int) -> None:
        self.events.setdefault(kind, {})[min(one, other), max(one, other)] = None


def _of_customer(part: Value) -> bool:
    """Whether a part of a value can be told from the customer's own row."""
    if isinstance(part, FieldValue):
        return part.subject == CUSTOMER
    return isinstance(part, Bucket | Combined | DaysSince | Ratio)


def _tiles(value: Value) -> list[Ntile]:
    return [part for part in parts_of(value) if isinstance(part, Ntile)]
