"""A hash of what a rule says: the same for another layout, comment or order of keys, another when its own
entry or anything it names changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache

from tagctl.model import Aggregate, EachRule, EventSource, Followed, MetricValue, Rule, Value

# Where a value is stored, and whether an import brought it, is no part of what the author said.
_LEFT_OUT = {"column", "supplied", "location", "hash", "order"}


def of_rule(rule: Rule | EachRule, metrics: Mapping[str, Value]) -> str:
    """The hash of a rule with the metrics that it names."""
    return hashlib.sha256(_text(rule, metrics).encode()).hexdigest()[:16]


def of_conditions(rule: Rule, metrics: Mapping[str, Value]) -> str:
    """The hash of what a rule asks for, whatever the tag is that it gives."""
    text = "|".join(_text(part, metrics) for part in (rule.when, rule.leave, rule.pilot))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(thing: object, metrics: Mapping[str, Value]) -> str:
    if isinstance(thing, tuple):
        return "(" + ",".join([_text(item, metrics) for item in thing]) + ")"
    names = _said(type(thing))  # type: ignore[arg-type]  # mypy holds classes for unhashable
    if names is None:
        return repr(thing)
    if isinstance(thing, MetricValue) and thing.name in metrics:
        return _text(metrics[thing.name], metrics)
    if isinstance(thing, Aggregate) and thing.sources and all(s.name == "any" for s in thing.sources):
        return _any_text(thing, metrics)
    if isinstance(thing, Followed):
        thing = replace(thing, first=_any_once(thing.first), then=_any_once(thing.then))
    parts = [f"{name}={_text(getattr(thing, name), metrics)}" for name in names]
    return f"{type(thing).__name__}({','.join(parts)})"


@cache
def _said(kind: type) -> tuple[str, ...] | None:
    """The attributes of a class of the model that its author wrote; None for plain values."""
    if not is_dataclass(kind):
        return None
    return tuple(part.name for part in fields(kind) if part.name not in _LEFT_OUT)


def _any_once(sources: tuple[EventSource, ...]) -> tuple[EventSource, ...]:
    """Sources with `any` as one word."""
    return tuple(dict.fromkeys(replace(s, type="any") if s.name == "any" else s for s in sources))


def _any_text(aggregate: Aggregate, metrics: Mapping[str, Value]) -> str:
    """`any` is one word, however many event types it stands for today."""
    names = sorted({field.name for field in aggregate.fields if field})
    where = _text(aggregate.where[0], metrics).replace(repr(aggregate.sources[0].type), "any")
    window = _text(aggregate.window, metrics)
    return f"Any({aggregate.function},{names},{where},{window})"
