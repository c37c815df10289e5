"""What a curating command (rename, merge, move, retire, split) does to customers and files."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.record import record
from tagctl.reports.taxonomy import TaxonomyChange


@record
class Place:
    """A line of one of the files, as it is and as it is to be. Lines that only come or go stand together:
    then one of the two is empty. `line` is that of the file as it is, `section` the key at its top."""

    file: str
    line: int
    section: str
    before: str
    after: str


@record
class Holders:
    """How many customers hold a tag (or have a label without one) before and after, and its pins and bans
    before."""

    name: str
    before: int
    after: int
    pins: int = 0
    bans: int = 0


@record
class ConflictCount:
    """How many customers have tags that must not meet (code and subject of the finding), before and after."""

    code: str
    subject: tuple[str, ...]
    before: int
    after: int


@record
class LeftOut:
    """What a tag's entry said that goes with it: its purpose, owner, review …"""

    tag: str
    key: str
    value: str


@record
class Mention:
    """A place that names a tag which means fewer customers afterwards, or none; it stays as it is."""

    tag: str
    file: str
    line: int
    section: str
    entry: str


@record
class Unconfirmed:
    """Customers who have a tag by this alone, and keep it only where its rule confirms it; where it has none
    (not `ruled`), the next run takes it from all of them."""

    tag: str
    customers: int
    ruled: bool


@record
class CurationReport:
    """One curating command, or several in one operation. `kind`: rename, merge, move, retire, split.

    `names` are the tags and labels it is about, `tags` what they are afterwards. `several`: customers who
    held more than one of the names. `gained` and `lost`: customers' tags opened and closed now; what rules
    give follows at the next run.
    """

    operation: int | None
    kind: str
    names: tuple[str, ...]
    tags: tuple[str, ...]
    changes: Sequence[TaxonomyChange] = ()
    holders: tuple[Holders, ...] = ()
    several: int = 0
    gained: int = 0
    lost: int = 0
    conflicts: tuple[ConflictCount, ...] = ()
    unconfirmed: tuple[Unconfirmed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    mentions: tuple[Mention, ...] = ()
    places: tuple[Place, ...] = ()
    dry_run: bool = False
