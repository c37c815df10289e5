"""Windows of events: within, ago, between, with local dates turned into instants."""

from __future__ import annotations

from tagctl.messages import _
from tagctl.model import Ago, Between, Window, Within
from tagctl.rules import literals, nearmiss, shape
from tagctl.rules.nodes import Node
from tagctl.rules.operators import AGGREGATE_WORDS, WINDOWS
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

_WINDOWS = tuple(word for word in AGGREGATE_WORDS if word in WINDOWS)


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
    pair = pair_of(node, scope, "[120d, 30d]" if key == "ago" else "[2026-11-20, 2026-11-30]")
    if pair is None:
        return False, None
    window = _ago(pair, scope) if key == "ago" else _between(pair, scope)
    return window is not None, window


def pair_of(node: Node, scope: Scope, example: str) -> tuple[Node, Node] | None:
    """The two items of a list."""
    if node.kind == "list" and len(node.items) == 2:
        return node.items[0], node.items[1]
    if not nearmiss.told(node, scope.problems):
        what = _("Here must stand a list of two.")
        scope.problems.error(
            node, "expected-pair", what, _("Write for example {example}.").format(example=example)
        )
    return None


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
