"""Why a customer has a tag, or not."""

from __future__ import annotations

from tagctl.errors import Location
from tagctl.record import record
from tagctl.reports.tables import Cell


@record
class Evidence:
    """How one assignment came about. For an import: file, sheet, row, the original text and, where the
    text is not the tag's name, the alias path. For a person: by, note. For a rule: its place."""

    tag: str
    source: str
    since: int
    operation: int
    kind: str = ""
    by: str | None = None
    note: str | None = None
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    text: str | None = None
    alias_path: tuple[str, ...] = ()
    pinned: bool = False
    until: int | None = None
    reason: str | None = None
    lost_operation: int | None = None
    lost_at: int | None = None
    lost_kind: str | None = None


@record
class Proof:
    """A condition for one customer: whether it holds, in words the rule's author used, the actual
    value against the threshold. `kind`: all, any, not, compare, tag. `missing`: there was no value."""

    kind: str
    holds: bool
    text: str
    actual: Cell | tuple[Cell, ...] = None
    wanted: str = ""
    value_type: str = ""
    missing: bool = False
    window: tuple[int | None, int | None] | None = None
    location: Location | None = None
    items: tuple[Proof, ...] = ()


@record
class Turned:
    """A leaf of a rule that turns: from then on it `holds` or not. A new event of one of `unless` before that
    would prevent it."""

    tag: str
    text: str
    holds: bool
    unless: tuple[str, ...] = ()
    location: Location | None = None


@record
class Turning:
    """When time alone will flip the tag: at `at` (None: not until `until`, as far as was looked), gained or
    lost, why (`reason` and `other` as of ForecastFlip), by which leaves. `ranks`: ranks among customers
    matter, and were taken as they are. Without newer events of `late` the rule stands still from `late_at`.
    """

    at: int | None
    until: int
    due: bool = False  # at once: a run as of now would do it
    gained: bool = False
    reason: str = ""
    other: str | None = None
    turned: tuple[Turned, ...] = ()
    ranks: bool = False
    late: str | None = None
    late_at: int | None = None


@record
class WhyReport:
    customer: str
    name: str | None
    tag: str
    dimension: str | None
    holds: bool
    as_of: int
    evidence: tuple[Evidence, ...]  # current assignments
    past: tuple[Evidence, ...] = ()  # earlier intervals, newest first
    rule: str | None = None
    rule_location: Location | None = None
    rule_state: str = ""  # ran, waiting, late, draft
    needs: tuple[str, ...] = ()
    when: Proof | None = None
    leave: Proof | None = None
    pilot: Proof | None = None
    implied_by: tuple[str, ...] = ()
    outranked_by: str | None = None  # the tag that won the exclusive dimension
    banned: Evidence | None = None
    asked: str = ""  # what the user typed, where it is an alias
    next: Turning | None = None  # where it was asked for
