"""Whether one imagined customer meets a lowered condition (lower.py). What depends on other customers, on
what was held before, or on the order of events is unknown here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from tagctl.model import (
    Aggregate,
    All,
    AnyOf,
    Between,
    Combined,
    Compare,
    Condition,
    DaysSince,
    FieldValue,
    HasTag,
    Literal_,
    Not,
    Ratio,
    Value,
)
from tagctl.normalise import fold
from tagctl.record import record
from tagctl.rules import time

Stored = Literal_ | tuple[str, ...] | None
Cells = Mapping[FieldValue, Stored]


class Unknown(Exception):
    """It cannot be said for one customer alone."""


@record
class Event:
    type: str
    at: int
    cells: Cells


@record
class Customer:
    """Their fields, events and tags."""

    cells: Cells
    events: tuple[Event, ...]
    tags: tuple[str, ...]


class Evaluator:
    """Evaluates lowered conditions for one customer."""

    def __init__(self, customer: Customer, as_of: int, zone: ZoneInfo) -> None:
        self.customer = customer
        self.as_of = as_of
        self.zone = zone

    def holds(self, condition: Condition, event: Event | None = None) -> bool:
        """Whether the customer, or in a `where` the event, meets it; raises Unknown."""
        if isinstance(condition, All):
            return all(self.holds(item, event) for item in condition.items)
        if isinstance(condition, AnyOf):
            return any(self.holds(item, event) for item in condition.items)
        if isinstance(condition, Not):
            return not self.holds(condition.item, event)
        if isinstance(condition, HasTag):
            return not set(condition.tags).isdisjoint(self.customer.tags)
        return self._compare(condition, event)

    def _compare(self, leaf: Compare, event: Event | None) -> bool:
        value = self._value(leaf.value, event)
        if leaf.operator == "exists" or value is None:
            return value is not None
        operand = leaf.operand
        wanted = self._value(operand, event) if isinstance(operand, FieldValue) else operand
        if leaf.operator == "matches":
            return re.search(str(wanted), str(value), re.IGNORECASE) is not None
        if isinstance(value, tuple):
            have, asked = (
                {fold(str(item)) for item in value},
                set(wanted) if isinstance(wanted, tuple) else set(),
            )
            return asked <= have if leaf.operator == "all_of" else bool(asked & have)
        mine = fold(str(value)) if leaf.value.type == "text" else value
        if isinstance(operand, FieldValue) and isinstance(wanted, str):
            wanted = fold(wanted)
        if leaf.operator == "in" and isinstance(wanted, tuple):
            return mine in wanted
        test = _TESTS.get(leaf.operator)
        if test is None or not isinstance(wanted, str | int | float | None):
            raise Unknown
        return wanted is not None and test(mine, wanted)

    # ── values ───────────────────────────────────────────────────────────────────────────────────

    def _value(self, value: Value, event: Event | None) -> Stored:
        if isinstance(value, FieldValue):
            return self._field(value, event)
        if isinstance(value, Aggregate):
            return self._aggregate(value)
        if isinstance(value, Ratio):
            dividend, divisor = self._number(value.dividend), self._number(value.divisor)
            return None if dividend is None or not divisor else dividend / divisor
        if isinstance(value, Combined):
            parts = [self._number(part) for part in value.parts]
            there = [part for part in parts if part is not None]
            if len(there) < len(parts):
                return None
            return sum(there) if value.function == "sum_of" else there[0] - sum(there[1:])
        if isinstance(value, DaysSince):
            return self._days_since(self._value(value.of, event))
        raise Unknown

    def _field(self, value: FieldValue, event: Event | None) -> Stored:
        if value.part:
            raise Unknown
        if event is None:
            return self.customer.cells.get(value)
        return event.at if value.column == "tagctl_at" else event.cells.get(value)

    def _number(self, value: Value) -> int | float | None:
        found = self._value(value, None)
        return found if isinstance(found, int | float) else None

    def _days_since(self, value: Stored) -> Stored:
        if value is None:
            return None
        day = (
            date.fromisoformat(value)
            if isinstance(value, str)
            else time.local_date(_instant(value), self.zone)
        )
        return (time.local_date(self.as_of, self.zone) - day).days

    def _aggregate(self, value: Aggregate) -> Stored:
        seen = list(self._counted(value))
        if value.function == "count":
            return len(seen)
        if value.function in ("first", "last"):
            return (min if value.function == "first" else max)((e.at for e, _cell in seen), default=None)
        cells = [cell for _event, cell in seen if cell is not None]
        if value.function == "distinct":
            return len({fold(cell) if isinstance(cell, str) else cell for cell in cells})
        numbers = [cell for cell in cells if isinstance(cell, int | float)]
        if len(numbers) < len(cells) or value.function == "most":
            raise Unknown
        if value.function == "sum":
            return sum(numbers)
        if not numbers:
            return None
        return {"avg": sum(numbers) / len(numbers), "min": min(numbers), "max": max(numbers)}[value.function]

    def _counted(self, value: Aggregate) -> Iterator[tuple[Event, Stored]]:
        """The events that count, each with the cell of the aggregated field."""
        window = value.window
        for event in self.customer.events:
            if isinstance(window, Between) and not window.first <= event.at <= window.last:
                continue
            for source, field, where in zip(value.sources, value.fields, value.where, strict=True):
                if source.type == event.type and (where is None or self.holds(where, event)):
                    cell = None if field is None else self._field(field, event)
                    if field is None or cell is not None:
                        yield event, cell


def _instant(value: Stored) -> int:
    if isinstance(value, int | float):
        return int(value)
    raise Unknown


_TESTS: Mapping[str, Callable[..., bool]] = {
    "is": lambda mine, wanted: mine == wanted,
    "at_least": lambda mine, wanted: mine >= wanted,
    "at_most": lambda mine, wanted: mine <= wanted,
    "above": lambda mine, wanted: mine > wanted,
    "below": lambda mine, wanted: mine < wanted,
    "contains": lambda mine, wanted: wanted in mine,
    "starts_with": lambda mine, wanted: mine.startswith(wanted),
    "ends_with": lambda mine, wanted: mine.endswith(wanted),
}
