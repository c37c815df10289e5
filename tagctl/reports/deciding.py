"""What people decide about labels that may be the same."""

from __future__ import annotations

from typing import Literal

from tagctl.record import record
from tagctl.reports.curating import CurationReport

Verdict = Literal["same", "related", "parent", "different"]


@record
class Decision:
    """A label is the same as the canonical one, related to it, a kind of it (`parent`: the canonical one is
    its parent), or different."""

    label: str
    canonical: str
    verdict: Verdict
    note: str | None = None


@record
class VerdictRow:
    """A decision that stands: `by`, `at` and `operation` tell who, when and in which operation."""

    label: str
    canonical: str
    verdict: Verdict
    by: str
    at: int
    note: str | None
    operation: int


@record
class PlanReport:
    """`tags duplicates --plan`: how many clusters and labels stand in the file."""

    file: str
    clusters: int
    labels: int


@record
class RemovedReport:
    """`tags verdicts --remove`."""

    operation: int | None
    removed: int
    dry_run: bool = False


@record
class Union:
    """Labels that become one tag, or (`below`) children of it."""

    tag: str
    labels: tuple[str, ...]
    below: bool = False


@record
class DecisionsReport:
    """`tags merge --plan` and `tags review`. `waiting`: labels that are the same as, or below, one that is no
    tag yet: they follow when it becomes one. `done` rows say what is so already, `left` rows say nothing.
    `verdicts`: pairs of labels whose verdict is new. `curation`: what follows in files and database."""

    operation: int | None
    unions: tuple[Union, ...] = ()
    waiting: tuple[Decision, ...] = ()
    verdicts: int = 0
    done: int = 0
    left: int = 0
    curation: CurationReport | None = None
    dry_run: bool = False
