"""The words of a condition: subjects, windows and operators, each with its types, doc and example.

Parsing, checking, explaining and the documentation read this one registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from tagctl.messages import N_
from tagctl.model import AggregateFunction, Type
from tagctl.record import record

OperandKind = Literal["value", "pair", "values", "text", "pattern", "duration", "share", "bool"]

_ORDERED: tuple[Type, ...] = ("number", "money", "date", "datetime")
_SCALAR: tuple[Type, ...] = ("text", "number", "money", "date", "datetime", "bool")
_ALL: tuple[Type, ...] = (*_SCALAR, "list")


@record
class Operator:
    """How a value is compared.

    `types`: what it may be applied to. `operand`: value (one of the value's type), pair (two of them),
    values (a list of them), text, pattern (a regular expression), duration, share (20% or 100), bool.
    `negates`: the positive operator whose negation this is. `field`: the operand may be {field: OTHER}.
    """

    name: str
    types: tuple[Type, ...]
    operand: OperandKind
    doc: str
    example: str
    negates: str | None = None
    field: bool = False


@record
class Subject:
    """What a leaf speaks of. `kind`: value (takes an operator), truth (true by itself)."""

    name: str
    kind: Literal["value", "truth"]
    doc: str
    example: str


@record
class Window:
    """Which events an aggregate looks at."""

    name: str
    doc: str
    example: str


@record
class Modifier:
    """A word that belongs to a subject that is true by itself."""

    name: str
    subjects: tuple[str, ...]
    doc: str
    example: str


_OPERATORS = (
    Operator("is", _SCALAR, "value", N_("equals the value"), "{field: city, is: 上海}", field=True),
    Operator(
        "is_not",
        _SCALAR,
        "value",
        N_("does not equal the value, or has none"),
        "{field: city, is_not: 上海}",
        "is",
        field=True,
    ),
    Operator(
        "at_least", _ORDERED, "value", N_("the value or more"), "{count: order, at_least: 3}", field=True
    ),
    Operator("at_most", _ORDERED, "value", N_("the value or less"), "{field: 年龄, at_most: 25}", field=True),
    Operator(
        "above", _ORDERED, "value", N_("more than the value"), "{sum: order.amount, above: 500}", field=True
    ),
    Operator(
        "below", _ORDERED, "value", N_("less than the value"), "{metric: 客单价, below: 100}", field=True
    ),
    Operator(
        "between",
        _ORDERED,
        "pair",
        N_("from the first to the second, both included; on an event aggregate it is the window instead"),
        "{field: 年龄, between: [18, 25]}",
    ),
    Operator(
        "in",
        ("text", "number", "money", "date", "datetime"),
        "values",
        N_("equals one of the values"),
        "{field: city, in: [上海, 杭州]}",
    ),
    Operator(
        "not_in",
        ("text", "number", "money", "date", "datetime"),
        "values",
        N_("equals none of the values, or has none"),
        "{field: city, not_in: [上海, 杭州]}",
        "in",
    ),
    Operator(
        "contains",
        ("text", "list"),
        "text",
        N_("the text holds it; the list has an element equal to it"),
        "{field: 备注, contains: 投诉}",
        field=True,
    ),
    Operator(
        "not_contains",
        ("text", "list"),
        "text",
        N_("does not contain it, or has no value"),
        "{field: 备注, not_contains: 投诉}",
        "contains",
        field=True,
    ),
    Operator(
        "starts_with",
        ("text",),
        "text",
        N_("the text begins with it"),
        "{field: phone, starts_with: '138'}",
        field=True,
    ),
    Operator(
        "ends_with",
        ("text",),
        "text",
        N_("the text ends with it"),
        "{field: email, ends_with: '@qq.com'}",
        field=True,
    ),
    Operator(
        "matches",
        ("text",),
        "pattern",
        N_("a regular expression is found in the text, ignoring case"),
        "{field: 备注, matches: '退.?款'}",
    ),
    Operator(
        "exists", _ALL, "bool", N_("there is a value (true) or none (false)"), "{field: phone, exists: false}"
    ),
    Operator(
        "older_than",
        ("date", "datetime"),
        "duration",
        N_("the date lies at least this long before the as-of"),
        "{last: login, older_than: 30d}",
    ),
    Operator(
        "newer_than",
        ("date", "datetime"),
        "duration",
        N_("the date lies less than this long before the as-of"),
        "{field: 注册日期, newer_than: 7d}",
    ),
    Operator(
        "anniversary_within",
        ("date",),
        "duration",
        N_("its month and day fall on today or one of the next days"),
        "{field: birthday, anniversary_within: 7d}",
    ),
    Operator(
        "any_of",
        ("list",),
        "values",
        N_("the list has at least one of the values"),
        "{field: 兴趣, any_of: [母婴, 美妆]}",
    ),
    Operator(
        "all_of",
        ("list",),
        "values",
        N_("the list has all the values"),
        "{field: 兴趣, all_of: [母婴, 美妆]}",
    ),
    Operator(
        "none_of",
        ("list",),
        "values",
        N_("the list has none of the values, or there is no list"),
        "{field: 兴趣, none_of: [母婴, 美妆]}",
        "any_of",
    ),
    Operator(
        "top",
        _ORDERED,
        "share",
        N_("among the customers with the greatest values of the metric, ties at the edge included"),
        "{metric: 消费额_365d, top: 20%}",
    ),
    Operator(
        "bottom",
        _ORDERED,
        "share",
        N_("among the customers with the smallest values of the metric, ties at the edge included"),
        "{metric: 消费额_365d, bottom: 100}",
    ),
)

_SUBJECTS = (
    Subject("field", "value", N_("a field of the customer, by its name or role"), "{field: city, is: 上海}"),
    Subject("metric", "value", N_("a named metric"), "{metric: 客单价, at_least: 100}"),
    Subject(
        "count",
        "value",
        N_("the number of events of a type, of a list of types, or of any"),
        "{count: order, at_least: 3}",
    ),
    Subject("sum", "value", N_("the sum of a field of events"), "{sum: order.amount, above: 500}"),
    Subject("avg", "value", N_("the average of a field of events"), "{avg: order.amount, above: 500}"),
    Subject("min", "value", N_("the smallest value of a field of events"), "{min: order.amount, below: 10}"),
    Subject("max", "value", N_("the greatest value of a field of events"), "{max: order.amount, above: 999}"),
    Subject(
        "distinct",
        "value",
        N_("the number of different values of a field of events"),
        "{distinct: order.product, at_least: 3}",
    ),
    Subject(
        "most",
        "value",
        N_("the most frequent value of a field of events"),
        "{most: order.category, is: 母婴}",
    ),
    Subject("first", "value", N_("the instant of the first event"), "{first: order, at_least: 2026-01-01}"),
    Subject("last", "value", N_("the instant of the latest event"), "{last: login, older_than: 30d}"),
    Subject("tag", "truth", N_("holds the tag or one of its children"), "{tag: VIP}"),
    Subject("condition", "truth", N_("a named condition holds"), "{condition: 近期活跃}"),
    Subject("segment", "truth", N_("the condition of a named segment holds"), "{segment: 高价值流失预警}"),
    Subject("dimension", "truth", N_("holds any tag of the dimension"), "{dimension: 价值}"),
    Subject(
        "did",
        "truth",
        N_("did one thing, and another followed (or did not) in time"),
        "{did: view, followed_by: order, within: 48h}",
    ),
    Subject("bucket", "truth", N_("a stable random share of customers, by their key"), "{bucket: 10%}"),
)

_WINDOWS = (
    Window("within", N_("the time up to the as-of"), "within: 30d"),
    Window("ago", N_("from the first to the second duration before the as-of"), "ago: [120d, 30d]"),
    Window(
        "between", N_("from one date or time to another, both included"), "between: [2026-11-20, 2026-11-30]"
    ),
    Window("during", N_("a period named under periods:"), "during: 双11"),
    Window(
        "period",
        N_("a calendar period: this_ or last_ with day, week, month, quarter or year"),
        "period: last_month",
    ),
)

_MODIFIERS = (
    Modifier("followed_by", ("did",), N_("another event follows it in time"), "followed_by: order"),
    Modifier(
        "not_followed_by",
        ("did",),
        N_("no other event follows the latest one whose time is over"),
        "not_followed_by: order",
    ),
    Modifier("within", ("did",), N_("how long after the first the other may come"), "within: 48h"),
    Modifier("held_for", ("tag",), N_("is held without a break for this long"), "held_for: 30d"),
    Modifier("gained_within", ("tag",), N_("was last gained in this time"), "gained_within: 7d"),
    Modifier("lost_within", ("tag",), N_("was lost in this time"), "lost_within: 7d"),
)

OPERATORS: Mapping[str, Operator] = {o.name: o for o in _OPERATORS}
SUBJECTS: Mapping[str, Subject] = {s.name: s for s in _SUBJECTS}
WINDOWS: Mapping[str, Window] = {w.name: w for w in _WINDOWS}
MODIFIERS: Mapping[str, Modifier] = {m.name: m for m in _MODIFIERS}

AGGREGATES: tuple[AggregateFunction, ...] = get_args(AggregateFunction)
VALUE_SUBJECTS = tuple(s.name for s in _SUBJECTS if s.kind == "value")
AGGREGATE_WORDS = ("where", *(w.name for w in _WINDOWS))
WITHOUT_FIELD: tuple[AggregateFunction, ...] = ("count", "first", "last")

# Which field types an aggregate over a field takes.
AGGREGATE_TYPES: Mapping[str, tuple[Type, ...]] = {
    "sum": ("number", "money"),
    "avg": ("number", "money"),
    "min": _ORDERED,
    "max": _ORDERED,
    "distinct": _SCALAR,
    "most": _SCALAR,
}

CONNECTIVES = ("all", "any", "not")
COMBINATIONS = ("ratio", "sum_of", "difference", "ntile", "days_since")


def aggregate_type(function: AggregateFunction, field: Type) -> Type:
    """The type of an aggregate's value; `field` is the aggregated field's (any where there is none)."""
    if function in ("count", "distinct"):
        return "number"
    if function in ("first", "last"):
        return "datetime"
    return field
