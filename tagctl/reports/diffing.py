"""What differs between two versions of the taxonomy and the rules, and what that does to customers."""

from __future__ import annotations

from typing import Literal

from tagctl.record import record

Kind = Literal["added", "removed", "renamed", "merged", "moved", "changed"]


@record
class Difference:
    """One thing that differs. `section` is tag, dimension, conflict, rule, metric, condition, events, period,
    segment or action; `part` what of it differs (expires, a column …), empty for the whole. `before` and
    `after` are in words; of a tag that is renamed, merged or moved, where it goes. `customers` hold the tag.
    `breaking`: something that was there for others to build on is not there any more; `used_in` are the
    places that did."""

    kind: Kind
    section: str
    name: str
    part: str = ""
    before: str | None = None
    after: str | None = None
    customers: int = 0
    breaking: bool = False
    used_in: tuple[str, ...] = ()


@record
class TagEffect:
    """How many customers hold a tag with the one version and with the other, after a run; and how many gain
    and lose it."""

    tag: str
    before: int
    after: int
    gained: int
    lost: int


@record
class SegmentEffect:
    """The size of a segment with both versions; None where one does not have it."""

    segment: str
    before: int | None
    after: int | None


@record
class DiffReport:
    """taxonomy diff: from the version after an operation to that after another, or in a file, or (None) in
    the project's files. `computed` tells whether the effect on customers is: only from the version that the
    database holds is it known."""

    before: int | str | None
    after: int | str | None
    differences: tuple[Difference, ...]
    breaking: bool
    computed: bool
    tags: tuple[TagEffect, ...] = ()
    segments: tuple[SegmentEffect, ...] = ()
