"""Whatever rules say, they can be said in words, and their SQL finds whom the slow reference finds."""

from __future__ import annotations

import sqlite3
from zoneinfo import ZoneInfo

import oracle
import pytest
import worlds
import yaml
from hypothesis import HealthCheck, Phase, given, note, settings
from strategies import cases, questions
from test_oracle_agreement import ruleset_of, taxonomy_of, text

from tagctl import messages
from tagctl.model import Ruleset, Taxonomy
from tagctl.reports.explaining import Wording
from tagctl.rules import described
from tagctl.rules.emit import alone
from tagctl.rules.sentences import Sentences
from tagctl.store import tags
from tagctl.store.connection import open_private

PLACES = ("{x}", "{y}", "{events}", "{event}", "{field}", "{names}", "{clause}", "{value}", "{tag}")
limits = settings(
    max_examples=12,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def said(ruleset: Ruleset, taxonomy: Taxonomy, zone: ZoneInfo) -> list[str]:
    """Every sentence about a ruleset."""
    sentences = Sentences(ruleset, zone)
    rules = [*ruleset.rules, *ruleset.each]
    found = [wording for rule in rules for wording in described.wordings(rule, taxonomy, sentences)]
    found += [definition.wording for definition in described.definitions(rules, ruleset, sentences)]
    return [line for wording in found for line in lines(wording)]


def lines(wording: Wording) -> list[str]:
    return [wording.text, *(line for item in wording.items for line in lines(item))]


@pytest.mark.timeout(300)
@limits
@given(cases())
def test_every_rule_can_be_said_in_both_languages(case):
    taxonomy, rules = taxonomy_of(text(case.taxonomy)), text(case.rules)
    note(rules.decode())
    with open_private() as store:
        worlds.fill(store, case.world, taxonomy)
        ruleset = ruleset_of(rules, store, taxonomy, case.world.zone)
    try:
        for language in messages.LANGUAGES:
            messages.use(language)
            sentences = said(ruleset, taxonomy, ZoneInfo(case.world.zone))
            unfilled = [s for s in sentences if "\x00" in s or any(place in s for place in PLACES)]
            assert not unfilled
            assert len(sentences) >= len(ruleset.rules) + len(ruleset.each)
    finally:
        messages.use("en")


@pytest.mark.timeout(300)
@limits
@given(questions())
def test_the_sql_of_a_rule_finds_whom_the_reference_finds(asked):
    rules, files = text(asked.rules), text(asked.taxonomy)
    note(rules.decode())
    taxonomy, zone = taxonomy_of(files), ZoneInfo(asked.world.zone)
    reference = oracle.Run(yaml.safe_load(files), yaml.safe_load(rules), asked.world, asked.as_of)
    with open_private() as store:
        worlds.fill(store, asked.world, taxonomy)
        ruleset = ruleset_of(rules, store, taxonomy, asked.world.zone)
        for rule in ruleset.rules:
            leaf = {"condition": rule.tag}
            found = (c for c in reference.world.customers if reference.reader.holds(leaf, c, tags=reference))
            script = alone.script(rule, ruleset, taxonomy, tags.ids(store), asked.as_of, zone)
            assert {key for (key,) in executed(store.connection, script)} == set(found), script


def executed(connection: sqlite3.Connection, script: str) -> list[tuple[str]]:
    """What the last statement of a script selects."""
    statements = [""]
    for line in script.splitlines(keepends=True):
        statements[-1] += line
        if sqlite3.complete_statement(statements[-1]):
            statements.append("")
    for statement in statements[:-2]:
        connection.execute(statement)
    rows: list[tuple[str]] = connection.execute(statements[-2]).fetchall()
    return rows
