"""What a person's assign, unassign, pin or ban did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from tagctl.record import record

Verb = Literal["assign", "unassign", "pin", "ban"]
Outcome = Literal["stays", "ends", "loses"]


@record
class Meeting:
    """Another tag of an exclusive dimension, or of a declared conflict, that customers hold as well.
    `outcome`, in the next run: stays (both do, with a finding), ends (the other one), loses (the one that was
    assigned now)."""

    tag: str
    customers: int
    outcome: Outcome


@record
class HandReport:
    """assign, unassign, pin, ban. `customers` were named; for `changed` of them something was written: the
    tag was gained or lost, is given by hand where an import gave it (`taken_over`), its `since` restarted, a
    pin or a ban made (`pinned`, `banned`) or lifted (`unpinned`, `unbanned`).

    `by_rule`: customers to whom a rule gives the tag. `outranked`: rule tags that ended because a person's
    decision outranks them. `below`: child tags that are held all the same. `people`: the first customers."""

    operation: int | None
    verb: Verb
    tag: str
    dimension: str
    customers: int
    changed: int
    gained: int = 0
    lost: int = 0
    taken_over: int = 0
    restarted: int = 0
    pinned: int = 0
    banned: int = 0
    unpinned: int = 0
    unbanned: int = 0
    by_rule: int = 0
    until: int | None = None
    reason: str | None = None
    outranked: Mapping[str, int] = field(default_factory=dict)
    meets: tuple[Meeting, ...] = ()
    below: Mapping[str, int] = field(default_factory=dict)
    people: tuple[tuple[str, str | None], ...] = ()
    dry_run: bool = False
