"""A small world: customers, events, assignments. What the oracle reads and what a database is filled with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Spec:
    """A field's type and role."""

    type: str
    role: str | None = None


@dataclass(frozen=True)
class Event:
    """Values are in stored form: text str, number float, money int of 1/10000, date ISO text, datetime
    Unix seconds, bool int, list a tuple of texts."""

    customer: str
    type: str
    at: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """An assignment with the as-of of the operations that gained and lost it; current while lost is None."""

    customer: str
    tag: str
    source: str
    since: int
    gained: int
    lost: int | None = None


@dataclass(frozen=True)
class Override:
    kind: str  # pin or ban
    customer: str
    tag: str
    until: int | None = None


@dataclass
class World:
    """Everything a run reads but the two YAML files."""

    zone: str
    fields: dict[str, Spec]
    types: dict[str, dict[str, Spec]]
    customers: dict[str, dict[str, Any]]
    events: list[Event] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    outranked: dict[tuple[str, str], int] = field(default_factory=dict)
