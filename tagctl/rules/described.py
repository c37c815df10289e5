"""A whole rule in words: its sentence, what else bears on its tag, what it mentions by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagctl.messages import _
from tagctl.model import (
    Aggregate,
    Compare,
    Condition,
    During,
    EachRule,
    EventSource,
    Followed,
    MetricValue,
    Not,
    Rule,
    Ruleset,
    Taxonomy,
    Value,
    walk,
)
from tagctl.reports.explaining import Definition, Wording
from tagctl.rules import phrases
from tagctl.rules.lower import parts_of
from tagctl.rules.phrases import apart, quoted
from tagctl.rules.plan import asked_by
from tagctl.rules.sentences import Clause, Sentences, finished


def wordings(rule: Rule | EachRule, taxonomy: Taxonomy, sentences: Sentences) -> Iterator[Wording]:
    """The sentence of a rule, then one for each thing that bears on its tag."""
    if isinstance(rule, EachRule):
        text = _("{dimension}: each customer’s {value} is the tag")
        yield _ended(Clause(text.format(dimension=rule.dimension, value=sentences.value(rule.of))))
        return
    when = sentences.clause(rule.when)
    yield _ended(_said(_("{tag}: held by customers {clause}"), when, tag=apart(rule.tag)))
    if rule.leave is not None:
        leave = sentences.clause(rule.leave)
        template = (
            _("Once gained, what takes it away again: being one of those {clause}")
            if leave.items
            else _("Once gained, it is lost only by customers {clause}")
        )
        yield _ended(_said(template, leave))
    if rule.pilot is not None:
        yield _ended(_said(_("On trial, only for customers {clause}"), sentences.clause(rule.pilot)))
    for text in _remarks(rule, taxonomy):
        yield _ended(Clause(text))


def _remarks(rule: Rule, taxonomy: Taxonomy) -> Iterator[str]:
    tag = taxonomy.tags[rule.tag]
    home = taxonomy.dimensions[tag.dimension]
    place = quoted(home.name)
    later = [t for t in home.tags if taxonomy.tags[t].position > tag.position and not taxonomy.tags[t].parent]
    if home.exclusive == "ordered" and later:
        names = phrases.either(map(quoted, later))
        yield _("In {dimension} the later tag counts: {tags} wins over it").format(
            dimension=place, tags=names
        )
    if home.exclusive == "one":
        yield _("In {dimension} one tag counts: that of the highest priority, then the first rule").format(
            dimension=place
        )
    if rule.priority:
        yield _("Its priority is {number}").format(number=apart(str(rule.priority)))
    givers = [other.name for other in taxonomy.tags.values() if rule.tag in other.implies]
    if givers:
        yield _("Whoever holds {tags} has it, too").format(tags=phrases.either(map(quoted, givers)))
    if rule.keep_imported:
        yield _("Imported assignments stay, whatever the rule says")


def _said(template: str, clause: Clause, **places: str) -> Clause:
    return Clause(template.format(clause=clause.text, **places), clause.items)


def _ended(clause: Clause) -> Wording:
    """A sentence with its full stop, unless a list follows."""
    text = clause.text if clause.items else _("{sentence}.").format(sentence=clause.text)
    return finished(text, clause.items)


# ── what is mentioned by name ────────────────────────────────────────────────────────────────────


def definitions(
    rules: Iterable[Rule | EachRule], ruleset: Ruleset, sentences: Sentences
) -> tuple[Definition, ...]:
    """Metrics, conditions, subsets and periods that rules mention, each once, in the order of mention."""
    found: dict[tuple[str, str], Definition] = {}

    def mention(kind: str, name: str, clause: Clause) -> bool:
        if (kind, name) in found:
            return False
        shown = apart(name) if kind == "metric" else quoted(name)
        text = _("{name} = {meaning}").format(name=shown, meaning=clause.text)
        found[kind, name] = Definition(kind, name, finished(text, clause.items))
        return True

    def conditions(condition: Condition) -> None:
        for part in walk(condition):
            name = sentences.conditions.get(id(part))
            if name is not None and not isinstance(part, Not):
                clause = sentences.clause(part, whole=True)
                mention("condition", name, _said(_("customers {clause}"), clause))
            if isinstance(part, Compare):
                values(part.value)

    def values(value: Value) -> None:
        for part in parts_of(value):
            if isinstance(part, MetricValue):
                meaning = ruleset.metrics[part.name]
                if mention("metric", part.name, Clause(sentences.value(meaning))):
                    values(meaning)
            elif isinstance(part, Aggregate):
                events(part.sources)
                if isinstance(part.window, During):
                    ranges = [phrases.between(one, sentences.zone) for one in part.window.ranges]
                    mention("period", part.window.name, Clause(phrases.both(ranges)))
            elif isinstance(part, Followed):
                events((*part.first, *part.then))

    def events(sources: Iterable[EventSource]) -> None:
        for source in sources:
            if source.name in ruleset.subsets and source.where is not None:
                base = _("{names} events").format(names=quoted(source.type))
                mention("events", source.name, Clause(sentences.narrowed(base, source.where)))

    for rule in rules:
        if isinstance(rule, EachRule):
            values(rule.of)
        else:
            for condition in asked_by(rule):
                conditions(condition)
    return tuple(found.values())
