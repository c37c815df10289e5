"""The catalog that rules suppose: every field and event type that they name counts as supplied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from tagctl.model import (
    CUSTOMER,
    CUSTOMER_ROLES,
    EVENT_ROLES,
    Catalog,
    Compare,
    EventSource,
    EventType,
    Field,
    FieldValue,
    Ruleset,
    Type,
    walk,
)
from tagctl.normalise import identity
from tagctl.rules.plan import asked_by
from tagctl.rules.readiness import inputs

# What store/catalog.py calls the columns that every table has.
_OURS = {(CUSTOMER, "key"): "tagctl_key", ("", "key"): "tagctl_customer", ("", "at"): "tagctl_at"}
# Unless a rule says otherwise, what a role of events holds.
_ROLES: dict[str, Type] = {role: "text" for role in EVENT_ROLES if role not in ("key", "at")}
_ROLES["amount"] = "money"


def catalog(ruleset: Ruleset, known: Catalog) -> Catalog:
    """`known` and all that a ruleset, compiled against it, lacks; with it the ruleset can be compiled again,
    and no rule waits. A type that no import supplied has every role, so that `any` can read it."""
    values, sources = _read(ruleset)
    types = dict.fromkeys(
        [e.name for e in known.events] + [*ruleset.declared_events, *(s.type for s in sources)]
    )
    return Catalog(
        tuple(_fields(CUSTOMER, (*_declared(ruleset, known), *known.fields), values)),
        tuple(_event(name, known.event(name), values) for name in types),
    )


def _event(name: str, known: EventType | None, values: Iterable[FieldValue]) -> EventType:
    found = _fields(name, known.fields if known else (), values)
    if known is None:
        taken = {identity(field.name) for field in found}
        found += [_field(name, role, kind) for role, kind in _ROLES.items() if role not in taken]
    return EventType(name, tuple(found))


def _declared(ruleset: Ruleset, known: Catalog) -> Iterator[Field]:
    """Imported fields with the type that `fields:` gives them, which their column will have."""
    types = {identity(field.name): field.type for field in ruleset.declared_fields}
    for field in known.fields:
        if identity(field.name) in types:
            yield replace(field, type=types[identity(field.name)])
    for field in ruleset.declared_fields:
        if not field.supplied:
            yield _field(CUSTOMER, field.name, field.type)


def _fields(subject: str, given: Iterable[Field], values: Iterable[FieldValue]) -> list[Field]:
    """The fields of a subject: given ones first, then those that are only read."""
    found: dict[str, Field] = {}
    for field in given:
        found.setdefault(identity(field.name), field)
    for value in values:
        if value.subject == subject and not value.supplied:
            found.setdefault(identity(value.name), _field(subject, value.name, value.stored or value.type))
    return list(found.values())


def _field(subject: str, name: str, kind: Type) -> Field:
    role = name if name in (CUSTOMER_ROLES if subject == CUSTOMER else EVENT_ROLES) else None
    column = _OURS.get((CUSTOMER if subject == CUSTOMER else "", role or ""), name)
    return Field(name, kind, role, column)


def _read(ruleset: Ruleset) -> tuple[list[FieldValue], list[EventSource]]:
    """The fields and events that anything in the file names."""
    conditions = [c for rule in ruleset.rules for c in asked_by(rule)]
    conditions += [*ruleset.conditions.values(), *(s.when for s in (*ruleset.segments, *ruleset.layers))]
    found = inputs(ruleset, conditions, [*ruleset.metrics.values(), *(each.of for each in ruleset.each)])
    fields = dict.fromkeys(found.fields)
    sources = dict.fromkeys([*found.sources, *ruleset.subsets.values()])
    for test in ruleset.tests:
        fields.update(dict.fromkeys(test.customer))
        for event in test.events:
            sources[event.source] = None
            fields.update(dict.fromkeys(event.cells))
    for source in sources:
        for leaf in walk(source.where) if source.where is not None else ():
            if isinstance(leaf, Compare):
                fields[cast(FieldValue, leaf.value)] = None
    return list(fields), list(sources)
