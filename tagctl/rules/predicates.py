"""What is said of a value: one predicate for each operator and kind of operand, and its negation."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.model import Compare, Literal_, Share, Type
from tagctl.rules import phrases
from tagctl.rules.lower import NEGATIVE

# (predicate, its negation); {x} is the operand, {y} the second one. An event that is missing, or a field
# without a value, makes every predicate false and every negation true.
_Pair = tuple[str, str]

_NUMBERS: Mapping[str, _Pair] = {
    "is": (N_("equals {x}"), N_("does not equal {x}")),
    "at_least": (N_("is at least {x}"), N_("is not at least {x}")),
    "at_most": (N_("is at most {x}"), N_("is not at most {x}")),
    "above": (N_("is above {x}"), N_("is not above {x}")),
    "below": (N_("is below {x}"), N_("is not below {x}")),
}
_TIMES: Mapping[str, _Pair] = {
    "at_least": (N_("is {x} or later"), N_("is not {x} or later")),
    "at_most": (N_("is {x} or earlier"), N_("is not {x} or earlier")),
    "above": (N_("is after {x}"), N_("is not after {x}")),
    "below": (N_("is before {x}"), N_("is not before {x}")),
    "older_than": (N_("was at least {x} ago"), N_("was not at least {x} ago")),
    "newer_than": (N_("was less than {x} ago"), N_("was not less than {x} ago")),
    "anniversary_within": (
        N_("has its anniversary today or in the next {x}"),
        N_("does not have its anniversary today or in the next {x}"),
    ),
}
_LISTS: Mapping[str, _Pair] = {
    "is": (N_("includes {x}"), N_("does not include {x}")),
    "in": (N_("includes {x}"), N_("does not include {x}")),
    "contains": (N_("includes {x}"), N_("does not include {x}")),
    "any_of": (N_("includes {x}"), N_("does not include {x}")),
    "all_of": (N_("includes all of {x}"), N_("does not include all of {x}")),
}
_OTHERS: Mapping[str, _Pair] = {
    "is": (N_("is {x}"), N_("is not {x}")),
    "in": (N_("is {x}"), N_("is not {x}")),
    "between": (N_("lies between {x} and {y}"), N_("does not lie between {x} and {y}")),
    "contains": (N_("contains {x}"), N_("does not contain {x}")),
    "starts_with": (N_("starts with {x}"), N_("does not start with {x}")),
    "ends_with": (N_("ends with {x}"), N_("does not end with {x}")),
    "matches": (N_("matches the pattern {x}"), N_("does not match the pattern {x}")),
    "exists": (N_("is known"), N_("is not known")),
    "top": (N_("is among the highest {x}"), N_("is not among the highest {x}")),
    "bottom": (N_("is among the lowest {x}"), N_("is not among the lowest {x}")),
}
_PLACES: Mapping[str, _Pair] = {
    "top": (N_("is among the {x} highest"), N_("is not among the {x} highest")),
    "bottom": (N_("is among the {x} lowest"), N_("is not among the {x} lowest")),
}
_BY_TYPE: Mapping[Type, Mapping[str, _Pair]] = {
    "number": _NUMBERS,
    "money": _NUMBERS,
    "date": _TIMES,
    "datetime": _TIMES,
    "list": _LISTS,
}


def predicate(leaf: Compare, positive: bool, zone: ZoneInfo, wanted: tuple[Literal_, ...] = ()) -> str:
    """What a leaf says of its value, or with `positive` false that it is not so. `wanted` are operands of
    several such leaves, one of which is to hold."""
    operator, holds = sign(leaf, positive)
    kind = leaf.value.type
    operand = leaf.operand
    pairs = {**_OTHERS, **_BY_TYPE.get(kind, {})}
    if isinstance(operand, Share) and operand.count is not None:
        pairs.update(_PLACES)
    template = _(pairs[operator][0 if holds else 1])
    several = wanted or (operand if isinstance(operand, tuple) else ())
    if operator == "exists":
        return template
    if operator == "between" and len(several) == 2:
        first, last = (phrases.literal(item, kind, zone) for item in several)
        return template.format(x=first, y=last)
    if several:
        join = phrases.both if operator == "all_of" else phrases.either
        return template.format(x=join(phrases.literal(item, kind, zone) for item in several))
    return template.format(x=phrases.operand(operand, kind, zone))


def sign(leaf: Compare, positive: bool) -> tuple[str, bool]:
    """The positive operator of a leaf, and whether it is to hold."""
    if leaf.operator == "exists":
        return "exists", positive == bool(leaf.operand)
    negative = leaf.operator in NEGATIVE
    return NEGATIVE.get(leaf.operator, leaf.operator), positive != negative
