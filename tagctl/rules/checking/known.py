"""What one case of a condition says about one subject: whether it has a value, and where that lies."""

from __future__ import annotations

import math
from itertools import combinations

from tagctl.model import (
    BUCKETS,
    Aggregate,
    Bucket,
    DaysSince,
    FieldValue,
    Followed,
    Literal_,
    Ntile,
    TagRecord,
)
from tagctl.rules.checking.edges import NOW, Bound, Edge, Timeline, ranges
from tagctl.rules.checking.facts import Among, Elements, High, Low, Piece, Ranked, Said, Subject, Test, There

COUNTS = ("count", "distinct")
_PARTS = {"hour": (0, 23), "weekday": (1, 7), "month": (1, 12)}


class Known:
    """`present` is None while it is open. The rest is about the value, if there is one. `broken`: the case
    contradicts itself. Starts with what is true of the subject anyway."""

    def __init__(self, subject: Subject, timeline: Timeline) -> None:
        self.timeline = timeline
        self.present: bool | None = None
        self.broken = False
        self.changed = False
        self.lows: list[Bound] = []
        self.highs: list[Bound] = []
        self.whole = False
        self.among: frozenset[Literal_] | None = None
        self.tests: list[
            tuple[Test, bool]
        ] = []  # of texts, lists and opaque comparisons; what must not be, too
        self._start(subject)

    def _start(self, subject: Subject) -> None:
        if isinstance(subject, Aggregate):
            self._start_aggregate(subject)
        elif isinstance(subject, FieldValue):
            self.whole = subject.type == "money"
            if subject.part:
                self._between(*_PARTS[subject.part])
            elif subject.type == "bool":
                self.among = frozenset((0, 1))
            elif subject.column == "tagctl_at":
                self.present = True
        elif isinstance(subject, Bucket):
            self.present = True
            self._between(0, BUCKETS - 1)
        elif isinstance(subject, Ntile):
            self._between(1, subject.tiles)
        elif isinstance(subject, DaysSince):
            self.whole = True
        elif isinstance(subject, Followed | TagRecord):
            self.high(Bound(NOW))
        elif isinstance(subject, Ranked):
            self.low(Bound(0))

    def _start_aggregate(self, subject: Aggregate) -> None:
        counts = subject.function in COUNTS
        if counts or subject.function == "sum":
            self.present = True
        self.whole = counts or (subject.type == "money" and subject.function in ("sum", "min", "max"))
        if counts:
            self.low(Bound(0))
        spans = ranges(subject.window)
        if subject.function in ("first", "last"):
            self.high(Bound(NOW))
            if spans:
                self.high(Bound(spans[-1][1]))
            if spans and spans[0][0] is not None:
                self.low(Bound(spans[0][0], strict=True))

    def _between(self, low: int, high: int) -> None:
        self.whole = True
        self.low(Bound(low))
        self.high(Bound(high))

    # ── learning ─────────────────────────────────────────────────────────────────────────────────

    def take(self, test: Test, holds: bool) -> None:
        """A fact of the case, or that its opposite holds."""
        if isinstance(test, There):
            self.be(holds)
            return
        if holds:
            self.be(True)
        if isinstance(test, Low | High):
            bound = test.bound if holds else Bound(test.bound.edge, not test.bound.strict)
            (self.low if isinstance(test, Low) == holds else self.high)(bound)
        elif isinstance(test, Among) and holds:
            self._one_of(test.values)
        else:
            self.tests.append((test, holds))

    def _one_of(self, values: frozenset[Literal_]) -> None:
        self.among = values if self.among is None else self.among & values
        numbers = [value for value in values if isinstance(value, int | float)]
        if len(numbers) == len(values) > 0:
            self.low(Bound(min(numbers)))
            self.high(Bound(max(numbers)))

    def be(self, present: bool) -> None:
        """There is a value, or there is none."""
        if self.present is None:
            self.present, self.changed = present, True
        elif self.present != present:
            self.broken = True

    def low(self, bound: Bound) -> None:
        """The value, if any, is not below."""
        bound = self._whole(bound, 1)
        if not any(self._at_least(known, bound) for known in self.lows):
            self.lows = [known for known in self.lows if not self._at_least(bound, known)] + [bound]
            self.changed = True

    def high(self, bound: Bound) -> None:
        """The value, if any, is not above."""
        bound = self._whole(bound, -1)
        if not any(self._at_most(known, bound) for known in self.highs):
            self.highs = [known for known in self.highs if not self._at_most(bound, known)] + [bound]
            self.changed = True

    def _whole(self, bound: Bound, step: int) -> Bound:
        """Of whole numbers every end can be a number that is reached."""
        if not self.whole or not isinstance(bound.edge, int | float) or not math.isfinite(bound.edge):
            return bound
        rounded = math.ceil(bound.edge) if step > 0 else math.floor(bound.edge)
        return Bound(rounded + step if bound.strict and rounded == bound.edge else rounded)

    def _at_least(self, one: Bound, other: Bound) -> bool:
        """Whether what is not below `one` is not below `other`."""
        if other.strict and not one.strict:
            return self.timeline.before(other.edge, one.edge)
        return self.timeline.not_after(other.edge, one.edge)

    def _at_most(self, one: Bound, other: Bound) -> bool:
        if other.strict and not one.strict:
            return self.timeline.before(one.edge, other.edge)
        return self.timeline.not_after(one.edge, other.edge)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────

    def settle(self) -> None:
        """Where no value is left, there is none."""
        if self.whole:
            self._step()
        if self.present is not False and self._empty():
            self.be(False)

    def beyond(self, number: int) -> bool:
        """Whether it is surely more than this."""
        limit = Bound(number, strict=True)
        return any(self._at_least(low, self._whole(limit, 1)) for low in self.lows)

    def within(self, number: int) -> bool:
        """Whether it is surely no more than this."""
        if self.among is not None:
            return all(isinstance(value, int | float) and value <= number for value in self.among)
        return any(self._at_most(high, Bound(number)) for high in self.highs)

    def fits(self, value: Literal_) -> bool:
        """Whether this value is not ruled out. What depends on the as-of or on opaque comparisons is not."""
        return (
            not any(self._outside(low.edge, value, low.strict) for low in self.lows)
            and not any(self._outside(value, high.edge, high.strict) for high in self.highs)
            and self._passes_all(value)
        )

    def _outside(self, low: Edge, high: Edge, strict: bool) -> bool:
        """Whether the greater end is surely before the smaller one, or on it where it is outside."""
        return self.timeline.before(high, low) or (strict and self.timeline.not_after(high, low))

    def _empty(self) -> bool:
        if self.among is not None:
            return not any(self.fits(value) for value in self.among) or self._at_odds()
        return self._crossed() or self._at_odds()

    def _crossed(self) -> bool:
        return any(
            self._outside(low.edge, high.edge, low.strict or high.strict)
            or (low.edge == high.edge and not self._passes_all(low.edge))
            for low in self.lows
            for high in self.highs
        )

    def _step(self) -> None:
        """Move the ends to the next whole numbers that are not ruled out."""
        for bounds, add, step in ((self.lows, self.low, 1), (self.highs, self.high, -1)):
            for bound in tuple(bounds):
                edge = bound.edge
                while isinstance(edge, int) and not self._passes_all(edge):
                    edge += step
                add(Bound(edge))

    def _passes_all(self, value: Edge) -> bool:
        return isinstance(value, float | int | str) and all(
            _passes(value, t, holds) for t, holds in self.tests
        )

    def _at_odds(self) -> bool:
        """Whether two comparisons of a text, a list, or with the same words rule each other out."""
        return any(
            _odd(*one, *other) or _odd(*other, *one) for one, other in combinations(self.tests, 2)
        ) or (_lists_at_odds([(t, holds) for t, holds in self.tests if isinstance(t, Elements)]))


def _passes(value: Literal_, test: Test, holds: bool) -> bool:
    """Whether a value may meet a test, or miss it."""
    if isinstance(test, Among):
        return (value in test.values) == holds
    if isinstance(test, Piece) and isinstance(value, str):
        return _matches(value, test) == holds
    return True


def _matches(text: str, piece: Piece) -> bool:
    if piece.operator == "contains":
        return piece.text in text
    return text.startswith(piece.text) if piece.operator == "starts_with" else text.endswith(piece.text)


def _odd(one: Test, one_holds: bool, other: Test, other_holds: bool) -> bool:
    if not one_holds:
        return False
    if isinstance(one, Said):
        return one == other and not other_holds
    if not (isinstance(one, Piece) and isinstance(other, Piece)):
        return False
    same_end = one.operator == other.operator != "contains"
    if other_holds:
        return same_end and not _matches(one.text, other) and not _matches(other.text, one)
    return (other.operator == "contains" or same_end) and _matches(one.text, other)


def _lists_at_odds(tests: list[tuple[Elements, bool]]) -> bool:
    held: frozenset[str] = frozenset().union(
        *(t.texts for t, holds in tests if holds and t.operator == "all_of")
    )
    barred: frozenset[str] = frozenset().union(
        *(t.texts for t, holds in tests if not holds and t.operator == "any_of")
    )
    return bool(
        held & barred
        or any(t.texts <= barred for t, holds in tests if holds and t.operator == "any_of")
        or any(t.texts <= held for t, holds in tests if not holds and t.operator == "all_of")
    )
