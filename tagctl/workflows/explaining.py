"""`why CUSTOMER TAG`: how the tag came to the customer, or what keeps it away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Compare, Condition, Rule, Ruleset, Taxonomy
from tagctl.normalise import identity
from tagctl.reports.why import Evidence, WhyReport
from tagctl.rules import explain, plan, readiness
from tagctl.rules.emit import question
from tagctl.rules.lower import Lowering
from tagctl.sql import name
from tagctl.store import customers, evaluate, evidence, tags
from tagctl.store.connection import Store
from tagctl.store.value_tags import with_values


def why(
    store: Store,
    ruleset: Ruleset,
    taxonomy: Taxonomy,
    catalog: Catalog,
    customer: str,
    tag: str,
    *,
    as_of: int,
    timezone: ZoneInfo,
) -> WhyReport:
    """Everything that bears on one customer and tag: current and past assignments with how each came about,
    the rule's proof with actual values, implications, bans, and what outranks it.

    `customer` is a key or another identifier, `tag` a name or alias; UsageProblem where there is none.
    A tag with children is held by who holds one of them.
    """
    number, key, called = customers.find(store, customer)
    taxonomy = with_values(store, taxonomy)
    found = _tag(store, taxonomy, tag)
    family = taxonomy.children(found) if found in taxonomy.tags else (found,)
    current = evidence.current(store, [number]).get(number, [])
    held = frozenset(e.tag for e in current)
    bans = [ban for ban in evidence.bans(store, [number]).get(number, []) if ban.tag == found]
    rule = _rule(ruleset, taxonomy, found)
    report = WhyReport(
        customer=key,
        name=called,
        tag=found,
        dimension=taxonomy.tags[found].dimension if found in taxonomy.tags else None,
        holds=bool(held & {*family}),
        as_of=as_of,
        evidence=tuple(e for e in current if e.tag in family),
        past=_past(store, number, family),
        implied_by=tuple(t for t in plan.implications(taxonomy).get(found, ()) if t in held),
        banned=bans[0] if bans else None,
        asked=tag,
    )
    if rule is None:
        return report
    return _with_rule(store, report, rule, ruleset, taxonomy, catalog, number, held, timezone)


def _with_rule(
    store: Store,
    report: WhyReport,
    rule: Rule,
    ruleset: Ruleset,
    taxonomy: Taxonomy,
    catalog: Catalog,
    number: int,
    held: frozenset[str],
    timezone: ZoneInfo,
) -> WhyReport:
    asked = plan.asked_by(rule)
    newest = evaluate.newest(store, question.newest_of_subsets(ruleset, report.as_of, timezone))
    clock = readiness.Clock(ruleset, catalog, report.as_of, timezone, newest)
    state, needs = clock.state(readiness.inputs(ruleset, asked))
    answers = _answers(store, ruleset, asked, report.as_of, timezone, number)
    lowering = Lowering(ruleset, report.as_of, timezone, plan.tags_of(taxonomy))
    when = explain.proof(rule.when, answers, held, lowering)
    pilot = None if rule.pilot is None else explain.proof(rule.pilot, answers, held, lowering)
    outranked = (
        when.holds and (pilot is None or pilot.holds) and report.tag not in held and report.banned is None
    )
    return replace(
        report,
        rule=rule.id,
        rule_location=rule.location,
        rule_state="draft" if taxonomy.tags[report.tag].status == "draft" else state,
        needs=needs,
        when=when,
        pilot=pilot,
        leave=None if rule.leave is None else explain.proof(rule.leave, answers, held, lowering),
        outranked_by=_rival(taxonomy, report.tag, held) if outranked else None,
    )


def _answers(
    store: Store,
    ruleset: Ruleset,
    conditions: Sequence[Condition],
    as_of: int,
    timezone: ZoneInfo,
    customer: int,
) -> dict[Compare, explain.Answer]:
    """Every leaf judged for the customer, by the same expressions that a run uses."""
    leaves = explain.leaves(conditions)
    ranked = [leaf for leaf in leaves if leaf.operator in ("top", "bottom")]
    if not leaves:
        return {}
    asked = question.ask(
        ruleset,
        tags.ids(store),
        as_of,
        timezone,
        leaves,
        [leaf.value for leaf in leaves],
        edges=ranked,
        customer=customer,
    )
    with evaluate.answered(store, asked.steps, asked.tables):
        row = store.one(f"SELECT * FROM temp.{name(question.ANSWER)}")
    assert row is not None
    count = len(leaves)
    edges = dict(zip(ranked, row[1 + 2 * count :], strict=True))
    return {
        leaf: explain.Answer(bool(row[1 + n]), row[1 + count + n], edges.get(leaf))
        for n, leaf in enumerate(leaves)
    }


# ── what is asked ────────────────────────────────────────────────────────────────────────────────


def _tag(store: Store, taxonomy: Taxonomy, asked: str) -> str:
    """The tag that a name or alias means; one gone from the taxonomy counts while it is in the database."""
    known = taxonomy.names.get(identity(asked))
    if known is not None:
        return known
    stored = tags.resolve(store, asked)
    if stored is not None:
        return stored[1]
    import difflib

    names = {*taxonomy.tags, *(alias for t in taxonomy.tags.values() for alias in t.aliases)}
    close = difflib.get_close_matches(asked, names, n=3, cutoff=0.5)
    advice = (
        _("Did you mean {names}?").format(names=", ".join(close))
        if close
        else _("All tags: tagctl taxonomy show")
    )
    raise UsageProblem(Problem("unknown-tag", _("There is no tag “{tag}”.").format(tag=asked), advice))


def _rule(ruleset: Ruleset, taxonomy: Taxonomy, tag: str) -> Rule | None:
    """The tag's rule; one of an `each: true` family is made from the tag's own value."""
    declared = taxonomy.tags.get(tag)
    spelt = [tag, *(declared.aliases if declared is not None else ())]
    values = {each.id: spelt for each in ruleset.each if tag in _members(taxonomy, each.dimension)}
    expanded = rules.expand(ruleset, values, taxonomy)
    return next((rule for rule in expanded.rules if rule.tag == tag), None)


def _members(taxonomy: Taxonomy, dimension: str) -> tuple[str, ...]:
    known = taxonomy.dimensions.get(dimension)
    return known.tags if known is not None else ()


def _past(store: Store, customer: int, family: Iterable[str]) -> tuple[Evidence, ...]:
    """Earlier intervals, the latest gain first."""
    ids = tags.ids(store)
    found = [e for tag in family if tag in ids for e in evidence.past(store, customer, ids[tag])]
    return tuple(sorted(found, key=lambda e: (e.operation, e.lost_operation or 0), reverse=True))


def _rival(taxonomy: Taxonomy, tag: str, held: frozenset[str]) -> str | None:
    """The held tag of another choice that keeps this one out of an exclusive dimension."""
    mine = taxonomy.tags[tag]
    home = taxonomy.dimensions[mine.dimension]
    if home.exclusive == "none":
        return None
    return next((t for t in home.tags if t in held and taxonomy.tags[t].choice != mine.choice), None)
