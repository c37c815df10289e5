"""An imagined customer who meets several conditions at once: proof that they can meet, and what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice, product

from tagctl.messages import _, ngettext
from tagctl.model import Aggregate, Condition, Duration, FieldValue, Literal_, Ruleset, Type
from tagctl.record import record
from tagctl.rules import explain, time
from tagctl.rules.checking.edges import NOW, Bound, Edge
from tagctl.rules.checking.evaluation import Customer, Evaluator, Event, Stored, Unknown
from tagctl.rules.checking.facts import Elements, Piece, Tags
from tagctl.rules.checking.implications import States
from tagctl.rules.checking.known import COUNTS, Known
from tagctl.rules.checking.proofs import Prover
from tagctl.rules.lower import Lowering

_CASES = 20  # of the conditions, each tried with so many customers:
_TRIES = 200
_ALL_TRIES = 10_000  # for all examples together; after them none are found
_MOST_EVENTS = 30


@record
class _Need:
    """Events that an aggregate needs: what they look like, and when they may have been."""

    events: tuple[tuple[str, Mapping[FieldValue, Stored]], ...]
    times: tuple[int, ...]


class Examples:
    """Finds customers as of one instant; every one that is found was put to the test."""

    def __init__(self, prover: Prover, ruleset: Ruleset, as_of: int) -> None:
        self.prover = prover
        self.as_of = as_of
        self.zone = prover.zone
        self.lowering = Lowering(ruleset, as_of, prover.zone)
        self._tries = _ALL_TRIES

    def meeting(self, *conditions: Condition) -> Customer | None:
        """A customer who meets all the conditions, or None where none was found."""
        lowered = [self.lowering.condition(condition) for condition in conditions]
        for states in self.prover.cases(*conditions)[:_CASES]:
            for customer in islice(self._customers(states), min(_TRIES, self._tries)):
                self._tries -= 1
                evaluator = Evaluator(customer, self.as_of, self.zone)
                try:
                    if all(evaluator.holds(condition) for condition in lowered):
                        return customer
                except Unknown:
                    break
        return None

    def _customers(self, states: States) -> Iterator[Customer]:
        cells = self._cells(states)
        absent = {n for s, known in states if isinstance(s, Tags) and not known.present for n in s.names}
        tags = [
            min(held, default="")
            for s, known in states
            if isinstance(s, Tags) and known.present and (held := s.names - absent)
        ]
        aggregates = {s: known for s, known in states if isinstance(s, Aggregate)}
        pool = tuple(dict.fromkeys(t for s, known in aggregates.items() for t in self._times(s, known)))
        needs = [n for s, known in aggregates.items() if (n := self._need(s, known, pool)) is not None]
        for times in product(*((None, *need.times) for need in needs)):  # fewest events first
            events = tuple(
                Event(type, at, event_cells)
                for need, at in zip(needs, times, strict=True)
                if at is not None
                for type, event_cells in need.events
            )
            yield Customer(cells, events, tuple(tags))

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def _need(self, aggregate: Aggregate, known: Known, pool: tuple[int, ...]) -> _Need | None:
        counts = aggregate.function in COUNTS
        if not aggregate.sources or not (known.beyond(0) if counts or known.whole else known.present):
            return None
        number = 1
        if counts:
            number = max(int(low.edge) for low in known.lows if isinstance(low.edge, int | float))
        source, field, where = aggregate.sources[0], aggregate.fields[0], aggregate.where[0]
        asked = [condition for condition in (source.where, where) if condition is not None]
        cells: dict[FieldValue, Stored] = {}
        if asked:
            cells.update(next((self._cells(states) for states in self.prover.cases(*asked)), {}))
        if field is not None and aggregate.function not in COUNTS:
            cells[field] = self._value(known, field.type)
        made = []
        for index in range(min(number, _MOST_EVENTS)):
            own = {field: _different(field.type, index)} if field is not None and counts else {}
            made.append((source.type, {**cells, **own}))
        return _Need(tuple(made), tuple(dict.fromkeys((*self._times(aggregate, known), *pool)))[:8])

    def _times(self, aggregate: Aggregate, known: Known) -> Iterator[int]:
        """Instants that may matter to it: its own ends, those of its window, and just outside."""
        if aggregate.type == "datetime":
            value = self._value(known, "datetime")
            if isinstance(value, int):
                yield min(value, self.as_of)
        window = self.lowering.window(aggregate.window)
        if window is None:
            yield self.as_of
            return
        if window.first <= self.as_of:
            yield min(window.last, self.as_of)
            yield window.first
            yield window.first - 1

    # ── values ───────────────────────────────────────────────────────────────────────────────────

    def _cells(self, states: States) -> dict[FieldValue, Stored]:
        fields = {s: k for s, k in states if isinstance(s, FieldValue) and k.present and not s.part}
        return {field: self._value(known, field.type) for field, known in fields.items()}

    def _value(self, known: Known, kind: Type) -> Stored:
        """A value that fits, as far as can be seen."""
        if known.among is not None:
            return min((v for v in known.among if known.fits(v)), default=None, key=str)
        if kind == "list":
            tests = [(t, holds) for t, holds in known.tests if isinstance(t, Elements)]
            barred = {text for t, holds in tests if not holds and t.operator == "any_of" for text in t.texts}
            wanted = [
                t.texts if t.operator == "all_of" else {min(t.texts - barred)} for t, holds in tests if holds
            ]
            return tuple(sorted({text for texts in wanted for text in texts})) or ("A",)
        if kind == "text":
            return self._text(known)
        return self._between(known, kind)

    def _text(self, known: Known) -> str | None:
        """One of the pieces that are asked for, or anything. Nothing is glued together: it is far-fetched."""
        pieces = [t.text for t, holds in known.tests if isinstance(t, Piece) and holds]
        return next((text for text in pieces or ("A",) if known.fits(text)), None)

    def _between(self, known: Known, kind: Type) -> Stored:
        """The highest value that fits, else the lowest; of numbers between both, the middle."""
        lows = [self._resolved(bound, kind, 1) for bound in known.lows]
        highs = [self._resolved(bound, kind, -1) for bound in known.highs]
        low, high = max(lows, default=None, key=_sortable), min(highs, default=None, key=_sortable)
        if kind in ("number", "money"):
            return _number(known, low, high)
        found = high if high is not None else low
        if found is None:
            found = time.local_date(self.as_of, self.zone).isoformat() if kind == "date" else self.as_of
        return found

    def _resolved(self, bound: Bound, kind: Type, inward: int) -> Literal_:
        """The first value inside a bound."""
        edge: Edge = bound.edge
        if isinstance(edge, Duration):
            at = self.as_of if edge == NOW else time.back(self.as_of, edge, self.zone)
            edge = time.local_date(at, self.zone).isoformat() if kind == "date" else at
        if not bound.strict or kind in ("number", "money"):
            return edge
        if isinstance(edge, str):
            return (date.fromisoformat(edge) + timedelta(days=inward)).isoformat()
        return edge + inward


def _number(known: Known, low: Literal_ | None, high: Literal_ | None) -> Stored:
    strict = any(bound.strict for bound in (*known.lows, *known.highs))
    if isinstance(low, int | float) and isinstance(high, int | float):
        return (low + high) / 2 if strict else low
    if isinstance(low, int | float):
        return low + strict
    return high - strict if isinstance(high, int | float) else 0


def _sortable(value: Literal_) -> tuple[str, Literal_]:
    return type(value).__name__ if isinstance(value, str) else "", value


def _different(kind: Type, index: int) -> Stored:
    return f"A{index + 1}" if kind == "text" else index


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def described(customer: Customer, examples: Examples) -> str:
    """The example in words: `年龄 30, 3 × order 7 days ago`."""
    parts = [f"{field.name} {_shown(value, field, examples)}" for field, value in customer.cells.items()]
    same = Counter((event.type, event.at, _looks(event.cells, examples)) for event in customer.events)
    for (type, at, looks), count in sorted(same.items(), key=lambda item: -item[0][1]):
        what = f"{count} × {type}{looks}" if count > 1 else f"{type}{looks}"
        parts.append(_ago(what, examples.as_of - at))
    parts += customer.tags
    return ", ".join(parts) or _("nothing recorded")


def _ago(what: str, seconds: int) -> str:
    days = seconds // 86_400
    if days:
        return ngettext("{what} {count} day ago", "{what} {count} days ago", days).format(
            what=what, count=days
        )
    return _("{what} today").format(what=what)


def _looks(cells: Mapping[FieldValue, Stored], examples: Examples) -> str:
    shown = [f"{f.name} {_shown(value, f, examples)}" for f, value in cells.items() if value is not None]
    return f" ({', '.join(shown)})" if shown else ""


def _shown(value: Stored, field: FieldValue, examples: Examples) -> str:
    if value is None:
        return ""
    values: Sequence[Literal_] = value if isinstance(value, tuple) else (value,)
    return " ".join(explain.literal(item, field.type, examples.zone) for item in values)
