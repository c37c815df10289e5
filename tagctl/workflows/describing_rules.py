"""`rules explain`: rules as sentences, with the state of their data, and as the SQL that a run executes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, EachRule, Rule, Ruleset, Taxonomy
from tagctl.normalise import identity
from tagctl.reports.explaining import ExplainedRule, RulesExplained
from tagctl.rules import described, readiness, supposed
from tagctl.rules.emit import alone, question
from tagctl.rules.plan import asked_by
from tagctl.rules.sentences import Sentences
from tagctl.store import evaluate, tags
from tagctl.store.connection import Store
from tagctl.store.value_tags import with_values

AnyRule = Rule | EachRule


def explain(
    compile: Callable[[Catalog], Ruleset],
    taxonomy: Taxonomy,
    known: Catalog,
    store: Store | None,
    asked: Sequence[str] = (),
    *,
    sql: bool = False,
    as_of: int,
    timezone: ZoneInfo,
) -> RulesExplained:
    """The rules of these tags (or aliases, or dimensions), or all of them, in words.

    `compile` reads rules.yaml against a catalog; `known` is what imports have supplied. With a database each
    rule has its state; with `sql` its statements, which suppose what no import has supplied. UsageProblem
    for what is not known or has no rule.
    """
    ruleset = compile(known)
    chosen = _chosen(ruleset, taxonomy, asked)
    sentences = Sentences(ruleset, timezone)
    states = _states(chosen, ruleset, known, store, as_of, timezone)
    found = []
    for rule, (state, needs) in zip(chosen, states, strict=True):
        tag = None if isinstance(rule, EachRule) else rule.tag
        found.append(
            ExplainedRule(
                tag=tag,
                dimension=rule.dimension if isinstance(rule, EachRule) else taxonomy.tags[rule.tag].dimension,
                wordings=tuple(described.wordings(rule, taxonomy, sentences)),
                location=rule.location,
                state="draft" if state and tag and taxonomy.tags[tag].status == "draft" else state,
                needs=needs,
            )
        )
    if sql:
        # What an import has yet to supply cannot be read; the statements are those of the day when it has.
        supplied = compile(supposed.catalog(ruleset, known))
        ids = tags.ids(store) if store else {tag: number for number, tag in enumerate(taxonomy.tags, start=1)}
        full = with_values(store, taxonomy) if store else taxonomy
        for number, (rule, (state, _needs)) in enumerate(zip(chosen, states, strict=True)):
            there = state not in ("", "waiting")
            source = ruleset if there else supplied
            same = rule if there else next(r for r in _rules(supplied) if _name(r) == _name(rule))
            script = alone.script(same, source, full, ids, as_of, timezone)
            found[number] = replace(found[number], sql=script)
    return RulesExplained(tuple(found), described.definitions(chosen, ruleset, sentences))


def _states(
    chosen: Sequence[AnyRule],
    ruleset: Ruleset,
    known: Catalog,
    store: Store | None,
    as_of: int,
    timezone: ZoneInfo,
) -> list[tuple[str, tuple[str, ...]]]:
    """Whether the data of each rule are there, and what it waits for; unknown without a database."""
    if store is None:
        return [("", ()) for _rule in chosen]
    newest = evaluate.newest(store, question.newest_of_subsets(ruleset, as_of, timezone))
    clock = readiness.Clock(ruleset, known, as_of, timezone, newest)
    return [
        clock.state(
            readiness.inputs(ruleset, (), [rule.of])
            if isinstance(rule, EachRule)
            else readiness.inputs(ruleset, asked_by(rule))
        )
        for rule in chosen
    ]


# ── which ────────────────────────────────────────────────────────────────────────────────────────


def _rules(ruleset: Ruleset) -> list[AnyRule]:
    """All rules, in the order of the file."""
    both: list[AnyRule] = [*ruleset.rules, *ruleset.each]
    return sorted(both, key=lambda rule: rule.order)


def _name(rule: AnyRule) -> tuple[str, str]:
    return (rule.id, "") if isinstance(rule, EachRule) else (rule.id, rule.tag)


def _chosen(ruleset: Ruleset, taxonomy: Taxonomy, asked: Sequence[str]) -> list[AnyRule]:
    """The rules of what is asked for, all of them where nothing is; every wrong word is told."""
    rules = _rules(ruleset)
    if not asked:
        return rules
    chosen: set[tuple[str, str]] = set()
    problems = []
    for word in asked:
        found = {_name(rule) for rule in rules if _means(word, rule, taxonomy)}
        chosen |= found
        if not found:
            problems.append(_without_rule(word, rules, taxonomy))
    if problems:
        raise UsageProblem(problems)
    return [rule for rule in rules if _name(rule) in chosen]


def _means(word: str, rule: AnyRule, taxonomy: Taxonomy) -> bool:
    """Whether a word names the rule's tag or its dimension."""
    if isinstance(rule, EachRule):
        return identity(word) == identity(rule.dimension)
    home = taxonomy.tags[rule.tag].dimension
    return taxonomy.names.get(identity(word)) == rule.tag or identity(word) == identity(home)


def _without_rule(word: str, rules: Sequence[AnyRule], taxonomy: Taxonomy) -> Problem:
    tag = taxonomy.names.get(identity(word))
    if tag is not None:
        return Problem(
            "no-rule",
            _("No rule gives {tag}.").format(tag=tag),
            _("It comes from imports, by hand or by implication. See: tagctl taxonomy show"),
        )
    names = {name for rule in rules for name in (*_name(rule), *_aliases(rule, taxonomy)) if name}
    near = get_close_matches(word, sorted(names | {*taxonomy.dimensions}), n=3, cutoff=0.5)
    return Problem(
        "unknown-tag",
        _("There is no tag or dimension “{name}”.").format(name=word),
        _("Did you mean {names}?").format(names=", ".join(near))
        if near
        else _("All tags: tagctl taxonomy show"),
    )


def _aliases(rule: AnyRule, taxonomy: Taxonomy) -> tuple[str, ...]:
    return () if isinstance(rule, EachRule) else taxonomy.tags[rule.tag].aliases
