"""`rules test`: the `tests:` of rules.yaml, each run by the code that `run` uses, in a private database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Ruleset, RuleTest, Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.testing import RuleTestFailure, RuleTestReport, RuleTestResult
from tagctl.reports.why import WhyReport
from tagctl.rules import bearing, supposed
from tagctl.rules.emit import question
from tagctl.store import catalog as catalogs
from tagctl.store import given, tags
from tagctl.store.connection import Store, open_private
from tagctl.store.operations import Operation, operate

_KEY = "test"


@record
class Judge:
    """How rules are judged: workflows of their own, which the command joins to this one.

    `compile`: rules.yaml against a catalog. `run` writes within an operation what the rules say.
    `why` explains a customer and tag: (store, ruleset, taxonomy, catalog, key, tag, as_of).
    """

    compile: Callable[[Catalog], Ruleset]
    run: Callable[[Operation, Ruleset, Taxonomy], object]
    why: Callable[[Store, Ruleset, Taxonomy, Catalog, str, str, int], WhyReport]


def run_tests(
    judge: Judge,
    taxonomy: Taxonomy,
    known: Catalog,
    asked: Sequence[str] = (),
    *,
    now: int,
    timezone: ZoneInfo,
) -> RuleTestReport:
    """Run the tests of rules.yaml, or those asked for: by number, by name, or by a tag they name.

    `known` is what imports have supplied; whatever else the rules read counts as supplied, too, and nothing
    is late. Each test sees its own customer only. ConfigError where rules or tests are invalid, UsageProblem
    where `asked` names nothing.
    """
    supplied = supposed.catalog(judge.compile(known), known)
    ruleset = replace(judge.compile(supplied), late_after={})
    chosen = _chosen(ruleset.tests, taxonomy, asked)
    if not chosen:
        return RuleTestReport(0, 0, 0, ())
    with open_private() as store:
        with operate(store, "import", now=0, by=_KEY) as op:
            tags.sync(op, taxonomy)
            given.add_catalog(op, supplied)
        testing = _Testing(judge, store, ruleset, taxonomy, timezone)
        found = [testing.result(number, test, now) for number, test in chosen]
    if testing.problems:
        raise ConfigError(testing.problems)
    passed = sum(result.passed for result in found)
    return RuleTestReport(len(ruleset.tests), passed, len(found) - passed, tuple(found))


class _Testing:
    """The database in which tests are run one after another; each is an operation that is rolled back."""

    def __init__(
        self, judge: Judge, store: Store, ruleset: Ruleset, taxonomy: Taxonomy, timezone: ZoneInfo
    ) -> None:
        self.judge = judge
        self.store = store
        self.ruleset = ruleset
        self.taxonomy = taxonomy
        self.timezone = timezone
        self.problems: list[Problem] = []

    def result(self, number: int, test: RuleTest, now: int) -> RuleTestResult:
        """What the rules give the customer of a test, against what is expected."""
        as_of = now if test.as_of is None else test.as_of
        taxonomy = _without_drafts(self.taxonomy, test)
        held: tuple[str, ...] = ()
        failures: tuple[RuleTestFailure, ...] = ()
        with operate(self.store, "run", now=as_of, by=_KEY, dry_run=True) as op:
            customer, key = given.add_customer(op, test.customer, _KEY)
            self.problems += self._add_events(op, test, customer, as_of)
            # The other rules change nothing for these tags, and computing them takes most of the time.
            self.judge.run(op, bearing.only(self.ruleset, taxonomy, _named(test)), taxonomy)
            if any(_failing(test, taxonomy, given.tags_held(op, customer))):
                self.judge.run(op, self.ruleset, taxonomy)
                held = given.tags_held(op, customer)
                failures = tuple(
                    RuleTestFailure(tag, expected, self._why(taxonomy, key, tag, as_of))
                    for tag, expected in _failing(test, taxonomy, held)
                )
        return RuleTestResult(number, test.name, not failures, as_of, held, failures, test.location)

    def _add_events(self, op: Operation, test: RuleTest, customer: int, as_of: int) -> Iterator[Problem]:
        """Add the events; yields a problem for each that does not belong to the subset it is given under."""
        for event in test.events:
            source = event.source
            number = given.add_event(op, source.type, customer, event.at, event.cells)
            if not op.store.value(question.belongs(number, source, self.ruleset, as_of, self.timezone)):
                what = _("This event of the test is not one of {subset}: it does not meet its `where`.")
                advice = _("Give it the fields that {subset} asks for, or write it under {type}.")
                yield Problem(
                    "event-outside-subset",
                    what.format(subset=source.name),
                    advice.format(subset=source.name, type=source.type),
                    event.location,
                )

    def _why(self, taxonomy: Taxonomy, key: str, tag: str, as_of: int) -> WhyReport | None:
        if identity(tag) not in taxonomy.names and tags.resolve(self.store, tag) is None:
            return None
        catalog = catalogs.read(self.store, as_of)
        return self.judge.why(self.store, self.ruleset, taxonomy, catalog, key, tag, as_of)


def _failing(test: RuleTest, taxonomy: Taxonomy, held: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The tags that are not as expected; a tag is held by who holds one of its children."""
    labels = {identity(tag) for tag in held}
    for tags_, expected in ((test.expect, True), (test.expect_not, False)):
        for tag in tags_:
            family = taxonomy.children(tag) if tag in taxonomy.tags else (tag,)
            if any(identity(one) in labels for one in family) != expected:
                yield tag, expected


def _named(test: RuleTest) -> set[str]:
    return {*test.expect, *test.expect_not}


def _without_drafts(taxonomy: Taxonomy, test: RuleTest) -> Taxonomy:
    """The taxonomy in which the drafts that a test names give their tags: it is about their rules."""
    named = _named(test)
    tags_ = {
        name: replace(tag, status="active") if tag.status == "draft" and name in named else tag
        for name, tag in taxonomy.tags.items()
    }
    return replace(taxonomy, tags=tags_)


# ── which ────────────────────────────────────────────────────────────────────────────────────────


def _chosen(
    tests: Sequence[RuleTest], taxonomy: Taxonomy, asked: Sequence[str]
) -> list[tuple[int, RuleTest]]:
    """The tests that are asked for, with their numbers, in the order of the file."""
    numbered = list(enumerate(tests, start=1))
    if not asked or not tests:
        return numbered
    words = [(number, _words(number, test, taxonomy)) for number, test in numbered]
    unknown = [word for word in asked if not any(identity(word) in known for _number, known in words)]
    if unknown:
        raise UsageProblem(_unknown(word, tests) for word in unknown)
    wanted = {identity(word) for word in asked}
    return [numbered[number - 1] for number, known in words if wanted & known]


def _words(number: int, test: RuleTest, taxonomy: Taxonomy) -> set[str]:
    """What a test can be asked for by, as identities."""
    named = _named(test)
    aliases = [alias for tag in named if tag in taxonomy.tags for alias in taxonomy.tags[tag].aliases]
    texts = [str(number), *named, *aliases, *([test.name] if test.name else [])]
    return {identity(text) for text in texts}


def _unknown(word: str, tests: Sequence[RuleTest]) -> Problem:
    names = [name for test in tests for name in (test.name, *test.expect, *test.expect_not) if name]
    near = get_close_matches(word, dict.fromkeys(names), n=3, cutoff=0.5)
    return Problem(
        "unknown-test",
        _("No test has the number or name “{word}” or names such a tag.").format(word=word),
        _("Did you mean {names}?").format(names=", ".join(near))
        if near
        else _("There are {count} tests; all of them: tagctl rules test").format(count=len(tests)),
    )
