"""Where expressions find things in the statement that is being written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from zoneinfo import ZoneInfo

from tagctl.model import Compare, Value
from tagctl.record import record
from tagctl.rules.measures import Gathered, Partial
from tagctl.sql import Sql


@record
class Scope:
    """Where things are found in the statement being written. `partial` names the column of a partial
    of an event type, `gather` the value of what was gathered, `rank` the table of an order; `holds` says
    whether a customer holds one of some tags; `test` gives the bit of a leaf already judged, if it was."""

    as_of: int
    zone: ZoneInfo
    partial: Callable[[str, Partial], Sql]
    gather: Callable[[Gathered], Sql]
    rank: Callable[[Value], str]
    holds: Callable[[tuple[str, ...]], Sql]
    test: Callable[[Compare], Sql | None] = field(default=lambda leaf: None)


def event_scope(as_of: int, zone: ZoneInfo, test: Callable[[Compare], Sql | None] | None = None) -> Scope:
    """Inside `where`: only fields of the event e."""

    def nothing(*_asked: object) -> Sql:
        raise TypeError("an event has no aggregates and no tags")

    return Scope(as_of, zone, nothing, nothing, lambda _of: "", nothing, test or (lambda _leaf: None))
