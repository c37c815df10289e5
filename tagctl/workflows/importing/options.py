"""What the user says about the files to import; everything else is found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tagctl.io.table import HeaderRow
from tagctl.model import Type


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Headers are matched by identity (case, width and spaces do not matter).

    `map` gives headers a role, a type or both; `types` are the types that rules.yaml declares, by field.
    `max_rejects` counts rejected rows and cells; None takes any number, as long as a row is left.
    """

    key: str | None = None
    map: Mapping[str, tuple[str | None, Type | None]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    types: Mapping[str, Type] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: HeaderRow = None
    no_header: bool = False
    strict: bool = False
    max_rejects: int | None = None
    empty_clears: bool = False
    unknown_customers: Literal["create", "reject"] = "create"

    def as_given(self) -> dict[str, Any]:
        """What changes how bytes are taken. `types` shows in the fields, `max_rejects` only stops."""
        left_out = ("types", "max_rejects")
        return {name: value for name, value in asdict(self).items() if value and name not in left_out}

    def headers(self) -> tuple[str, ...]:
        """All headers that the options name."""
        key = (self.key,) if self.key else ()
        return (*key, *self.map, *self.tags, *self.ignore)
