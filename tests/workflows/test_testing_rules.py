"""`rules test`: each of cases/rule_tests.yaml, and what a failing test tells."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from running_project import NOW, ZONE

from tagctl import rules
from tagctl.errors import ConfigError, UsageProblem
from tagctl.model import CUSTOMER, Catalog, EventType, Field
from tagctl.reports.testing import RuleTestReport
from tagctl.workflows import explaining, running, testing_rules

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "rule_tests.yaml").read_text("utf-8"))
TAXONOMY = """
dimensions:
- name: 价值
  tags:
  - {name: VIP, aliases: [高价值], implies: [忠实], children: [黑金]}
  - 忠实
  - 沉睡
  - 老友
  - {name: 草案, status: draft}
  - {name: 试点, pilot: {when: {field: city, is: 上海}}}
- {name: 阶段, exclusive: ordered, tags: [潜在, 成交]}
- {name: 城市, tags: []}
"""
ONE = "events: {order: {}}\nrules: [{tag: 忠实, when: {count: order, at_least: 2}}]\n"


def report(text: str, *asked: str, known: Catalog | None = None) -> RuleTestReport:
    """What `rules test` finds in these rules."""
    taxonomy, problems, _warnings = rules.read_taxonomy(TAXONOMY.encode(), "taxonomy.yaml")
    assert not problems

    def compiled(catalog):
        found = rules.compile(text.encode(), "rules.yaml", taxonomy, catalog, ZONE)
        if found.problems:
            raise ConfigError(found.problems)
        return found.ruleset

    judge = testing_rules.Judge(
        compiled,
        lambda op, ruleset, tags: running.run(op, ruleset, tags, timezone=ZONE, engine="sqlite"),
        lambda store, ruleset, tags, catalog, key, tag, as_of: explaining.why(
            store, ruleset, tags, catalog, key, tag, as_of=as_of, timezone=ZONE
        ),
    )
    return testing_rules.run_tests(judge, taxonomy, known or Catalog(), asked, now=NOW, timezone=ZONE)


def imported(known: dict[str, dict[str, str]]) -> Catalog:
    fields = {
        subject: tuple(Field(name, kind, None, name) for name, kind in found.items())
        for subject, found in known.items()
    }
    events = tuple(EventType(name, found) for name, found in fields.items() if name != CUSTOMER)
    return Catalog(fields.get(CUSTOMER, ()), events)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases(case):
    found = report(case["rules"], known=imported(case.get("known", {})))
    assert [[failure.tag for failure in result.failures] for result in found.results] == case["failing"]
    assert [result.passed for result in found.results] == [not tags for tags in case["failing"]]
    assert (found.total, found.failed) == (len(case["failing"]), sum(map(bool, case["failing"])))


def test_a_failing_tag_has_its_proof_and_all_that_is_held():
    (result,) = report(
        "events: {order: {}}\n"
        "rules: [{tag: 忠实, when: {count: order, at_least: 2}}, {tag: 沉睡, when: {count: order, is: 1}}]\n"
        "tests: [{given: {order: [{at: 2026-01-02}]}, as_of: 2026-02-01, expect: [忠实]}]"
    ).results
    (failure,) = result.failures
    assert (failure.expected, failure.why.when.text, failure.why.when.actual) == (
        True,
        "{count: order, at_least: 2}",
        1,
    )
    assert (result.number, result.held, result.location.line) == (1, ("沉睡",), 3)


def test_an_event_that_does_not_meet_its_subset_is_told_with_its_place():
    with pytest.raises(ConfigError) as caught:
        report(
            "events: {order: {}, 购买: {from: order, where: {field: amount, above: 0}}}\n"
            "rules: [{tag: 忠实, when: {count: 购买, at_least: 1}}]\n"
            "tests:\n"
            "- {given: {购买: [{at: 2026-01-02, amount: 3}, {at: 2026-01-02}]}, expect: [忠实]}\n"
            "- {given: {购买: [{at: 2026-01-02, amount: -1}]}, expect: [忠实]}"
        )
    assert [(p.code, p.location.line, p.location.column) for p in caught.value.problems] == [
        ("event-outside-subset", 4, 46),
        ("event-outside-subset", 5, 17),
    ]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (["2"], [2]),
        (["两单", "1"], [1, 2]),
        (["忠实"], [1, 2]),
        (["高价值"], [3]),
        ([], [1, 2, 3]),
    ],
)
def test_some_of_the_tests(asked, numbers):
    tests = (
        "tests:\n- {given: {}, expect_not: [忠实]}\n"
        "- {name: 两单, given: {order: [{at: 2026-01-02}, {at: 2026-01-02}]}, expect: [忠实]}\n"
        "- {given: {}, expect_not: [VIP]}\n"
    )
    found = report(ONE + tests, *asked)
    assert ([result.number for result in found.results], found.failed, found.total) == (numbers, 0, 3)


def test_asking_for_a_test_that_there_is_not():
    with pytest.raises(UsageProblem) as caught:
        report(ONE + "tests: [{name: 两单购买, given: {}, expect_not: [忠实]}]", "两单", "9")
    assert [p.code for p in caught.value.problems] == ["unknown-test", "unknown-test"]
    assert "两单购买" in caught.value.problems[0].next


def test_without_tests_there_is_nothing_to_fail():
    assert report(ONE) == RuleTestReport(0, 0, 0, ())
