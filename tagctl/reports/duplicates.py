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
    """tags duplicates; `labels`: how many were looked at."""

    clusters: tuple[DuplicateCluster, ...]
    labels: int = 0


@record
class DuplicateLine:
    """One label of a cluster, as a line of a table."""

    cluster: int
    label: str
    canonical: str
    verdict: Verdict
    score: float
    kind: str
    customers: int | None
    shared: int | None
    witnesses: tuple[str, ...]
    guards: tuple[str, ...]


def lines(report: DuplicatesReport) -> tuple[DuplicateLine, ...]:
    """A line for every label of every cluster."""
    return tuple(
        DuplicateLine(
            number,
            m.label,
            c.canonical,
            c.verdict,
            c.score,
            m.kind,
            m.customers,
            m.shared,
            c.witnesses,
            c.guards,
        )
        for number, c in enumerate(report.clusters, 1)
        for m in c.members
    )
