"""`why --next`: when time alone will flip a tag for one customer, and what would prevent it.

A run at every instant at which something can change, in a private copy with this customer only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.model import (
    CUSTOMER,
    Compare,
    Condition,
    Duration,
    FieldValue,
    HasTag,
    Rule,
    Ruleset,
    Taxonomy,
    walk,
)
from tagctl.record import record
from tagctl.reports.forecasting import ForecastFlip
from tagctl.reports.tables import Cell
from tagctl.reports.why import Turned, Turning
from tagctl.rules import explain, horizon, reach, readiness, standing, time
from tagctl.rules.emit import question
from tagctl.rules.plan import asked_by
from tagctl.sql import name
from tagctl.store import evaluate, tags
from tagctl.store.connection import Store
from tagctl.store.customers import find
from tagctl.store.excerpt import excerpt, instants, recorded
from tagctl.store.flips import flips
from tagctl.store.operations import following, operate
from tagctl.store.schema import event_table
from tagctl.store.value_tags import with_values
from tagctl.workflows.forecasting.nights import LONGEST, Running, clock

MOST_RUNS = 2_000  # no customer needs them; a rule that flips itself every second would go on for ever


def turning(
    store: Store,
    ruleset: Ruleset,
    taxonomy: Taxonomy,
    customer: str,
    tag: str,
    running: Running,
    *,
    as_of: int,
    timezone: ZoneInfo,
    days: int = LONGEST,
) -> Turning:
    """The first instant from as_of on at which the customer comes to hold the tag, or no longer does, when no
    data come in; within so many days. `tag` is a tag's own name; it is held by who holds a descendant."""
    number, _key, _name = find(store, customer)
    known = with_values(store, taxonomy)
    if tag not in known.tags:
        return Turning(None, as_of)
    timed = clock(store, ruleset, as_of, timezone)
    narrowed = reach.narrowed(readiness.lasting(timed), known, reach.reach(ruleset, known, tag))
    ranks = standing.ranked(narrowed)
    fixed = standing.as_they_are(narrowed, _ranks(store, narrowed, ranks, number, as_of, timezone))
    with excerpt(store, number) as copy:
        found = _Looking(copy, fixed, taxonomy, tag, timezone).look(as_of, days, running)
    late, late_at = _deadline(timed, known, ruleset, tag)
    matters = late_at is not None and found.at is not None and as_of < late_at < found.at
    return Turning(
        at=found.at,
        until=found.until,
        due=found.due,
        gained=found.gained,
        reason=found.reason,
        other=found.other,
        turned=found.turned,
        ranks=bool(ranks),
        late=late if matters else None,
        late_at=late_at if matters else None,
    )


def _ranks(
    store: Store, ruleset: Ruleset, leaves: tuple[Compare, ...], customer: int, as_of: int, zone: ZoneInfo
) -> dict[Compare, tuple[bool, Cell]]:
    """Whether ranked leaves hold now, and the last value that is still in."""
    if not leaves:
        return {}
    edged = [leaf for leaf in leaves if leaf.operator in ("top", "bottom")]
    asked = question.ask(ruleset, tags.ids(store), as_of, zone, leaves, edges=edged, customer=customer)
    with evaluate.answered(store, asked.steps, asked.tables):
        row = store.one(f"SELECT * FROM temp.{name(question.ANSWER)}")
    assert row is not None
    edges = dict(zip(edged, row[1 + len(leaves) :], strict=True))
    return {leaf: (bool(row[1 + place]), edges.get(leaf)) for place, leaf in enumerate(leaves)}


def _deadline(
    timed: readiness.Clock, taxonomy: Taxonomy, ruleset: Ruleset, tag: str
) -> tuple[str | None, int | None]:
    """Which data of the tag's own rule become late first, and when, if none of them come in."""
    rule = next((rule for rule in _expanded(ruleset, taxonomy) if rule.tag == tag), None)
    sources = readiness.inputs(ruleset, asked_by(rule)).sources if rule is not None else ()
    found = [
        (time.ahead(newest, after, timed.zone) + 1, what)
        for what, after, newest in map(timed.deadline, sources)
        if after is not None and newest is not None
    ]
    return (min(found)[1], min(found)[0]) if found else (None, None)


def _expanded(ruleset: Ruleset, taxonomy: Taxonomy) -> tuple[Rule, ...]:
    """All rules, those of families whose values are tags included."""
    values = {each.id: taxonomy.dimensions[each.dimension].tags for each in ruleset.each}
    return rules.expand(ruleset, values, taxonomy).rules


@record
class _Step:
    """What one run did: at which instant, who held what before and after it, and what flipped."""

    at: int
    before: frozenset[str]
    after: frozenset[str]
    flips: tuple[ForecastFlip, ...]


@record
class _Looking:
    store: Store  # the private copy
    ruleset: Ruleset
    taxonomy: Taxonomy
    tag: str
    zone: ZoneInfo

    def look(self, as_of: int, days: int, running: Running) -> Turning:
        """Run at as_of, then at each instant at which something can change, until the tag flips."""
        until = time.ahead(as_of, Duration(days, "d"), self.zone)
        with operate(self.store, "run", now=as_of, as_of=as_of, by="", dry_run=True) as op:
            tags.sync(op, self.taxonomy)
            family = {*self.known().children(self.tag)}
            at, coming, before = as_of, list[int](), self.held()
            for _run in range(MOST_RUNS):
                step = following(op, at)
                running(step, self.ruleset)
                after = self.held()
                if bool(before & family) != bool(after & family):
                    done = _Step(at, before, after, tuple(flips(step, self.known())))
                    return self.told(done, family, until, first=at == as_of)
                if step.kept or at == as_of:  # the record has grown, which counts from the next second on
                    coming = sorted({at + 1, *self.moments(at, until)})
                coming = [moment for moment in coming if moment > at]
                if not coming:
                    return Turning(None, until)
                at, before = coming[0], after
        return Turning(None, at)

    # ── the customer's data ──────────────────────────────────────────────────────────────────────

    def known(self) -> Taxonomy:
        return with_values(self.store, self.taxonomy)

    def held(self) -> frozenset[str]:
        rows = self.store.rows(
            "SELECT t.name FROM assignments AS a JOIN tags AS t ON t.id = a.tag WHERE a.lost_op IS NULL"
        )
        return frozenset(tag for (tag,) in rows)

    def moments(self, after: int, until: int) -> Iterator[int]:
        """Every instant at which the clock can change something: in a condition, or by what expires."""
        conditions = [c for rule in self.ruleset.rules for c in asked_by(rule)]
        for watch in horizon.watches(self.ruleset, conditions, [each.of for each in self.ruleset.each]):
            for anchor in self.anchors(watch.anchor):
                yield from horizon.moments(anchor, watch.span, self.zone, after, until)
        for tag in self.known().tags.values():
            if tag.expires is not None:
                for since in recorded(self.store, [tag.name]):
                    yield from horizon.moments(since, tag.expires, self.zone, after, until)
        for end in instants(self.store, "overrides", "until"):
            yield from horizon.moments(int(end), None, self.zone, after, until)

    def anchors(self, anchor: horizon.Anchor) -> Iterator[int]:
        if isinstance(anchor, horizon.Times):
            yield from map(int, instants(self.store, event_table(anchor.type), "tagctl_at"))
        elif isinstance(anchor, FieldValue):
            table = "customers" if anchor.subject == CUSTOMER else event_table(anchor.subject)
            for value in instants(self.store, table, anchor.column):
                yield value if isinstance(value, int) else time.day(value, self.zone)[0]
        else:  # what an operation wrote is seen a second later
            for at in recorded(self.store, anchor.tags):
                yield from (at, at + 1)

    # ── why ──────────────────────────────────────────────────────────────────────────────────────

    def told(self, step: _Step, family: set[str], until: int, *, first: bool) -> Turning:
        gained = bool(step.after & family)
        mine = [flip for flip in step.flips if flip.tag in family and flip.gained == gained]
        flip = min(mine, key=lambda one: one.tag != self.tag)
        turned = () if first else tuple(self.turned(step, [one.tag for one in mine]))
        return Turning(step.at, until, first, gained, flip.reason, flip.other, turned)

    def turned(self, step: _Step, todo: list[str]) -> Iterator[Turned]:
        """The leaves that turn in the rules of these tags, and of those that flip with them."""
        everything = {rule.tag: rule for rule in _expanded(self.ruleset, self.known())}
        flipped = {flip.tag: flip for flip in step.flips}
        seen: set[str] = set()
        while todo:
            tag = todo.pop(0)
            if tag in seen:
                continue
            seen.add(tag)
            other = flipped[tag].other if tag in flipped else None
            todo += [other] if other is not None else []
            if tag not in everything:
                continue
            for leaf, holds in self.turning_leaves(everything[tag], step):
                if isinstance(leaf, HasTag):
                    todo += [t for t in leaf.tags if t in flipped]
                if leaf.location is None:  # one of ours, beside a rank
                    continue
                unless = tuple(reach.refreshing(leaf, self.ruleset, step.at))
                yield Turned(tag, explain.text(leaf, self.zone), holds, unless, leaf.location)

    def turning_leaves(self, rule: Rule, step: _Step) -> Iterator[tuple[Compare | HasTag, bool]]:
        """The leaves of a rule that are not now what they were a second before."""
        leaves = dict.fromkeys(leaf for c in asked_by(rule) for leaf in walk(c))
        compared = [leaf for leaf in leaves if isinstance(leaf, Compare)]
        was, now = (self.truths(compared, at) for at in (step.at - 1, step.at))
        for leaf in leaves:
            if isinstance(leaf, HasTag):
                homes = self.known().dimensions
                some = frozenset(homes[leaf.tag].tags if leaf.dimension else leaf.tags)
                if bool(step.before & some) != bool(step.after & some):
                    yield leaf, bool(step.after & some)
            elif isinstance(leaf, Compare) and was[leaf] != now[leaf]:
                yield leaf, now[leaf]

    def truths(self, leaves: Iterable[Condition], at: int) -> dict[Condition, bool]:
        asked = tuple(leaves)
        if not asked:
            return {}
        ask = question.ask(self.ruleset, tags.ids(self.store), at, self.zone, asked)
        with evaluate.answered(self.store, ask.steps, ask.tables):
            row = self.store.one(f"SELECT * FROM temp.{name(question.ANSWER)}")
        assert row is not None
        return {leaf: bool(holds) for leaf, holds in zip(asked, row[1:], strict=True)}
