"""A leaf as facts about a subject: that it is there, and from where, up to where, among what its value lies.

A fact holds only where the subject has a value; its opposite holds where it has none, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

from tagctl.model import (
    Combined,
    Compare,
    DaysSince,
    Duration,
    FieldValue,
    HasTag,
    Literal_,
    MetricValue,
    Ntile,
    Operand,
    Ratio,
    Share,
    Value,
)
from tagctl.normalise import fold
from tagctl.record import record
from tagctl.rules import time
from tagctl.rules.checking.edges import NOW, Bound
from tagctl.rules.lower import NEGATIVE


@record
class Tags:
    """Whether any of these tags is held."""

    names: frozenset[str]


@record
class Ranked:
    """How many customers, or what share of them, stand above (top) or below (bottom) by this value."""

    of: Value
    end: str
    by: Literal["share", "count"]


Subject = Value | Tags | Ranked


@record
class There:
    """It has a value."""


@record
class Low:
    bound: Bound


@record
class High:
    bound: Bound


@record
class Among:
    """Equals one of them; texts are folded."""

    values: frozenset[Literal_]


@record
class Piece:
    """The folded text contains, starts with or ends with it."""

    operator: str
    text: str


@record
class Elements:
    """The list has any of these, or all of them."""

    operator: str
    texts: frozenset[str]


@record
class Said:
    """A comparison that is only equal to itself."""

    operator: str
    operand: Operand


Test = There | Low | High | Among | Piece | Elements | Said


@record
class Fact:
    subject: Subject
    test: Test


@record
class Reading:
    """A leaf is one of these cases, each of them facts that all hold; with `opposite`, it is none of them."""

    cases: tuple[tuple[Fact, ...], ...]
    opposite: bool = False


def without_metrics(value: Value, metrics: Mapping[str, Value]) -> Value:
    """The value with each metric replaced by what it is."""
    if isinstance(value, MetricValue):
        return without_metrics(metrics[value.name], metrics)
    if isinstance(value, Ratio):
        parts = without_metrics(value.dividend, metrics), without_metrics(value.divisor, metrics)
        return Ratio(*parts, value.type)
    if isinstance(value, Combined):
        return replace(value, parts=tuple(without_metrics(part, metrics) for part in value.parts))
    if isinstance(value, Ntile | DaysSince):
        return replace(value, of=without_metrics(value.of, metrics))
    return value


def read(leaf: Compare | HasTag, metrics: Mapping[str, Value], zone: ZoneInfo) -> Reading:
    """What a leaf says, negative operators as the opposite of the positive ones."""
    if isinstance(leaf, HasTag):
        own = (f"[{leaf.tag}]",) if leaf.dimension else ()  # it may have tags that are not declared
        return Reading(((Fact(Tags(frozenset((*leaf.tags, *own))), There()),),))
    if leaf.operator in NEGATIVE:
        positive = read(replace(leaf, operator=NEGATIVE[leaf.operator]), metrics, zone)
        return Reading(positive.cases, not positive.opposite)
    subject = without_metrics(leaf.value, metrics)
    if leaf.operator == "exists":
        return Reading(((Fact(subject, There()),),), opposite=not leaf.operand)
    if isinstance(leaf.operand, Share):
        share, count = leaf.operand.share, leaf.operand.count
        limit = count if share is None else share
        ranked = Ranked(subject, leaf.operator, "count" if share is None else "share")
        return Reading(((Fact(ranked, High(Bound(limit or 0, strict=True))),),))
    cases = _cases(leaf, zone)
    return Reading(tuple(tuple(Fact(subject, test) for test in case) for case in cases))


def _cases(leaf: Compare, zone: ZoneInfo) -> tuple[tuple[Test, ...], ...]:
    operand, operator, kind = leaf.operand, leaf.operator, leaf.value.type
    if isinstance(operand, FieldValue) or operator == "matches":
        return ((Said(operator, operand),),)
    if isinstance(operand, Duration):
        if operator == "older_than":
            return ((High(Bound(operand)),),)
        if operator == "newer_than":
            return ((Low(Bound(operand, strict=True)), High(Bound(NOW))),)
        return ((Said(operator, operand),),)
    if isinstance(operand, Share):
        return ((Said(operator, operand),),)
    if kind == "list":
        wanted = operand if isinstance(operand, tuple) else (operand,)
        texts = frozenset(fold(str(item)) for item in wanted)
        return ((Elements("all_of" if operator == "all_of" else "any_of", texts),),)
    if isinstance(operand, tuple):
        if operator == "between":
            (low, _), (_, high) = (_extent(item, kind, zone) for item in operand)
            return ((Low(Bound(low)), High(Bound(high))),)
        if kind == "datetime":
            return tuple(_compared("is", *_extent(item, kind, zone)) for item in operand)
        return ((Among(frozenset(_plain(item, kind) for item in operand)),),)
    if operator in ("contains", "starts_with", "ends_with"):
        return ((Piece(operator, fold(str(operand))),),)
    if operator == "is" and kind != "datetime":
        return ((Among(frozenset((_plain(operand, kind),))),),)
    return (_compared(operator, *_extent(operand, kind, zone)),)


_COMPARED: Mapping[str, Callable[[Literal_, Literal_], tuple[Test, ...]]] = {
    "is": lambda first, last: (Low(Bound(first)), High(Bound(last))),
    "at_least": lambda first, _last: (Low(Bound(first)),),
    "above": lambda _first, last: (Low(Bound(last, strict=True)),),
    "at_most": lambda _first, last: (High(Bound(last)),),
    "below": lambda first, _last: (High(Bound(first, strict=True)),),
}


def _compared(operator: str, first: Literal_, last: Literal_) -> tuple[Test, ...]:
    """A comparison with something that stretches from first to last."""
    return _COMPARED[operator](first, last)


def _extent(literal: Literal_, kind: str, zone: ZoneInfo) -> tuple[Literal_, Literal_]:
    """A date against an instant stands for its whole local day."""
    if kind == "datetime" and isinstance(literal, str):
        return time.day(literal, zone)
    return literal, literal


def _plain(literal: Literal_, kind: str) -> Literal_:
    return fold(str(literal)) if kind == "text" else literal
