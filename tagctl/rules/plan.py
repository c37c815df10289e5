"""What one run computes, before any SQL: which tags are given by what, in which order, who wins.

Engine-neutral and frozen: emit/ turns it into statements of a dialect. docs/semantics.md is the law here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Problem
from tagctl.messages import _
from tagctl.model import (
    Catalog,
    Compare,
    Condition,
    Dimension,
    HasTag,
    Rule,
    Ruleset,
    TagRecord,
    Taxonomy,
    Value,
    walk,
)
from tagctl.program import RuleState
from tagctl.record import record
from tagctl.rules import time
from tagctl.rules.lower import Lowering
from tagctl.rules.measures import Measures, measure
from tagctl.rules.readiness import Clock, inputs


@record
class Wish:
    """What gives a tag: a rule (when, leave: lowered; None where it does not run), implications or both.

    `implied_by` are the tags whose holders have it by implication, descendants included. `takeover`: the
    rule ran, and imported assignments of the tag become its own or are closed. `pilot` limits both.
    """

    tag: str
    rule: Rule | None
    state: RuleState
    needs: tuple[str, ...]
    when: Condition | None
    leave: Condition | None
    implied_by: tuple[str, ...]
    takeover: bool
    pilot: Condition | None = None

    def conditions(self) -> tuple[Condition, ...]:
        return tuple(c for c in (self.when, self.leave, self.pilot) if c is not None)


@record
class Draft:
    """The rule of a draft: what it would give is only counted. Conditions are lowered."""

    tag: str
    when: Condition
    leave: Condition | None
    pilot: Condition | None

    def conditions(self) -> tuple[Condition, ...]:
        return tuple(c for c in (self.when, self.leave, self.pilot) if c is not None)


@record
class Node:
    """A tag of a dimension without exclusion, or a whole exclusive dimension.

    `choices`: the exclusive ones in the order of the file, each with all its tags; empty otherwise.
    `ruled`: the tags with a rule, the one that wins first; `implied`: those with an implication likewise.
    """

    dimension: str
    tags: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...] = ()
    ordered: bool = False
    on_conflict: str = "flag"
    ruled: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()

    def choice(self, tag: str) -> int:
        """The number of the tag's choice, counted from 1 in the order of the file."""
        return next(number for number, tags in enumerate(self.choices, 1) if tag in tags)


@record
class Plan:
    """One run. `strata` are nodes that read only nodes of earlier strata; `tags` all tags that matter to
    them; `expires` the tags with an expiry and the latest `since` that has expired."""

    as_of: int
    zone: ZoneInfo
    wishes: Mapping[str, Wish]
    strata: tuple[tuple[Node, ...], ...]
    tags: tuple[str, ...]
    measures: Measures
    expires: tuple[tuple[str, int], ...]
    reads_today: tuple[str, ...]  # ids of rules that read fields of customers, which keep no past
    drafts: tuple[Draft, ...] = ()

    def given(self) -> tuple[str, ...]:
        """The tags that a rule or an implication gives."""
        return tuple(self.wishes)


def build(
    ruleset: Ruleset,
    taxonomy: Taxonomy,
    catalog: Catalog,
    as_of: int,
    timezone: ZoneInfo,
    newest: Mapping[str, int | None] | None = None,
) -> Plan:
    """The plan of a run. `each` families must be expanded before (rules.expand), their values being tags
    of the taxonomy given here. `newest` is described at readiness.Clock.

    Raises ConfigError where tags depend on each other in a circle.
    """
    clock = Clock(ruleset, catalog, as_of, timezone, newest or {})
    wishes, drafts = _wishes(ruleset, taxonomy, clock)
    nodes = _nodes(taxonomy, wishes)
    strata = _strata(nodes, wishes)
    mattering = {tag for node in nodes for tag in node.tags}
    givers: list[Wish | Draft] = [*wishes.values(), *drafts]
    for wish in givers:
        mattering.update(_tags_read(wish))
        mattering.update(_tags_remembered(wish))
    return Plan(
        as_of=as_of,
        zone=timezone,
        wishes=wishes,
        strata=strata,
        tags=tuple(tag for tag in taxonomy.tags if tag in mattering),
        measures=measure((c for wish in givers for c in wish.conditions()), as_of),
        expires=tuple(
            (tag.name, time.back(as_of, tag.expires, timezone))
            for tag in taxonomy.tags.values()
            if tag.expires is not None
        ),
        reads_today=_readers_of_fields(ruleset),
        drafts=drafts,
    )


def question(
    conditions: Iterable[Condition],
    values: Iterable[Value],
    ruleset: Ruleset,
    as_of: int,
    timezone: ZoneInfo,
    taxonomy: Taxonomy | None = None,
) -> tuple[tuple[Condition, ...], tuple[Value, ...], Measures]:
    """Conditions and values outside a run (segments, exports, why): lowered, and what they need. With a
    taxonomy, `dimension` leaves see its tags, those that are values included."""
    lowering = Lowering(ruleset, as_of, timezone, tags_of(taxonomy) if taxonomy is not None else {})
    asked = tuple(lowering.condition(c) for c in conditions)
    wanted = tuple(lowering.value(v) for v in values)
    return asked, wanted, measure(asked, as_of, wanted)


# ── who gives what ───────────────────────────────────────────────────────────────────────────────


def tags_of(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Dimension → its tags."""
    return {dimension.name: dimension.tags for dimension in taxonomy.dimensions.values()}


def _wishes(ruleset: Ruleset, taxonomy: Taxonomy, clock: Clock) -> tuple[dict[str, Wish], tuple[Draft, ...]]:
    rules = {rule.tag: rule for rule in ruleset.rules}
    implied = implications(taxonomy)
    lowering = Lowering(ruleset, clock.as_of, clock.zone, tags_of(taxonomy))
    found = {}
    drafts = []
    for tag, declared in taxonomy.tags.items():
        rule = rules.get(tag)
        draft = declared.status == "draft"
        sources = () if draft else implied.get(tag, ())
        if rule is None:
            if sources:
                found[tag] = Wish(tag, None, "ran", (), None, None, sources, takeover=False)
            continue
        state, needs = clock.state(inputs(ruleset, asked_by(rule)))
        if state == "ran":
            when = lowering.condition(rule.when)
            leave, pilot = (c and lowering.condition(c) for c in (rule.leave, rule.pilot))
            if not draft:
                takes = not rule.keep_imported
                found[tag] = Wish(tag, rule, state, needs, when, leave, sources, takes, pilot)
                continue
            drafts.append(Draft(tag, when, leave, pilot))
        state = "draft" if draft else state
        found[tag] = Wish(tag, rule, state, needs, None, None, sources, takeover=False)
    return found, tuple(drafts)


def asked_by(rule: Rule) -> list[Condition]:
    """The conditions of a rule."""
    return [c for c in (rule.when, rule.leave, rule.pilot) if c is not None]


def implications(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Tag → the tags whose holders have it by implication; who holds a descendant holds the tag."""
    found: dict[str, dict[str, None]] = {}
    for tag in taxonomy.tags.values():
        for target in tag.implies:
            sources = found.setdefault(target, {})
            sources.update(dict.fromkeys(t for t in taxonomy.children(tag.name) if t != target))
    return {target: tuple(sources) for target, sources in found.items()}


def _readers_of_fields(ruleset: Ruleset) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for rule in ruleset.rules:
        if any(True for _field in inputs(ruleset, asked_by(rule)).customer_fields()):
            found[rule.id] = None
    return tuple(found)


# ── in which order ───────────────────────────────────────────────────────────────────────────────


def _nodes(taxonomy: Taxonomy, wishes: Mapping[str, Wish]) -> list[Node]:
    """The nodes in which something can happen: tags are given, or what meets there is settled."""
    nodes = []
    for dimension in taxonomy.dimensions.values():
        given = [tag for tag in dimension.tags if tag in wishes]
        if dimension.exclusive == "none":
            nodes += [Node(dimension.name, (tag,)) for tag in given]
        elif given or dimension.on_conflict != "flag":
            nodes.append(_exclusive(dimension, taxonomy, wishes))
    return nodes


def _exclusive(dimension: Dimension, taxonomy: Taxonomy, wishes: Mapping[str, Wish]) -> Node:
    choices: dict[str, list[str]] = {}
    for tag in dimension.tags:
        choices.setdefault(taxonomy.tags[tag].choice or tag, []).append(tag)
    ruled = [(wish.rule, tag) for tag in dimension.tags if (wish := wishes.get(tag)) and wish.rule]
    ruled.sort(key=lambda pair: (-pair[0].priority, pair[0].order))
    return Node(
        dimension.name,
        dimension.tags,
        tuple(tuple(tags) for tags in choices.values()),
        ordered=dimension.exclusive == "ordered",
        on_conflict=dimension.on_conflict,
        ruled=tuple(tag for _rule, tag in ruled),
        implied=tuple(tag for tag in dimension.tags if tag in wishes and wishes[tag].implied_by),
    )


def _strata(nodes: list[Node], wishes: Mapping[str, Wish]) -> tuple[tuple[Node, ...], ...]:
    home = {tag: number for number, node in enumerate(nodes) for tag in node.tags}
    level: dict[int, int] = {}
    path: list[tuple[int, str]] = []

    def visit(number: int, through: str) -> int:
        if any(number == seen for seen, _tag in path):
            raise _cycle([tag for _seen, tag in path] + [through])
        if number not in level:
            path.append((number, through))
            highest = 0
            for tag in nodes[number].tags:
                for read in _tags_read(wishes[tag]) if tag in wishes else ():
                    if read in home:
                        highest = max(highest, visit(home[read], read))
            path.pop()
            level[number] = highest + 1
        return level[number]

    for number, node in enumerate(nodes):
        visit(number, node.tags[0])
    count = max(level.values(), default=0)
    return tuple(
        tuple(node for number, node in enumerate(nodes) if level[number] == stratum)
        for stratum in range(1, count + 1)
    )


def _tags_read(wish: Wish | Draft) -> tuple[str, ...]:
    """The tags that a wish reads, by `tag` and `dimension` leaves and implications."""
    found = dict.fromkeys(wish.implied_by if isinstance(wish, Wish) else ())
    for condition in wish.conditions():
        for leaf in walk(condition):
            if isinstance(leaf, HasTag):
                found.update(dict.fromkeys(leaf.tags))
    return tuple(found)


def _tags_remembered(wish: Wish | Draft) -> tuple[str, ...]:
    """The tags whose record a wish reads."""
    leaves = (leaf for condition in wish.conditions() for leaf in walk(condition))
    return tuple(
        tag
        for leaf in leaves
        if isinstance(leaf, Compare) and isinstance(leaf.value, TagRecord)
        for tag in leaf.value.tags
    )


def equal_priorities(node: Node, wishes: Mapping[str, Wish]) -> bool:
    """Whether rules of different choices have the same priority, and the file's order decides."""
    seen: dict[int, int] = {}
    for tag in () if node.ordered or not node.choices else node.ruled:
        rule = wishes[tag].rule
        assert rule is not None
        if seen.setdefault(rule.priority, node.choice(tag)) != node.choice(tag):
            return True
    return False


def _cycle(path: list[str]) -> ConfigError:
    # rules check finds circles with their places; this is the last line of defence.
    what = _("These tags depend on each other in a circle: {path}.").format(path=" → ".join(path))
    return ConfigError(Problem("tag-cycle", what, _("Let one of the rules read something else.")))
