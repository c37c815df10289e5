"""The rules that bear on some tags: without the others a run gives these tags to the same customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tagctl.model import HasTag, Ruleset, Taxonomy, walk
from tagctl.rules.plan import asked_by, implications


def only(ruleset: Ruleset, taxonomy: Taxonomy, tags: Iterable[str]) -> Ruleset:
    """The ruleset with the rules that can decide who holds one of these tags: their own, those of the tags
    that they read or that imply them, and all of an exclusive dimension. A tag that the taxonomy does not
    know can be a value of any `each: true` family."""
    rules = {rule.tag: rule for rule in ruleset.rules}
    implied = implications(taxonomy)
    waiting = list(tags)
    found: set[str] = set()

    def reached(tag: str) -> Iterator[str]:
        yield from taxonomy.children(tag)
        yield from implied.get(tag, ())
        declared = taxonomy.tags.get(tag)
        if declared is not None and taxonomy.dimensions[declared.dimension].exclusive != "none":
            yield from taxonomy.dimensions[declared.dimension].tags
        for condition in asked_by(rules[tag]) if tag in rules else ():
            for leaf in walk(condition):
                if isinstance(leaf, HasTag):
                    read.add(leaf.tag)
                    yield from leaf.tags

    read: set[str] = set()  # dimensions and tags that rules read
    while waiting:
        tag = waiting.pop()
        if tag not in found:
            found.add(tag)
            waiting += reached(tag)
    homes = read | {taxonomy.tags[tag].dimension for tag in found if tag in taxonomy.tags}
    values = any(tag not in taxonomy.tags for tag in found)
    return replace(
        ruleset,
        rules=tuple(rule for rule in ruleset.rules if rule.tag in found),
        each=tuple(each for each in ruleset.each if values or each.dimension in homes),
    )
