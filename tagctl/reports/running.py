"""What a run changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tagctl.program import Timing
from tagctl.record import record


@record
class TagChange:
    """What a run does to one tag. `members` counts customers before the run; `imported`,
    `confirmed` and `closed_imported` tell of imported assignments that the rule took over."""

    tag: str
    rule: str | None
    members: int
    gained: int
    lost: int
    imported: int = 0
    confirmed: int = 0
    closed_imported: int = 0
    state: Literal["ran", "waiting", "late", "draft", "gone"] = "ran"  # gone: nothing gives the tag any more
    needs: tuple[str, ...] = ()  # what a waiting or late rule waits for
    first_run: bool = False
    changed: bool = False
    would_gain: int = 0  # of a draft: what its rule would do, were it active
    would_lose: int = 0


def waiting(changes: Iterable[TagChange]) -> dict[tuple[str, str], list[str]]:
    """What rules wait for: (waiting or late, event type or field) → the tags whose rules need it. A rule
    that needs two things stands under both."""
    found: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        if change.state in ("waiting", "late"):
            for need in change.needs:
                found.setdefault((change.state, need), []).append(change.tag)
    return found


@record
class RunReport:
    operation: int | None  # None: nothing to write (or a dry run)
    as_of: int
    customers: int
    changes: tuple[TagChange, ...]
    gained: int
    lost: int
    closed_imported: int
    expired: int
    findings_opened: int
    findings_resolved: int
    findings_open: int
    past: bool = False  # as_of lies before now: rules that read today's fields are named
    reads_today: tuple[str, ...] = ()
    stopped_by: tuple[str, ...] = ()  # tags over the blast radius
    dry_run: bool = False
    seconds: float = 0.0
    closed_conflicts: int = 0  # imported and manual assignments that on_conflict closed
    closed_banned: int = 0  # those that a ban closed
    lifted: int = 0  # pins and bans whose time was over
    engine: str = "sqlite"  # what computed it
    engine_note: str = ""  # why DuckDB did not, where it was to
    profile: tuple[Timing, ...] = ()  # only where it was asked for
