"""`fields` and `history`: what there is to write rules with, and what has been done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tagctl.model import CUSTOMER, MONEY_SCALE, Ruleset
from tagctl.reports.operations import OperationRow
from tagctl.reports.tables import Cell, Table
from tagctl.rules import plan, readiness
from tagctl.sql import Sql, values
from tagctl.store import catalog, customers, feeds, reading
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


def history(
    store: Store, *, customer: str | None = None, tag: str | None = None, limit: int = 0
) -> tuple[OperationRow, ...]:
    """Operations, newest first: all, or those that did something to a customer, to a tag, or to the one's
    holding of the other. Then each says in `changes` what was gained or lost, and by which source.

    `tag` may be an alias; UsageProblem for an unknown customer or tag. `limit` 0 means all.
    """
    if customer is None and tag is None:
        return reading.operations(store, limit=limit)
    number = customers.find(store, customer)[0] if customer is not None else None
    family = reading.tag_family(store, tag) if tag is not None else None
    changes = reading.assignment_changes(store, number, family)
    wanted = set(changes)
    if number is not None and family is None:
        wanted |= reading.operations_on_customer(store, number)
    found = reading.operations(store, Sql("o.number IN ") + values(sorted(wanted)), limit)
    return tuple(replace(row, changes=changes.get(row.number, ())) for row in found)


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
