"""Proofs about conditions: each is taken apart into cases; a case is refuted when its facts contradict."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from tagctl.model import All, AnyOf, Compare, Condition, HasTag, Not, Taxonomy, Value
from tagctl.rules.checking import facts
from tagctl.rules.checking.edges import Timeline
from tagctl.rules.checking.facts import Fact, Subject
from tagctl.rules.checking.implications import Implications, States
from tagctl.rules.checking.known import Known

CASES = 200  # more of them, and nothing is proved

Case = frozenset[int]  # numbers of facts that hold, and negative ones of those whose opposite does
Wanted = tuple[Condition, bool]


class _TooMany(Exception):
    """A condition has too many cases to look at."""


class Prover:
    """Proves about conditions of one ruleset. False always means: not proved."""

    def __init__(self, taxonomy: Taxonomy, metrics: Mapping[str, Value], zone: ZoneInfo) -> None:
        self.metrics = metrics
        self.zone = zone
        self.timeline = Timeline(zone)
        self._implications = Implications(
            taxonomy, self.timeline, lambda given, then: all(self.implies(given, c) for c in then)
        )
        self._facts: list[Fact] = []
        self._numbers: dict[Fact, int] = {}
        self._subjects: dict[Subject, Subject] = {}  # one object for each, so that they compare by identity
        self._cases: dict[tuple[int, bool], tuple[Condition, tuple[Case, ...] | None]] = {}

    def never(self, *conditions: Condition, apart: bool = False) -> bool:
        """Nobody can meet them all. `apart`: provided that no two choices of an exclusive dimension meet."""
        return self._refuted(tuple((c, True) for c in conditions), apart)

    def always(self, condition: Condition) -> bool:
        """Everybody meets it."""
        return self._refuted(((condition, False),), apart=False)

    def implies(self, given: tuple[Condition, ...], condition: Condition, *, apart: bool = False) -> bool:
        """Whoever meets all that is given meets the condition."""
        return self._refuted((*((c, True) for c in given), (condition, False)), apart)

    def exhausted(self, *conditions: Condition) -> bool:
        """Everybody meets at least one of them."""
        return self._refuted(tuple((c, False) for c in conditions), apart=False)

    def cases(self, *conditions: Condition) -> tuple[States, ...]:
        """The cases in which all the conditions may hold, with what is known of each subject."""
        try:
            found = self._all_of(tuple((c, True) for c in conditions))
        except _TooMany:
            return ()
        states = (self._states(case, apart=True) for case in found)
        return tuple(each for each in states if not _broken(each))

    def _refuted(self, wanted: tuple[Wanted, ...], apart: bool) -> bool:
        try:
            found = self._all_of(wanted)
        except _TooMany:
            return False
        return all(_broken(self._states(case, apart)) for case in found)

    def _states(self, case: Case, apart: bool) -> States:
        states: dict[int, tuple[Subject, Known]] = {}
        for number in case:
            fact = self._facts[abs(number) - 1]
            if id(fact.subject) not in states:
                states[id(fact.subject)] = fact.subject, Known(fact.subject, self.timeline)
            states[id(fact.subject)][1].take(fact.test, number > 0)
        found = tuple(states.values())
        for _subject, known in found:
            known.settle()
        if not _broken(found):
            self._implications.spread(found, apart)
        return found

    # ── cases ────────────────────────────────────────────────────────────────────────────────────

    def _all_of(self, wanted: tuple[Wanted, ...]) -> tuple[Case, ...]:
        found: tuple[Case, ...] = (frozenset(),)
        for condition, holds in wanted:
            found = _product(found, self._of(condition, holds))
        return found

    def _of(self, condition: Condition, holds: bool) -> tuple[Case, ...]:
        key = id(condition), holds
        if key not in self._cases:  # the condition is kept, so that its id stays its own
            try:
                self._cases[key] = condition, self._read(condition, holds)
            except _TooMany:
                self._cases[key] = condition, None
        found = self._cases[key][1]
        if found is None:
            raise _TooMany
        return found

    def _read(self, condition: Condition, holds: bool) -> tuple[Case, ...]:
        if isinstance(condition, Not):
            return self._of(condition.item, not holds)
        if isinstance(condition, All | AnyOf):
            parts = [self._of(item, holds) for item in condition.items]
            return _each(parts) if isinstance(condition, All) == holds else _either(parts)
        return self._leaf(condition, holds)

    def _leaf(self, leaf: Compare | HasTag, holds: bool) -> tuple[Case, ...]:
        reading = facts.read(leaf, self.metrics, self.zone)
        if holds != reading.opposite:
            return _either([(frozenset(self._number(fact) for fact in case),) for case in reading.cases])
        return _each([tuple(frozenset((-self._number(fact),)) for fact in case) for case in reading.cases])

    def _number(self, fact: Fact) -> int:
        """The number of a fact, from 1."""
        if fact not in self._numbers:
            self._numbers[fact] = len(self._facts) + 1
            self._facts.append(Fact(self._subjects.setdefault(fact.subject, fact.subject), fact.test))
        return self._numbers[fact]


def _broken(states: States) -> bool:
    return any(known.broken for _subject, known in states)


def _either(parts: list[tuple[Case, ...]]) -> tuple[Case, ...]:
    found = tuple(dict.fromkeys(case for part in parts for case in part))
    if len(found) > CASES:
        raise _TooMany
    return found


def _each(parts: list[tuple[Case, ...]]) -> tuple[Case, ...]:
    found: tuple[Case, ...] = (frozenset(),)
    for part in parts:
        found = _product(found, part)
    return found


def _product(one: tuple[Case, ...], other: tuple[Case, ...]) -> tuple[Case, ...]:
    """Each case of one with each of the other, but those that say a fact and its opposite."""
    if len(one) * len(other) > 4 * CASES:
        raise _TooMany
    both = (mine | theirs for mine in one for theirs in other)
    found = tuple(dict.fromkeys(c for c in both if not any(-number in c for number in c)))
    if len(found) > CASES:
        raise _TooMany
    return found
