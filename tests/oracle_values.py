"""Values of rules.yaml for one customer: windows, event aggregates, fields, metrics, ranks.

Interpreted from the plain YAML dictionaries as docs/semantics.md says, independently of tagctl/rules.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import oracle_time as time
from worlds import Event, Spec, World

AGGREGATES = ("count", "sum", "avg", "min", "max", "distinct", "most", "first", "last")
SUBJECTS = ("field", "metric", *AGGREGATES)
WINDOWS = ("within", "ago", "during", "period")  # and `between`, on an aggregate

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


def fields_named(condition: Any) -> list[str]:
    """The fields of the event that a `where` names, `at` apart."""
    if isinstance(condition, list):
        return [name for item in condition for name in fields_named(item)]
    if not isinstance(condition, dict):
        return []
    found = [name for body in condition.values() for name in fields_named(body)]
    own = condition.get("field")
    return found if own is None or own.partition(".")[0] == "at" else [own, *found]


class Tags(Protocol):
    """What conditions ask about tags."""

    def family_of(self, spelling: str) -> list[str]:
        """The tag of this name or alias, and its descendants."""
        ...

    def holds_tag(self, customer: str, spelling: str) -> bool: ...

    def holds_dimension(self, customer: str, dimension: str) -> bool: ...


class Values:
    """Evaluates values over one world as of one instant."""

    def __init__(self, rules: dict[str, Any], world: World, as_of: int) -> None:
        self.world = world
        self.as_of = as_of
        self.zone = ZoneInfo(world.zone)
        self.metrics: dict[str, Any] = rules.get("metrics") or {}
        self.conditions: dict[str, Any] = rules.get("conditions") or {}
        self.segments = {segment["name"]: segment["when"] for segment in rules.get("segments") or ()}
        self.periods: dict[str, Any] = rules.get("periods") or {}
        self.declared_fields: dict[str, str] = rules.get("fields") or {}
        self.declared_events: dict[str, dict[str, Any]] = {
            name: body or {} for name, body in (rules.get("events") or {}).items()
        }
        self._ranked: dict[str, dict[str, Any]] = {}

    def holds(
        self, condition: Any, customer: str, record: Record | None = None, tags: Tags | None = None
    ) -> bool:
        """Whether a condition holds; `record` is the event inside a `where`."""
        raise NotImplementedError

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def base(self, name: str) -> str:
        return self.declared_events.get(name, {}).get("from", name)

    def type_names(self, operand: Any, where: Any = None) -> list[tuple[str, str | None]]:
        """`order.amount`, `[order, view]`, `any` → (type, field) pairs. `any` are the supplied types that
        have every field which is named, in `where` too."""
        found: list[tuple[str, str | None]] = []
        for part in operand if isinstance(operand, list) else [operand]:
            name, dot, rest = part.partition(".")
            named = [*([rest] if dot else []), *fields_named(where)]
            names = [
                kind
                for kind, specs in self.world.types.items()
                if all(lookup(specs, field.partition(".")[0]) for field in named)
            ]
            found.extend((each, rest if dot else None) for each in (names if name == "any" else [name]))
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
        if not {*WINDOWS, "between"} & set(leaf):
            return True
        if "within" in leaf:
            return time.back(self.as_of, leaf["within"], self.zone) < at <= self.as_of
        if "ago" in leaf:
            older, newer = (time.back(self.as_of, length, self.zone) for length in leaf["ago"])
            return older < at <= newer
        if "period" in leaf:
            first, last = time.period(leaf["period"], self.as_of, self.zone)
            return first <= at <= last
        ranges = [leaf["between"]] if "between" in leaf else self.periods[leaf["during"]]
        extents = [[time.extent(edge, self.zone) for edge in range] for range in ranges]
        return any(first[0] <= at <= last[1] for first, last in extents)

    def counted(self, expr: dict[str, Any], customer: str) -> list[tuple[Event, Any, str]]:
        """The events an aggregate counts, each with the value of its field (None for count, first,
        last) and that value's type. A field that is missing leaves its event out."""
        function = next(name for name in AGGREGATES if name in expr)
        found = []
        where = expr.get("where")
        for name, field in self.type_names(expr[function], where):
            for event in self.of_source(name, customer):
                if not self.in_window(expr, event.at):
                    continue
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
        if part == "hour":
            return time.local(value, self.zone).hour, "number"
        day = self.day(value, kind)
        return day.isoweekday() if part == "weekday" else day.month, "number"

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
