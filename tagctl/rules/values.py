"""Values: fields, event aggregates and metrics, from YAML to the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from tagctl.messages import _
from tagctl.model import (
    AggregateFunction,
    Combined,
    DaysSince,
    FieldValue,
    MetricValue,
    Ntile,
    Ratio,
    Type,
    Value,
)
from tagctl.rules import aggregates, literals, nearmiss, shape
from tagctl.rules.nodes import Node
from tagctl.rules.operators import (
    AGGREGATE_TYPES,
    AGGREGATE_WORDS,
    AGGREGATES,
    COMBINATIONS,
    VALUE_SUBJECTS,
)
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

_HEADS = (*VALUE_SUBJECTS, *COMBINATIONS)


def read(node: Node, scope: Scope) -> Value | None:
    """A value expression: the definition of a metric, or a part of one."""
    if node.kind == "scalar" and scope.metrics.name(node.text) is not None:
        what = _("`{name}` is a name only; a value says what it is.").format(name=node.text)
        advice = _("Write {{metric: {name}}}.").format(name=node.text)
        scope.problems.error(node, "bare-metric", what, advice)
        return None
    if node.kind == "scalar" and not node.empty and scope.has_customer_field(node.text):
        what = _("`{name}` is a name only; a value says what it is.").format(name=node.text)
        advice = _("Write {{field: {name}}}.").format(name=node.text)
        scope.problems.error(node, "bare-field", what, advice)
        return None
    found = shape.entries(node, (*_HEADS, *AGGREGATE_WORDS, "of"), scope.problems, _("a value"))
    if found is None or found.broken:
        return None
    head = subject_of(found, _HEADS, scope)
    if head is None:
        return None
    own = AGGREGATE_WORDS if head in AGGREGATES else ("of",) if head == "ntile" else ()
    if not only(found, (head, *own), head, scope):
        return None
    return _COMBINED[head](found, scope) if head in _COMBINED else of_subject(found, head, scope, None)


def of_subject(
    found: shape.Entries, subject: str, scope: Scope, event: str | None, guess: Type | None = None
) -> Value | None:
    """The value that a leaf or a metric speaks of: a field, a metric or an event aggregate.

    `event` is the type whose fields `field` means (None: the customer's); `guess` a type for fields that
    are not known yet.
    """
    node = found.values[subject]
    if subject == "field":
        return field_value(node, scope, event, guess)
    if subject == "metric":
        text = literals.name(node, scope.problems, _("the name of a metric"))
        metric = scope.metrics.get(text, node) if text is not None else None
        return MetricValue(metric[0], metric[1].type) if metric else None
    return aggregates.read(found, cast(AggregateFunction, subject), scope, guess)


def field_value(node: Node, scope: Scope, event: str | None, guess: Type | None = None) -> FieldValue | None:
    """A field by name or role, of the customer or (inside a `where`) of an event type."""
    text = literals.name(node, scope.problems, _("the name of a field"))
    if text is None:
        return None
    if event is None:
        return scope.customer_field(text, node, guess)
    return scope.event_field(event, text, node, guess)


def subject_of(found: shape.Entries, heads: tuple[str, ...], scope: Scope) -> str | None:
    """The one subject of a leaf or value; none or several are told."""
    present = [key for key in found.values if key in heads]
    if len(present) == 1:
        return present[0]
    if present:
        what = _("There are two subjects here: {names}.").format(
            names=listed(f"`{name}`" for name in present)
        )
        advice = _("Write one leaf for each, in a list.")
        scope.problems.error(found.keys[present[1]], "two-subjects", what, advice)
    else:
        what = _("It is not said what this is about.")
        advice = _("Begin with one of: {names}.").format(names=", ".join(heads))
        scope.problems.error(found.node, "no-subject", what, advice)
    return None


def only(found: shape.Entries, allowed: tuple[str, ...], subject: str, scope: Scope) -> bool:
    """Whether all other words fit this subject; the others are told."""
    wrong = [key for key in found.values if key not in allowed]
    for key in wrong:
        what = _("`{key}` does not go with `{subject}`.").format(key=key, subject=subject)
        if key == "within" and subject == "tag":
            advice = _("Of a tag write held_for, gained_within or lost_within.")
        elif key in ("within", "ago", "during", "period"):
            advice = _("It is a window of events; of a date write newer_than or older_than.")
        elif key == "where" and subject == "did":
            advice = _("Name the events that you mean as a subset under events:, and write its name.")
        elif key == "where":
            advice = _("It narrows events; conditions on the customer are leaves of their own.")
        else:
            advice = _("Leave it out, or write a leaf of its own.")
        scope.problems.error(found.keys[key], "misplaced-word", what, advice)
    return not wrong


# ── metrics made of values ───────────────────────────────────────────────────────────────────────


def _values(node: Node, scope: Scope, least: int, most: int | None) -> tuple[Value, ...] | None:
    items = node.items if node.kind == "list" else ()
    if len(items) < least or (most is not None and len(items) > most):
        if not nearmiss.any_told(node, scope.problems):
            what = (
                _("Here must stand a list of two values.") if most else _("Here must stand a list of values.")
            )
            advice = _("Write for example [{example}, {example}].").format(example="{metric: …}")
            scope.problems.error(node, "expected-pair", what, advice)
        return None
    values = tuple(read(item, scope) for item in items)
    return None if None in values else cast(tuple[Value, ...], values)


def _fits(value: Value, types: tuple[Type, ...], word: str, at: Node, scope: Scope) -> bool:
    if value.type in types:
        return True
    what = _("`{word}` needs {types}; this is {type}.").format(
        word=word, types=listed(types), type=value.type
    )
    scope.problems.error(at, "metric-type", what, _("Use a value of such a type."))
    return False


def _ratio(found: shape.Entries, scope: Scope) -> Value | None:
    node = found.values["ratio"]
    pair = _values(node, scope, 2, 2)
    if pair is None:
        return None
    numeric = [
        _fits(value, ("number", "money"), "ratio", at, scope)
        for value, at in zip(pair, node.items, strict=True)
    ]
    if not all(numeric):
        return None
    dividend, divisor = pair
    if dividend.type == "number" and divisor.type == "money":
        what = _("A number divided by money has no meaning here.")
        scope.problems.error(node, "metric-type", what, _("Write the money first."))
        return None
    return Ratio(
        dividend, divisor, "money" if (dividend.type, divisor.type) == ("money", "number") else "number"
    )


def _combined(found: shape.Entries, scope: Scope) -> Value | None:
    word = "sum_of" if "sum_of" in found else "difference"
    node = found.values[word]
    parts = _values(node, scope, 2, 2 if word == "difference" else None)
    if parts is None:
        return None
    numeric = [
        _fits(value, ("number", "money"), word, at, scope)
        for value, at in zip(parts, node.items, strict=True)
    ]
    if not all(numeric):
        return None
    if len({value.type for value in parts}) > 1:
        what = _("Money and plain numbers do not add up.")
        scope.problems.error(node, "metric-type", what, _("Use values of one type."))
        return None
    return Combined("sum_of" if word == "sum_of" else "difference", parts, parts[0].type)


def _ntile(found: shape.Entries, scope: Scope) -> Value | None:
    tiles = literals.whole(found.values["ntile"], scope.problems, 2)
    node = found.get("of")
    if node is None:
        shape.missing(found.node, "of", scope.problems, _("the value to rank by"))
        return None
    value = read(node, scope)
    if tiles is None or value is None:
        return None
    return Ntile(tiles, value) if _fits(value, AGGREGATE_TYPES["max"], "ntile", node, scope) else None


def _days_since(found: shape.Entries, scope: Scope) -> Value | None:
    node = found.values["days_since"]
    value = read(node, scope)
    if value is None or not _fits(value, ("date", "datetime"), "days_since", node, scope):
        return None
    return DaysSince(value)


_COMBINED: dict[str, Callable[[shape.Entries, Scope], Value | None]] = {
    "ratio": _ratio,
    "sum_of": _combined,
    "difference": _combined,
    "ntile": _ntile,
    "days_since": _days_since,
}
