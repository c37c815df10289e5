"""What needs several rows of a customer at once, as queries of (customer, v): whether one event followed
another, and the record of a tag."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tagctl.model import EventSource, Followed, TagRecord
from tagctl.rules import time
from tagctl.sql import Sql, any_of, fill, join, value, values

# (source, columns, further limits) → a query of the source's events e that are seen.
Events = Callable[[EventSource, Sql, list[Sql]], Sql]

_OPEN = 9223372036854775807  # the end of an interval that has none


def followed(asked: Followed, events: Events, as_of: int, zone: ZoneInfo) -> Sql | None:
    """The instant of the event for which a `did` leaf holds; None where no import brought such events."""
    columns = fill(
        "e.tagctl_customer AS customer, e.tagctl_at AS at, e.tagctl_id AS id, "
        "e.tagctl_at + {length} AS until",
        length=_length(asked, zone),
    )
    parts = []
    for source in asked.first:
        comes = any_of(_comes(source, then, events) for then in asked.then)
        parts.append(
            fill(
                "SELECT x.customer, x.at, {comes} AS comes FROM ({rows}) AS x{ended}",
                comes=fill("({any})", any=comes),
                rows=events(source, columns, []),
                ended=fill(" WHERE x.until <= {t}", t=value(as_of)) if asked.negative else "",
            )
        )
    if not parts:
        return None
    rows = join(" UNION ALL ", parts)
    if not asked.negative:
        return fill("SELECT f.customer, max(f.at) FROM ({rows}) AS f WHERE f.comes GROUP BY 1", rows=rows)
    return fill(
        "SELECT f.customer, max(f.at) FROM ({rows}) AS f GROUP BY 1 "
        "HAVING max(CASE WHEN NOT f.comes THEN f.at END) = max(f.at)",
        rows=rows,
    )


def _comes(first: EventSource, then: EventSource, events: Events) -> Sql:
    """Whether the event x is followed by another of this source."""
    limits = [Sql("e.tagctl_customer = x.customer"), Sql("e.tagctl_at BETWEEN x.at AND x.until")]
    if then.type == first.type:
        limits.append(Sql("e.tagctl_id <> x.id"))
    return fill("EXISTS ({rows})", rows=events(then, Sql("1"), limits))


def _length(asked: Followed, zone: ZoneInfo) -> Sql:
    """How many seconds after the event e the other may come."""
    known = time.lengths(asked.within, zone)
    if len(known) == 1:
        return value(known[0][1])
    whens = [
        fill("WHEN e.tagctl_at >= {start} THEN {length}", start=value(start), length=value(length))
        for start, length in known[:-1]
    ]
    return fill("CASE {whens} ELSE {last} END", whens=join(" ", whens), last=value(known[-1][1]))


def record(asked: TagRecord, tag_ids: list[int], as_of: int, customer: int | None) -> Sql:
    """Since when a tag is held, when it was last gained or lost, by operations with an earlier as-of.

    docs/semantics.md, "What was held": intervals that overlap or touch are one stretch. `reach` is how far
    the stretch before an interval goes.
    """
    answer = {
        "gained": "max(s.begins)",
        "held": "CASE WHEN max(s.ends) = {open} THEN max(s.begins) END",
        "lost": "CASE WHEN max(s.ends) = {open} THEN max(s.reach) ELSE max(s.ends) END",
    }[asked.part]
    return fill(
        "SELECT s.customer, " + answer + " FROM ("
        "SELECT r.customer, r.ends, "
        "CASE WHEN r.reach IS NULL OR r.begins > r.reach THEN r.begins END AS begins, "
        "CASE WHEN r.begins > r.reach THEN r.reach END AS reach FROM ("
        "SELECT i.customer, i.begins, i.ends, max(i.ends) OVER (PARTITION BY i.customer "
        "ORDER BY i.begins, i.ends ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach "
        "FROM ({intervals}) AS i WHERE i.begins <= {as_of} AND i.ends > i.begins) AS r) AS s GROUP BY 1",
        open=str(_OPEN),
        intervals=_intervals(tag_ids, as_of, customer),
        as_of=value(as_of),
    )


def _intervals(tag_ids: list[int], as_of: int, customer: int | None) -> Sql:
    """What earlier operations wrote of some tags. An undo continues an earlier interval: its since tells."""
    own = Sql("") if customer is None else fill(" AND a.customer = {c}", c=value(customer))
    return fill(
        "SELECT a.customer, a.since AS begins, "
        "CASE WHEN l.as_of < {as_of} THEN l.as_of ELSE {open} END AS ends "
        "FROM main.assignments AS a JOIN main.operations AS g ON g.number = a.gained_op "
        "LEFT JOIN main.operations AS l ON l.number = a.lost_op "
        "WHERE a.tag IN {tags} AND g.undone_by IS NULL AND l.undone_by IS NULL "
        "AND (g.as_of < {as_of} OR (g.kind = 'undo' AND a.since < {as_of})){own}",
        as_of=value(as_of),
        open=str(_OPEN),
        tags=values(tag_ids),
        own=own,
    )
