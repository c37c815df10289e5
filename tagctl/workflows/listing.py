"""`fields` and `history`: what there is to write rules with, and what has been done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import CUSTOMER, MONEY_SCALE, Ruleset
from tagctl.record import record
from tagctl.reports.operations import OperationRow
from tagctl.reports.tables import Cell, Table
from tagctl.rules import plan, readiness
from tagctl.sql import Sql, values
from tagctl.store import catalog, customers, feeds, reading, timeline
from tagctl.store.connection import Store

FIELD_COLUMNS = ("subject", "field", "role", "type", "filled", "distinct", "example", "used_in")
FIELD_TYPES = ("text", "text", "text", "text", "number", "number", "text", "text")


def fields(
    store: Store, timezone: ZoneInfo, uses: Mapping[tuple[str, str], Sequence[str]] | None = None
) -> Table:
    """Every field of customers and of each event type: role, type, how many rows have a value, how many
    different ones, an example, and the rules that read it. `uses`: (subject, field) → names of rules."""
    rows: list[tuple[Cell, ...]] = []
    for subject in (CUSTOMER, *(event.name for event in catalog.read(store).events)):
        for field in reading.stored_fields(store, subject):
            filled, distinct, example = reading.field_use(store, subject, field)
            used = ", ".join((uses or {}).get((subject, field.name), ()))
            shown = _text(example, field.type, timezone)
            rows.append((subject, field.name, field.role, field.type, filled, distinct, shown, used))
    return Table(FIELD_COLUMNS, FIELD_TYPES, tuple(rows), len(rows))


MAPPING_COLUMNS = ("name", "subject", "columns", "roles", "tags", "ignored", "last_file", "operation")
MAPPING_TYPES = ("text", "text", "number", "text", "text", "text", "text", "number")


def mappings(store: Store) -> Table:
    """How the columns of files are taken, by feed, the newest first: which header has which role, which hold
    tags or are ignored, and the last file that came in so."""
    rows: list[tuple[Cell, ...]] = []
    for name, subject, mapping, file, operation in feeds.listed(store):
        columns = [(column["header"], column["role"]) for column in json.loads(mapping)["columns"]]
        roles = [f"{header}={role}" for header, role in columns if role not in (None, "tags", "ignored")]
        tags = [header for header, role in columns if role == "tags"]
        ignored = [header for header, role in columns if role == "ignored"]
        lists = (", ".join(one) or None for one in (roles, tags, ignored))
        rows.append((name, subject, len(columns), *lists, file, operation))
    return Table(MAPPING_COLUMNS, MAPPING_TYPES, tuple(rows), len(rows))


def uses(ruleset: Ruleset) -> dict[tuple[str, str], tuple[str, ...]]:
    """(subject, field) → the ids of the rules that read it, through metrics and subsets too."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    asked = [(rule.id, plan.asked_by(rule), ()) for rule in ruleset.rules]
    families = [(each.id, (), (each.of,)) for each in ruleset.each]
    for rule, conditions, of in [*asked, *families]:
        for field in readiness.inputs(ruleset, conditions, of).fields:
            found.setdefault((field.subject, field.name), {})[rule] = None
    return {field: tuple(rules) for field, rules in found.items()}


@record
class Wanted:
    """Which operations: at or after an instant, of these kinds, at most so many (0: all)."""

    since: int | None = None
    kinds: tuple[str, ...] = ()
    limit: int = 0


def history(
    store: Store,
    timezone: ZoneInfo,
    about: str | None = None,
    *,
    tag: str | None = None,
    wanted: Wanted | None = None,
) -> tuple[OperationRow, ...]:
    """Operations, newest first: all, or those that did something to a customer, to a tag (`about` may be
    either, a customer first), or to the one's holding of the other. Then each says in `changes` what it did.

    UsageProblem for an unknown customer, tag or kind.
    """
    wanted = wanted or Wanted()
    where = Sql("1")
    if wanted.since is not None:
        where += Sql(" AND o.at >= ?", (wanted.since,))
    if wanted.kinds:
        _refuse_unknown(wanted.kinds, reading.kinds(store))
        where += Sql(" AND o.kind IN ") + values(wanted.kinds)
    if about is None and tag is None:
        return reading.operations(store, where, wanted.limit)
    changes = _changes(store, timezone, about, tag)
    where += Sql(" AND o.number IN ") + values(sorted(changes))
    found = reading.operations(store, where, wanted.limit)
    return tuple(replace(row, changes=tuple(changes[row.number])) for row in found)


def _changes(store: Store, timezone: ZoneInfo, about: str | None, tag: str | None) -> timeline.Changes:
    customer: int | None = None
    if about is not None:
        try:
            customer = customers.find(store, about)[0]
        except UsageProblem as unknown:
            if tag is not None or not reading.is_tag(store, about):
                raise _neither(unknown, about, tag) from None
            tag = about
    if customer is None:
        family = reading.tag_family(store, tag or "")
        return _together(timeline.of_tags(store, family), timeline.held(store, None, family))
    if tag is not None:
        return timeline.held(store, customer, reading.tag_family(store, tag))
    done = timeline.of_customer(store, customer, lambda value, type_: _text(value, type_, timezone))
    return _together(done, timeline.held(store, customer, None))


def _together(one: timeline.Changes, other: timeline.Changes) -> timeline.Changes:
    return {op: [*one.get(op, ()), *other.get(op, ())] for op in {*one, *other}}


def _neither(unknown: UsageProblem, about: str, tag: str | None) -> UsageProblem:
    """The customer that there is not, with the tag that was perhaps meant."""
    (problem, *_others) = unknown.problems
    if tag is not None or problem.code != "unknown-customer":
        return unknown
    what = _("There is no customer and no tag “{text}”.").format(text=about)
    return UsageProblem(replace(problem, what=what))


def _refuse_unknown(kinds: Iterable[str], known: Sequence[str]) -> None:
    problems = [
        Problem(
            "unknown-kind",
            _("There is no operation of the kind “{kind}”.").format(kind=kind),
            _("There are: {kinds}").format(kinds=", ".join(known)),
        )
        for kind in kinds
        if kind not in known
    ]
    if problems:
        raise UsageProblem(problems)


def _text(value: Cell, type_: str, timezone: ZoneInfo) -> str | None:
    """An example as a person would type it."""
    if value is None:
        return None
    if type_ == "money" and isinstance(value, int | float):
        return f"{value / MONEY_SCALE:g}" if abs(value) < 10**9 else f"{value / MONEY_SCALE:.2f}"
    if type_ == "datetime" and isinstance(value, int):
        return datetime.fromtimestamp(value, timezone).strftime("%Y-%m-%d %H:%M:%S")
    if type_ == "list" and isinstance(value, str):
        return ", ".join(json.loads(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
