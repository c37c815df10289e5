"""Conditions in the words of rules.yaml, and proofs: for one customer, what holds, with the actual values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tagctl.model import (
    BUCKETS,
    MONEY_SCALE,
    Aggregate,
    Ago,
    All,
    AnyOf,
    Bucket,
    Combined,
    Compare,
    Condition,
    DaysSince,
    Duration,
    During,
    EventSource,
    FieldValue,
    Followed,
    HasTag,
    Literal_,
    MetricValue,
    Not,
    Ntile,
    Operand,
    Period,
    Ratio,
    Share,
    TagRecord,
    Type,
    Value,
    Within,
    walk,
)
from tagctl.record import record
from tagctl.reports.tables import Cell
from tagctl.reports.why import Proof
from tagctl.rules import time
from tagctl.rules.lower import Lowering
from tagctl.rules.measures import bounds

_PLAIN = frozenset("{}[],&*?|-<>=!%@:#`'\"")


@record
class Answer:
    """What was found for one leaf: whether it holds, the customer's value, and for top and bottom the last
    value that is still in."""

    holds: bool
    actual: Cell
    edge: Cell = None


def leaves(conditions: Iterable[Condition]) -> tuple[Compare, ...]:
    """The comparisons in some conditions, each once."""
    return tuple(dict.fromkeys(leaf for c in conditions for leaf in walk(c) if isinstance(leaf, Compare)))


def proof(
    condition: Condition, answers: Mapping[Compare, Answer], held: frozenset[str], lowering: Lowering
) -> Proof:
    """Why a condition holds, or does not, for the customer whose leaves have these answers and who holds
    these tags."""
    if isinstance(condition, All | AnyOf):
        items = tuple(proof(item, answers, held, lowering) for item in condition.items)
        if len(items) == 1:
            return items[0]
        every = isinstance(condition, All)
        holds = all(i.holds for i in items) if every else any(i.holds for i in items)
        kind = "all" if every else "any"
        return Proof(kind, holds, kind, location=condition.location, items=items)
    if isinstance(condition, Not):
        item = proof(condition.item, answers, held, lowering)
        return Proof("not", not item.holds, "not", location=condition.location, items=(item,))
    if isinstance(condition, HasTag):
        tags = (
            lowering.dimensions.get(condition.tag, condition.tags) if condition.dimension else condition.tags
        )
        found = tuple(tag for tag in tags if tag in held)
        return Proof(
            "tag",
            bool(found),
            text(condition, lowering.zone),
            actual=found or None,
            location=condition.location,
        )
    return _compared(condition, answers[condition], lowering)


def _compared(leaf: Compare, answer: Answer, lowering: Lowering) -> Proof:
    value = leaf.value
    actual: Cell | tuple[Cell, ...] = answer.actual
    if value.type == "list" and isinstance(actual, str):
        actual = tuple(json.loads(actual))
    wanted = f"{leaf.operator} {operand(leaf.operand, value.type, lowering.zone)}"
    if isinstance(value, Followed):
        wanted = ""  # there is such an event, or there is none
    if answer.edge is not None and isinstance(answer.edge, str | int | float):
        wanted += f" ({literal(answer.edge, value.type, lowering.zone)})"
    return Proof(
        "compare",
        answer.holds,
        text(leaf, lowering.zone),
        actual=actual,
        wanted=wanted,
        value_type=value.type,
        missing=answer.actual is None,
        window=_window(leaf, lowering),
        location=leaf.location,
    )


def _window(leaf: Compare, lowering: Lowering) -> tuple[int | None, int | None] | None:
    """The instants between which events count, or a time must lie."""
    value = lowering.value(leaf.value)
    if isinstance(leaf.operand, Duration) and leaf.operator in ("older_than", "newer_than"):
        edge = time.back(lowering.as_of, leaf.operand, lowering.zone)
        if value.type == "date":
            edge = time.day(time.local_date(edge, lowering.zone).isoformat(), lowering.zone)[1]
        return (None, edge) if leaf.operator == "older_than" else (edge + 1, lowering.as_of)
    first, last = bounds(value.window) if isinstance(value, Aggregate) else (None, None)
    return None if first is None and last is None else (first, last)


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def text(condition: Condition, zone: ZoneInfo) -> str:
    """A condition as one line of YAML, as its author would write it."""
    if isinstance(condition, All | AnyOf):
        word = "all" if isinstance(condition, All) else "any"
        return f"{{{word}: [{', '.join(text(item, zone) for item in condition.items)}]}}"
    if isinstance(condition, Not):
        return f"{{not: {text(condition.item, zone)}}}"
    if isinstance(condition, HasTag):
        return f"{{{'dimension' if condition.dimension else 'tag'}: {_quoted(condition.tag)}}}"
    if isinstance(condition.value, Followed | TagRecord | Bucket):
        return f"{{{_truth(condition, zone)}}}"
    wanted = operand(condition.operand, condition.value.type, zone)
    if condition.operator == "exists":
        wanted = "true" if condition.operand else "false"
    return f"{{{subject(condition.value, zone)}, {condition.operator}: {wanted}}}"


_RECORD = {("held", "older_than"): "held_for", ("gained", "newer_than"): "gained_within"}


def _truth(leaf: Compare, zone: ZoneInfo) -> str:
    """A leaf that is written without an operator."""
    value = leaf.value
    if isinstance(value, TagRecord):
        word = _RECORD.get((value.part, leaf.operator), "lost_within")
        return f"{subject(value, zone)}, {word}: {leaf.operand}"
    if isinstance(value, Bucket) and isinstance(leaf.operand, int | float):
        return f"bucket: {leaf.operand * 100 / BUCKETS:g}%"
    return subject(value, zone)


def subject(value: Value, zone: ZoneInfo) -> str:
    """The left side of a leaf: `count: 购买, within: 30d`."""
    if isinstance(value, FieldValue):
        return f"field: {_quoted(_field(value))}"
    if isinstance(value, MetricValue):
        return f"metric: {_quoted(value.name)}"
    if isinstance(value, Aggregate):
        return _aggregate(value, zone)
    if isinstance(value, Ratio):
        parts = (value.dividend, value.divisor)
        return f"ratio: [{', '.join(f'{{{subject(part, zone)}}}' for part in parts)}]"
    if isinstance(value, Combined):
        return f"{value.function}: [{', '.join(f'{{{subject(part, zone)}}}' for part in value.parts)}]"
    if isinstance(value, Ntile):
        return f"ntile: {value.tiles}, of: {{{subject(value.of, zone)}}}"
    if isinstance(value, Followed):
        word = "not_followed_by" if value.negative else "followed_by"
        return f"did: {_sources(value.first)}, {word}: {_sources(value.then)}, within: {value.within}"
    if isinstance(value, TagRecord):
        return f"tag: {_quoted(value.tag)}"
    if isinstance(value, Bucket):
        return "bucket"
    assert isinstance(value, DaysSince)
    return f"days_since: {{{subject(value.of, zone)}}}"


def _aggregate(value: Aggregate, zone: ZoneInfo) -> str:
    names = []
    for source, field in zip(value.sources, value.fields, strict=True):
        names.append(source.name if field is None else f"{source.name}.{_field(field)}")
    names = list(dict.fromkeys(names)) or ["any"]
    words = [f"{value.function}: " + (_quoted(names[0]) if len(names) == 1 else _list(names))]
    if isinstance(value.window, Within):
        words.append(f"within: {value.window.duration}")
    elif isinstance(value.window, Ago):
        words.append(f"ago: [{value.window.older}, {value.window.newer}]")
    elif isinstance(value.window, During):
        words.append(f"during: {_quoted(value.window.name)}")
    elif isinstance(value.window, Period):
        words.append(f"period: {value.window.which}_{value.window.span}")
    elif value.window is not None:
        words.append(f"between: [{', '.join(value.window.text)}]")
    where = next((condition for condition in value.where if condition is not None), None)
    if where is not None:
        words.append(f"where: {text(where, zone)}")
    return ", ".join(words)


def _sources(sources: Iterable[EventSource]) -> str:
    names = list(dict.fromkeys(source.name for source in sources)) or ["any"]
    return _quoted(names[0]) if len(names) == 1 else _list(names)


def _field(value: FieldValue) -> str:
    return f"{value.name}.{value.part}" if value.part else value.name


def operand(wanted: Operand, kind: Type, zone: ZoneInfo) -> str:
    """The right side of a leaf."""
    if isinstance(wanted, tuple):
        return f"[{', '.join(literal(item, kind, zone) for item in wanted)}]"
    if isinstance(wanted, Duration):
        return str(wanted)
    if isinstance(wanted, Share):
        return str(wanted.count) if wanted.share is None else f"{round(wanted.share * 100, 6):g}%"
    if isinstance(wanted, FieldValue):
        return f"{{field: {_quoted(_field(wanted))}}}"
    return literal(wanted, kind, zone)


def literal(stored: Literal_, kind: Type, zone: ZoneInfo) -> str:
    """A value in stored form as it is written in YAML."""
    if isinstance(stored, str):
        return stored if _is_date(stored) else _quoted(stored)
    if kind == "money":
        return f"{stored / MONEY_SCALE:.4f}".rstrip("0").rstrip(".")
    if kind == "datetime":
        return datetime.fromtimestamp(int(stored), zone).replace(tzinfo=None).isoformat()
    if kind == "bool":
        return "true" if stored else "false"
    return str(int(stored)) if float(stored).is_integer() else repr(stored)


def _is_date(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(name) for name in names)}]"


def _quoted(written: str) -> str:
    """Text as a YAML scalar, quoted where a plain one would mean something else."""
    risky = not written.strip() or written != written.strip() or _PLAIN & {*written}
    if risky or written[0].isdigit() or written.lower() in ("true", "false", "yes", "no", "null", "~"):
        return "'" + written.replace("'", "''") + "'"
    return written
