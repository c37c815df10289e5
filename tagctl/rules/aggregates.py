"""Event aggregates: `count: login`, `sum: order.amount`, `last: any`, with `where` and a window."""

from __future__ import annotations

from tagctl.messages import _
from tagctl.model import Aggregate, AggregateFunction, Condition, EventSource, FieldValue, Type
from tagctl.rules import conditions, literals, shape, windows
from tagctl.rules.nodes import Node
from tagctl.rules.operators import AGGREGATE_TYPES, WITHOUT_FIELD, aggregate_type
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

_ANY = "any"
_Part = tuple[EventSource, FieldValue | None]


def read(
    found: shape.Entries, function: AggregateFunction, scope: Scope, guess: Type | None
) -> Aggregate | None:
    node = found.values[function]
    where = found.get("where")
    window_ok, window = windows.read(found, scope)
    parts: list[_Part] = []
    understood = window_ok
    for item in _type_nodes(node, scope):
        read_parts = _parts(item, function, where, scope, guess)
        understood = understood and read_parts is not None
        parts += read_parts or ()
    wheres: list[Condition | None] = []
    for source, _field in parts:
        condition = conditions.read(where, scope, source.type) if where is not None else None
        understood = understood and (where is None or condition is not None)
        wheres.append(condition)
    if not understood or (not parts and not _means_any(node)):
        return None
    type_ = _common_type(function, [field for _source, field in parts if field], node, scope)
    if type_ is None:
        return None
    sources = tuple(source for source, _field in parts)
    return Aggregate(
        function, sources, tuple(field for _source, field in parts), tuple(wheres), window, type_
    )


def sources(node: Node, scope: Scope) -> tuple[EventSource, ...] | None:
    """The event types that `order`, `[order, view]` or `any` stands for; None after a problem."""
    found: list[EventSource] = []
    understood = True
    for item in _type_nodes(node, scope):
        text = literals.name(item, scope.problems, _("an event type such as order"))
        if text == _ANY:
            found += [EventSource(event.name, _ANY) for event in scope.supplied_types()]
            continue
        source = scope.source(text, item) if text is not None else None
        understood = understood and source is not None
        found += [source] if source else []
    return tuple(found) if understood and (found or _means_any(node)) else None


def _type_nodes(node: Node, scope: Scope) -> tuple[Node, ...]:
    """`order`, or each of `[order, view]`."""
    if node.kind != "list":
        return (node,)
    if not node.items:
        what = _("The list of event types is empty.")
        scope.problems.error(node, "missing-value", what, _("Name at least one, or `any`."))
    return node.items


def _means_any(node: Node) -> bool:
    return node.kind == "scalar" and node.text.split(".")[0] == _ANY


def _parts(
    node: Node, function: AggregateFunction, where: Node | None, scope: Scope, guess: Type | None
) -> list[_Part] | None:
    """The event types that one word stands for, each with the field aggregated; None after a problem."""
    text = literals.name(node, scope.problems, _("an event type such as order"))
    if text is None:
        return None
    type_name, field_name = text, ""
    if function not in WITHOUT_FIELD:
        type_name, _dot, field_name = text.partition(".")
        if not field_name:
            what = _("`{function}` needs a field: TYPE.FIELD.").format(function=function)
            advice = _("Write for example {example}.").format(example=_with_field(type_name, scope))
            scope.problems.error(node, "no-field", what, advice)
            return None
    if type_name == _ANY:
        return _any_parts(node, field_name, where, scope)
    source = scope.source(type_name, node)
    if source is None:
        return None
    if not field_name:
        return [(source, None)]
    field = scope.event_field(source.type, field_name, node, _guessed(function, guess))
    return [(source, field)] if field else None


def _with_field(word: str, scope: Scope) -> str:
    """An example of TYPE.FIELD with this word, which is a type's name or a field's."""
    types = [*scope.subsets.nodes, *scope.types]
    if word in types or word == _ANY:
        return f"{word}.amount"
    having = [e.name for e in scope.types.values() if scope.has_event_field(e, word)]
    return f"{[*having, *types, 'order'][0]}.{word}"


def _guessed(function: AggregateFunction, value: Type | None) -> Type | None:
    """The likely type of an aggregated field, from that of the aggregate's value."""
    if function in ("most", "distinct"):
        return value if function == "most" else "text"
    return value if value in AGGREGATE_TYPES[function] else "number"


def _any_parts(node: Node, field_name: str, where: Node | None, scope: Scope) -> list[_Part] | None:
    """All supplied types that have the fields named, so that one more type without them breaks nothing."""
    names = [*([field_name] if field_name else []), *_field_names(where)]
    supplied = scope.supplied_types()
    fitting = [event for event in supplied if all(scope.has_event_field(event, name) for name in names)]
    if supplied and not fitting:
        what = _("No event type has all of: {names}.").format(names=listed(names))
        scope.problems.error(node, "unknown-field", what, _("Name the types instead of `any`."))
        return None
    parts: list[_Part] = []
    for event in fitting:
        field = scope.event_field(event.name, field_name, node) if field_name else None
        parts.append((EventSource(event.name, _ANY), field))
    return parts


def _field_names(node: Node | None) -> list[str]:
    """Every field that a `where` reads, before it is understood."""
    if node is None:
        return []
    found = [value.text for key, value in node.entries if key.text == "field" and value.kind == "scalar"]
    for child in (*node.items, *(value for _key, value in node.entries)):
        found += _field_names(child)
    return found


def _common_type(
    function: AggregateFunction, fields: list[FieldValue], node: Node, scope: Scope
) -> Type | None:
    """The type of the aggregate's value; fields that do not fit it or each other are told."""
    types = list(dict.fromkeys(field.type for field in fields)) or ["number"]
    if function in AGGREGATE_TYPES:
        for field in fields:
            if field.type not in AGGREGATE_TYPES[function]:
                what = _("`{function}` needs {types}, but {field} is {type}.").format(
                    function=function,
                    types=listed(AGGREGATE_TYPES[function]),
                    field=f"{field.subject}.{field.name}",
                    type=field.type,
                )
                advice = _("If it holds such values, declare its type when you import it.")
                scope.problems.error(node, "aggregate-type", what, advice)
                return None
        if len(types) > 1:
            what = _("These fields are of different types: {types}.").format(types=listed(types))
            scope.problems.error(node, "aggregate-type", what, _("Aggregate them apart."))
            return None
    return aggregate_type(function, types[0])
