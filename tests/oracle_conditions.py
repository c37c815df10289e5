"""Conditions of rules.yaml for one customer, interpreted from the plain YAML dictionaries.

Written from docs/semantics.md, independently of tagctl/rules: slow on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

import oracle_time as time
from oracle_values import AGGREGATES, SUBJECTS, WINDOWS, Record, Tags, Values, fold
from worlds import Event

NEGATIVE = {"is_not": "is", "not_in": "in", "not_contains": "contains", "none_of": "any_of"}
RECORDS = ("held_for", "gained_within", "lost_within")


class Reader(Values):
    """Evaluates conditions over one world as of one instant."""

    # ── conditions ───────────────────────────────────────────────────────────────────────────────

    def holds(
        self, condition: Any, customer: str, record: Record | None = None, tags: Tags | None = None
    ) -> bool:
        if isinstance(condition, list):
            return all(self.holds(item, customer, record, tags) for item in condition)
        if "all" in condition:
            return all(self.holds(item, customer, record, tags) for item in condition["all"])
        if "any" in condition:
            return any(self.holds(item, customer, record, tags) for item in condition["any"])
        if "not" in condition:
            return not self.holds(condition["not"], customer, record, tags)
        if "condition" in condition:
            return self.holds(self.conditions[condition["condition"]], customer, record, tags)
        if "segment" in condition:
            return self.holds(self.segments[condition["segment"]], customer, record, tags)
        if "did" in condition:
            return self.did(condition, customer)
        if "bucket" in condition:
            return bucket(customer) < 100 * Decimal(condition["bucket"].rstrip("%"))
        if "tag" in condition or "dimension" in condition:
            assert tags is not None
            if any(word in condition for word in RECORDS):
                return self.recorded(condition, customer, tags.family_of(condition["tag"]))
            if "tag" in condition:
                return tags.holds_tag(customer, condition["tag"])
            return tags.holds_dimension(customer, condition["dimension"])
        return self.leaf(condition, customer, record)

    # ── sequences and records ────────────────────────────────────────────────────────────────────

    def did(self, leaf: dict[str, Any], customer: str) -> bool:
        """Some X is followed by a Y; or the latest X whose time is over is not."""

        def events(operand: Any) -> list[Event]:
            return [e for name, _field in self.type_names(operand) for e in self.of_source(name, customer)]

        def followed(one: Event, others: list[Event]) -> bool:
            until = time.ahead(one.at, leaf["within"], self.zone)
            return any(one is not other and one.at <= other.at <= until for other in others)

        firsts = events(leaf["did"])
        if "followed_by" in leaf:
            return any(followed(one, events(leaf["followed_by"])) for one in firsts)
        over = [x for x in firsts if time.ahead(x.at, leaf["within"], self.zone) <= self.as_of]
        latest = [x for x in over if x.at == max(other.at for other in over)]
        return any(not followed(one, events(leaf["not_followed_by"])) for one in latest)

    def recorded(self, leaf: dict[str, Any], customer: str, family: list[str]) -> bool:
        """What the record of a tag says: `held_for`, `gained_within` or `lost_within`."""
        stretches = self.stretches(customer, family)
        (word,) = (word for word in RECORDS if word in leaf)
        edge = time.back(self.as_of, leaf[word], self.zone)
        if word == "lost_within":
            ends = [end for _begin, end in stretches if end is not None]
            return bool(ends) and edge < max(ends) <= self.as_of
        if not stretches:
            return False
        begin, end = stretches[-1]
        return end is None and begin <= edge if word == "held_for" else edge < begin <= self.as_of

    def stretches(self, customer: str, family: list[str]) -> list[tuple[int, int | None]]:
        """The record of a tag: unbroken stretches [begin, end), in order; end is None where there is none."""
        found: list[tuple[int, int | None]] = []
        for interval in self.world.intervals:
            if interval.customer != customer or interval.tag not in family:
                continue
            before = interval.gained < self.as_of or (interval.by_undo and interval.since < self.as_of)
            end = interval.lost if interval.lost is not None and interval.lost < self.as_of else None
            if before and interval.since <= self.as_of and (end is None or end > interval.since):
                found.append((interval.since, end))
        joined: list[tuple[int, int | None]] = []
        for begin, end in sorted(found, key=lambda pair: pair[0]):
            if joined and (joined[-1][1] is None or begin <= joined[-1][1]):
                last_begin, last_end = joined[-1]
                joined[-1] = (last_begin, None if last_end is None or end is None else max(last_end, end))
            else:
                joined.append((begin, end))
        return joined

    # ── leaves ───────────────────────────────────────────────────────────────────────────────────

    def leaf(self, leaf: dict[str, Any], customer: str, record: Record | None) -> bool:
        is_event = any(name in leaf for name in AGGREGATES)
        window = "between" if is_event else ""
        (operator,) = (key for key in leaf if key not in (*SUBJECTS, *WINDOWS, "where", window))
        operand = leaf[operator]
        if operator in ("top", "bottom"):
            return self.in_rank(leaf, operator, operand, customer)
        value, kind = self.value(leaf, customer, record)
        if operator == "exists":
            return (value is not None) == operand
        if operator in NEGATIVE:
            return not self.positive(NEGATIVE[operator], value, kind, operand, customer, record)
        return self.positive(operator, value, kind, operand, customer, record)

    def in_rank(self, leaf: dict[str, Any], operator: str, operand: Any, customer: str) -> bool:
        ranked = self.ranked({"metric": leaf["metric"]})
        if customer not in ranked:
            return False
        mine = ranked[customer]
        better = sum(1 for v in ranked.values() if (v > mine if operator == "top" else v < mine))
        if isinstance(operand, str):
            return better < len(ranked) * Fraction(Decimal(operand.rstrip("%"))) / 100
        return better < operand

    def positive(
        self, operator: str, value: Any, kind: str, operand: Any, customer: str, record: Record | None
    ) -> bool:
        if value is None:
            return False
        if isinstance(operand, dict):
            other, other_kind = self.field(operand["field"], customer, record)
            if other is None:
                return False
            if kind == "text":
                return text_compare(operator, value, [other])
            assert kind == other_kind
            return ordered(operator, value, other, other)
        operands = operand if isinstance(operand, list) else [operand]
        if kind == "text":
            return text_compare(operator, value, operands)
        if kind == "list":
            have = {fold(item) for item in value}
            wanted = {fold(item) for item in operands}
            return wanted <= have if operator == "all_of" else bool(wanted & have)
        if operator in ("older_than", "newer_than"):
            return self.age(operator, value, kind, operand)
        if operator == "anniversary_within":
            return time.anniversary(self.day(value, kind), self.today(), time.duration(operand)[0])
        extents = [self.extent(kind, item) for item in operands]
        if operator == "in":
            return any(first <= value <= last for first, last in extents)
        if operator == "between":
            return bool(extents[0][0] <= value <= extents[1][1])
        return ordered(operator, value, *extents[0])

    def age(self, operator: str, value: Any, kind: str, operand: str) -> bool:
        edge = time.back(self.as_of, operand, self.zone)
        if kind == "date":
            mine, then, now = self.day(value, kind), time.local(edge, self.zone).date(), self.today()
            return mine <= then if operator == "older_than" else then < mine <= now
        return value <= edge if operator == "older_than" else edge < value <= self.as_of

    def extent(self, kind: str, literal: Any) -> tuple[Any, Any]:
        """A literal in stored form, as the first and last value it stands for."""
        if kind == "datetime":
            return time.extent(literal, self.zone)
        if kind == "date":
            assert isinstance(literal, date) and not isinstance(literal, datetime)
            return literal.isoformat(), literal.isoformat()
        if kind == "money":
            found = int(Decimal(str(literal)) * 10_000)
            return found, found
        if kind == "bool":
            return int(literal), int(literal)
        return literal, literal


def ordered(operator: str, value: Any, first: Any, last: Any) -> bool:
    """Comparison with something that stretches from first to last."""
    if operator == "is":
        return bool(first <= value <= last)
    if operator == "at_least":
        return bool(value >= first)
    if operator == "at_most":
        return bool(value <= last)
    if operator == "above":
        return bool(value > last)
    assert operator == "below", operator
    return bool(value < first)


def text_compare(operator: str, value: str, operands: list[Any]) -> bool:
    if operator == "matches":
        return any(re.search(pattern, value, re.IGNORECASE) for pattern in operands)
    mine = fold(value)
    tests: dict[str, Callable[[str], bool]] = {
        "is": lambda wanted: mine == wanted,
        "in": lambda wanted: mine == wanted,
        "contains": lambda wanted: wanted in mine,
        "starts_with": mine.startswith,
        "ends_with": mine.endswith,
    }
    return any(tests[operator](fold(str(wanted))) for wanted in operands)


def bucket(key: str) -> int:
    """The place of a customer from 0 to 9,999."""
    return int(sha256(key.encode()).hexdigest()[:8], 16) % 10_000
