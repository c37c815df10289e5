"""What is said about taxonomy.yaml and rules.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tagctl.errors import Location, Problem
from tagctl.record import record


@record
class StageGap:
    """How many customers are in no stage of a lifecycle dimension; None while there was no run."""

    dimension: str
    customers: int | None
    of: int
    location: Location | None = None


@record
class CheckReport:
    """taxonomy check, rules check: `problems` are errors, `warnings` advice. `gaps`: each lifecycle, where
    there is a database and the rules have no errors."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    gaps: tuple[StageGap, ...] = ()


@record
class FixReport:
    """rules check --fix: what was mended, the changed lines (number, before, after), and the check of the
    mended text. `backup`: the name under which the old text is kept where no operation can undo it."""

    file: str
    mended: tuple[Problem, ...]
    lines: tuple[tuple[int, str, str], ...]
    check: CheckReport
    operation: int | None = None
    backup: str | None = None
    dry_run: bool = False
