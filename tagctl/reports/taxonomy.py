"""What a taxonomy changes."""

from __future__ import annotations

from tagctl.record import record


@record
class TaxonomyChange:
    """One difference between taxonomy.yaml and the database. `kind`: add, rename, merge, drop, move,
    alias, edit. Breaking ones (merge, drop, move with members) need `taxonomy apply`."""

    kind: str
    tag: str
    into: str | None = None
    members: int = 0
    breaking: bool = False
    hint: str = ""


@record
class TaxonomyReport:
    operation: int | None
    changes: tuple[TaxonomyChange, ...]
    dimensions: int
    tags: int
    gained: int = 0
    lost: int = 0
    dry_run: bool = False
