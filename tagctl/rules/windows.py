"""Windows of events: within, ago, between, during, period; and the periods that `during` names."""

from __future__ import annotations

from typing import Literal, cast

from tagctl.messages import _
from tagctl.model import Ago, Between, During, Period, Window, Within
from tagctl.rules import literals, nearmiss, shape
from tagctl.rules.nodes import Node
from tagctl.rules.operators import AGGREGATE_WORDS, WINDOWS
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

_WINDOWS = tuple(word for word in AGGREGATE_WORDS if word in WINDOWS)
_SPANS = ("day", "week", "month", "quarter", "year")
PERIODS = tuple(f"{which}_{span}" for which in ("this", "last") for span in _SPANS)


def read(found: shape.Entries, scope: Scope) -> tuple[bool, Window | None]:
    """(understood, the window or None where there is none)."""
    present = [key for key in found.values if key in _WINDOWS]
    if not present:
        return True, None
    if len(present) > 1:
        what = _("There are two windows here: {names}.").format(names=listed(f"`{name}`" for name in present))
        scope.problems.error(found.keys[present[1]], "two-windows", what, _("Keep one of them."))
        return False, None
    key, node = present[0], found.values[present[0]]
    if key == "within":
        duration = literals.duration(node, scope.problems)
        return duration is not None, Within(duration) if duration else None
    if key in ("during", "period"):
        named = _during(node, scope) if key == "during" else _period(node, scope)
        return named is not None, named
    pair = pair_of(node, scope, "[120d, 30d]" if key == "ago" else "[2026-11-20, 2026-11-30]")
    if pair is None:
        return False, None
    window = _ago(pair, scope) if key == "ago" else _between(pair, scope)
    return window is not None, window


def pair_of(node: Node, scope: Scope, example: str) -> tuple[Node, Node] | None:
    """The two items of a list."""
    if node.kind == "list" and len(node.items) == 2:
        return node.items[0], node.items[1]
    if not nearmiss.any_told(node, scope.problems):
        what = _("Here must stand a list of two.")
        scope.problems.error(
            node, "expected-pair", what, _("Write for example {example}.").format(example=example)
        )
    return None


def _during(node: Node, scope: Scope) -> During | None:
    text = literals.name(node, scope.problems, _("the name of a period"))
    found = scope.periods.get(text, node) if text is not None else None
    return During(*found) if found else None


def _period(node: Node, scope: Scope) -> Period | None:
    which, _underscore, span = shape.choice(node, PERIODS, "", scope.problems).partition("_")
    return Period(cast(Literal["this", "last"], which), cast(Literal["day"], span)) if span else None


def ranges(node: Node, scope: Scope) -> tuple[Between, ...] | None:
    """An entry of `periods:`, a list of ranges: in order, those that overlap or touch made one."""
    example = "[[2025-11-01, 2025-11-11], [2026-11-01, 2026-11-11]]"
    flat = node.kind == "list" and any(item.kind == "scalar" for item in node.items)
    if node.kind != "list" or not node.items or flat:
        if not nearmiss.any_told(node, scope.problems):
            what = _("Here must stand a list of ranges, each of two dates.")
            advice = _("Write for example {example}.").format(example=example)
            scope.problems.error(node, "expected-ranges", what, advice)
        return None
    found: list[Between] = []
    for item in node.items:
        pair = pair_of(item, scope, "[2025-11-01, 2025-11-11]")
        between = _between(pair, scope) if pair else None
        if between is None:
            return None
        found.append(between)
    joined: list[Between] = []
    for one in sorted(found, key=lambda b: b.first):
        if joined and one.first <= joined[-1].last + 1:
            joined[-1] = Between(joined[-1].first, max(one.last, joined[-1].last))
        else:
            joined.append(Between(one.first, one.last))
    return tuple(joined)


def _ago(pair: tuple[Node, Node], scope: Scope) -> Ago | None:
    older, newer = (literals.duration(node, scope.problems) for node in pair)
    if older is None or newer is None:
        return None
    if older.unit == newer.unit and older.amount <= newer.amount:
        what = _("The window is empty: {first} ago is not before {last} ago.").format(first=older, last=newer)
        scope.problems.error(pair[0], "empty-window", what, _("Write the longer duration first."))
        return None
    return Ago(older, newer)


def _between(pair: tuple[Node, Node], scope: Scope) -> Between | None:
    first, last = (literals.moment(node, scope.timezone, scope.problems) for node in pair)
    if first is None or last is None:
        return None
    if first[0] > last[1]:
        what = _("The window is empty: {first} is after {last}.").format(
            first=pair[0].text, last=pair[1].text
        )
        scope.problems.error(pair[0], "empty-window", what, _("Write the earlier one first."))
        return None
    return Between(first[0], last[1], (pair[0].text, pair[1].text))
