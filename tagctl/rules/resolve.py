"""Names to things: fields by name or role, event types and subsets, tags, and what rules.yaml defines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.model import (
    CUSTOMER,
    CUSTOMER_ROLES,
    EVENT_ROLES,
    Between,
    Catalog,
    Condition,
    EventSource,
    EventType,
    Field,
    FieldValue,
    Taxonomy,
    Type,
    Value,
)
from tagctl.normalise import identity
from tagctl.rules import otherwords, relations
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems, meant

# What a role holds that no import has supplied. Roles not listed hold text.
_ROLE_TYPES: Mapping[str, Type] = {"birthday": "date", "at": "datetime", "amount": "money"}
_PARTS: Mapping[str, tuple[Type, ...]] = {
    "hour": ("datetime",),
    "weekday": ("date", "datetime"),
    "month": ("date", "datetime"),
}

T = TypeVar("T")


@dataclass(slots=True)
class Named(Generic[T]):
    """Things that the user named, read when first asked for: they may use each other, not in circles.

    `unknown` and `cycle` are the codes of the problems, `kind` the section in the file.
    """

    kind: str
    unknown: str
    cycle: str
    problems: Problems
    read: Callable[[str, Node], T | None] = lambda _name, _node: None
    keys: dict[str, Node] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    done: dict[str, T | None] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)

    def name(self, text: str) -> str | None:
        """The defined name that is meant: exactly this one, else the one equal after folding."""
        if text in self.nodes or text in self.done:
            return text
        return next((n for n in (*self.nodes, *self.done) if identity(n) == identity(text)), None)

    def get(self, text: str, at: Node) -> tuple[str, T] | None:
        """Name and thing; None where it is unknown, circular (both told) or broken (told elsewhere)."""
        name = self.name(text)
        if name is None:
            what = _("There is no {name} under {section}:.").format(name=text, section=self.kind)
            self.problems.error(at, self.unknown, what, meant(text, [*self.nodes, *self.done]))
            return None
        self.used.add(name)
        if name in self.path:
            circle = [*self.path[self.path.index(name) :], name]
            what = _("These under {section}: use each other in a circle: {path}.").format(
                section=self.kind, path=" → ".join(circle)
            )
            self.problems.error(at, self.cycle, what, _("Write one of them out."))
            return None
        found = self.resolve(name)
        return None if found is None else (name, found)

    def resolve(self, name: str) -> T | None:
        """Read the thing of this name, if that was not done yet."""
        if name not in self.done:
            self.path.append(name)
            self.done[name] = self.read(name, self.nodes[name])
            self.path.pop()
        return self.done[name]

    def all(self) -> dict[str, T]:
        """All that could be read, in the order of the file."""
        found = {name: self.resolve(name) for name in (*self.done, *self.nodes)}
        return {name: thing for name, thing in found.items() if thing is not None}


class Scope:
    """All names that a file of rules can use, and where to tell what is wrong."""

    def __init__(self, taxonomy: Taxonomy, catalog: Catalog, timezone: ZoneInfo, problems: Problems) -> None:
        self.taxonomy = taxonomy
        self.timezone = timezone
        self.problems = problems
        self.fields = list(catalog.fields)
        self.types = {event.name: event for event in catalog.events}
        self.metrics: Named[Value] = Named("metrics", "unknown-metric", "metric-cycle", problems)
        self.conditions: Named[Condition] = Named(
            "conditions", "unknown-condition", "condition-cycle", problems
        )
        self.segments: Named[Condition] = Named("segments", "unknown-segment", "segment-cycle", problems)
        self.periods: Named[tuple[Between, ...]] = Named(
            "periods",
            "unknown-period",
            "unknown-period",
            problems,  # periods name nothing: no circles
        )
        self.read_fields: dict[tuple[str, str], FieldValue] = {}  # subject and identity of each field read
        self.subsets: Named[EventSource] = Named("events", "unknown-event", "subset-cycle", problems)
        self.read_types: set[str] = set()
        self.columns: set[str] = set()  # identities of the names under `columns:` of segments

    # ── fields ───────────────────────────────────────────────────────────────────────────────────

    def customer_field(self, text: str, at: Node, guess: Type | None = None) -> FieldValue | None:
        """A field of customers by name, else role, else with a part of its time (`birthday.month`)."""
        return self._field(CUSTOMER, self.fields, CUSTOMER_ROLES, text, at, guess, open_ended=False)

    def event_field(self, event: str, text: str, at: Node, guess: Type | None = None) -> FieldValue | None:
        """A field of an event type. A declared type that no import supplied may have any field: its type
        is the role's or `guess`."""
        known = self.types[event]
        return self._field(event, known.fields, EVENT_ROLES, text, at, guess, open_ended=not known.supplied)

    def has_customer_field(self, text: str) -> bool:
        """Whether customers have this field, by name or role."""
        return field_named(self.fields, text) is not None

    def has_event_field(self, event: EventType, text: str) -> bool:
        """Whether an event type has this field, by name or role, a part of a time included."""
        return any(field_named(event.fields, name) or name == "at" for name in (text, _split_part(text)[0]))

    def _field(
        self,
        subject: str,
        fields: Iterable[Field],
        roles: tuple[str, ...],
        text: str,
        at: Node,
        guess: Type | None,
        *,
        open_ended: bool,
    ) -> FieldValue | None:
        known = list(fields)
        found = field_named(known, text)
        part = ""
        if found is None:
            base, part = _split_part(text)
            guess = "datetime" if part else guess
            found = field_named(known, base) or _unsupplied(subject, base, roles, guess, open_ended)
        if found is None:
            self._unknown_field(subject, known, roles, text, at)
            return None
        if part and found.type not in _PARTS[part]:
            what = _("{field} is {type}: it has no .{part}.").format(
                field=found.name, type=found.type, part=part
            )
            self.problems.error(at, "no-such-part", what, _("Only dates and times have parts."))
            return None
        value = FieldValue(
            subject,
            found.name,
            found.column,
            "number" if part else found.type,
            cast(Literal["", "hour", "weekday", "month"], part),
            found.supplied,
            found.type if part else None,
        )
        self.read_fields.setdefault((subject, identity(found.name)), value)
        return value

    def _unknown_field(
        self, subject: str, known: list[Field], roles: tuple[str, ...], text: str, at: Node
    ) -> None:
        if subject == CUSTOMER:
            what = _("Customers have no field {name}.").format(name=text)
            metric = self.metrics.name(text)
            advice = meant(text, [*(f.name for f in known), *roles])
            if metric is not None:
                advice = _("It is a metric: write `metric: {name}`.").format(name=metric)
        else:
            what = _("{type} has no field {name}.").format(type=subject, name=text)
            advice = meant(text, [*(f.name for f in known), *roles])
        self.problems.error(at, "unknown-field", what, advice)

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def source(self, text: str, at: Node) -> EventSource | None:
        """An event type or subset by its name; an unknown one is told."""
        names = [*self.subsets.nodes, *self.subsets.done, *self.types]
        name = text if text in names else next((n for n in names if identity(n) == identity(text)), None)
        if name is None:
            what = _("There is no event type {name}: neither imported nor under events:.").format(name=text)
            advice = meant(text, names)
            if not names:
                advice = _("Import it, or declare it under events: as `{name}: {{}}`.").format(name=text)
            self.problems.error(at, "unknown-event", what, advice)
            return None
        if name in self.types:
            self.read_types.add(name)
            return EventSource(name, name, supplied=self.types[name].supplied)
        found = self.subsets.get(name, at)
        return found[1] if found else None

    def supplied_types(self) -> list[EventType]:
        """What `any` stands for."""
        found = [event for event in self.types.values() if event.supplied]
        self.read_types.update(event.name for event in found)
        return found

    def as_subject(self, word: str, event: str | None = None) -> str:
        """What to do where the name of a field, event type, metric or tag, or another language's word, stands
        in place of a word of ours. `event` is the type whose fields are meant in a `where`."""
        if event is not None:
            if field_named(self.types[event].fields, word) is not None:
                return _("It is a field: write `field: {name}`, and an operator.").format(name=word)
            return otherwords.advice(word)
        if word in self.types or word in self.subsets.nodes:
            return _("It is an event type: write `count: {name}`, and an operator.").format(name=word)
        if self.metrics.name(word) is not None:
            return _("It is a metric: write `metric: {name}`.").format(name=word)
        if field_named(self.fields, word) is not None:
            return _("It is a field: write `field: {name}`, and an operator.").format(name=word)
        if identity(word) in self.taxonomy.names:
            return _("It is a tag: write `tag: {name}`.").format(name=word)
        return otherwords.advice(word)

    # ── tags ─────────────────────────────────────────────────────────────────────────────────────

    def tag(self, text: str, at: Node) -> str | None:
        """The declared name of a tag, aliases resolved; an unknown one is told."""
        return relations.tag_named(text, at, self.taxonomy.names, self.problems)

    def dimension(self, text: str, at: Node) -> str | None:
        """The declared name of a dimension; an unknown one is told."""
        known = self.taxonomy.dimensions
        found = next((name for name in known if identity(name) == identity(text)), None)
        if found is None:
            what = _("There is no dimension {name} in the taxonomy.").format(name=text)
            self.problems.error(at, "unknown-dimension", what, meant(text, known))
        return found


def field_named(fields: Iterable[Field], text: str) -> Field | None:
    """The field of this name, else of this role."""
    known = list(fields)
    folded = identity(text)
    by_name = next((f for f in known if identity(f.name) == folded), None)
    return by_name or next((f for f in known if f.role is not None and f.role == folded), None)


def _split_part(text: str) -> tuple[str, str]:
    base, dot, part = text.rpartition(".")
    return (base, part) if dot and part in _PARTS else (text, "")


def _unsupplied(
    subject: str, text: str, roles: tuple[str, ...], guess: Type | None, any_name: bool
) -> Field | None:
    """A field that no import brought: a role's, or any of a type that is only declared.

    Of a supplied event type without a column of its own for it, `at` is the instant that every event has.
    """
    role = identity(text)
    if role == "at" and subject != CUSTOMER:
        return Field("at", "datetime", "at", "tagctl_at", supplied=not any_name)
    if role in roles:
        return Field(role, _ROLE_TYPES.get(role, "text"), role, supplied=False)
    return Field(text, guess or "text", supplied=False) if any_name else None


def declare(scope: Scope, declared: Iterable[Field]) -> None:
    """Add the fields of `fields:` that no import supplied."""
    scope.fields += [field for field in declared if not field.supplied]
