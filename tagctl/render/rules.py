"""Rules in words and as SQL, and what the tests of rules.yaml found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.render.explaining import proof_lines, proofs, show_reasons, show_state
from tagctl.render.terminal import Styled, mark, say
from tagctl.render.values import labelled, listed, moment
from tagctl.reports.explaining import RulesExplained, Wording
from tagctl.reports.testing import RuleTestFailure, RuleTestReport, RuleTestResult

_OURS = re.compile(r"\btagctl_(fold|matches|bucket)\(")
_EXAMPLE = """\
tests:
  - name: {name}
    given:
      customer: {{}}
      order:
        - at: 2026-01-02
    as_of: 2026-02-01
    expect:
      - {tag}"""


def show_tests(report: RuleTestReport, zone: ZoneInfo, tag: str) -> None:
    """`rules test`: one line for each test, proofs for those that fail; without tests one to start with,
    about `tag`."""
    if not report.total:
        say(_("There are no tests in rules.yaml. One to start with:"))
        say()
        say(_EXAMPLE.format(name=_("one order"), tag=tag))
        return
    for result in report.results:
        _show_result(result, zone)
    text = _("Tests: {passed} passed, {failed} failed.").format(passed=report.passed, failed=report.failed)
    say(Styled(text, "bad" if report.failed else "good"))


def _show_result(result: RuleTestResult, zone: ZoneInfo) -> None:
    title = labelled(str(result.number), result.name) if result.name else str(result.number)
    place = f"  {result.location}" if result.location else ""
    say(mark(result.passed), " ", Styled(title, "" if result.passed else "strong"), Styled(place, "dim"))
    for failure in result.failures:
        _show_failure(failure, zone)
    if result.failures:
        held = listed(result.held) if result.held else _("none")
        text = _("As of {when} the rules give: {tags}").format(when=moment(result.as_of, zone), tags=held)
        say("  ", text)
        say()


def _show_failure(failure: RuleTestFailure, zone: ZoneInfo) -> None:
    text = (
        _("{tag} is expected, but not given.") if failure.expected else _("{tag} is not expected, but given.")
    )
    say("  ", Styled(text.format(tag=failure.tag), "bad"))
    if failure.why is None:
        say("    ", _("No customer of the test has this value."))
        return
    show_reasons(failure.why, zone, "    ")
    for title, proof in proofs(failure.why, zone):
        say("    ", title)
        for line in proof_lines(proof, zone, depth=3):
            say(*line)


# ── rules explain ────────────────────────────────────────────────────────────────────────────────


def show_rules(report: RulesExplained) -> None:
    """`rules explain`: each rule as a sentence with what bears on it, then what they mention by name."""
    for rule in report.rules:
        first, *rest = rule.wordings
        for number, line in enumerate(_lines(first)):
            say(line if number else Styled(line, "strong"))
        for wording in rest:
            for line in _lines(wording, 1):
                say(line)
        show_state(rule.state, rule.needs)
    if report.definitions:
        say()
    for definition in report.definitions:
        for line in _lines(definition.wording):
            say(line)


def show_sql(report: RulesExplained, as_of: int, zone: ZoneInfo) -> None:
    """`rules explain --sql`: a script, with the sentences as comments."""
    for rule in report.rules:
        for wording in rule.wordings:
            for line in _lines(wording):
                say("-- ", " ".join(line.splitlines()))  # a name with a line break would end the comment
        say("-- ", _("As of {when}.").format(when=moment(as_of, zone)))
        if rule.state in ("", "waiting"):
            say("-- ", _("It reads data that no import has supplied yet."))
        if _OURS.search(rule.sql or ""):
            text = _("tagctl_fold, tagctl_matches and tagctl_bucket are functions of tagctl’s own.")
            say("-- ", text)
        say(rule.sql or "")
        say()


def _lines(wording: Wording, depth: int = 0) -> Iterator[str]:
    """The wording with what is below it, indented."""
    yield "  " * depth + wording.text
    for item in wording.items:
        yield from _listed(item, depth + 1)


def _listed(wording: Wording, depth: int) -> Iterator[str]:
    yield "  " * depth + "- " + wording.text
    for item in wording.items:
        yield from _listed(item, depth + 1)
