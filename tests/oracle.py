"""The slow reference of `tagctl run`: taxonomy and rules as plain YAML dictionaries over a small world.

Written from product.md §5 and docs/semantics.md, to the letter and customer by customer, independently
of tagctl/rules and of any SQL. `Run(taxonomy, rules, world, as_of).outcome()` says what a run must leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import oracle_time as time
from oracle_files import Files, Rule
from worlds import Interval, World


@dataclass
class Held:
    """One customer's current assignments, tag → since, and what overrides them."""

    imported: dict[str, int] = field(default_factory=dict)
    manual: dict[str, int] = field(default_factory=dict)
    rule: dict[str, int] = field(default_factory=dict)
    before: set[str] = field(default_factory=set)  # held by rule before as_of
    pins: set[str] = field(default_factory=set)
    bans: set[str] = field(default_factory=set)


@dataclass
class NodeResult:
    """What one customer holds of one node at the end."""

    rule: dict[str, int] = field(default_factory=dict)
    imported: dict[str, int] = field(default_factory=dict)
    manual: dict[str, int] = field(default_factory=dict)
    outranked: dict[str, int] = field(default_factory=dict)

    def tags(self) -> set[str]:
        return {*self.rule, *self.imported, *self.manual}


@dataclass
class Outcome:
    """`held` maps (customer, tag, source) to since: all current assignments after the run."""

    held: dict[tuple[str, str, str], int]
    outranked: dict[tuple[str, str], int]
    states: dict[str, str]  # tag of a rule → ran, waiting, late, draft
    drafts: dict[str, tuple[int, int]]  # tag of a draft → how many it would give, and take it from
    lifted: set[tuple[str, str, str]]  # kind, customer, tag of overrides that ended
    values: dict[str, str]  # tags that are values of an `each: true` family → dimension


class Run(Files):
    """One run over a world."""

    def __init__(self, taxonomy: dict[str, Any], rules: dict[str, Any], world: World, as_of: int) -> None:
        super().__init__(taxonomy, rules, world.present(), as_of)
        self.everybody = world
        self.lifted: set[tuple[str, str, str]] = set()
        self.held = {customer: self.prepare(customer) for customer in world.customers}
        self._nodes: dict[tuple[str, str], NodeResult] = {}

    # ── expiry, pins and bans ────────────────────────────────────────────────────────────────────

    def prepare(self, customer: str) -> Held:
        held = Held()
        mine = [i for i in self.world.intervals if i.customer == customer and i.tag in self.tags]
        for interval in mine:
            before = interval.gained < self.as_of or (interval.by_undo and interval.since < self.as_of)
            if interval.source == "rule" and before and self.as_of <= (interval.lost or self.as_of):
                held.before.add(interval.tag)
            if interval.lost is None:
                place = {"import": held.imported, "manual": held.manual, "rule": held.rule}
                place[interval.source][interval.tag] = interval.since
        for override in self.world.overrides:
            if override.customer != customer or override.tag not in self.tags:
                continue
            over = override.until is not None and override.until <= self.as_of
            if over:
                self.lifted.add((override.kind, customer, override.tag))
            if override.kind == "pin":
                if over:
                    held.manual.pop(override.tag, None)
                else:
                    held.pins.add(override.tag)
            elif not over:
                held.bans.add(override.tag)
        for tag in held.bans:
            held.imported.pop(tag, None)
            held.manual.pop(tag, None)
            held.pins.discard(tag)
        for tag, limit in ((t.name, t.expires) for t in self.tags.values() if t.expires):
            edge = time.back(self.as_of, limit, self.zone)
            if held.imported.get(tag, edge + 1) <= edge:
                del held.imported[tag]
            if tag not in held.pins and held.manual.get(tag, edge + 1) <= edge:
                del held.manual[tag]
        return held

    # ── nodes ────────────────────────────────────────────────────────────────────────────────────

    def exclusive(self, dimension: str) -> str:
        return str(self.dimensions[dimension].get("exclusive", "none"))

    def on_conflict(self, dimension: str) -> str:
        return str(self.dimensions[dimension].get("on_conflict", "flag"))

    def holds_tag(self, customer: str, spelling: str) -> bool:
        """Whether the customer finally holds the tag or a descendant."""
        return any(tag in self.node_of(customer, tag).tags() for tag in self.family(self.tag(spelling)))

    def holds_dimension(self, customer: str, dimension: str) -> bool:
        """Whether the customer finally holds any tag of the dimension."""
        tags = [tag.name for tag in self.tags.values() if tag.dimension == dimension]
        return any(tag in self.node_of(customer, tag).tags() for tag in tags)

    def node_of(self, customer: str, tag: str) -> NodeResult:
        """The result for the tag's node; nodes are worked out when first asked for."""
        dimension = self.tags[tag].dimension
        exclusive = self.exclusive(dimension) != "none"
        name = f"dimension {dimension}" if exclusive else f"tag {tag}"
        if (customer, name) not in self._nodes:
            members = [t.name for t in self.tags.values() if t.dimension == dimension] if exclusive else [tag]
            self._nodes[customer, name] = self.work_out(customer, dimension, members, exclusive)
        return self._nodes[customer, name]

    def wanted_by_rule(self, customer: str, tag: str) -> bool:
        rule = self.rules.get(tag)
        if rule is None:
            return False
        return self.met(customer, rule) if self.states[tag] == "ran" else tag in self.held[customer].rule

    def met(self, customer: str, rule: Rule) -> bool:
        """What a rule says of a customer, whether or not it is a draft."""
        if not self.piloted(customer, rule.tag):
            return False
        if self.reader.holds(rule.when, customer, tags=self):
            return True
        if rule.leave is None or rule.tag not in self.held[customer].before:
            return False
        return not self.reader.holds(rule.leave, customer, tags=self)

    def piloted(self, customer: str, tag: str) -> bool:
        """Whether a rule of the tag is about this customer."""
        pilot = self.tags[tag].pilot
        return pilot is None or self.reader.holds(pilot, customer, tags=self)

    def implied(self, customer: str, tag: str) -> bool:
        """Whether the customer holds a tag that implies this one, or a descendant of such a tag."""
        if self.tags[tag].draft:
            return False
        givers = [t.name for t in self.tags.values() if tag in (self.tag(name) for name in t.implies)]
        grounds = {name for giver in givers for name in self.family(giver)} - {tag}
        return any(name in self.node_of(customer, name).tags() for name in grounds)

    def work_out(self, customer: str, dimension: str, members: list[str], exclusive: bool) -> NodeResult:
        held = self.held[customer]
        newest = exclusive and self.on_conflict(dimension) == "newest"
        by_rule = {t for t in members if t not in held.bans and self.wanted_by_rule(customer, t)}
        implied = {t for t in members if t not in held.bans and self.implied(customer, t)}
        wanted = by_rule | implied

        result = NodeResult()
        result.manual = {t: s for t, s in held.manual.items() if t in members}
        since = {}
        for tag in members:
            known = [held.rule[tag]] if tag in held.rule else []
            if newest and (customer, tag) in self.world.outranked:
                known.append(self.world.outranked[customer, tag])
            rule = self.rules.get(tag)
            takes_over = rule is not None and self.states[tag] == "ran" and not rule.keep_imported
            takes_over = takes_over and tag in held.imported and self.piloted(customer, tag)
            if tag in held.imported:
                if not takes_over:
                    result.imported[tag] = held.imported[tag]
                elif tag in by_rule:
                    known.append(held.imported[tag])
            since[tag] = min(known, default=self.as_of)

        if not exclusive:
            result.rule = {t: since[t] for t in wanted}
            return result
        self.choose(dimension, by_rule, implied, since, held, result)
        if newest:
            result.outranked = {t: since[t] for t in wanted if t not in result.rule}
            for tag in members:
                frozen = (customer, tag) in self.world.outranked and self.states.get(tag, "ran") != "ran"
                if frozen and tag not in result.rule and tag not in held.bans:
                    result.outranked.setdefault(tag, self.world.outranked[customer, tag])
        return result

    def rank(self, dimension: str, tag: str, by_rule: set[str]) -> tuple[int, ...]:
        if self.exclusive(dimension) == "ordered":
            return (self.tags[tag].position,)
        if tag in by_rule:
            rule = self.rules[tag]
            return (1, rule.priority, -rule.order)
        return (0, 0, -self.tags[tag].order)

    def choose(
        self,
        dimension: str,
        by_rule: set[str],
        implied: set[str],
        since: dict[str, int],
        held: Held,
        result: NodeResult,
    ) -> None:
        """One winner among what rules want; then what still meets in the dimension."""
        wanted = by_rule | implied

        def stays(tag: str) -> bool:
            """Whether the tag's choice would stay, were it the rules' winner."""
            trial = NodeResult(imported=dict(result.imported), manual=dict(result.manual))
            same = {t for t in wanted if self.tags[t].choice == self.tags[tag].choice}
            self.settle(dimension, same, since, held, trial)
            return bool(trial.rule)

        competing = {t for t in by_rule if self.states[t] == "ran" or stays(t)}
        winner: set[str] = set()
        if competing | implied:
            best = max(competing | implied, key=lambda t: self.rank(dimension, t, competing))
            winner = {t for t in wanted if self.tags[t].choice == self.tags[best].choice}
        self.settle(dimension, winner, since, held, result)

    def settle(
        self, dimension: str, winner: set[str], since: dict[str, int], held: Held, result: NodeResult
    ) -> None:
        """The rules' winner meets what is imported and manual."""
        while True:
            had_manual = bool(result.manual)
            choices = {self.tags[t].choice for t in result.manual}
            allowed = winner if not choices else {t for t in winner if self.tags[t].choice in choices}
            result.rule = {t: since[t] for t in allowed}
            self.meet(dimension, held, result)
            if not had_manual or result.manual:
                return  # else nothing manual outranks the rules any more: once more

    def meet(self, dimension: str, held: Held, result: NodeResult) -> None:
        choices = {self.tags[t].choice for t in result.tags()}
        policy = self.on_conflict(dimension)
        if len(choices) > 1 and policy != "flag":
            pinned = {self.tags[t].choice for t in result.manual if t in held.pins}
            if pinned:
                choices = pinned
            elif policy == "later":
                choices = {max(choices, key=self.position)}
            else:
                choices = {max(choices, key=lambda c: self.newness(c, result))}
            for place in (result.rule, result.imported, result.manual):
                for tag in [t for t in place if self.tags[t].choice not in choices]:
                    del place[tag]

    def position(self, choice: str) -> int:
        return self.tags[choice].position

    def newness(self, choice: str, result: NodeResult) -> tuple[int, int, int]:
        """(greatest since, manual before rule before import, position)"""
        places = ((2, result.manual), (1, result.rule), (0, result.imported))
        best = max(
            (s, weight) for weight, place in places for t, s in place.items() if self.tags[t].choice == choice
        )
        return (*best, self.position(choice))

    # ── the outcome ──────────────────────────────────────────────────────────────────────────────

    def drafts(self) -> dict[str, tuple[int, int]]:
        found = {}
        for rule in self.rules.values():
            if self.states[rule.tag] == "draft":
                ready = self.verdict(rule)[0] == "ran"
                pairs = [
                    (self.met(customer, rule), rule.tag in held.rule)
                    for customer, held in self.held.items()
                    if ready
                ]
                found[rule.tag] = (pairs.count((True, False)), pairs.count((False, True)))
        return found

    def outcome(self) -> Outcome:
        found = Outcome({}, {}, self.states, self.drafts(), self.lifted, self.values)
        for interval in self.world.intervals:
            if interval.lost is None and interval.tag not in self.tags:  # undeclared: as it was
                found.held[interval.customer, interval.tag, interval.source] = interval.since
        for customer in self.world.customers:
            for tag in self.tags.values():
                result = self.node_of(customer, tag.name)
                for source, place in (
                    ("rule", result.rule),
                    ("import", result.imported),
                    ("manual", result.manual),
                ):
                    if tag.name in place:
                        found.held[customer, tag.name, source] = place[tag.name]
                if tag.name in result.outranked:
                    found.outranked[customer, tag.name] = result.outranked[tag.name]
        self.leave_the_gone(found)
        return found

    def leave_the_gone(self, found: Outcome) -> None:
        """Of customers who are gone everything is as it was."""
        gone = self.everybody.gone
        for interval in self.everybody.intervals:
            if interval.customer in gone and interval.lost is None:
                found.held[interval.customer, interval.tag, interval.source] = interval.since
        for (customer, tag), since in self.everybody.outranked.items():
            if customer in gone:
                found.outranked[customer, tag] = since


def after(world: World, outcome: Outcome, as_of: int) -> World:
    """The world as the run leaves it: intervals closed and opened, overrides lifted, outranked noted."""
    intervals = []
    carried = set()
    for interval in world.intervals:
        key = (interval.customer, interval.tag, interval.source)
        if interval.lost is None and outcome.held.get(key) != interval.since:
            interval = replace(interval, lost=as_of)
        elif interval.lost is None:
            carried.add(key)
        intervals.append(interval)
    intervals += [
        Interval(*key, since, gained=as_of) for key, since in outcome.held.items() if key not in carried
    ]
    overrides = [o for o in world.overrides if (o.kind, o.customer, o.tag) not in outcome.lifted]
    return replace(
        world,
        intervals=intervals,
        overrides=overrides,
        outranked=dict(outcome.outranked),
        values=dict(outcome.values),
    )
