"""The outcome of rules' tests."""

from __future__ import annotations

from tagctl.errors import Location
from tagctl.record import record
from tagctl.reports.why import WhyReport


@record
class RuleTestFailure:
    """A tag that a test expects and the rules do not give (`expected`), or the other way round; `why` is the
    proof, and None for a value that no rule has made a tag."""

    tag: str
    expected: bool
    why: WhyReport | None


@record
class RuleTestResult:
    """One entry of `tests:`, by its number in the file (from 1). `held`, of one that failed: all the tags
    that the rules give."""

    number: int
    name: str | None
    passed: bool
    as_of: int
    held: tuple[str, ...]
    failures: tuple[RuleTestFailure, ...]
    location: Location | None


@record
class RuleTestReport:
    """rules test: `total` counts all tests of the file, the others those that were run."""

    total: int
    passed: int
    failed: int
    results: tuple[RuleTestResult, ...]
