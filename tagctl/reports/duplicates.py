"""Labels that may be the same."""

from __future__ import annotations

from typing import Literal

from tagctl.record import record

Verdict = Literal["same", "related", "parent"]


@record
class DuplicateMember:
    """A label of a cluster: how many customers have it, and how many of them the canonical label too; None
    where nothing is known about customers. `kind`: tag (of the taxonomy), unknown (no tag yet), label."""

    label: str
    kind: str = "label"
    customers: int | None = None
    shared: int | None = None


@record
class DuplicateCluster:
    """Labels that are the same, related, or (`parent`) kinds of the canonical one. `score`: how sure, 0 to 1,
    of the weakest link. `witnesses` and `guards`: codes of what speaks for it, and against."""

    canonical: str
    labels: tuple[str, ...]  # the canonical one first
    verdict: Verdict
    score: float
    witnesses: tuple[str, ...]
    guards: tuple[str, ...]
    members: tuple[DuplicateMember, ...] = ()


@record
class DuplicatesReport:
    """tags duplicates. `labels`: how many were looked at; `hidden`: clusters below the least score."""

    clusters: tuple[DuplicateCluster, ...]
    labels: int = 0
    hidden: int = 0
