"""Rules as if every import had come: what is declared is there, and `any` is all that is declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from tagctl.errors import Location
from tagctl.model import Aggregate, EventSource, Ruleset


def as_supplied(ruleset: Ruleset) -> Ruleset:
    """The rules, segments, layers and metrics with nothing missing."""
    bases = (source.type for source in ruleset.subsets.values())
    types = tuple(dict.fromkeys((*ruleset.declared_events, *bases)))
    return replace(
        ruleset,
        rules=_supplied(ruleset.rules, types),
        segments=_supplied(ruleset.segments, types),
        layers=_supplied(ruleset.layers, types),
        metrics={name: _supplied(value, types) for name, value in ruleset.metrics.items()},
    )


def _supplied(thing: Any, types: Sequence[str]) -> Any:  # noqa: ANN401
    if isinstance(thing, tuple):
        return tuple(_supplied(item, types) for item in thing)
    if not is_dataclass(thing) or isinstance(thing, Location):
        return thing
    if isinstance(thing, Aggregate) and is_any(thing):
        known = dict.fromkeys((*(source.type for source in thing.sources), *types))
        sources = tuple(EventSource(name, "any") for name in known)
        nothing = (None,) * len(sources)
        return replace(thing, sources=sources, fields=nothing, where=nothing)
    changes = {part.name: _supplied(getattr(thing, part.name), types) for part in fields(thing)}
    if "supplied" in changes:
        changes["supplied"] = True
    return replace(thing, **changes)  # type: ignore[type-var]


def is_any(aggregate: Aggregate) -> bool:
    """Whether it counts every event there is: `any`, without conditions."""
    plain = not any(aggregate.fields) and not any(aggregate.where)
    return plain and all(source.name == "any" for source in aggregate.sources)
