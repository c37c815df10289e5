"""What a condition or value reads: for rules that wait for data, and for the order in which rules run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tagctl.model import (
    CUSTOMER,
    Aggregate,
    Combined,
    Compare,
    Condition,
    DaysSince,
    EventSource,
    FieldValue,
    HasTag,
    MetricValue,
    Ntile,
    Ratio,
    Rule,
    Ruleset,
    Value,
    walk,
)


@dataclass(frozen=True, slots=True)
class Reads:
    """Everything below a condition, metrics followed.

    `fields`: of customers and (inside `where` and aggregates) of events. `sources`: event types and subsets;
    those of `any` are named "any". `tags`: each with its descendants. `any`: an `any` stands somewhere;
    `any_of_none`: and no event type is supplied.
    """

    fields: tuple[FieldValue, ...] = ()
    sources: tuple[EventSource, ...] = ()
    tags: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    any: bool = False
    any_of_none: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """What no import has supplied: event types, fields (of an event as TYPE.FIELD), `any`."""
        types = {source.type: source.supplied for source in self.sources}
        found = [name for name, supplied in types.items() if not supplied]
        for field in self.fields:
            if not field.supplied and types.get(field.subject, True):
                found.append(field.name if field.subject == CUSTOMER else f"{field.subject}.{field.name}")
        if self.any_of_none:
            found.append("any")
        return tuple(dict.fromkeys(found))


def reads(condition: Condition | Value, ruleset: Ruleset) -> Reads:
    """What a condition or a value reads."""
    found = list(_parts(condition, ruleset))
    aggregates = [part for part in found if isinstance(part, Aggregate)]
    sources = dict.fromkeys(part for part in found if isinstance(part, EventSource))
    return Reads(
        tuple(dict.fromkeys(part for part in found if isinstance(part, FieldValue))),
        tuple(sources),
        tuple(dict.fromkeys(tag for part in found if isinstance(part, HasTag) for tag in part.tags)),
        tuple(dict.fromkeys(part.name for part in found if isinstance(part, MetricValue))),
        any=any(not part.sources for part in aggregates) or any(s.name == "any" for s in sources),
        any_of_none=any(not part.sources for part in aggregates),
    )


def rule_reads(rule: Rule, ruleset: Ruleset) -> Reads:
    """What a rule reads, in `when` and `leave`."""
    when = reads(rule.when, ruleset)
    if rule.leave is None:
        return when
    leave = reads(rule.leave, ruleset)
    return Reads(
        tuple(dict.fromkeys(when.fields + leave.fields)),
        tuple(dict.fromkeys(when.sources + leave.sources)),
        tuple(dict.fromkeys(when.tags + leave.tags)),
        tuple(dict.fromkeys(when.metrics + leave.metrics)),
        when.any or leave.any,
        when.any_of_none or leave.any_of_none,
    )


def _parts(thing: Condition | Value | EventSource, ruleset: Ruleset) -> Iterator[object]:
    """The thing and everything below it."""
    yield thing
    below: list[Condition | Value | EventSource] = []
    if isinstance(thing, Compare):
        below.append(thing.value)
        if isinstance(thing.operand, FieldValue):
            below.append(thing.operand)
    elif isinstance(thing, Aggregate):
        below += thing.sources
        below += [field for field in thing.fields if field is not None]
        below += [where for where in thing.where if where is not None]
    elif isinstance(thing, EventSource):
        below += [thing.where] if thing.where is not None else []
    elif isinstance(thing, MetricValue):
        below += [ruleset.metrics[thing.name]] if thing.name in ruleset.metrics else []
    elif isinstance(thing, Ratio):
        below += [thing.dividend, thing.divisor]
    elif isinstance(thing, Combined):
        below += thing.parts
    elif isinstance(thing, Ntile | DaysSince):
        below.append(thing.of)
    elif not isinstance(thing, FieldValue | HasTag):
        below += [item for item in walk(thing) if item is not thing and isinstance(item, Compare | HasTag)]
    for item in below:
        yield from _parts(item, ruleset)
