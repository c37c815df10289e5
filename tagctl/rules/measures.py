"""What has to be computed over the events before conditions can be judged: each thing once, for all rules.

Engine-neutral. An aggregate of one or several event types is made of `Partial`s, one or two per type,
so that each type is read in one pass (`Scan`), whatever sets of types the rules ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from tagctl.model import (
    CUSTOMER,
    Aggregate,
    Between,
    Compare,
    Condition,
    FieldValue,
    Followed,
    Not,
    Ntile,
    TagRecord,
    Value,
    walk,
)
from tagctl.record import record
from tagctl.rules.lower import parts_of, values_in

Gathered = Aggregate | Followed | TagRecord


@record
class Partial:
    """A conditional aggregate over one customer's events of one type.

    count: the events; sum, min, max: of the field, or of the instant where `of` is None; present: how
    many events have the field. `first` and `last` are instants, both included (None: no bound).
    """

    function: Literal["count", "sum", "present", "min", "max"]
    of: FieldValue | None
    where: Condition | None
    first: int | None
    last: int | None


@record
class Scan:
    """One pass over the events of a type: its partials; the leaves that they alone decide, which
    become bits, each with the condition to judge in its place; the partials that are needed as values too. No
    event before `first` matters."""

    type: str
    partials: tuple[Partial, ...]
    tests: Mapping[Compare, Condition]
    values: tuple[Partial, ...]
    first: int | None


@record
class Texts:
    """The tests on a text column of customers or of an event type: judged once per different text."""

    subject: str
    column: str
    tests: tuple[Compare, ...]


@record
class Measures:
    """`gathers` are what needs several rows of a customer at once: distinct and most, sequences of events,
    the record of a tag; `ranks` the values of which an order over all customers is needed, the inner
    ones first."""

    texts: tuple[Texts, ...] = ()
    scans: tuple[Scan, ...] = ()
    gathers: tuple[Gathered, ...] = ()
    ranks: tuple[Value, ...] = ()


def bounds(window: object) -> tuple[int | None, int | None]:
    """The instants of a lowered window."""
    return (window.first, window.last) if isinstance(window, Between) else (None, None)


def partials(
    aggregate: Aggregate, purpose: Literal["value", "sum", "number"] = "value"
) -> list[tuple[str, Partial]]:
    """The partials, with their event types, that make an aggregate; of an avg the sums or the numbers.

    "number" of a sum is how many events it has counted, for ranks.
    """
    first, last = bounds(aggregate.window)
    found = []
    for source, of, where in zip(aggregate.sources, aggregate.fields, aggregate.where, strict=True):
        if aggregate.function == "count":
            partial = Partial("count", None, where, first, last)
        elif purpose == "number":
            partial = Partial("present", of, where, first, last)
        elif aggregate.function in ("sum", "avg"):
            partial = Partial("sum", of, where, first, last)
        elif aggregate.function in ("min", "first"):
            partial = Partial("min", of, where, first, last)
        else:
            partial = Partial("max", of, where, first, last)
        found.append((source.type, partial))
    return found


def aggregates_in(value: Value) -> list[Aggregate]:
    """The aggregates that a lowered value is made of."""
    return [part for part in parts_of(value) if isinstance(part, Aggregate)]


class _Needs:
    """Collects what one event type must deliver, in the order of first use."""

    def __init__(self) -> None:
        self.partials: dict[Partial, None] = {}
        self.tests: dict[Compare, None] = {}
        self.values: dict[Partial, None] = {}
        self.once: dict[Compare, Condition] = {}  # tests that the newest event can decide as well

    def scan(self, type: str) -> Scan:
        """Whether anything has happened at all, in whatever window, is told by the newest event: one number
        instead of a count for each window. What is counted anyway stays a count."""
        partials = dict(self.partials)
        first = _earliest([*partials, *(p for leaf in self.once for p in _of_leaf(leaf))])
        tests: dict[Compare, Condition] = {}
        for leaf in self.tests:
            swapped = self.once.get(leaf)
            if swapped is None or _of_leaf(leaf)[0] in self.partials:
                tests[leaf] = leaf
                continue
            tests[leaf] = swapped
            partials.update(dict.fromkeys(p for part in walk(swapped) for p in _of_leaf(part)))
        return Scan(type, tuple(partials), tests, tuple(self.values), first)


class _Collector:
    def __init__(self, as_of: int) -> None:
        self.as_of = as_of
        self.types: dict[str, _Needs] = {}
        self.gathers: dict[Gathered, None] = {}
        self.ranks: dict[Value, None] = {}
        self.texts: dict[tuple[str, str], dict[Compare, None]] = {}

    def condition(self, condition: Condition) -> None:
        for leaf in walk(condition):
            if not isinstance(leaf, Compare):
                continue
            if is_text_test(leaf):
                self._text(leaf)
                continue
            for value in values_in(leaf):
                self._wheres(value)
            home = _only_type(leaf)
            if home is not None:
                needs = self._needs(home)
                needs.tests[leaf] = None
                once = _once(leaf, self.as_of)
                if once is None:
                    needs.partials.update(dict.fromkeys(_of_leaf(leaf)))
                else:
                    needs.once[leaf] = once
                continue
            for value in values_in(leaf):
                self.value(value)
            if leaf.operator in ("top", "bottom"):
                self._rank(leaf.value)

    def _text(self, leaf: Compare) -> None:
        assert isinstance(leaf.value, FieldValue)
        self.texts.setdefault((leaf.value.subject, leaf.value.column), {})[leaf] = None

    def _wheres(self, value: Value) -> None:
        """The text tests within the aggregates and sequences of a value."""
        wheres = [where for aggregate in aggregates_in(value) for where in aggregate.where]
        if isinstance(value, Followed):
            wheres = [source.where for source in (*value.first, *value.then)]
        for where in wheres:
            for leaf in walk(where) if where is not None else ():
                if isinstance(leaf, Compare) and is_text_test(leaf):
                    self._text(leaf)

    def value(self, value: Value) -> None:
        self._wheres(value)
        for part in reversed(list(parts_of(value))):  # the innermost first
            if isinstance(part, Aggregate):
                self._aggregate(part, _all_partials(part))
            elif isinstance(part, Ntile):
                self._rank(part.of)
            elif isinstance(part, Followed | TagRecord):
                self.gathers[part] = None

    def _rank(self, value: Value) -> None:
        self.ranks[value] = None
        for aggregate in aggregates_in(value):
            if aggregate.function == "sum":
                self._aggregate(aggregate, partials(aggregate, "number"))

    def _aggregate(self, aggregate: Aggregate, needed: list[tuple[str, Partial]]) -> None:
        if aggregate.function in ("distinct", "most"):
            self.gathers[aggregate] = None
            return
        for type, partial in needed:
            needs = self._needs(type)
            needs.partials[partial] = None
            needs.values[partial] = None

    def _needs(self, type: str) -> _Needs:
        return self.types.setdefault(type, _Needs())


def measure(conditions: Iterable[Condition], as_of: int, values: Iterable[Value] = ()) -> Measures:
    """What these conditions and values, lowered for an instant, need."""
    collector = _Collector(as_of)
    for condition in conditions:
        collector.condition(condition)
    for value in values:
        collector.value(value)
    scans = tuple(needs.scan(type) for type, needs in collector.types.items())
    texts = tuple(Texts(*of, tuple(tests)) for of, tests in collector.texts.items())
    return Measures(texts, scans, tuple(collector.gathers), tuple(collector.ranks))


def is_text_test(leaf: Compare) -> bool:
    """Whether a leaf tests a stored text, or a stored list of texts, against literals."""
    return (
        isinstance(leaf.value, FieldValue)
        and leaf.value.type in ("text", "list")
        and leaf.value.supplied
        and leaf.operator != "exists"
        and not isinstance(leaf.operand, FieldValue)
    )


def _all_partials(aggregate: Aggregate) -> list[tuple[str, Partial]]:
    if aggregate.function == "avg":
        return partials(aggregate, "sum") + partials(aggregate, "number")
    return partials(aggregate)


def _of_leaf(leaf: Condition) -> list[Partial]:
    """The partials of a leaf of one event type."""
    values = values_in(leaf) if isinstance(leaf, Compare) else ()
    return [p for value in values for of in aggregates_in(value) for _type, p in _all_partials(of)]


def _once(leaf: Compare, as_of: int) -> Condition | None:
    """What says the same as a leaf that asks whether a count is 0, of the instant of the newest event; None
    where the leaf asks something else, or its window ends before as_of."""
    of, limit = leaf.value, leaf.operand
    if not isinstance(of, Aggregate) or of.function != "count" or not isinstance(limit, int | float):
        return None
    first, last = bounds(of.window)
    if last is not None and last < as_of:
        return None
    newest = Aggregate("last", of.sources, of.fields, of.where, None, "datetime")
    some = Compare(newest, "exists", 1) if first is None else Compare(newest, "at_least", first)
    if (leaf.operator == "at_least" and 0 < limit <= 1) or (leaf.operator == "above" and 0 <= limit < 1):
        return some
    none = {"is": limit == 0, "at_most": 0 <= limit < 1, "below": 0 < limit <= 1}
    return Not(some) if none.get(leaf.operator) else None


def _earliest(partials: Iterable[Partial]) -> int | None:
    starts = [partial.first for partial in partials]
    known = [start for start in starts if start is not None]
    return min(known) if len(known) == len(starts) and known else None


def _only_type(leaf: Compare) -> str | None:
    """The event type whose scan alone decides a leaf; None where there is no such one."""
    if leaf.operator in ("top", "bottom"):
        return None
    types: set[str] = set()
    for value in values_in(leaf):
        for part in parts_of(value):
            if isinstance(part, Ntile) or (isinstance(part, FieldValue) and part.subject == CUSTOMER):
                return None
            if isinstance(part, Aggregate):
                if part.function in ("distinct", "most") or len(part.sources) != 1:
                    return None
                types.add(part.sources[0].type)
    return types.pop() if len(types) == 1 else None
