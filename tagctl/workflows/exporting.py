"""`export`: customers, events, assignments or changes, streamed from a read-only database into one file."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from tagctl.errors import Problem, UsageProblem
from tagctl.io.target import Target
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.reports.tables import ExportReport
from tagctl.store import catalog, exports
from tagctl.store.connection import Store

__all__ = ["Target", "What", "export"]

What = Literal["customers", "events", "assignments", "changes"]


def export(
    store: Store,
    what: What,
    target: Target,
    *,
    timezone: ZoneInfo,
    now: int,
    by: str,
    event_type: str | None = None,
    since: str | None = None,
    with_gone: bool = False,
    lines: bool = False,
) -> ExportReport:
    """Write everything of one kind. `event_type` narrows events to one type; `since` narrows changes to
    those after an operation (its number) or from a local date on. UsageProblem where either is wrong.
    With `lines` it is the lines of the events of a type, for a file beside that of the events.
    Customers who are gone are left out (but for changes, which happened), unless `with_gone`."""
    with exports.snapshot(store):
        who = exports.EVERYBODY if with_gone else exports.PRESENT
        stream = _stream(store, what, event_type, since, timezone, who, lines=lines)
        written = target.write(stream.columns, stream.types, stream.rows, timezone)
    kind = "lines" if lines else "events"
    label = f"{kind} {event_type}" if what == "events" and event_type else what
    exports.log(store, at=now, by=by, what=label, file=target.name, rows=written.rows, fields=stream.columns)
    return ExportReport(
        label, target.name, target.chosen_format, written.rows, stream.columns, written.guarded
    )


def _stream(
    store: Store,
    what: What,
    event_type: str | None,
    since: str | None,
    timezone: ZoneInfo,
    who: str,
    *,
    lines: bool,
) -> exports.Stream:
    if what == "customers":
        return exports.customers(store, exports.customer_columns(store), who=who)
    if what == "assignments":
        return exports.assignments(store, who)
    if what == "changes":
        after, start = _since(since, timezone)
        return exports.changes(store, after, start)
    known = [event.name for event in catalog.read(store).events]
    if event_type is None and lines:
        raise UsageProblem(_lines_of(known))
    if event_type is None:
        return exports.all_events(store, known, who)
    found = [name for name in known if identity(name) == identity(event_type)]
    if not found:
        raise UsageProblem(_unknown_type(event_type, known))
    return (exports.event_lines if lines else exports.events)(store, found[0], who)


def _since(since: str | None, timezone: ZoneInfo) -> tuple[int, int]:
    """`12` or `2026-11-01` as (after this operation, from this instant on)."""
    if since is None:
        return 0, 0
    if since.isdecimal():
        return int(since), 0
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise UsageProblem(
            Problem(
                "bad-since",
                _("“{text}” is neither the number of an operation nor a date.").format(text=since),
                _("Write --since 12 or --since 2026-11-01; the numbers are in: tagctl history"),
            )
        ) from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=timezone)
    return 0, int(local.timestamp())


def _lines_of(known: list[str]) -> Problem:
    return Problem(
        "needs-type",
        _("Lines are exported of one type of events."),
        _("Name it with --type. Event types: {names}").format(names=", ".join(known)),
    )


def _unknown_type(event_type: str, known: list[str]) -> Problem:
    import difflib

    near = difflib.get_close_matches(event_type, known, n=1) or known
    return Problem(
        "unknown-event-type",
        _("There are no events of type “{name}”.").format(name=event_type),
        _("Event types: {names}").format(names=", ".join(near))
        if near
        else _("Bring some in with: tagctl import events TYPE FILE"),
    )
