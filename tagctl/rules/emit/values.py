"""Lowered values as SQLite expressions: in stored form, NULL where they are missing.

Literals are bound; columns are qualified, because SQLite takes an unknown "name" alone for a text.
"""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from tagctl.model import (
    CUSTOMER,
    Aggregate,
    Bucket,
    Combined,
    Compare,
    DaysSince,
    FieldValue,
    Followed,
    MetricValue,
    Ntile,
    Ratio,
    Share,
    TagRecord,
    Value,
)
from tagctl.rules import time
from tagctl.rules.emit.scope import Scope
from tagctl.rules.lower import parts_of
from tagctl.rules.measures import aggregates_in, partials
from tagctl.sql import Sql, any_of, fill, join, name, value

_LEAST = Sql("(-9223372036854775807 - 1)")
_MOST = Sql("9223372036854775807")
_NEVER_MISSING = ("count", "sum", "distinct")


def expression(asked: Value, scope: Scope) -> Sql:
    """The value in stored form, NULL where it is missing."""
    if isinstance(asked, FieldValue):
        return _part(asked, scope) if asked.part else _column(asked)
    if isinstance(asked, Aggregate):
        return _aggregate(asked, scope)
    if isinstance(asked, Followed | TagRecord):
        return scope.gather(asked)
    if isinstance(asked, Bucket):
        return Sql("tagctl_bucket(c.tagctl_key)")
    if isinstance(asked, Ratio):
        return _ratio(asked, scope)
    if isinstance(asked, Combined):
        sign = " + " if asked.function == "sum_of" else " - "
        return fill("({all})", all=join(sign, [expression(part, scope) for part in asked.parts]))
    if isinstance(asked, Ntile):
        return _ntile(asked, scope)
    if isinstance(asked, DaysSince):
        return _days_since(asked, scope)
    assert not isinstance(asked, MetricValue), "metrics are worked out by lowering"
    raise TypeError(asked)


def _column(asked: FieldValue) -> Sql:
    if not asked.supplied:
        return Sql("NULL")
    return Sql(name("c" if asked.subject == CUSTOMER else "e", asked.column))


def _part(asked: FieldValue, scope: Scope) -> Sql:
    """hour, weekday (1 is Monday) or month of a local time or a date."""
    column = _column(asked)
    if asked.stored == "date":
        if asked.part == "month":
            return fill("CAST(substr({d}, 6, 2) AS INTEGER)", d=column)
        return fill("((CAST(strftime('%w', {d}) AS INTEGER) + 6) % 7 + 1)", d=column)
    local = _local_seconds(column, scope.zone)
    if asked.part == "hour":
        return fill("(({l} % 86400 + 86400) % 86400 / 3600)", l=local)
    if asked.part == "weekday":
        # 1970-01-01 was a Thursday
        return fill("(((({days}) + 3) % 7 + 7) % 7 + 1)", days=_day_number(local))
    return fill("CAST(strftime('%m', {l}, 'unixepoch') AS INTEGER)", l=local)


def _aggregate(asked: Aggregate, scope: Scope) -> Sql:
    if not asked.sources:
        return Sql("0" if asked.function in _NEVER_MISSING else "NULL")
    if asked.function == "distinct":
        return fill("coalesce({v}, 0)", v=scope.gather(asked))
    if asked.function == "most":
        return scope.gather(asked)
    if asked.function == "avg":
        sums = [scope.partial(type, part) for type, part in partials(asked)]
        numbers = [scope.partial(type, part) for type, part in partials(asked, "number")]
        return fill("(CAST({sum} AS DOUBLE) / nullif({n}, 0))", sum=_added(sums), n=_added(numbers))
    columns = [scope.partial(type, part) for type, part in partials(asked)]
    if asked.function in ("count", "sum"):
        return _added(columns)
    if len(columns) == 1:
        return columns[0]
    return _extreme(columns, "min" if asked.function in ("min", "first") else "max", asked.type)


def _added(columns: list[Sql]) -> Sql:
    return fill("({sum})", sum=join(" + ", [fill("coalesce({c}, 0)", c=c) for c in columns]))


def _extreme(columns: list[Sql], function: str, kind: str) -> Sql:
    """The least or greatest of several columns that may be NULL; NULL where all are."""
    if kind == "date":
        nothing = value("" if function == "max" else "~")  # sorts before or after every date
    else:
        nothing = _LEAST if function == "max" else _MOST
    filled = [fill("coalesce({c}, {nothing})", c=c, nothing=nothing) for c in columns]
    return fill("nullif({best}, {nothing})", best=_better(filled, function), nothing=nothing)


def _better(items: list[Sql], function: str) -> Sql:
    """The least or greatest of several that are not NULL, without a function: engines name it differently."""
    if len(items) == 1:
        return items[0]
    half = len(items) // 2
    return fill(
        "(CASE WHEN {a} {sign} {b} THEN {a} ELSE {b} END)",
        a=_better(items[:half], function),
        sign="<=" if function == "min" else ">=",
        b=_better(items[half:], function),
    )


def _ratio(asked: Ratio, scope: Scope) -> Sql:
    return fill(
        "(CAST({a} AS DOUBLE) / nullif({b}, 0))",
        a=expression(asked.dividend, scope),
        b=expression(asked.divisor, scope),
    )


def _days_since(asked: DaysSince, scope: Scope) -> Sql:
    today = time.local_date(scope.as_of, scope.zone).isoformat()
    of = expression(asked.of, scope)
    if asked.of.type == "date":
        return fill("CAST(julianday({today}) - julianday({d}) AS INTEGER)", today=value(today), d=of)
    number = time.local_date(scope.as_of, scope.zone).toordinal() - 719_163  # days since 1970-01-01
    return fill("({n} - ({days}))", n=value(number), days=_day_number(_local_seconds(of, scope.zone)))


def _local_seconds(at: Sql, zone: ZoneInfo) -> Sql:
    """An instant as seconds of local time since 1970-01-01T00:00 local."""
    known = time.offsets(zone)
    if len(known) == 1:
        return fill("({at} + {offset})", at=at, offset=value(known[0][1]))
    whens = [
        fill("WHEN {at} >= {start} THEN {offset}", at=at, start=value(start), offset=value(offset))
        for start, offset in known[:-1]
    ]
    return fill(
        "({at} + CASE {whens} ELSE {first} END)", at=at, whens=join(" ", whens), first=value(known[-1][1])
    )


def _day_number(local: Sql) -> Sql:
    """Days since 1970-01-01 of local seconds, rounded down also before 1970."""
    return fill("(({l} - (({l} % 86400 + 86400) % 86400)) / 86400)", l=local)


def may_miss(asked: Value) -> bool:
    """Whether the value can be missing."""
    return any(
        not (isinstance(part, Combined) or (isinstance(part, Aggregate) and part.function in _NEVER_MISSING))
        for part in parts_of(asked)
    )


# ── ranks ────────────────────────────────────────────────────────────────────────────────────────


def edge(asked: Compare, scope: Scope) -> Sql:
    """The last value that is still in a top or bottom share.

    The customers with a value stand in a table in ascending order, so this is one look-up: fewer than x are
    greater than v exactly when v is at least the ⌈x⌉-th greatest.
    """
    assert isinstance(asked.operand, Share)
    table = name(scope.rank(asked.value))
    wanted = places(asked.operand)
    if asked.operator == "top":
        place = "CASE WHEN count(*) < {m} THEN 1 ELSE count(*) + 1 - {m} END"
    else:
        place = "CASE WHEN count(*) < {m} THEN count(*) ELSE {m} END"
    return fill(
        "(SELECT r.v FROM temp.{t} AS r WHERE r.place = (SELECT " + place + " FROM temp.{t}))",
        t=table,
        m=wanted,
    )


def places(share: Share) -> Sql:
    """How many places a share takes, rounded up; `count(*)` is the number of customers ranked."""
    if share.count is not None:
        return value(share.count)
    part, whole = Decimal(str(share.share)).as_integer_ratio()  # 0.07 as written, not the nearest double
    return fill("((count(*) * {a} + {b} - 1) / {b})", a=value(part), b=value(whole))


def _ntile(asked: Ntile, scope: Scope) -> Sql:
    """1 + ⌊k · smaller / n⌋: at least ⌈n · j / k⌉ are smaller than v exactly when v exceeds that place."""
    subject = expression(asked.of, scope)
    steps = [
        fill("(CASE WHEN {s} > {edge} THEN 1 ELSE 0 END)", s=subject, edge=edge)
        for edge in tile_edges(asked, scope)
    ]
    return fill(
        "(CASE WHEN ({counted}) AND ({s}) IS NOT NULL THEN {tile} END)",
        counted=counted(asked.of, scope),
        s=subject,
        tile=join(" + ", [Sql("1"), *steps]),
    )


def tile_edges(asked: Ntile, scope: Scope) -> list[Sql]:
    """The greatest value of every tile but the last."""
    return [
        fill(
            "(SELECT r.v FROM temp.{t} AS r WHERE r.place = "
            "(SELECT (count(*) * {j} + {k} - 1) / {k} FROM temp.{t}))",
            t=name(scope.rank(asked.of)),
            j=value(step),
            k=value(asked.tiles),
        )
        for step in range(1, asked.tiles)
    ]


def counted(of: Value, scope: Scope) -> Sql:
    """Whether a customer is ranked: where the value is made of event aggregates, one has counted an event."""
    conditions = []
    for aggregate in aggregates_in(of):
        if not aggregate.sources:
            conditions.append(Sql("0"))  # no import supplied any such event
        elif aggregate.function == "sum":
            numbers = [scope.partial(type, part) for type, part in partials(aggregate, "number")]
            conditions.append(Sql(f"({_added(numbers).text}) > 0", _added(numbers).params))
        elif aggregate.function in ("count", "distinct"):
            conditions.append(fill("({v}) > 0", v=expression(aggregate, scope)))
        else:
            conditions.append(fill("({v}) IS NOT NULL", v=expression(aggregate, scope)))
    return any_of(conditions) if conditions else Sql("1")
