"""The findings that a run must leave: who meets whom, what is stale, which rules wait or tie.

`expected(run, outcome, taxonomy)` maps (code, subject) to how many customers it concerns. The subject of
equal-priority is sorted here: which of the two is named first is of no account.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from typing import Any

import oracle_time as time
from oracle import Outcome, Run
from oracle_values import fold

Findings = dict[tuple[str, tuple[str, ...]], int]


def expected(run: Run, outcome: Outcome, taxonomy: dict[str, Any]) -> Findings:
    found: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    held: dict[str, set[str]] = defaultdict(set)
    gone = run.everybody.gone
    outcome = replace(outcome, held={key: since for key, since in outcome.held.items() if key[0] not in gone})
    for customer, tag, _source in outcome.held:
        held[customer].add(tag)
    if gone:
        found["gone-customer", ()] = set(gone)
    _meeting(run, held, taxonomy, found)
    _by_assignment(run, outcome, taxonomy, found)
    _about_rules(run, outcome, found)
    counts = {key: len(customers) for key, customers in found.items()}
    for rule in run.rules.values():
        state, needs = run.verdict(rule) if run.states[rule.tag] != "draft" else ("draft", set())
        for need in needs:
            key = f"rule-{state}", (fold(need),)
            counts[key] = counts.get(key, 0) + 1
    return counts


def _meeting(run: Run, held: dict[str, set[str]], taxonomy: dict[str, Any], found: Any) -> None:
    """exclusive-conflict: two choices of an exclusive dimension. tag-conflict: a declared pair, tags with
    their descendants, unless the first says it already."""
    for customer, tags in held.items():
        declared = [run.tags[tag] for tag in tags if tag in run.tags]
        for one, other in combinations(sorted(declared, key=lambda t: (t.position, t.order)), 2):
            exclusive = one.dimension == other.dimension and run.exclusive(one.dimension) != "none"
            if exclusive and one.choice != other.choice:
                found["exclusive-conflict", (one.dimension, one.choice, other.choice)].add(customer)
        for group in taxonomy.get("conflicts") or ():
            order = sorted((run.tag(name) for name in group), key=lambda name: run.tags[name].order)
            for left, right in combinations(order, 2):
                a, b = run.tags[left], run.tags[right]
                kept_apart = a.dimension == b.dimension and run.exclusive(a.dimension) != "none"
                if kept_apart and a.choice != b.choice:
                    continue
                pairs = [(x, y) for x in run.family(left) for y in run.family(right) if x != y]
                if any(x in tags and y in tags for x, y in pairs):
                    found["tag-conflict", (left, right)].add(customer)


def _by_assignment(run: Run, outcome: Outcome, taxonomy: dict[str, Any], found: Any) -> None:
    """stale-assignment: an imported or manual one as old as the tag's review. undeclared-tag: members."""
    reviews = {}

    def read(tags: list[dict[str, Any]]) -> None:
        for tag in tags:
            if "review" in tag:
                reviews[tag["name"]] = time.back(run.as_of, tag["review"], run.zone)
            read(tag.get("children") or [])

    for dimension in taxonomy["dimensions"]:
        read(dimension["tags"])
    for (customer, tag, source), since in outcome.held.items():
        if tag not in run.tags:
            found["undeclared-tag", (tag,)].add(customer)
        elif source != "rule" and since <= reviews.get(tag, since - 1):
            found["stale-assignment", (tag,)].add(customer)


def _about_rules(run: Run, outcome: Outcome, found: Any) -> None:
    """equal-priority: two rules that ran, of different choices of a dimension with `exclusive: one`, want
    the same customer. kept-imported: an imported tag stays though its rule does not give it."""
    for one, other in combinations(run.rules.values(), 2):
        a, b = run.tags[one.tag], run.tags[other.tag]
        tie = a.dimension == b.dimension and a.choice != b.choice and one.priority == other.priority
        ran = run.states[a.name] == run.states[b.name] == "ran"
        if not (tie and ran) or run.exclusive(a.dimension) != "one":
            continue
        for customer in run.world.customers:
            wanting = [
                run.wanted_by_rule(customer, t) and t not in run.held[customer].bans for t in (a.name, b.name)
            ]
            if all(wanting):
                found["equal-priority", tuple(sorted((a.name, b.name)))].add(customer)
    for rule in run.rules.values():
        if rule.keep_imported and run.states[rule.tag] == "ran":
            for customer in run.world.customers:
                imported = (customer, rule.tag, "import") in outcome.held
                inside = run.piloted(customer, rule.tag)
                if imported and inside and (customer, rule.tag, "rule") not in outcome.held:
                    found["kept-imported", (rule.tag,)].add(customer)
