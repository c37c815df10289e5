"""What is wrong with tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from tagctl.record import record
from tagctl.reports.why import Evidence


@record
class FindingRow:
    id: int
    code: str
    severity: Literal["error", "warning", "info"]
    subject: tuple[str, ...]
    count: int
    state: Literal["open", "accepted", "resolved"]
    first_operation: int
    details: Mapping[str, Any] = field(default_factory=dict)


@record
class FindingMember:
    """One customer (or thing) a finding is about, with its evidence: which tag came when, from where."""

    key: str
    name: str | None
    evidence: tuple[Evidence, ...] = ()


@record
class FindingReport:
    finding: FindingRow
    members: tuple[FindingMember, ...]
    total: int
