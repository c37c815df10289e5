"""What is known of one subject tells something of another: more events are counted in a wider window, the
last of all events is no earlier than the last login, a parent tag is held with its child."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

from tagctl.model import Aggregate, Combined, Condition, DaysSince, FieldValue, Ntile, Ratio, Taxonomy, Value
from tagctl.rules.checking.edges import NOW, Bound, Timeline, ranges
from tagctl.rules.checking.facts import Ranked, Subject, Tags
from tagctl.rules.checking.known import COUNTS, Known

_LATEST = ("last", "max")
_EARLIEST = ("first", "min")
_ROUNDS = 12  # of telling each other; what is known after them is sound, only less

Implies = Callable[[tuple[Condition, ...], tuple[Condition, ...]], bool]
States = tuple[tuple[Subject, Known], ...]  # each subject of a case once


class Implications:
    """Lets the subjects of a case tell each other what they know. `implies` compares conditions on events."""

    def __init__(self, taxonomy: Taxonomy, timeline: Timeline, implies: Implies) -> None:
        self.taxonomy = taxonomy
        self.timeline = timeline
        self.implies = implies
        self._counting: dict[tuple[int, int, bool], bool] = {}

    def spread(self, states: States, apart: bool) -> None:
        """Tell until nobody learns anything. `apart`: choices of an exclusive dimension never meet."""
        for _round in range(_ROUNDS):
            for _subject, known in states:
                known.changed = False
            for (one, mine), (other, theirs) in permutations(states, 2):
                self._tell(one, other, mine, theirs, apart)
            for _subject, known in states:
                known.settle()
            if any(known.broken for _s, known in states) or not any(known.changed for _s, known in states):
                return

    def _tell(self, one: Subject, other: Subject, mine: Known, theirs: Known, apart: bool) -> None:
        if isinstance(one, Aggregate) and isinstance(other, Aggregate):
            self._events(one, other, mine, theirs)
        elif isinstance(one, Tags) and isinstance(other, Tags):
            self._tags(one, other, mine, theirs, apart)
        elif other in _needed(one):  # a value made of others is there when they are
            if mine.present:
                theirs.be(True)
            elif theirs.present is False:
                mine.be(False)

    # ── tags ─────────────────────────────────────────────────────────────────────────────────────

    def _tags(self, one: Tags, other: Tags, mine: Known, theirs: Known, apart: bool) -> None:
        if one.names <= other.names:
            if mine.present:
                theirs.be(True)
            if theirs.present is False:
                mine.be(False)
        elif apart and mine.present and self._never_meet(one, other):
            theirs.be(False)

    def _never_meet(self, one: Tags, other: Tags) -> bool:
        mine, theirs = self._choices(one), self._choices(other)
        dimensions = {dimension for dimension, _choice in mine | theirs}
        (dimension, *more) = dimensions or {""}
        if more or not dimension or self.taxonomy.dimensions[dimension].exclusive == "none":
            return False
        return not mine & theirs

    def _choices(self, tags: Tags) -> set[tuple[str, str]]:
        known = self.taxonomy.tags
        return {(known[n].dimension, known[n].choice) if n in known else ("", n) for n in tags.names}

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def _events(self, one: Aggregate, other: Aggregate, mine: Known, theirs: Known) -> None:
        """`one` tells `other`, which counts at least its events; and the other way round."""
        if self._counts(other, one, in_window=True):
            if _some(one, mine):
                _be_some(other, theirs)
                self._from_window(one, other, theirs)
            if _none(other, theirs):
                _be_none(one, mine)
            self._compare(one, other, mine, theirs)
        if one.function in ("first", "last") and other.window is not None:
            self._place(one, other, mine, theirs)

    def _from_window(self, one: Aggregate, other: Aggregate, theirs: Known) -> None:
        """There is an event in the window of `one`: the last of all lies no earlier, the first no later."""
        spans = ranges(one.window)
        if not spans:
            return
        if other.function == "last" and spans[0][0] is not None:
            theirs.low(Bound(spans[0][0], strict=True))
        if other.function == "first":
            theirs.high(Bound(spans[-1][1]))

    def _compare(self, one: Aggregate, other: Aggregate, mine: Known, theirs: Known) -> None:
        """The order of two values, where there are both: the greater is not below, the smaller not above."""
        pair = one.function, other.function
        if pair in (("count", "count"), ("distinct", "count"), ("distinct", "distinct")):
            _order(mine, theirs)
        elif mine.present and theirs.present:
            if one.function in _LATEST + _EARLIEST and other.function == _like(one.function, _LATEST):
                _order(mine, theirs)
            elif one.function in _LATEST + _EARLIEST and other.function == _like(one.function, _EARLIEST):
                _order(theirs, mine)

    def _place(self, one: Aggregate, other: Aggregate, mine: Known, theirs: Known) -> None:
        """`one` is the first or last of events that `other` counts when they lie in its window."""
        spans = ranges(other.window)
        start, end = spans[0] if len(spans) == 1 else (None, NOW)
        if start is None or not self._counts(other, one, in_window=False):
            return
        begins = any(
            self.timeline.not_after(start, low.edge) if low.strict else self.timeline.before(start, low.edge)
            for low in mine.lows
        )
        ends = any(self.timeline.not_after(high.edge, end) for high in mine.highs)
        if mine.present and begins and ends:
            _be_some(other, theirs)
        if one.function == "last" and end == NOW and _none(other, theirs):
            mine.high(Bound(start))

    def _counts(self, wide: Aggregate, narrow: Aggregate, *, in_window: bool) -> bool:
        """Whether every event that `narrow` counts is counted by `wide` (its window aside, if so asked)."""
        key = id(wide), id(narrow), in_window  # the prover keeps one object for each
        if key not in self._counting:
            inside = not in_window or self.timeline.inside(narrow.window, wide.window)
            self._counting[key] = inside and (
                _is_any(wide)
                or (bool(narrow.sources) and not _is_any(narrow) and self._all_sources(wide, narrow))
            )
        return self._counting[key]

    def _all_sources(self, wide: Aggregate, narrow: Aggregate) -> bool:
        return all(
            any(
                mine[0] == theirs[0] and theirs[1] in (None, mine[1]) and self.implies(mine[2], theirs[2])
                for theirs in _sources(wide)
            )
            for mine in _sources(narrow)
        )


def _is_any(aggregate: Aggregate) -> bool:
    """Whether it counts every event there is: `any`, without conditions."""
    plain = not any(aggregate.fields) and not any(aggregate.where)
    return plain and all(source.name == "any" for source in aggregate.sources)


_Source = tuple[str, FieldValue | None, tuple[Condition, ...]]


def _sources(aggregate: Aggregate) -> Iterator[_Source]:
    """Each event type with the field that must be there and what the event must meet."""
    for source, field, where in zip(aggregate.sources, aggregate.fields, aggregate.where, strict=True):
        yield source.type, field, tuple(c for c in (source.where, where) if c is not None)


def _like(function: str, wanted: tuple[str, str]) -> str:
    """The latest or the earliest of the same kind: instants, or values of a field."""
    return wanted[0] if function in ("first", "last") else wanted[1]


def _order(smaller: Known, greater: Known) -> None:
    """One value is at most the other."""
    for low in smaller.lows:
        greater.low(low)
    for high in greater.highs:
        smaller.high(high)


def _some(aggregate: Aggregate, known: Known) -> bool:
    """Whether it surely counted an event."""
    if aggregate.function in COUNTS:
        return known.beyond(0)
    if aggregate.function == "sum":
        return known.beyond(0)
    return known.present is True


def _none(aggregate: Aggregate, known: Known) -> bool:
    """Whether it surely counted none. A sum of 0 may be one of events."""
    if aggregate.function in COUNTS:
        return known.within(0)
    return aggregate.function != "sum" and known.present is False


def _be_some(aggregate: Aggregate, known: Known) -> None:
    if aggregate.function in COUNTS:
        known.low(Bound(1))
    elif aggregate.function != "sum":
        known.be(True)


def _be_none(aggregate: Aggregate, known: Known) -> None:
    if aggregate.function in COUNTS or aggregate.function == "sum":
        known.low(Bound(0))
        known.high(Bound(0))
    else:
        known.be(False)


def _needed(subject: Subject) -> tuple[Value, ...]:
    """The values without which there is none."""
    if isinstance(subject, Ratio):
        return subject.dividend, subject.divisor
    if isinstance(subject, Combined):
        return subject.parts
    if isinstance(subject, Ntile | DaysSince | Ranked):
        return (subject.of,)
    return ()
