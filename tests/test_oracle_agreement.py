"""`run` gives exactly what the slow reference gives, in both engines, on random small worlds and rules.

TAGCTL_EXAMPLES=20000 makes it look further, at random.
"""

from __future__ import annotations

import math
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
import oracle_findings
import pytest
import worlds
import yaml
from hypothesis import HealthCheck, given, note, settings
from strategies import Case, cases, questions

from tagctl import rules as language
from tagctl.model import MetricValue, Ruleset, Taxonomy
from tagctl.normalise import fold
from tagctl.reports.running import RunReport
from tagctl.rules.emit import question
from tagctl.store import catalog, evaluate, tags
from tagctl.store.connection import Store, open_store
from tagctl.store.operations import operate
from tagctl.workflows import checking, running, segmenting

DUCKDB = bool(find_spec("duckdb") and find_spec("duckdb_extension_sqlite_scanner"))
EXAMPLES = int(os.environ.get("TAGCTL_EXAMPLES", "0"))
limits = settings(
    max_examples=EXAMPLES or 20,
    derandomize=not EXAMPLES,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def text(content: dict[str, Any]) -> bytes:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(
        content, Dumper=dumper, allow_unicode=True, sort_keys=False, width=1000, encoding="utf-8"
    )


def taxonomy_of(data: bytes) -> Taxonomy:
    found, problems, _warnings = language.read_taxonomy(data, "taxonomy.yaml")
    assert not problems, problems
    return found


def ruleset_of(data: bytes, store: Store, taxonomy: Taxonomy, zone: str) -> Ruleset:
    compiled = language.compile(data, "rules.yaml", taxonomy, catalog.read(store), ZoneInfo(zone))
    assert not compiled.problems, compiled.problems
    return compiled.ruleset


def run(
    store: Store, ruleset: Ruleset, taxonomy: Taxonomy, as_of: int, zone: str
) -> tuple[int | None, RunReport]:
    """One run with its checks: the number of the operation it wrote, if any, and its report."""
    with operate(store, "run", now=as_of, as_of=as_of, by="test") as op:
        report, found = running.run(
            op, ruleset, taxonomy, timezone=ZoneInfo(zone), max_change=1.0, engine="sqlite"
        )
        checking.reconcile(op, taxonomy, found, as_of, ZoneInfo(zone))
    return op.result, report


def tried(
    store: Store, ruleset: Ruleset, taxonomy: Taxonomy, as_of: int, zone: str
) -> tuple[RunReport, dict[Any, int], dict[Any, int]]:
    """The report of a run in DuckDB, what would be held and outranked; nothing of it is kept."""
    with operate(store, "run", now=as_of, as_of=as_of, by="test") as op:
        report, _found = running.run(
            op, ruleset, taxonomy, timezone=ZoneInfo(zone), max_change=1.0, engine="duckdb"
        )
        assert (report.engine, report.engine_note) == ("duckdb", ""), report.engine_note
        held, outranked = worlds.held(store), worlds.outranked(store)
        op.kept = False
    return report, folded(held), folded(outranked)


def findings_of(store: Store) -> oracle_findings.Findings:
    """The open findings: (code, subject) → how many."""
    found = {}
    for row in checking.list_findings(store):
        about_rule = row.code in ("rule-waiting", "rule-late")
        subject = tuple(fold(tag) for tag in row.subject) if about_rule else row.subject
        found[row.code, tuple(sorted(subject)) if row.code == "equal-priority" else subject] = row.count
    return found


class HeldNow:
    """What conditions outside a run read of tags: what is held now."""

    def __init__(self, run: oracle.Run, store: Store) -> None:
        self.run = run
        self.held = {(customer, fold(tag)) for customer, tag, _source in worlds.held(store)}

    def family_of(self, spelling: str) -> list[str]:
        return self.run.family_of(spelling)

    def holds_tag(self, customer: str, spelling: str) -> bool:
        return any((customer, fold(tag)) in self.held for tag in self.family_of(spelling))

    def holds_dimension(self, customer: str, dimension: str) -> bool:
        tags = [tag.name for tag in self.run.tags.values() if tag.dimension == dimension]
        return any((customer, fold(tag)) in self.held for tag in tags)


def check_questions(case: Case, asking: segmenting.Asking, store: Store, run: oracle.Run) -> None:
    """Segments and metrics, asked for outside a run, read what is held now."""
    reader, now = run.reader, HeldNow(run, store)
    for segment in case.rules.get("segments", ()):
        named = segmenting.named(asking, segment["name"])
        columns = list(asking.ruleset.metrics) or ["key"]
        rows = segmenting.show(store, asking, named, columns, limit=0).rows.rows
        expected = [
            (customer, *(shown(reader.value({"metric": m}, customer)) for m in columns if m != "key"))
            for customer in run.world.customers
            if reader.holds(segment["when"], customer, tags=now)
        ]
        assert list(rows) == expected


def shown(value: tuple[Any, str]) -> Any:
    """A metric as a segment shows it: money in whole units."""
    amount, kind = value
    if amount is None or kind != "money":
        return amount
    return int(math.copysign(math.floor(abs(amount) + 0.5), amount))


def folded(found: dict[Any, Any]) -> dict[Any, Any]:
    """By names of tags as they compare: an `each: true` tag is spelled as one of its values is."""
    return {(key[0], fold(key[1]), *key[2:]): value for key, value in found.items()}


def check(case: Case, store: Store) -> None:
    """All runs of a case, each of them twice; and in DuckDB, where that is installed."""
    taxonomy_text, rules_text = text(case.taxonomy), text(case.rules)
    note(taxonomy_text.decode())
    note(rules_text.decode())
    taxonomy_yaml, rules_yaml = yaml.safe_load(taxonomy_text), yaml.safe_load(rules_text)
    taxonomy, world = taxonomy_of(taxonomy_text), case.world
    worlds.fill(store, world, taxonomy)
    ruleset = ruleset_of(rules_text, store, taxonomy, world.zone)
    for number, (as_of, additions) in enumerate(case.runs, 1):
        world = world.after(additions, as_of)
        worlds.add(store, additions, as_of)
        note(f"as of {as_of}: {world}")
        reference = oracle.Run(taxonomy_yaml, rules_yaml, world, as_of)
        expected = reference.outcome()

        asked = DUCKDB and (EXAMPLES or number == len(case.runs))  # starting DuckDB costs most of the time
        other = tried(store, ruleset, taxonomy, as_of, world.zone) if asked else None
        _written, report = run(store, ruleset, taxonomy, as_of, world.zone)
        assert folded(worlds.held(store)) == folded(expected.held)
        assert folded(worlds.outranked(store)) == folded(expected.outranked)
        states = {fold(change.tag): change.state for change in report.changes if change.rule}
        assert states == {fold(tag): state for tag, state in expected.states.items()}
        drafts = {fold(c.tag): (c.would_gain, c.would_lose) for c in report.changes if c.state == "draft"}
        assert drafts == {fold(tag): counts for tag, counts in expected.drafts.items()}
        if other is not None:
            assert other[0].changes == report.changes
            assert other[1:] == (folded(expected.held), folded(expected.outranked))
        assert findings_of(store) == oracle_findings.expected(reference, expected, taxonomy_yaml)

        written, report = run(store, ruleset, taxonomy, as_of, world.zone)
        assert (written, report.gained, report.lost) == (None, 0, 0)
        world = oracle.after(world, expected, as_of)
    asking = segmenting.Asking(ruleset, taxonomy, catalog.read(store), as_of, ZoneInfo(world.zone))
    check_questions(case, asking, store, reference)


@pytest.mark.timeout(0 if EXAMPLES else 600)
@limits
@given(cases())
def test_run_is_what_the_reference_says(case):
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "tagctl.db", create=True) as store,
    ):
        check(case, store)


@pytest.mark.timeout(0 if EXAMPLES else 600)
@limits
@given(questions())
def test_values_and_leaves_are_what_the_reference_says(asked):
    note(text(asked.rules).decode())
    note(str(asked.world))
    taxonomy, zone = taxonomy_of(text(asked.taxonomy)), asked.world.zone
    files, rules = (yaml.safe_load(text(part)) for part in (asked.taxonomy, asked.rules))
    reference = oracle.Run(files, rules, asked.world, asked.as_of)
    expected = {
        customer: [
            *(
                reference.reader.holds({"condition": name}, customer, tags=reference)
                for name in asked.rules["conditions"]
            ),
            *(reference.reader.value({"metric": name}, customer)[0] for name in asked.rules["metrics"]),
        ]
        for customer in reference.world.customers
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "tagctl.db", create=True) as store,
    ):
        worlds.fill(store, asked.world, taxonomy)
        ruleset = ruleset_of(text(asked.rules), store, taxonomy, zone)
        metrics = [MetricValue(name, ruleset.metrics[name].type) for name in asked.rules["metrics"]]
        conditions = [ruleset.conditions[name] for name in asked.rules["conditions"]]
        ask = question.ask(ruleset, tags.ids(store), asked.as_of, ZoneInfo(zone), conditions, metrics)
        with evaluate.answered(store, ask.steps, ask.tables):
            rows = store.rows(
                f"SELECT c.tagctl_key, a.* FROM temp.{question.ANSWER} a "
                "JOIN customers c ON c.tagctl_id = a.customer"
            )
        assert {row[0]: list(row[2:]) for row in rows} == expected
        if DUCKDB:
            _report, held, _outranked = tried(store, ruleset, taxonomy, asked.as_of, zone)
            assert held == folded(reference.outcome().held)
