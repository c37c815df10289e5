"""What a tag rests on: other tags that its holding can depend on, events that keep a leaf as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tagctl.model import (
    Aggregate,
    Ago,
    Between,
    Compare,
    During,
    Followed,
    HasTag,
    MetricValue,
    Period,
    Ruleset,
    TagRecord,
    Taxonomy,
    Value,
    Window,
    walk,
)
from tagctl.rules.lower import parts_of, values_in
from tagctl.rules.plan import asked_by, implications


def reach(ruleset: Ruleset, taxonomy: Taxonomy, tag: str) -> frozenset[str]:
    """The tag, its descendants, and all tags on which it can depend: read by rules, implying it, or in the
    same exclusive dimension; and so on."""
    rules = {rule.tag: rule for rule in ruleset.rules}
    implied = implications(taxonomy)
    found: set[str] = set()
    todo = list(taxonomy.children(tag))
    while todo:
        current = todo.pop()
        if current in found or current not in taxonomy.tags:
            continue
        found.add(current)
        home = taxonomy.dimensions[taxonomy.tags[current].dimension]
        todo += home.tags if home.exclusive != "none" else ()
        todo += implied.get(current, ())
        for condition in asked_by(rules[current]) if current in rules else ():
            for leaf in walk(condition):
                if isinstance(leaf, HasTag):
                    todo += taxonomy.dimensions[leaf.tag].tags if leaf.dimension else leaf.tags
                elif isinstance(leaf, Compare) and isinstance(leaf.value, TagRecord):
                    todo += leaf.value.tags
    return frozenset(found)


def narrowed(ruleset: Ruleset, taxonomy: Taxonomy, tags: frozenset[str]) -> Ruleset:
    """The ruleset with the rules of these tags only."""
    homes = {taxonomy.tags[tag].dimension for tag in tags}
    return replace(
        ruleset,
        rules=tuple(rule for rule in ruleset.rules if rule.tag in tags),
        each=tuple(each for each in ruleset.each if each.dimension in homes),
    )


def refreshing(leaf: Compare | HasTag, ruleset: Ruleset, at: int) -> Iterator[str]:
    """The event types (or subsets, as the rule names them) of which a new event can keep a leaf from turning
    at this instant: those seen by what looks at the newest events."""
    found: dict[str, None] = {}
    for value in values_in(leaf):
        for part in all_parts(value, ruleset):
            if (
                isinstance(part, Aggregate)
                and part.function not in ("first", "min")
                and _open(part.window, at)
            ):
                found.update(dict.fromkeys(source.name for source in part.sources))
            elif isinstance(part, Followed):
                found.update(dict.fromkeys(source.name for source in part.then))
    yield from found


def all_parts(value: Value, ruleset: Ruleset) -> Iterator[Value]:
    """The value and all that it is made of, metrics looked up."""
    for part in parts_of(value):
        yield part
        if isinstance(part, MetricValue):
            yield from all_parts(ruleset.metrics[part.name], ruleset)


def _open(window: Window | None, at: int) -> bool:
    """Whether an event right before an instant lies in the window."""
    if isinstance(window, Ago | Period):  # one of `this` period, too, is over when the period is
        return False
    if isinstance(window, Between):
        return window.first < at <= window.last
    if isinstance(window, During):
        return any(_open(one, at) for one in window.ranges)
    return True
