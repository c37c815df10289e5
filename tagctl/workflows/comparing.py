"""Labels that may be the same: on a bare list, or the taxonomy's tags and the unknown labels of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from tagctl.errors import Problem, UsageProblem
from tagctl.io import lists
from tagctl.labels import replaying
from tagctl.labels.duplicates import Given, Label, Pair, Witness, clusters
from tagctl.labels.duplicates.pool import Pool
from tagctl.messages import _
from tagctl.model import Ruleset, Taxonomy
from tagctl.normalise import identity
from tagctl.reports.duplicates import DuplicatesReport
from tagctl.rules import meaning
from tagctl.store import populations, verdicts
from tagctl.store.connection import Store

PLUGINS = "tagctl.witnesses"
Speaks = Callable[[Sequence[str]], Iterable[tuple[int, int, float]]]


def in_list(
    path: Path, *, column: str | None = None, synonyms: Path | None = None, least: float = 0.0
) -> DuplicatesReport:
    """The clusters of a file of labels (io/lists.py), without a project."""
    counted: dict[str, int | None] = {}
    for listed in lists.labels(path, column):
        counted.setdefault(listed.label, listed.customers)
    labels = [Label(text, customers=count) for text, count in counted.items()]
    return _compared(labels, Given(synonyms=_groups(synonyms), witnesses=plugins()), least)


def in_store(
    store: Store,
    taxonomy: Taxonomy,
    ruleset: Ruleset | None,
    *,
    synonyms: Path | None = None,
    least: float = 0.0,
) -> DuplicatesReport:
    """The clusters of the tags and the unknown labels of a project, with what is known about their customers.
    What the taxonomy says of two tags (parent and child, a conflict) is decided; what people decided goes
    before."""
    population = populations.read(store)
    held = dict(population.tags)
    meanings = _rules(ruleset) if ruleset is not None else {}
    labels = [
        Label(tag.name, "tag", held.pop(tag.name, 0), tag.aliases, meanings.get(tag.name))
        for tag in taxonomy.tags.values()
        if tag.status != "deprecated"
    ]
    labels += [
        Label(name, "unknown", count) for name, count in held.items() if count
    ]  # undeclared, or values
    labels += [Label(name, "unknown", count) for name, count in population.unknown.items()]
    decided = replaying.standing(verdicts.read(store), taxonomy.names)
    given = Given(population.shared, _groups(synonyms), {**_declared(taxonomy), **decided}, plugins())
    return _compared(labels, given, least)


def _compared(labels: Sequence[Label], given: Given, least: float) -> DuplicatesReport:
    return DuplicatesReport(clusters(labels, given, least=least), len(labels))


def _groups(synonyms: Path | None) -> Sequence[Sequence[str]]:
    return lists.groups(synonyms) if synonyms is not None else ()


def _rules(ruleset: Ruleset) -> dict[str, str]:
    """By tag, what its rule says, whatever the tag is called."""
    return {rule.tag: meaning.of_conditions(rule, ruleset.metrics) for rule in ruleset.rules}


def _declared(taxonomy: Taxonomy) -> dict[frozenset[str], str]:
    found: dict[frozenset[str], str] = {}
    for group in taxonomy.conflicts:
        for one in group:
            found |= {_pair(one, other): "different" for other in group if other != one}
    for tag in taxonomy.tags.values():
        if tag.parent is not None:
            found[_pair(tag.name, tag.parent)] = "parent"
        if tag.replaced_by is not None:
            found[_pair(tag.name, tag.replaced_by)] = "different"  # decided: one is retired for the other
    return found


def _pair(one: str, other: str) -> frozenset[str]:
    return frozenset((identity(one), identity(other)))


# ── plug-ins ─────────────────────────────────────────────────────────────────────────────────────


def plugins() -> tuple[Witness, ...]:
    """The witnesses that installed packages bring: functions from the texts of all labels to pairs of their
    numbers, with how sure they are (docs/duplicates.md). Raises UsageProblem, here and when they speak."""
    return tuple(_plugin(entry) for entry in entry_points(group=PLUGINS))


def _plugin(entry: EntryPoint) -> Witness:
    def speak(pool: Pool) -> Iterator[tuple[Pair, float]]:
        try:
            speaks: Speaks = entry.load()
            said = [(int(a), int(b), float(sure)) for a, b, sure in speaks([one.text for one in pool.labels])]
            numbers = range(len(pool.labels))
            if any(a not in numbers or b not in numbers or not 0 <= sure <= 1 for a, b, sure in said):
                raise ValueError("no number of a label, or a score that is not between 0 and 1")
        except Exception as error:
            what = _("The witness {name} failed: {why}").format(name=entry.name, why=error)
            raise UsageProblem(
                Problem(
                    "bad-witness",
                    what,
                    _("It comes with an installed package ({value}): mend or remove that.").format(
                        value=entry.value
                    ),
                )
            ) from error
        return (((min(a, b), max(a, b)), sure) for a, b, sure in said if a != b)

    return Witness(entry.name, speak)
