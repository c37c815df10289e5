"""What the user says about the files to import; everything else is found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from tagctl.io.table import HeaderRow, Opening
from tagctl.model import Type
from tagctl.store.readings import Mode

__all__ = ["ImportOptions", "Opening"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Headers are matched by identity (case, width and spaces do not matter).

    `map` gives headers a role, a type or both; `types` are the types that rules.yaml declares, by field,
    `ruled` the tags that its rules give.
    `max_rejects` is how many rows may hold something that is rejected: an int is their number, a float their
    share of those read; None takes any number, as long as a row is left.
    `mode` is what tag cells do (store/readings.py), `unknown` what becomes of labels without a tag: here
    they are rejected or kept; creating and suggesting tags is done with what is kept.
    Of events, `id` is the column that tells them apart, and with `correct` rows that differ from a known
    event in few cells correct it. With `snapshot` the files are all customers of their feed; `max_missing` is
    the share of those known from it that may be missing, `taken` the local date for which the files speak.
    `currency` is that of bare amounts, `timezone` that of bare times, `date_format` (as of strptime) says
    how dates are written, `decimal_comma` that numbers are as 1.280,50. `mapping` is the name of a saved
    mapping, `save_mapping` one for this file's.
    """

    key: str | None = None
    map: Mapping[str, tuple[str | None, Type | None]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    types: Mapping[str, Type] = field(default_factory=dict)
    ruled: frozenset[str] = frozenset()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: HeaderRow = None
    no_header: bool = False
    strict: bool = False
    max_rejects: float | None = None
    empty_clears: bool = False
    mode: Mode = "sync"
    unknown: Literal["create", "quarantine", "reject", "suggest"] = "quarantine"
    match: tuple[str, str] | None = (
        None  # of events: the column that names customers, and by which identifier
    )
    unknown_customers: Literal["create", "reject"] = "create"
    id: str | None = None
    correct: bool = False
    snapshot: bool = False
    taken: date | None = None
    max_missing: float = 0.1
    currency: str | None = None
    timezone: str | None = None
    date_format: str | None = None
    decimal_comma: bool = False
    mapping: str | None = None
    save_mapping: str | None = None

    def as_given(self) -> dict[str, Any]:
        """What changes how bytes are taken. `types` shows in the fields, what a mapping says in the columns;
        others only stop an import."""
        left_out = ("types", "ruled", "max_rejects", "mapping", "save_mapping", "taken", "max_missing")
        return {name: value for name, value in asdict(self).items() if value and name not in left_out}

    def headers(self) -> tuple[str, ...]:
        """All headers that the options name."""
        key = (self.key,) if self.key else ()
        match = (self.match[0],) if self.match else ()
        id_ = (self.id,) if self.id else ()
        return (*key, *match, *id_, *self.map, *self.tags, *self.ignore)
