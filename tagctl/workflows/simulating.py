"""`rules simulate`: a rule with other numbers, and who would hold its tag then. Nothing is written: what is
tried is run within an operation and taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Ruleset, Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.running import RunReport
from tagctl.reports.simulating import CountChange, Effect, SimulationReport
from tagctl.rules import paths, rewrite
from tagctl.settings import Settings
from tagctl.store import reading
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.value_tags import with_values

Run = Callable[[Operation, Ruleset], RunReport]

_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*([^\d\s.]*)\.\.(-?\d+(?:\.\d+)?)\s*([^\d\s.]*)")


@record
class Subject:
    """What is simulated: a tag, and the entry of `rules:` that gives it (by tag or dimension)."""

    tag: str
    entry: str


@record
class Holding:
    """Who holds the tag, and how many hold each tag; after a run, that run's report."""

    keys: frozenset[str]
    members: Mapping[str, int]
    run: RunReport | None = None


def subject(store: Store, ruleset: Ruleset, taxonomy: Taxonomy, label: str) -> Subject:
    """The tag that a name or alias means, with its rule. UsageProblem where there is none."""
    known = with_values(store, taxonomy)
    tag = known.names.get(identity(label))
    if tag is None:
        raise UsageProblem(reading.unknown_tag(label, known.tags))
    entries = [rule.id for rule in ruleset.rules if rule.tag == tag]
    entries += [each.id for each in ruleset.each if each.dimension == known.tags[tag].dimension]
    if not entries:
        what = _("No rule gives “{tag}”.").format(tag=tag)
        raise UsageProblem(
            Problem("no-rule", what, _("Write one with: tagctl rules add {tag}").format(tag=tag))
        )
    return Subject(tag, entries[0])


def changed(
    text: bytes,
    settings: Settings,
    entry: str,
    changes: Sequence[tuple[str, str]],
    taxonomy: Taxonomy,
    catalog: Catalog,
) -> Ruleset:
    """The rules with other values at some paths of a rule. UsageProblem where they do not compile; its
    places are those of the changed text, which is named by the changes."""
    for path, value in changes:
        text = rewrite.change(text, settings.rules_file.name, entry, path, value)
    told = ", ".join(f"{path}={value}" for path, value in changes)
    compiled = rules.compile(
        text, f"{settings.rules_file.name} ({told})", taxonomy, catalog, settings.timezone
    )
    if compiled.problems:
        raise UsageProblem(compiled.problems)
    return compiled.ruleset


def written_at(text: bytes, settings: Settings, entry: str, path: str) -> tuple[str, str]:
    """The whole path of one that may be shortened, and what the file has there."""
    return paths.written_at(text, settings.rules_file.name, entry, path)


def active(taxonomy: Taxonomy, tag: str) -> Taxonomy:
    """The taxonomy with the tag no draft: a simulation asks what its rule would do."""
    found = taxonomy.tags.get(tag)
    if found is None or found.status != "draft":
        return taxonomy
    return replace(taxonomy, tags={**taxonomy.tags, tag: replace(found, status="active")})


def holding(store: Store, tag: str, run: RunReport | None = None) -> Holding:
    """Who holds the tag at this point of the operation."""
    return Holding(reading.holders(store, tag), reading.members(store), run)


def tried(op: Operation, tag: str, rulesets: Iterable[Ruleset], run: Run) -> list[Holding]:
    """Who holds the tag now, and after a run of each of the rulesets; all of them are taken back."""
    found = [holding(op.store, tag)]
    for ruleset in rulesets:
        with op.tried():
            found.append(holding(op.store, tag, run(op, ruleset)))
    return found


def effect(
    tag: str, now: Holding, before: Holding, after: Holding, *, value: str | None = None, keys: int | None = 0
) -> Effect:
    """What differs between holdings: now, after a run of the rules as they are, after one of the others.
    `keys`: how many customers to name on each side, None for all."""
    gained, lost = sorted(after.keys - before.keys), sorted(before.keys - after.keys)
    tags = {*before.members, *after.members}
    others = (
        CountChange(name, before.members.get(name, 0), after.members.get(name, 0))
        for name in sorted(tags)
        if name != tag
    )
    return Effect(
        members=len(after.keys),
        gained=len(gained),
        lost=len(lost),
        gained_from_now=len(after.keys - now.keys),
        lost_from_now=len(now.keys - after.keys),
        value=value,
        others=tuple(other for other in others if other.before != other.after),
        gained_keys=tuple(gained[:keys]),
        lost_keys=tuple(lost[:keys]),
    )


def state(run: RunReport | None, tag: str) -> tuple[str, tuple[str, ...]]:
    """What became of the tag's rule in a run, and the data that it waits for."""
    found = next((change for change in run.changes if change.tag == tag), None) if run else None
    return (found.state, found.needs) if found else ("ran", ())


def report(
    subject: Subject,
    now: Holding,
    before: Holding,
    effects: Sequence[Effect],
    settings: Sequence[tuple[str, str]],
    varied: tuple[str, str] | None,
) -> SimulationReport:
    """All effects of one simulation. `varied`: the path and what the file has there."""
    assert before.run is not None
    path, written = varied or (None, "")
    waits, needs = state(before.run, subject.tag)
    return SimulationReport(
        tag=subject.tag,
        as_of=before.run.as_of,
        customers=before.run.customers,
        held=len(now.keys),
        members=len(before.keys),
        settings=tuple(settings),
        effects=tuple(effects),
        path=path,
        written=written,
        state=waits,
        needs=needs,
        reads_today=before.run.reads_today,
    )


# ── what is asked for ────────────────────────────────────────────────────────────────────────────


def setting(text: str, option: str) -> tuple[str, str]:
    """`when.at_least=4` as path and value."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        what = _("{option}: “{text}” is not a path and a value.").format(option=option, text=text)
        advice = _("Write it like: --set when.at_least=4, or: --vary within=30d..90d")
        raise UsageProblem(Problem("bad-setting", what, advice))
    return path.strip(), value.strip()


def steps(span: str, count: int) -> tuple[str, ...]:
    """`30d..90d` as `count` values, evenly spread, both ends included: numbers, or numbers with one unit.
    Between whole numbers they are whole."""
    found = _RANGE.fullmatch(span)
    if found is None or (found[2] and found[2] != found[4]):
        what = _("“{text}” is not a range of numbers or durations.").format(text=span)
        raise UsageProblem(
            Problem(
                "bad-range", what, _("Write it like 2..10, 30d..90d or 10%..30%, one unit for both ends.")
            )
        )
    first, last, unit = Decimal(found[1]), Decimal(found[3]), found[4]
    digits = 0 if first == first.to_integral() and last == last.to_integral() else 4
    values = [round(first + (last - first) * n / max(count - 1, 1), digits) for n in range(count)]
    return tuple(dict.fromkeys(f"{_plain(value)}{unit}" for value in values))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
