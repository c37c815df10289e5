"""Findings: looking for them, listing them, showing the customers of one with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from tagctl import checks
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Found, Taxonomy
from tagctl.reports.findings import FindingMember, FindingReport, FindingRow
from tagctl.rules.time import back
from tagctl.sql import name
from tagctl.store import catalog, evidence, findings, tags
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

STATES = ("open", "accepted", "resolved")


def reconcile(
    op: Operation,
    taxonomy: Taxonomy,
    found_by_run: Iterable[Found] | None,
    as_of: int,
    timezone: ZoneInfo,
) -> tuple[int, int, int]:
    """Look for everything that checks can find and bring the findings up to date: (opened, resolved, open).

    `found_by_run` is what the run noticed about its rules; None where nothing ran, then those findings stay
    as they are. The same state twice writes nothing.
    """
    context = _context(op.store, taxonomy, as_of, timezone)
    found: list[Found] = []
    codes: list[str] = []
    for check in checks.CHECKS:
        if check.sql is None:
            if found_by_run is not None:
                codes.append(check.code)
            continue
        codes.append(check.code)
        members = check.sql(context)
        if members is not None:
            found += [
                Found(check.code, check.severity, subject, count)
                for subject, count in findings.counted(op.store, members, gone=check.gone)
            ]
    return findings.reconcile(op, [*found, *(found_by_run or ())], codes)


def list_findings(
    store: Store, states: Sequence[str] = ("open",), codes: Sequence[str] = ()
) -> tuple[FindingRow, ...]:
    """The findings in these states (none named: all) of these codes (none named: all), gravest first."""
    for code in codes:
        if checks.by_code(code) is None:
            raise UsageProblem(_unknown_code(code))
    return findings.rows(store, states, codes)


def show(
    store: Store,
    number: int,
    taxonomy: Taxonomy,
    as_of: int,
    timezone: ZoneInfo,
    limit: int | None = 20,
) -> FindingReport:
    """One finding with its customers as they are now (the first `limit` by key; None: all), each with where
    its tags came from."""
    finding = findings.one(store, number)
    check = checks.by_code(finding.code)
    members = check.sql(_context(store, taxonomy, as_of, timezone)) if check and check.sql else None
    if check is None or members is None:
        return FindingReport(finding, (), 0)
    column = catalog.customer_column(store, "name")
    shown = name(column) if column else None
    people = findings.members(store, members, finding.subject, shown, limit, gone=check.gone)
    total = dict(findings.counted(store, members, gone=check.gone)).get(finding.subject, 0)
    wanted = _tag_ids(store, taxonomy, check.tags(finding.subject) if check.tags else ())
    held = evidence.current(store, [person[0] for person in people], wanted) if wanted else {}
    return FindingReport(
        finding,
        tuple(
            FindingMember(key, called, tuple(reversed(held.get(customer, ()))))
            for customer, key, called in people
        ),
        total,
    )


def titles() -> Mapping[str, str]:
    """What each code means, in the language in use."""
    return {check.code: _(check.title) for check in checks.CHECKS}


def manual(code: str) -> str:
    """What findings of this code mean and what to do about them; empty for an unknown code."""
    check = checks.by_code(code)
    return _(check.manual) if check else ""


def _context(store: Store, taxonomy: Taxonomy, as_of: int, timezone: ZoneInfo) -> checks.Context:
    before = {
        tag.name: back(as_of, tag.review, timezone)
        for tag in taxonomy.tags.values()
        if tag.review is not None
    }
    return checks.Context(taxonomy, tags.ids(store), before)


def _tag_ids(store: Store, taxonomy: Taxonomy, names: Iterable[str]) -> list[int]:
    """The tags named and their descendants; a name that is not declared stands for itself."""
    known = tags.ids(store)
    wanted = [t for tag in names for t in (taxonomy.children(tag) if tag in taxonomy.tags else (tag,))]
    return [known[tag] for tag in wanted if tag in known]


def _unknown_code(code: str) -> Problem:
    from difflib import get_close_matches

    known = [check.code for check in checks.CHECKS]
    near = get_close_matches(code, known, n=1)
    return Problem(
        "unknown-code",
        _("There is no check “{code}”.").format(code=code),
        _("Did you mean “{name}”?").format(name=near[0])
        if near
        else _("The checks are: {names}").format(names=", ".join(known)),
    )
