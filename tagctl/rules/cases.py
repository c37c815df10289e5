"""tests: of rules.yaml: a customer with their events, and the tags that are expected."""

from __future__ import annotations

from typing import cast

from tagctl.messages import _
from tagctl.model import All, Compare, Condition, EventSource, FieldValue, GivenEvent, Literal_, RuleTest
from tagctl.normalise import identity
from tagctl.rules import literals, nearmiss, shape
from tagctl.rules.nodes import Node
from tagctl.rules.resolve import Scope

_TEST = ("name", "given", "as_of", "expect", "expect_not")
_CUSTOMER = "customer"

Cells = dict[FieldValue, Literal_ | tuple[str, ...]]


def read(node: Node | None, values_are_tags: bool, scope: Scope) -> tuple[RuleTest, ...]:
    """The tests that are understood. With `values_are_tags` some family makes tags of values, so that a name
    that the taxonomy does not know may be one."""
    if node is None:
        return ()
    found = [_test(item, values_are_tags, scope) for item in shape.items(node, scope.problems, _("tests"))]
    return tuple(test for test in found if test is not None)


def _test(node: Node, values_are_tags: bool, scope: Scope) -> RuleTest | None:
    problems = scope.problems
    found = shape.entries(node, _TEST, problems, _("a test with given, as_of, and expect or expect_not"))
    if found is None or found.broken:
        return None
    if "given" not in found:
        shape.missing(node, "given", problems, _("the customer and their events"))
    if "expect" not in found and "expect_not" not in found:
        shape.missing(node, "expect", problems, _("the tags that the customer should have"))
    as_of = found.get("as_of")
    span = literals.moment(as_of, scope.timezone, problems) if as_of is not None else None
    named = found.get("name")
    name = literals.name(named, problems, _("the name of the test")) if named is not None else None
    expect = _tags(found.get("expect"), values_are_tags, scope)
    expect_not = _tags(found.get("expect_not"), values_are_tags, scope)
    for tag in expect:
        if tag in expect_not:
            what = _("{tag} is both expected and not expected.").format(tag=tag)
            problems.error(expect_not[tag], "contradicting-test", what, _("Remove it from one of the lists."))
    given = found.get("given")
    customer, events = _given(given, scope) if given is not None else ({}, ())
    if given is None or (as_of is not None and span is None):
        return None
    end = None if span is None else span[1]
    return RuleTest(customer, events, end, tuple(expect), tuple(expect_not), name, node.location)


def _tags(node: Node | None, values_are_tags: bool, scope: Scope) -> dict[str, Node]:
    found: dict[str, Node] = {}
    if node is None:
        return found
    for text, item in shape.names(node, scope.problems, _("tags")):
        if values_are_tags and identity(text) not in scope.taxonomy.names:
            found[text] = item
            continue
        tag = scope.tag(text, item)
        if tag is not None:
            found[tag] = item
    return found


def _given(node: Node, scope: Scope) -> tuple[Cells, tuple[GivenEvent, ...]]:
    """`customer: {…}`, and lists of events by their type or subset."""
    customer: Cells = {}
    events: list[GivenEvent] = []
    for name, key, value in shape.named(node, scope.problems, _("customer, and lists of events by type")):
        if name == _CUSTOMER:
            customer = _cells(value, None, scope)
            continue
        source = scope.source(name, key)
        for item in shape.items(value, scope.problems, _("events of {type}").format(type=name)):
            event = _event(item, source, scope) if source is not None else None
            events += [event] if event is not None else []
    return customer, tuple(events)


def _event(node: Node, source: EventSource, scope: Scope) -> GivenEvent | None:
    at = node.get("at") if node.kind == "map" else None
    if at is None:
        if not any(nearmiss.key_told(key, value, scope.problems) for key, value in node.entries):
            shape.missing(node, "at", scope.problems, _("when the event happened"))
        return None
    span = literals.moment(at, scope.timezone, scope.problems)
    cells = _cells(node, source.type, scope)
    return GivenEvent(source, span[0], _completed(cells, source.where), node.location) if span else None


def _completed(cells: Cells, where: Condition | None) -> Cells:
    """The cells with those that a subset's `where` tells: a field that is not given is what it must be."""
    if isinstance(where, All):
        for item in where.items:
            cells = _completed(cells, item)
    elif isinstance(where, Compare) and where.operator in ("is", "in"):
        value, operand = where.value, where.operand
        wanted = operand[0] if isinstance(operand, tuple) else operand
        # A date against an instant is a whole day.
        plain = isinstance(value, FieldValue) and not value.part and value.type != "datetime"
        if plain and isinstance(wanted, str | int | float):
            return {cast(FieldValue, value): wanted, **cells}
    return cells


def _cells(node: Node, event: str | None, scope: Scope) -> Cells:
    """The cells of a customer, or of an event without its `at`."""
    found: Cells = {}
    if node.kind == "map" and not node.entries:
        return found
    for name, key, value in shape.named(node, scope.problems, _("fields with their values")):
        if value.empty or (event is not None and name == "at"):
            continue
        field = _field(name, key, event, scope)
        cell = _cell(value, field, scope) if field is not None else None
        if field is not None and cell is not None:
            found[field] = cell
    return found


def _field(name: str, at: Node, event: str | None, scope: Scope) -> FieldValue | None:
    """The field of this name; of a type that is only declared, as the rules have taken it."""
    known = scope.read_fields.get((event, identity(name))) if event is not None else None
    guess = (known.stored or known.type) if known is not None else None
    if event is None:
        field = scope.customer_field(name, at)
    else:
        field = scope.event_field(event, name, at, guess)
    if field is not None and field.part:
        what = _("{name} is a part of a time; a test gives the time itself.").format(name=name)
        scope.problems.error(
            at, "part-given", what, _("Write the field without .{part}.").format(part=field.part)
        )
        return None
    return field


def _cell(node: Node, field: FieldValue, scope: Scope) -> Literal_ | tuple[str, ...] | None:
    if field.type == "list":
        items = node.items if node.kind == "list" else (node,)
        texts = [literals.text(item, scope.problems) for item in items]
        return tuple(text for text in texts if text is not None)
    if field.type == "datetime":
        span = literals.moment(node, scope.timezone, scope.problems)
        return None if span is None else span[0]
    return literals.literal(node, field.type, scope.timezone, scope.problems)
