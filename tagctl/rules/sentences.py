"""Rules as sentences that a person would write, in the language in use.

A condition becomes a clause about customers (“who have at least 3 “购买” events”; in Chinese a statement);
a group of groups becomes a list. What is negated is negated at its leaves, so a sentence never says “not”
of a whole list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.model import (
    BUCKETS,
    Aggregate,
    All,
    AnyOf,
    Bucket,
    Combined,
    Compare,
    Condition,
    DaysSince,
    EventSource,
    FieldValue,
    Followed,
    HasTag,
    MetricValue,
    Not,
    Ntile,
    Ratio,
    Ruleset,
    TagRecord,
    Value,
)
from tagctl.record import record
from tagctl.reports.explaining import Wording
from tagctl.rules import phrases
from tagctl.rules.phrases import apart, quoted
from tagctl.rules.predicates import predicate, sign

_LONG = 220  # characters: a longer group is a list
_MERGED = ("is", "contains", "starts_with", "ends_with")
_COUNTS: Mapping[str, str] = {
    "at_least": N_("who have at least {x} {events}"),
    "at_most": N_("who have at most {x} {events}"),
    "above": N_("who have more than {x} {events}"),
    "below": N_("who have fewer than {x} {events}"),
    "is": N_("who have exactly {x} {events}"),
}
# What a count does not meet, it meets the other way round: there always is one.
_OPPOSITE = {"at_least": "below", "below": "at_least", "above": "at_most", "at_most": "above"}
_AGGREGATES: Mapping[str, str] = {
    "count": N_("number of {events}"),
    "sum": N_("total {field} of {events}"),
    "avg": N_("average {field} of {events}"),
    "min": N_("lowest {field} of {events}"),
    "max": N_("highest {field} of {events}"),
    "distinct": N_("number of different {field} of {events}"),
    "most": N_("most frequent {field} of {events}"),
    "first": N_("first {event}"),
    "last": N_("last {event}"),
}
_RECORDS: Mapping[str, tuple[str, str]] = {
    "held": (
        N_("who have held {tag} for at least {x}"),
        N_("who have not held {tag} for at least {x}"),
    ),
    "gained": (N_("who gained {tag} in the last {x}"), N_("who did not gain {tag} in the last {x}")),
    "lost": (N_("who lost {tag} in the last {x}"), N_("who did not lose {tag} in the last {x}")),
}


@record
class Clause:
    """What is said of customers in one line, or the head of a list of `items`. `joined`: several clauses in
    one line, which no other can join without being misread."""

    text: str
    items: tuple[Clause, ...] = ()
    joined: bool = False


class Sentences:
    """Words for the conditions and values of a ruleset."""

    def __init__(self, ruleset: Ruleset, zone: ZoneInfo) -> None:
        self.zone = zone
        named = [*ruleset.conditions.items(), *((s.name, s.when) for s in ruleset.segments)]
        self.conditions = {id(condition): name for name, condition in reversed(named)}

    # ── conditions ───────────────────────────────────────────────────────────────────────────────

    def clause(self, condition: Condition, positive: bool = True, *, whole: bool = False) -> Clause:
        """A condition, or with `positive` false its opposite, as a clause about customers (or, in a `where`,
        about events). `whole` spells out a condition that has a name."""
        name = None if whole else self.conditions.get(id(condition))
        if name is not None:
            text = _("for whom {name} holds") if positive else _("for whom {name} does not hold")
            return Clause(text.format(name=quoted(name)))
        if isinstance(condition, Not):
            return self.clause(condition.item, not positive)
        if isinstance(condition, All | AnyOf):
            return self._group(condition, positive)
        return Clause(self._leaf(condition, positive))

    def _group(self, condition: All | AnyOf, positive: bool) -> Clause:
        every = isinstance(condition, All) == positive
        items = tuple(self._items(condition, positive))
        if len(items) == 1:
            return items[0]
        texts = [item.text for item in items]
        if not any(item.items or item.joined for item in items) and sum(map(len, texts)) <= _LONG:
            joined = phrases.all_clauses(texts) if every else phrases.any_clause(texts)
            return Clause(joined, joined=True)
        head = _("who meet all of these:") if every else _("who meet at least one of these:")
        return Clause(head, items)

    def _items(self, condition: All | AnyOf, positive: bool) -> Iterator[Clause]:
        """The clauses of a group; what is said of one value is said together."""
        every = isinstance(condition, All) == positive
        for _key, same in groupby(condition.items, key=self._subject):
            items = list(same)
            leaves = [item for item in items if isinstance(item, Compare)]
            if len(items) == 1 or len(leaves) < len(items):
                yield from (self.clause(item, positive) for item in items)
            elif isinstance(condition, AnyOf) and _alike(leaves):
                wanted = tuple(o for leaf in leaves if isinstance(o := leaf.operand, str | int | float))
                text = predicate(leaves[0], positive, self.zone, wanted)
                yield Clause(self._whose(leaves[0].value, text))
            else:
                said = [predicate(leaf, positive, self.zone) for leaf in leaves]
                both = _("{first} and {second}") if every else _("{first} or {second}")
                text = said[0]
                for another in said[1:]:
                    text = both.format(first=text, second=another)
                yield Clause(self._whose(leaves[0].value, text))

    def _subject(self, item: Condition) -> object:
        """What a leaf speaks of, where several leaves about it can be said together."""
        if not isinstance(item, Compare) or id(item) in self.conditions:
            return id(item)
        plain = isinstance(item.value, FieldValue | MetricValue)
        return item.value if plain and not isinstance(item.operand, tuple) else id(item)

    # ── leaves ───────────────────────────────────────────────────────────────────────────────────

    def _leaf(self, leaf: Compare | HasTag, positive: bool) -> str:
        if isinstance(leaf, HasTag):
            return _held(leaf, positive)
        value = leaf.value
        if isinstance(value, Bucket) and isinstance(leaf.operand, int | float):
            text = (
                _("who are in the fixed random {x}") if positive else _("who are not in the fixed random {x}")
            )
            return text.format(x=apart(f"{leaf.operand * 100 / BUCKETS:g}%"))
        if isinstance(value, TagRecord):
            text = _(_RECORDS[value.part][0 if positive else 1])
            return text.format(tag=quoted(value.tag), x=phrases.operand(leaf.operand, "datetime", self.zone))
        if isinstance(value, Followed):
            return self._followed(value, positive)
        if isinstance(value, Aggregate) and value.function == "count":
            counted = self._counted(value, leaf, positive)
            if counted:
                return counted
        return self._whose(value, predicate(leaf, positive, self.zone))

    def _whose(self, value: Value, said: str) -> str:
        return _("whose {value} {predicate}").format(value=self.value(value), predicate=said)

    def _counted(self, value: Aggregate, leaf: Compare, positive: bool) -> str:
        """`who have at least 3 …`; empty for what cannot be said like this."""
        operator, holds = sign(leaf, positive)
        if not holds and operator in _OPPOSITE:
            operator, holds = _OPPOSITE[operator], True
        if operator not in _COUNTS or not isinstance(leaf.operand, int | float):
            return ""
        none = (operator, leaf.operand) in (("is", 0), ("below", 1), ("at_most", 0))
        some = (operator, leaf.operand) in (("at_least", 1), ("above", 0)) or (none and not holds)
        events = self._events(value, many=not some and leaf.operand != 1)
        if some:
            text = _("who have at least one {event}").format(event=events)
        elif none:
            text = _("who have no {events}").format(events=events)
        elif not holds:
            return ""
        else:
            number = phrases.literal(leaf.operand, "number", self.zone)
            text = _(_COUNTS[operator]).format(x=number, events=events)
        return self._in_window(value, text)

    def _followed(self, value: Followed, positive: bool) -> str:
        if value.negative:
            text = (
                _("whose latest {first} was not followed by {then} within {x}")
                if positive
                else _("whose latest {first} was followed by {then} within {x}, or who have none")
            )
        else:
            text = (
                _("who have {first} followed by {then} within {x}")
                if positive
                else _("who have no {first} followed by {then} within {x}")
            )
        first, then = (_names(sources) or _("anything") for sources in (value.first, value.then))
        return text.format(first=first, then=then, x=phrases.duration(value.within))

    # ── values ───────────────────────────────────────────────────────────────────────────────────

    def value(self, value: Value) -> str:
        """A value as a noun: `total amount of “购买” events in the last 30 days`."""
        if isinstance(value, FieldValue):
            return phrases.field(value)
        if isinstance(value, MetricValue):
            return apart(value.name)
        if isinstance(value, Aggregate):
            field = next((of for of in value.fields if of is not None), None)
            text = _(_AGGREGATES[value.function]).format(
                field=phrases.field(field) if field else "",
                events=self._events(value, many=True),
                event=self._events(value, many=False),
            )
            return self._in_window(value, text)
        if isinstance(value, Ratio):
            return " ÷ ".join(self._part(part) for part in (value.dividend, value.divisor))
        if isinstance(value, Combined):
            sign = " + " if value.function == "sum_of" else " − "
            return sign.join(self._part(part) for part in value.parts)
        if isinstance(value, Ntile):
            text = _("score from 1 to {tiles} by {of}, {tiles} being the highest")
            return text.format(tiles=apart(str(value.tiles)), of=self.value(value.of))
        assert isinstance(value, DaysSince)
        return _("days since {of}").format(of=self.value(value.of))

    def _part(self, part: Value) -> str:
        text = self.value(part)
        return f"({text})" if isinstance(part, Ratio | Combined) else text

    def _in_window(self, value: Aggregate, text: str) -> str:
        if value.window is None:
            return text
        narrowed = any(condition is not None for condition in value.where)
        template = _("{what}, {window}") if narrowed else _("{what} {window}")
        return template.format(what=text, window=phrases.window(value.window, self.zone))

    def _events(self, value: Aggregate, *, many: bool) -> str:
        names = _names(value.sources)
        if not names:
            text = _("events of any kind") if many else _("event of any kind")
        else:
            text = (_("{names} events") if many else _("{names} event")).format(names=names)
        where = next((condition for condition in value.where if condition is not None), None)
        return text if where is None else self.narrowed(text, where)

    def narrowed(self, events: str, where: Condition) -> str:
        """Events with what a `where` asks of them."""
        return _("{events} {clause}").format(events=events, clause=_flat(self.clause(where)))


def _alike(leaves: list[Compare]) -> bool:
    """Whether only the operands differ, so that they can be listed."""
    return leaves[0].operator in _MERGED and len({leaf.operator for leaf in leaves}) == 1


def _flat(clause: Clause) -> str:
    """A clause within a clause: a list in one line."""
    if not clause.items:
        return clause.text
    return f"{clause.text} ({'; '.join(_flat(item) for item in clause.items)})"


def _held(leaf: HasTag, positive: bool) -> str:
    if leaf.dimension:
        text = _("who hold any tag of {name}") if positive else _("who hold no tag of {name}")
    else:
        text = _("who hold {name}") if positive else _("who do not hold {name}")
    return text.format(name=quoted(leaf.tag))


def _names(sources: Iterable[EventSource]) -> str:
    """The names of event types and subsets; empty for `any`."""
    names = dict.fromkeys(source.name for source in sources if source.name != "any")
    return phrases.either(quoted(name) for name in names) if names else ""


def finished(text: str, items: Iterable[Clause] = ()) -> Wording:
    """A text and the clauses listed below it, with their gaps settled."""
    return Wording(phrases.settled(text), tuple(finished(item.text, item.items) for item in items))
