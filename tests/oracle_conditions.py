"""Values and conditions of rules.yaml for one customer, interpreted from the plain YAML dictionaries.

Written from product.md's language and docs/semantics.md, independently of tagctl/rules: slow on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import oracle_time as time
from worlds import Event, Spec, World

AGGREGATES = ("count", "sum", "avg", "min", "max", "distinct", "most", "first", "last")
NEGATIVE = {"is_not": "is", "not_in": "in", "not_contains": "contains", "none_of": "any_of"}
SUBJECTS = ("field", "metric", *AGGREGATES)
VALUES = (*SUBJECTS, "ratio", "sum_of", "difference", "ntile", "days_since")
MODIFIERS = ("where", "within", "ago", "of")

Record = tuple[dict[str, Spec], dict[str, Any], int | None]  # fields, values, at of an event


def fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def lookup(specs: dict[str, Spec], name: str) -> str | None:
    """The field of this name, else of this role."""
    for found in specs:
        if fold(found) == fold(name):
            return found
    return next((found for found, spec in specs.items() if spec.role == name), None)


class Reader:
    """Evaluates values and conditions over one world as of one instant."""

    def __init__(self, rules: dict[str, Any], world: World, as_of: int) -> None:
        self.world = world
        self.as_of = as_of
        self.zone = ZoneInfo(world.zone)
        self.metrics: dict[str, Any] = rules.get("metrics") or {}
        self.conditions: dict[str, Any] = rules.get("conditions") or {}
        self.declared_fields: dict[str, str] = rules.get("fields") or {}
        self.declared_events: dict[str, dict[str, Any]] = {
            name: body or {} for name, body in (rules.get("events") or {}).items()
        }
        self._ranked: dict[str, dict[str, Any]] = {}

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def base(self, name: str) -> str:
        return self.declared_events.get(name, {}).get("from", name)

    def type_names(self, operand: Any) -> list[tuple[str, str | None]]:
        """`order.amount`, `[order, view]`, `any` → (type, field) pairs."""
        found: list[tuple[str, str | None]] = []
        for part in operand if isinstance(operand, list) else [operand]:
            name, dot, rest = part.partition(".")
            names = list(self.world.types) if name == "any" else [name]
            found.extend((each, rest if dot else None) for each in names)
        return found

    def record(self, event: Event) -> Record:
        return (self.world.types[event.type], event.values, event.at)

    def of_source(self, name: str, customer: str | None) -> Iterator[Event]:
        """The events of a type or subset seen at as_of, of one customer or of all."""
        base, where = self.base(name), self.declared_events.get(name, {}).get("where")
        for event in self.world.events:
            if event.type != base or event.at > self.as_of or customer not in (None, event.customer):
                continue
            if where is None or self.holds(where, event.customer, self.record(event)):
                yield event

    def in_window(self, leaf: dict[str, Any], at: int) -> bool:
        if "within" in leaf:
            return time.back(self.as_of, leaf["within"], self.zone) < at <= self.as_of
        if "ago" in leaf:
            older, newer = (time.back(self.as_of, length, self.zone) for length in leaf["ago"])
            return older < at <= newer
        if "between" in leaf:
            first, last = leaf["between"]
            return time.extent(first, self.zone)[0] <= at <= time.extent(last, self.zone)[1]
        return True

    def counted(self, expr: dict[str, Any], customer: str) -> list[tuple[Event, Any, str]]:
        """The events an aggregate counts, each with the value of its field (None for count, first,
        last) and that value's type. A field that is missing leaves its event out."""
        function = next(name for name in AGGREGATES if name in expr)
        found = []
        for name, field in self.type_names(expr[function]):
            for event in self.of_source(name, customer):
                if not self.in_window(expr, event.at):
                    continue
                where = expr.get("where")
                if where is not None and not self.holds(where, customer, self.record(event)):
                    continue
                value, kind = (None, "") if field is None else self.field(field, customer, self.record(event))
                if field is None or value is not None:
                    found.append((event, value, kind))
        return found

    def aggregate(self, expr: dict[str, Any], customer: str) -> tuple[Any, str]:
        function = next(name for name in AGGREGATES if name in expr)
        found = self.counted(expr, customer)
        kind = found[0][2] if found else self.field_kind(expr[function])
        values = [value for _event, value, _kind in found]
        if function == "count":
            return len(found), "number"
        if function in ("first", "last"):
            instants = [event.at for event, _value, _kind in found]
            return ((min if function == "first" else max)(instants) if instants else None), "datetime"
        if function == "distinct":
            return len({fold(v) if isinstance(v, str) else v for v in values}), "number"
        if function == "sum":
            total = sum((Fraction(v) for v in values), Fraction(0))
            return (int(total) if kind == "money" else float(total)), kind
        if not values:
            return None, kind
        if function == "avg":
            return float(sum(Fraction(v) for v in values)) / float(len(values)), kind
        if function == "most":
            return most([(event.at, value) for event, value, _kind in found]), kind
        return (min(values) if function == "min" else max(values)), kind

    def field_kind(self, operand: Any) -> str:
        """The type of an aggregate's field where no event tells it."""
        for name, field in self.type_names(operand):
            specs = self.world.types.get(self.base(name), {})
            found = lookup(specs, field) if field else None
            if found:
                return specs[found].type
        return "number"

    # ── values ───────────────────────────────────────────────────────────────────────────────────

    def field(self, name: str, customer: str, record: Record | None) -> tuple[Any, str]:
        """A field of the customer, or inside a `where` of the event; `at` is the event's instant."""
        if record is None:
            specs, values, at = self.world.fields, self.world.customers[customer], None
        else:
            specs, values, at = record
        name, _, part = name.partition(".")
        if at is not None and name == "at":
            value, kind = at, "datetime"
        else:
            found = lookup(specs, name)
            assert found is not None or name in self.declared_fields, name
            value = values.get(found) if found else None
            kind = specs[found].type if found else self.declared_fields[name]
        if not part:
            return value, kind
        if value is None:
            return None, "number"
        wall = time.local(value, self.zone)
        return {"hour": wall.hour, "weekday": wall.isoweekday(), "month": wall.month}[part], "number"

    def value(self, expr: dict[str, Any], customer: str, record: Record | None = None) -> tuple[Any, str]:
        """(value or None, type) of a value expression."""
        if "field" in expr:
            return self.field(expr["field"], customer, record)
        if "metric" in expr:
            return self.value(self.metrics[expr["metric"]], customer)
        if "ratio" in expr:
            (top, top_kind), (bottom, bottom_kind) = (self.value(part, customer) for part in expr["ratio"])
            kind = "money" if top_kind == "money" and bottom_kind != "money" else "number"
            if top is None or bottom is None or bottom == 0:
                return None, kind
            return float(top) / float(bottom), kind
        if "sum_of" in expr or "difference" in expr:
            parts = [self.value(part, customer) for part in expr.get("sum_of") or expr["difference"]]
            if any(value is None for value, _kind in parts):
                return None, parts[0][1]
            first, *rest = (Fraction(value) for value, _kind in parts)
            total = sum(rest, first) if "sum_of" in expr else first - sum(rest, Fraction(0))
            return float(total), parts[0][1]
        if "ntile" in expr:
            ranked = self.ranked(expr["of"])
            if customer not in ranked:
                return None, "number"
            smaller = sum(1 for value in ranked.values() if value < ranked[customer])
            return 1 + (expr["ntile"] * smaller) // len(ranked), "number"
        if "days_since" in expr:
            value, kind = self.value(expr["days_since"], customer)
            if value is None:
                return None, "number"
            return (self.today() - self.day(value, kind)).days, "number"
        return self.aggregate(expr, customer)

    def aggregates(self, expr: dict[str, Any]) -> list[dict[str, Any]]:
        """Every event aggregate a value is made of."""
        if "metric" in expr:
            return self.aggregates(self.metrics[expr["metric"]])
        for key in ("ratio", "sum_of", "difference"):
            if key in expr:
                return [found for part in expr[key] for found in self.aggregates(part)]
        if "ntile" in expr:
            return self.aggregates(expr["of"])
        if "days_since" in expr:
            return self.aggregates(expr["days_since"])
        return [] if "field" in expr else [expr]

    def ranked(self, expr: dict[str, Any]) -> dict[str, Any]:
        """The customers who take part in a rank, with their values."""
        key = repr(expr)
        if key not in self._ranked:
            made_of = self.aggregates(expr)
            found = {}
            for customer in self.world.customers:
                value, _kind = self.value(expr, customer)
                if value is not None and (
                    not made_of or any(self.counted(aggregate, customer) for aggregate in made_of)
                ):
                    found[customer] = value
            self._ranked[key] = found
        return self._ranked[key]

    def today(self) -> date:
        return time.local(self.as_of, self.zone).date()

    def day(self, value: Any, kind: str) -> date:
        return date.fromisoformat(value) if kind == "date" else time.local(value, self.zone).date()

    # ── conditions ───────────────────────────────────────────────────────────────────────────────

    def holds(
        self,
        condition: Any,
        customer: str,
        record: Record | None = None,
        has_tag: Callable[[str], bool] | None = None,
    ) -> bool:
        """Whether a condition holds; `has_tag` answers `tag` leaves."""
        if isinstance(condition, list):
            return all(self.holds(item, customer, record, has_tag) for item in condition)
        if "all" in condition:
            return all(self.holds(item, customer, record, has_tag) for item in condition["all"])
        if "any" in condition:
            return any(self.holds(item, customer, record, has_tag) for item in condition["any"])
        if "not" in condition:
            return not self.holds(condition["not"], customer, record, has_tag)
        if "condition" in condition:
            return self.holds(self.conditions[condition["condition"]], customer, record, has_tag)
        if "tag" in condition:
            assert has_tag is not None
            return has_tag(condition["tag"])
        return self.leaf(condition, customer, record)

    def leaf(self, leaf: dict[str, Any], customer: str, record: Record | None) -> bool:
        is_event = any(name in leaf for name in AGGREGATES)
        window = "between" if is_event else ""
        (operator,) = (key for key in leaf if key not in (*SUBJECTS, *MODIFIERS, window))
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


def most(seen: list[tuple[int, Any]]) -> Any:
    """The most frequent value; ties to the value seen latest, then the smallest folded text. Of a text,
    the spelling of its latest event, then the smallest."""

    def key(value: Any) -> Any:
        return fold(value) if isinstance(value, str) else value

    frequency = Counter(key(value) for _at, value in seen)
    latest = {k: max(at for at, value in seen if key(value) == k) for k in frequency}
    best = max(frequency, key=lambda k: (frequency[k], latest[k]))
    tied = [k for k in frequency if (frequency[k], latest[k]) == (frequency[best], latest[best])]
    winner = min(tied)
    return min(value for at, value in seen if key(value) == winner and at == latest[winner])
