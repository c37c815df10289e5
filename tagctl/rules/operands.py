"""What a value is compared with: operands read by the value's type."""

from __future__ import annotations

import re
from typing import Any

from tagctl.messages import _
from tagctl.model import (
    CUSTOMER,
    Compare,
    Condition,
    FieldValue,
    Literal_,
    MetricValue,
    Operand,
    Value,
)
from tagctl.rules import literals, nearmiss, patterns, shape, values, windows
from tagctl.rules.nodes import Node
from tagctl.rules.operators import OPERATORS, Operator
from tagctl.rules.resolve import Scope

MAX_PATTERN = 500


def compare(
    value: Value, operator: Operator, operand: Node, found: shape.Entries, scope: Scope, event: str | None
) -> Condition | None:
    """Value, operator and operand, their types checked against each other."""
    at = found.node.location
    key = found.keys[operator.name]
    if operator.name in ("top", "bottom") and not isinstance(value, MetricValue):
        what = _("`{operator}` ranks customers by a metric.").format(operator=operator.name)
        advice = _("Name the value under metrics: and write `metric: NAME` here.")
        scope.problems.error(key, "rank-needs-metric", what, advice)
        return None
    if value.type not in operator.types:
        fitting = [o.name for o in OPERATORS.values() if value.type in o.types]
        what = _("`{operator}` does not fit {subject}, which is {type}.").format(
            operator=operator.name, subject=described(value), type=value.type
        )
        advice = _("For {type} there are: {names}.").format(type=value.type, names=", ".join(fitting))
        scope.problems.error(key, "operator-type", what, advice)
        return None
    if operand.kind == "map":
        other = _other_field(value, operator, operand, scope, event)
        return Compare(value, operator.name, other, at) if other else None
    read_operand = _operand(value, operator, operand, scope)
    return None if read_operand is None else Compare(value, operator.name, read_operand, at)


def described(value: Value) -> str:
    """A value for a sentence: its field or metric, or its function."""
    if isinstance(value, FieldValue):
        return value.name if value.subject == CUSTOMER else f"{value.subject}.{value.name}"
    if isinstance(value, MetricValue):
        return value.name
    function = getattr(value, "function", "")
    return str(function) or type(value).__name__.lower()


def _other_field(
    value: Value, operator: Operator, operand: Node, scope: Scope, event: str | None
) -> FieldValue | None:
    """`{field: OTHER}`, of the same customer or event and of the same type."""
    if not operator.field or value.type == "list":
        what = _("`{operator}` cannot compare with another field.").format(operator=operator.name)
        scope.problems.error(operand, "operand-type", what, _("Write the value itself."))
        return None
    found = shape.entries(operand, ("field",), scope.problems, _("{field: OTHER}"))
    if found is None or found.broken or not values.subject_of(found, ("field",), scope):
        return None
    other = values.field_value(found.values["field"], scope, event, value.type)
    if other is not None and other.type != value.type:
        what = _("{first} is {first_type}, but {second} is {second_type}.").format(
            first=described(value), first_type=value.type, second=described(other), second_type=other.type
        )
        scope.problems.error(found.values["field"], "operand-type", what, _("Compare fields of one type."))
        return None
    return other


def _operand(value: Value, operator: Operator, operand: Node, scope: Scope) -> Operand | None:
    problems = scope.problems
    if operator.operand == "duration":
        return _duration(value, operator, operand, scope)
    if operator.operand == "share":
        return literals.share(operand, problems)
    if operator.operand == "bool":
        wanted = literals.flag(operand, problems)
        return None if wanted is None else int(wanted)
    if operator.operand == "pattern":
        return _pattern(operand, scope)
    if operator.operand == "pair":
        return _pair(value, operand, scope)
    if operator.operand == "values":
        return _several(value, operand, scope)
    if operand.kind == "list":
        several = {"is": "in", "is_not": "not_in", "contains": "any_of", "not_contains": "none_of"}
        better = several.get(operator.name, "")
        fits = better and value.type in OPERATORS[better].types
        what = _("`{operator}` takes one value, not a list.").format(operator=operator.name)
        advice = (
            _("Write `{operator}: […]`.").format(operator=better)
            if fits
            else _("Write a leaf for each under any:.")
        )
        problems.error(operand, "one-value", what, advice)
        return None
    return _literal(value, operand, scope)


def _duration(value: Value, operator: Operator, operand: Node, scope: Scope) -> Operand | None:
    least = 0 if operator.name == "anniversary_within" else 1  # 0d: today only
    duration = literals.duration(operand, scope.problems, least)
    if duration is None:
        return None
    if operator.name == "anniversary_within" and duration.unit not in ("d", "w"):
        what = _("`anniversary_within` counts days or weeks.")
        scope.problems.error(operand, "duration-unit", what, _("Write for example 7d."))
        return None
    if value.type == "date" and duration.unit == "h":
        what = _("{field} is a date without time: hours cannot be counted.").format(field=described(value))
        scope.problems.error(operand, "duration-unit", what, _("Write days, for example 2d."))
        return None
    return duration


def _pattern(operand: Node, scope: Scope) -> str | None:
    text = literals.scalar(operand, scope.problems, _("a regular expression"), free=True)
    if text is None:
        return None
    if len(text) > MAX_PATTERN:
        what = _("The regular expression is longer than {limit} characters.").format(limit=MAX_PATTERN)
        scope.problems.error(operand, "bad-pattern", what, _("Use `in` for a list of texts."))
        return None
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        what = _("This is not a regular expression: {problem}.").format(problem=error)
        scope.problems.error(operand, "bad-pattern", what, _("To find the text itself, use `contains`."))
        return None
    if patterns.explodes(text):
        what = _("This regular expression can take endless time: one text can be read in it in many ways.")
        advice = _(
            "In a repetition let nothing that repeats, or can be left out, meet its like: {good}, not {bad}."
        ).format(good=r"(\d+,)+", bad=r"(\d+,?)+")
        scope.problems.error(operand, "endless-pattern", what, advice)
        return None
    return text


def _pair(value: Value, operand: Node, scope: Scope) -> Operand | None:
    pair = windows.pair_of(operand, scope, "[18, 25]")
    if pair is None:
        return None
    first, last = (_literal(value, node, scope) for node in pair)
    if first is None or last is None:
        return None
    if _extent(first, pair[0], value, scope)[0] > _extent(last, pair[1], value, scope)[1]:
        what = _("Nothing lies between {first} and {last}.").format(first=pair[0].text, last=pair[1].text)
        scope.problems.error(pair[0], "empty-range", what, _("Write the smaller one first."))
        return None
    return first, last


def _extent(literal: Literal_, node: Node, value: Value, scope: Scope) -> tuple[Any, Any]:
    """The first and last value that a literal stands for: against an instant, a date is a whole day."""
    span = literals.moment(node, scope.timezone, scope.problems) if value.type == "datetime" else None
    return span or (literal, literal)


def _literal(value: Value, node: Node, scope: Scope) -> Literal_ | None:
    return literals.literal(node, value.type, scope.timezone, scope.problems)


def _several(value: Value, operand: Node, scope: Scope) -> Operand | None:
    nodes = _list_of_values(operand, scope)
    found = [_literal(value, node, scope) for node in nodes]
    understood = tuple(item for item in found if item is not None)
    return understood if understood and len(understood) == len(found) else None


def _list_of_values(operand: Node, scope: Scope) -> tuple[Node, ...]:
    if operand.kind == "list" and operand.items:
        return operand.items
    if operand.kind == "list":
        what = _("The list of values is empty.")
        scope.problems.error(operand, "missing-value", what, _("Name at least one value."))
    elif not nearmiss.told(operand, scope.problems):
        what = _("Here must stand a list of values.")
        scope.problems.error(operand, "expected-list", what, _("Write [a, b]."))
    return ()
