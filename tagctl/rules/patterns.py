"""Whether a regular expression can take exponential time: some text can be read in two ways around a loop.

The pattern becomes an automaton whose states are its characters (Glushkov's), with an edge wherever one
may follow another. Backtracking is exponential exactly where two different paths lead from a state of a
loop back to it over the same text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field
from importlib import import_module
from typing import Any

from tagctl.record import record

LARGEST = 150  # characters of one loop; the check is cubic in them
_UNROLLED = 60  # a longer counted repetition is judged as if it had no end
_ODDMENTS = "aZ_0 -.,;:/@#中é٣\t\n"  # one of each kind that \w, \d, \s and `.` tell apart

Items = Any  # a tree of Python's own parser: what the matcher will work on, its optimisations included


def explodes(pattern: str) -> bool:
    """Whether matching (ignoring case) can be exponential, or a loop is too large to tell. The pattern
    must compile."""
    # The parser has no public name since 3.11.
    items = import_module("re._parser").parse(pattern, re.IGNORECASE)
    pending = [items]
    while pending:
        automaton = _Automaton(pending.pop())
        if any(automaton.ambiguous(start, end) for start, end in automaton.outermost()):
            return True
        pending += automaton.lookarounds
    return False


@record
class _Part:
    """The states with which a part can begin and end, and in how many ways each; in how many it is empty."""

    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)
    empty: int = 1


class _Automaton:
    def __init__(self, items: Items) -> None:
        self.characters = sorted(set(_ODDMENTS) | set(_mentioned(items)))
        self.accepted: list[frozenset[str]] = []  # by state
        self.edges: Counter[tuple[int, int]] = Counter()
        self.loops: list[tuple[int, int]] = []
        self.lookarounds: list[Items] = []
        self.sequence(items)

    # ── from the tree ────────────────────────────────────────────────────────────────────────────

    def sequence(self, items: Items) -> _Part:
        whole = _Part()
        for item in items:
            whole = self.joined(whole, self.item(*item))
        return whole

    def joined(self, one: _Part, other: _Part) -> _Part:
        self.follow(one, other)
        return _Part(
            one.first + _times(other.first, one.empty),
            other.last + _times(one.last, other.empty),
            min(one.empty * other.empty, 2),
        )

    def follow(self, one: _Part, other: _Part) -> None:
        for a, ways in one.last.items():
            for b, more in other.first.items():
                self.edges[a, b] += ways * more

    def item(self, code: object, value: Items) -> _Part:
        name = str(code)
        if name.endswith("_REPEAT"):
            return self.repeat(*value)
        if name == "BRANCH":
            return self.either(value[1])
        if name == "GROUPREF_EXISTS":
            return self.either([value[1], value[2] or ()])
        if name in ("SUBPATTERN", "ATOMIC_GROUP"):
            return self.sequence(value[-1] if name == "SUBPATTERN" else value)
        if name in ("ASSERT", "ASSERT_NOT"):
            self.lookarounds.append(value[1])
        if name in ("ASSERT", "ASSERT_NOT", "AT", "FAILURE"):
            return _Part()
        state = len(self.accepted)
        self.accepted.append(frozenset(c for c in self.characters if _accepts(name, value, c)))
        return _Part(Counter({state: 1}), Counter({state: 1}), empty=0)

    def either(self, ways: Iterable[Items]) -> _Part:
        parts = [self.sequence(way) for way in ways]
        return _Part(
            sum((part.first for part in parts), Counter()),
            sum((part.last for part in parts), Counter()),
            min(sum(part.empty for part in parts), 2),
        )

    def repeat(self, least: int, most: Any, items: Items) -> _Part:  # noqa: ANN401 (int or the parser's MAXREPEAT)
        endless = not isinstance(most, int) or most > _UNROLLED or int(most) * _size(items) > _UNROLLED
        if endless or (most > 2 and _has_loop(items)):  # of a loop even a few repetitions are too many
            whole = _Part()
            for _copy in range(least - 1 if least * _size(items) <= _UNROLLED else 0):
                whole = self.joined(whole, self.sequence(items))
            return self.joined(whole, self.loop(items, optional=least == 0))
        optional = _Part()
        for _copy in range(most - least):
            longer = self.joined(self.sequence(items), optional)
            optional = _Part(longer.first, longer.last, min(longer.empty + 1, 2))
        whole = _Part()
        for _copy in range(least):
            whole = self.joined(whole, self.sequence(items))
        return self.joined(whole, optional)

    def loop(self, items: Items, *, optional: bool) -> _Part:
        start = len(self.accepted)
        part = self.sequence(items)
        self.follow(part, part)
        self.loops.append((start, len(self.accepted)))
        return _Part(part.first, part.last, min(part.empty + optional, 2))

    # ── what it says ─────────────────────────────────────────────────────────────────────────────

    def outermost(self) -> Iterator[tuple[int, int]]:
        """The loops that stand in no other: from any of its states each other can be reached."""
        end = 0
        for loop in sorted(set(self.loops), key=lambda loop: (loop[0], -loop[1])):
            if loop[0] >= end and loop[0] < loop[1]:
                end = loop[1]
                yield loop

    def ambiguous(self, start: int, end: int) -> bool:
        """Whether two paths within this loop over the same text part and meet again."""
        if end - start > LARGEST:
            return True
        inside = [edge for edge in self.edges if start <= edge[0] < end and start <= edge[1] < end]
        if any(self.edges[edge] > 1 for edge in inside):  # one path, but two ways to go it
            return True
        after: dict[int, list[int]] = {state: [] for state in range(start, end)}
        for one, other in inside:
            after[one].append(other)
        pending = [(state, state) for state in after]
        seen: set[tuple[int, int]] = set()
        while pending:
            one, other = pending.pop()
            for a in after[one]:
                for b in after[other]:
                    if a == b:
                        if one != other:
                            return True
                    elif (a, b) not in seen and self.accepted[a] & self.accepted[b]:
                        seen.update(((a, b), (b, a)))
                        pending.append((a, b))
        return False


def _times(states: Counter[int], ways: int) -> Counter[int]:
    return Counter({state: min(count * ways, 2) for state, count in states.items()} if ways else {})


# ── parts of the tree ────────────────────────────────────────────────────────────────────────────


def _inner(items: Items) -> Iterator[tuple[str, Any]]:
    """Every item below, repetitions included, as (name, value)."""
    for code, value in items:
        name = str(code)
        yield name, value
        if name == "BRANCH":
            for way in value[1]:
                yield from _inner(way)
        elif name == "GROUPREF_EXISTS":
            yield from _inner([*value[1], *(value[2] or ())])
        elif name == "ATOMIC_GROUP":
            yield from _inner(value)
        elif name == "SUBPATTERN" or name.endswith("_REPEAT") or name.startswith("ASSERT"):
            yield from _inner(value[-1])


def _size(items: Items) -> int:
    return sum(1 for _item in _inner(items)) or 1


def _has_loop(items: Items) -> bool:
    return any(
        name.endswith("_REPEAT") and (not isinstance(value[1], int) or value[1] - value[0] > 9)
        for name, value in _inner(items)
    )


def _mentioned(items: Items) -> Iterator[str]:
    """The characters that a pattern names, those at the ends of its ranges, and their neighbours."""
    for name, value in _inner(items):
        for kind, what in value if name == "IN" else [(name, value)]:
            if str(kind) in ("LITERAL", "NOT_LITERAL"):
                yield from _cases(chr(what))
            elif str(kind) == "RANGE":
                for code in (what[0] - 1, *what, what[1] + 1):
                    yield from _cases(chr(min(max(code, 0), 0x10FFFF)))


def _cases(character: str) -> set[str]:
    return {c for c in (character, character.lower(), character.upper()) if len(c) == 1}


def _accepts(name: str, value: Items, character: str) -> bool:
    cases = _cases(character)
    if name == "IN":
        kinds = [(str(kind), what) for kind, what in value]
        found = any(_accepts(kind, what, character) for kind, what in kinds if kind != "NEGATE")
        return found != (kinds[0][0] == "NEGATE")
    if name == "LITERAL":
        return chr(value) in cases
    if name == "NOT_LITERAL":
        return chr(value) not in cases
    if name == "RANGE":
        return any(value[0] <= ord(c) <= value[1] for c in cases)
    if name == "CATEGORY":
        return _in_category(str(value), character)
    return name != "ANY" or character != "\n"  # a reference back can be anything


def _in_category(name: str, character: str) -> bool:
    if name.endswith("DIGIT"):
        found = character.isdecimal()
    elif name.endswith("SPACE"):
        found = character.isspace()
    else:
        found = character.isalnum() or character == "_"
    return found != ("_NOT_" in name)
