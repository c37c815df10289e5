"""Whether the data that a rule reads are there: waiting (never supplied), late (too old), or ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from tagctl.model import (
    CUSTOMER,
    Aggregate,
    Catalog,
    Condition,
    Duration,
    EventSource,
    FieldValue,
    Followed,
    MetricValue,
    Ruleset,
    Value,
)
from tagctl.program import RuleState
from tagctl.record import record
from tagctl.rules import time
from tagctl.rules.lower import parts_of, values_in

ANY = "any"


class Inputs:
    """What conditions and values read: event sources, fields (of customers and, in `where`, of events),
    and whether they read any event at all where there is no type of events."""

    def __init__(self) -> None:
        self.sources: dict[EventSource, None] = {}
        self.fields: dict[FieldValue, None] = {}
        self.nothing = False

    def customer_fields(self) -> Iterator[FieldValue]:
        return (f for f in self.fields if f.subject == CUSTOMER)


def inputs(ruleset: Ruleset, conditions: Iterable[Condition], values: Iterable[Value] = ()) -> Inputs:
    """Everything that these conditions and values read, metrics and subsets included."""
    found = Inputs()
    for condition in conditions:
        for value in values_in(condition):
            _read(value, ruleset, found)
    for value in values:
        _read(value, ruleset, found)
    return found


def _read(value: Value, ruleset: Ruleset, found: Inputs) -> None:
    for part in parts_of(value):
        if isinstance(part, FieldValue):
            found.fields[part] = None
        elif isinstance(part, MetricValue):
            _read(ruleset.metrics[part.name], ruleset, found)
        elif isinstance(part, Aggregate):
            found.nothing = found.nothing or not part.sources
            found.fields.update(dict.fromkeys(of for of in part.fields if of is not None))
            for source, where in zip(part.sources, part.where, strict=True):
                _read_events(source, where, ruleset, found)
        elif isinstance(part, Followed):
            found.nothing = found.nothing or not part.first or not part.then
            for source in (*part.first, *part.then):
                _read_events(source, None, ruleset, found)


def _read_events(source: EventSource, where: Condition | None, ruleset: Ruleset, found: Inputs) -> None:
    found.sources[source] = None
    for condition in (source.where, where):
        for inner in values_in(condition) if condition is not None else ():
            _read(inner, ruleset, found)


def not_supplied(found: Inputs) -> tuple[str, ...]:
    """The event types and fields among these that no import has supplied; `any`: no event at all."""
    missing = [source.type for source in found.sources if not source.supplied]
    missing += [_name(f) for f in found.fields if not f.supplied and f.subject not in missing]
    if found.nothing:
        missing.append(ANY)
    return tuple(dict.fromkeys(missing))


@record
class Clock:
    """What lateness is judged by. `newest` holds, for subsets with a `late_after` of their own, the instant
    of their newest event at or before as_of."""

    ruleset: Ruleset
    catalog: Catalog
    as_of: int
    zone: ZoneInfo
    newest: Mapping[str, int | None]

    def state(self, found: Inputs) -> tuple[RuleState, tuple[str, ...]]:
        """The state of a rule that reads this, and the names of the data that it waits for."""
        missing = not_supplied(found)
        if missing:
            return "waiting", missing
        late = [name for source in found.sources if (name := self.late(source)) is not None]
        return ("late", tuple(dict.fromkeys(late))) if late else ("ran", ())

    def late(self, source: EventSource) -> str | None:
        """Whose events are late, or None."""
        name, after, newest = self.deadline(source)
        if after is None:
            return None
        return name if newest is None or newest < time.back(self.as_of, after, self.zone) else None

    def deadline(self, source: EventSource) -> tuple[str, Duration | None, int | None]:
        """Whose events' age counts (the subset's, where it has a deadline of its own, else the type's), how
        old the newest of them may be, and its instant."""
        name = source.name
        if name in self.ruleset.late_after and name != source.type:
            return name, self.ruleset.late_after[name], self.newest.get(name)
        known = self.catalog.event(source.type)
        return source.type, self.ruleset.late_after.get(source.type), known.newest if known else None


def lasting(clock: Clock) -> Ruleset:
    """The ruleset for looking ahead: a deadline that is met now is none any more, for tomorrow's data are
    missing only because it is not tomorrow. What is late now stays late."""
    ruleset = clock.ruleset
    own = subsets_with_deadline(ruleset)
    deadlines = {
        name: after if clock.late(own.get(name) or EventSource(name, name)) else None
        for name, after in ruleset.late_after.items()
    }
    return replace(ruleset, late_after=deadlines)


def subsets_with_deadline(ruleset: Ruleset) -> dict[str, EventSource]:
    """The supplied subsets that have a `late_after` of their own: their newest event must be looked up."""
    return {
        name: source
        for name, source in ruleset.subsets.items()
        if name in ruleset.late_after and name != source.type and source.supplied
    }


def _name(value: FieldValue) -> str:
    return value.name if value.subject == CUSTOMER else f"{value.subject}.{value.name}"
