"""Conditions: lists, all/any/not, and leaves of one subject and one operator, from YAML to the model."""

from __future__ import annotations

import re

from tagctl.messages import _
from tagctl.model import All, AnyOf, Condition, Not, Type
from tagctl.rules import nearmiss, operands, shape, truths, values
from tagctl.rules.nodes import Node
from tagctl.rules.operators import (
    AGGREGATE_WORDS,
    AGGREGATES,
    CONNECTIVES,
    MODIFIERS,
    OPERATORS,
    SUBJECTS,
    VALUE_SUBJECTS,
    Operator,
)
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

_WORDS = tuple(dict.fromkeys((*CONNECTIVES, *SUBJECTS, *OPERATORS, *AGGREGATE_WORDS, *MODIFIERS)))


def read(node: Node, scope: Scope, event: str | None = None) -> Condition | None:
    """A condition; None after its problems are told. `event` is the type whose events a `where` speaks of."""
    if node.kind == "list":
        return _group(node, node, "all", scope, event)
    if node.empty:
        what = _("There is no condition here.")
        scope.problems.error(
            node, "empty-condition", what, _("Write for example {count: order, at_least: 3}.")
        )
        return None
    found = shape.entries(
        node, _WORDS, scope.problems, _("a condition"), lambda word: scope.as_subject(word, event)
    )
    if found is None or found.broken:
        return None
    connective = next((key for key in found.values if key in CONNECTIVES), None)
    if connective is None:
        return _leaf(found, scope, event)
    if len(found.values) > 1:
        what = _("Beside `{word}` nothing else can stand.").format(word=connective)
        others = [key for name, key in found.keys.items() if name != connective]
        advice = _("Put all parts in a list: a list means all of these.")
        scope.problems.error(others[0], "crowded-connective", what, advice)
        return None
    inner = found.values[connective]
    if connective == "not":
        item = read(inner, scope, event)
        return Not(item, found.node.location) if item is not None else None
    if inner.kind != "list":
        if not nearmiss.told(inner, scope.problems):
            what = _("`{word}` takes a list of conditions.").format(word=connective)
            scope.problems.error(inner, "expected-list", what, _("Write each condition after `- `."))
        return None
    return _group(inner, found.node, connective, scope, event)


def _group(node: Node, at: Node, word: str, scope: Scope, event: str | None) -> Condition | None:
    if not node.items:
        what = _("The list of conditions is empty.")
        scope.problems.error(node, "empty-condition", what, _("Write at least one condition."))
        return None
    items = [read(item, scope, event) for item in node.items]
    understood = tuple(item for item in items if item is not None)
    if len(understood) < len(items):
        return None
    if len(understood) == 1:
        return understood[0]
    return AnyOf(understood, at.location) if word == "any" else All(understood, at.location)


# ── leaves ───────────────────────────────────────────────────────────────────────────────────────


def _leaf(found: shape.Entries, scope: Scope, event: str | None) -> Condition | None:
    subject = values.subject_of(found, tuple(SUBJECTS), scope)
    if subject is None:
        return None
    if event is not None and subject != "field":
        what = _("A `where` looks at one event: `{subject}` cannot stand in it.").format(subject=subject)
        advice = _("Use `field` with a field of the event; write the rest as a leaf of its own.")
        scope.problems.error(found.keys[subject], "subject-in-where", what, advice)
        return None
    if subject not in VALUE_SUBJECTS:
        return truths.read(found, subject, scope)
    return _comparison(found, subject, scope, event)


def _comparison(found: shape.Entries, subject: str, scope: Scope, event: str | None) -> Condition | None:
    aggregate = subject in AGGREGATES
    windows = AGGREGATE_WORDS if aggregate else ()
    operators = [key for key in found.values if key in OPERATORS and key not in windows]
    if not values.only(found, (subject, *windows, *operators), subject, scope):
        return None
    if len(operators) != 1:
        _not_one_operator(found, operators, aggregate, scope)
        return None
    operator = OPERATORS[operators[0]]
    operand = found.values[operator.name]
    value = values.of_subject(found, subject, scope, event, guessed(operator, operand))
    if value is None:
        return None
    return operands.compare(value, operator, operand, found, scope, event)


def _not_one_operator(found: shape.Entries, operators: list[str], aggregate: bool, scope: Scope) -> None:
    if operators:
        what = _("There are two operators here: {names}.").format(names=listed(f"`{o}`" for o in operators))
        advice = _("Write one leaf for each, in a list.")
        scope.problems.error(found.keys[operators[1]], "two-operators", what, advice)
        return
    what = _("The leaf compares nothing: it has no operator.")
    advice = _("Add for example `at_least: 1`.")
    if not aggregate:
        advice = _("Add for example `exists: true`.")
    elif "between" in found:
        advice = _("Here `between` is the window in time. Add for example `at_least: 1`.")
    elif "first" in found or "last" in found:
        advice = _("`within` chooses the events. Of the date write for example `newer_than: 30d`.")
    scope.problems.error(found.node, "no-operator", what, advice)


def guessed(operator: Operator, operand: Node) -> Type:
    """The likely type of a field that no import has supplied yet, from what it is compared with."""
    if operator.operand == "duration":
        return "date" if operator.name == "anniversary_within" else "datetime"
    if operator.types == ("list",):
        return "list"
    node = operand.items[0] if operand.items else operand
    if re.match(r"^\d{4}-\d{2}-\d{2}", node.text):
        return "date" if len(node.text) == 10 else "datetime"
    if operator.name in ("at_least", "at_most", "above", "below", "between"):
        return "number"
    if node.plain and node.text in ("true", "false") and operator.operand == "value":
        return "bool"
    if node.plain and re.match(r"^-?(0|[1-9]\d*)(\.\d+)?$", node.text) and "number" in operator.types:
        return "number"
    return "text"
