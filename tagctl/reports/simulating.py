"""What another threshold or a new rule would change."""

from __future__ import annotations

from tagctl.errors import Location, Problem
from tagctl.record import record


@record
class CountChange:
    """How many customers hold a tag, before and after."""

    tag: str
    before: int
    after: int


@record
class Effect:
    """Who would hold a tag under another rule: against the rules as they are (gained, lost), and against
    what is held now. `others` are further tags whose number changes against the rules as they are. `value`
    is that of --vary; keys are given where they were asked for."""

    members: int
    gained: int
    lost: int
    gained_from_now: int
    lost_from_now: int
    value: str | None = None
    others: tuple[CountChange, ...] = ()
    gained_keys: tuple[str, ...] = ()
    lost_keys: tuple[str, ...] = ()


@record
class SimulationReport:
    """rules simulate: `settings` are path and value of what was set, `path` is what was varied and `written`
    its value in the file. `held`: customers who hold the tag now; `members`: with the rule as it is."""

    tag: str
    as_of: int
    customers: int
    held: int
    members: int
    settings: tuple[tuple[str, str], ...]
    effects: tuple[Effect, ...]
    path: str | None = None
    written: str = ""
    state: str = "ran"  # of the rule as it is: ran, waiting, late
    needs: tuple[str, ...] = ()
    reads_today: tuple[str, ...] = ()  # with an as-of in the past: rules that read today's fields


@record
class AdditionReport:
    """rules add: the block as written, where it stands, the dimension of a tag that is new too, and whom the
    next run would give the tag."""

    operation: int | None
    tag: str
    block: str
    location: Location
    customers: int
    effect: Effect
    dimension: str | None = None
    state: str = "ran"
    needs: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    dry_run: bool = False
