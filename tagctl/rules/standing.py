"""Rules with the ranks as they are, for looking ahead for one customer: what others will do is not asked.

`top` and `bottom` become the value that is last in now; a leaf that reads an `ntile` stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tagctl.model import (
    Aggregate,
    All,
    AnyOf,
    Compare,
    Condition,
    FieldValue,
    Not,
    Ntile,
    Rule,
    Ruleset,
    Value,
    walk,
)
from tagctl.reports.tables import Cell
from tagctl.rules.lower import values_in
from tagctl.rules.plan import asked_by
from tagctl.rules.reach import all_parts

ALWAYS, NEVER = All(()), AnyOf(())


def ranked(ruleset: Ruleset) -> tuple[Compare, ...]:
    """The leaves of the rules whose truth depends on other customers."""
    leaves = (leaf for rule in ruleset.rules for c in asked_by(rule) for leaf in walk(c))
    return tuple(
        dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Compare) and _is_ranked(leaf, ruleset))
    )


def _is_ranked(leaf: Compare, ruleset: Ruleset) -> bool:
    if leaf.operator in ("top", "bottom"):
        return True
    return any(isinstance(part, Ntile) for value in values_in(leaf) for part in all_parts(value, ruleset))


def as_they_are(ruleset: Ruleset, known: Mapping[Compare, tuple[bool, Cell]]) -> Ruleset:
    """The ruleset with its ranked leaves fixed. `known`: whether each holds now, and for top and bottom the
    last value that is still in (None: nobody is ranked)."""
    rules = tuple(_rule(rule, ruleset, known) for rule in ruleset.rules)
    return replace(ruleset, rules=rules)


def _rule(rule: Rule, ruleset: Ruleset, known: Mapping[Compare, tuple[bool, Cell]]) -> Rule:
    def fixed(condition: Condition) -> Condition:
        if isinstance(condition, All | AnyOf):
            return replace(condition, items=tuple(fixed(item) for item in condition.items))
        if isinstance(condition, Not):
            return replace(condition, item=fixed(condition.item))
        if isinstance(condition, Compare) and condition in known:
            return _leaf(condition, ruleset, *known[condition])
        return condition

    return replace(
        rule,
        when=fixed(rule.when),
        leave=None if rule.leave is None else fixed(rule.leave),
        pilot=None if rule.pilot is None else fixed(rule.pilot),
    )


def _leaf(leaf: Compare, ruleset: Ruleset, holds: bool, edge: Cell) -> Condition:
    if leaf.operator not in ("top", "bottom"):
        return ALWAYS if holds else NEVER
    if edge is None:
        return NEVER
    operator = "at_least" if leaf.operator == "top" else "at_most"
    compared = Compare(leaf.value, operator, edge, leaf.location)
    counting = tuple(_counted(all_parts(leaf.value, ruleset)))
    return All((compared, AnyOf(counting))) if counting else compared


def _counted(parts: Iterable[Value]) -> Iterator[Condition]:
    """That an aggregate has counted an event: only then is a customer ranked."""
    for part in parts:
        if isinstance(part, Aggregate):
            wheres = (_both(where, of) for where, of in zip(part.where, part.fields, strict=True))
            count = replace(
                part, function="count", fields=(None,) * len(part.fields), where=tuple(wheres), type="number"
            )
            yield Compare(count, "at_least", 1)


def _both(where: Condition | None, of: FieldValue | None) -> Condition | None:
    there = None if of is None else Compare(of, "exists", 1)
    both = tuple(c for c in (where, there) if c is not None)
    return All(both) if both else None
