"""Reports for programs: JSON and CSV with language-free keys, ISO 8601 times in the project's zone.

Keys are only ever added. Identifiers are text. Money is a decimal number, lists are arrays.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from tagctl.errors import Location
from tagctl.model import MONEY_SCALE
from tagctl.reports.customers import CustomerReport
from tagctl.reports.tables import Table
from tagctl.reports.why import Proof

Json = Any  # what json.dumps takes

# The fields of reports that hold instants (Unix seconds).
_INSTANTS = frozenset(
    {"at", "as_of", "since", "until", "gained_at", "lost_at", "first_at", "last_at", "late_at"}
)


def to_json(report: object, zone: ZoneInfo) -> str:
    """A report, or a sequence of them, as indented JSON with a final line break."""
    return json.dumps(plain(report, zone), ensure_ascii=False, indent=2) + "\n"


def plain(item: object, zone: ZoneInfo) -> Json:
    """Dataclasses as objects, instants as ISO text, tables as arrays of objects."""
    if isinstance(item, Location):
        return {name: value for name, value in _members(item) if value is not None}
    if isinstance(item, Table):
        return [
            {
                column: stored(value, type_, zone)
                for column, type_, value in zip(item.columns, item.types, row, strict=True)
            }
            for row in item.rows
        ]
    if isinstance(item, CustomerReport):
        return _customer(item, zone)
    if isinstance(item, Proof):
        return _proof(item, zone)
    if is_dataclass(item):
        return {
            name: iso(value, zone) if name in _INSTANTS and isinstance(value, int) else plain(value, zone)
            for name, value in _members(item)
        }
    if isinstance(item, Mapping):
        return {str(key): plain(value, zone) for key, value in item.items()}
    if isinstance(item, list | tuple | set | frozenset):
        return [plain(value, zone) for value in item]
    return item


def iso(instant: int, zone: ZoneInfo) -> str:
    """2026-06-30T23:59:59+08:00"""
    return datetime.fromtimestamp(instant, zone).isoformat()


def stored(value: object, type_: str, zone: ZoneInfo) -> Json:
    """A value in stored form as JSON has it: money decimal, times ISO, lists arrays."""
    if value is None:
        return None
    if type_ == "money" and isinstance(value, int | float):
        return value / MONEY_SCALE
    if type_ == "datetime" and isinstance(value, int):
        return iso(value, zone)
    if type_ == "bool":
        return bool(value)
    if type_ in ("list", "tags") and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Comma-separated text with a header line, for programs: no formula guard, nothing reformatted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if value is None else _flat(value) for value in row])
    return text.getvalue()


def reports_to_csv(reports: Sequence[object], report_type: type, zone: ZoneInfo) -> str:
    """One line per report; a column per field of the report type."""
    names = [field.name for field in fields(report_type)]
    objects = [plain(report, zone) for report in reports]
    return to_csv(names, ([one[name] for name in names] for one in objects))


def table_to_csv(table: Table, zone: ZoneInfo) -> str:
    """The rows of a table, values as in JSON."""
    rows = (
        [stored(value, type_, zone) for type_, value in zip(table.types, row, strict=True)]
        for row in table.rows
    )
    return to_csv(table.columns, rows)


def _flat(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        simple = isinstance(value, list) and all(isinstance(part, str) for part in value)
        return "|".join(value) if simple else json.dumps(value, ensure_ascii=False)
    return value


def _members(item: object) -> list[tuple[str, Any]]:
    return [(field.name, getattr(item, field.name)) for field in fields(cast(Any, item))]


def _customer(report: CustomerReport, zone: ZoneInfo) -> dict[str, Any]:
    shown = dict(_members(report))
    shown["fields"] = {name: stored(value, type_, zone) for name, type_, value in report.fields}
    shown["events"] = [
        {
            "type": name,
            "count": count,
            "first": None if first is None else iso(first, zone),
            "last": None if last is None else iso(last, zone),
        }
        for name, count, first, last in report.events
    ]
    return {name: plain(value, zone) for name, value in shown.items()}


def _proof(proof: Proof, zone: ZoneInfo) -> dict[str, Any]:
    shown = dict(_members(proof))
    actual = proof.actual
    shown["actual"] = (
        [stored(part, proof.value_type, zone) for part in actual]
        if isinstance(actual, tuple)
        else stored(actual, proof.value_type, zone)
    )
    if proof.window is not None:
        shown["window"] = [None if end is None else iso(end, zone) for end in proof.window]
    return {name: plain(value, zone) for name, value in shown.items()}
