"""All that the two files say, entry by entry, in words: what a comparison of two versions compares."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.model import Action, Condition, EachRule, FieldValue, Rule, Ruleset, Tag, Taxonomy
from tagctl.record import record
from tagctl.reports.explaining import Wording
from tagctl.rules import described, phrases
from tagctl.rules.sentences import Sentences, finished

_SAID = ("parent", "name_en", "purpose", "owner", "action", "expires", "review", "status", "replaced_by")


@record
class Entry:
    """Something that is said: under which key at the top, of what, which part of it, in words. `section` is
    tag, dimension, conflict, rule, metric, condition, events, period, segment or action."""

    section: str
    name: str
    part: str
    text: str


def taxonomy_entries(taxonomy: Taxonomy) -> Iterator[Entry]:
    """What taxonomy.yaml says besides names, places and other spellings of tags."""
    for dimension in taxonomy.dimensions.values():
        for part in ("kind", "exclusive", "on_conflict"):
            yield Entry("dimension", dimension.name, part, str(getattr(dimension, part)))
    for tag in taxonomy.tags.values():
        for part, text in _parts(tag):
            yield Entry("tag", tag.name, part, text)
    for names in taxonomy.conflicts:
        yield Entry("conflict", " / ".join(names), "", "")


def _parts(tag: Tag) -> Iterator[tuple[str, str]]:
    for part in _SAID:
        value = getattr(tag, part)
        if value is not None:
            yield part, str(value)
    if tag.implies:
        yield "implies", ", ".join(tag.implies)


def rules_entries(ruleset: Ruleset, taxonomy: Taxonomy, timezone: ZoneInfo) -> Iterator[Entry]:
    """What rules.yaml says, its tests apart."""
    sentences = Sentences(ruleset, timezone)
    rules: list[Rule | EachRule] = sorted([*ruleset.rules, *ruleset.each], key=lambda rule: rule.order)
    for rule in rules:
        name = rule.dimension if isinstance(rule, EachRule) else rule.tag
        words = described.wordings(rule, taxonomy, sentences)
        yield Entry("rule", name, "", " ".join(_line(wording) for wording in words))
    for name, value in ruleset.metrics.items():
        yield Entry("metric", name, "", phrases.settled(sentences.value(value)))
    for name, condition in ruleset.conditions.items():
        yield Entry("condition", name, "", _customers(sentences, condition))
    for name, source in ruleset.subsets.items():
        text = source.type if source.where is None else sentences.narrowed(source.type, source.where)
        yield Entry("events", name, "", phrases.settled(text))
    for name, ranges in ruleset.periods.items():
        text = phrases.both(phrases.between(one, timezone) for one in ranges)
        yield Entry("period", name, "", phrases.settled(text))
    for segment in (*ruleset.segments, *ruleset.layers):
        yield Entry("segment", segment.name, "", _customers(sentences, segment.when))
        for column in segment.columns:
            yield Entry("segment", segment.name, f"column {column}", column)
        if segment.strategy:
            yield Entry("segment", segment.name, "strategy", segment.strategy)
    for action in ruleset.actions:
        yield Entry("action", f"{action.event} {action.tag}", _of(action), _obliges(action))


def _customers(sentences: Sentences, condition: Condition) -> str:
    clause = sentences.clause(condition, whole=True)
    return _line(finished(_("customers {clause}").format(clause=clause.text), clause.items))


def _line(wording: Wording) -> str:
    """A sentence in one line, what is listed below it in brackets."""
    if not wording.items:
        return wording.text
    return f"{wording.text} ({'; '.join(_line(item) for item in wording.items)})"


def _of(action: Action) -> str:
    return action.task or action.webhook or ""


def _obliges(action: Action) -> str:
    """The task or webhook of an action, until when and who."""
    who = action.assign.name if isinstance(action.assign, FieldValue) else action.assign
    return ", ".join(str(part) for part in (_of(action), action.due, who) if part)
