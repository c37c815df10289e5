"""How assignments came about and ended: the operation; for an import the file, sheet, row, cell, label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.why import Evidence
from tagctl.sql import Sql, fill, values
from tagctl.store.connection import Store

# The assignments table leads with the tag: a few customers times all tags are point look-ups.
_INTERVALS = """
SELECT a.customer, a.tag, t.name, a.source, a.since, a.gained_op, g.kind, g."by", g.note,
       a.lost_op, l.as_of, l.kind, p.id IS NOT NULL, p.until, p.reason
FROM customers c
CROSS JOIN tags t
CROSS JOIN assignments a ON a.tag = t.id AND a.customer = c.tagctl_id
CROSS JOIN operations g ON g.number = a.gained_op
LEFT JOIN operations l ON l.number = a.lost_op
LEFT JOIN overrides p ON p.customer = a.customer AND p.tag = a.tag AND p.kind = 'pin'
     AND a.source = 'manual' AND a.lost_op IS NULL
WHERE c.tagctl_id IN {customers} AND {which}
ORDER BY a.gained_op DESC, t.id
"""

_READINGS = """
SELECT r.customer, b.tag, r.op, i.file, r.sheet, r.row, r.cell, b.text
FROM readings r
CROSS JOIN labels b ON b.id = r.label
CROSS JOIN imports i ON i.id = r.import
WHERE r.customer IN {customers} AND b.tag IS NOT NULL
ORDER BY r.op
"""

_BANS = """
SELECT o.customer, t.name, n.as_of, o.op, n.kind, n."by", n.note, o.until, o.reason
FROM overrides o
CROSS JOIN tags t ON t.id = o.tag
CROSS JOIN operations n ON n.number = o.op
WHERE o.kind = 'ban' AND o.customer IN {customers}
ORDER BY t.id
"""


@record
class _Reading:
    op: int
    file: str
    sheet: str | None
    row: int | None
    cell: str | None
    label: str


def current(
    store: Store, customers: Sequence[int], tags: Sequence[int] | None = None
) -> dict[int, list[Evidence]]:
    """The current assignments of some customers, of all tags or of these, newest gain first."""
    which = Sql("a.lost_op IS NULL")
    if tags is not None:
        which += Sql(" AND t.id IN ") + values(tags)
    return _intervals(store, customers, which)


def past(store: Store, customer: int, tag: int) -> list[Evidence]:
    """The ended assignments of one customer and tag, newest gain first."""
    which = Sql("a.lost_op IS NOT NULL AND t.id = ?", (tag,))
    return _intervals(store, [customer], which).get(customer, [])


def bans(store: Store, customers: Sequence[int]) -> dict[int, list[Evidence]]:
    """The bans on some customers: `since` is when each was spoken."""
    found: dict[int, list[Evidence]] = {}
    for customer, tag, since, op, kind, by, note, until, reason in store.rows(
        fill(_BANS, customers=values(customers))
    ):
        ban = Evidence(tag, "manual", since, op, kind, by, note, until=until, reason=reason)
        found.setdefault(customer, []).append(ban)
    return found


def _intervals(store: Store, customers: Sequence[int], which: Sql) -> dict[int, list[Evidence]]:
    rows = store.rows(fill(_INTERVALS, customers=values(customers), which=which))
    readings: dict[tuple[int, int], list[_Reading]] = {}
    if any("import" in (row[3], row[6]) for row in rows):
        for customer, tag, *reading in store.rows(fill(_READINGS, customers=values(customers))):
            readings.setdefault((customer, tag), []).append(_Reading(*reading))
    found: dict[int, list[Evidence]] = {}
    for customer, tag, name, source, since, op, kind, by, note, lost, lost_at, lost_kind, *pin in rows:
        read = _reading(readings.get((customer, tag), ()), op) if "import" in (source, kind) else None
        pinned, until, reason = pin
        evidence = Evidence(
            tag=name,
            source=source,
            since=since,
            operation=op,
            kind=kind,
            by=by,
            note=note,
            file=read.file if read else None,
            sheet=read.sheet if read else None,
            row=read.row if read else None,
            text=(read.cell or read.label) if read else None,
            alias_path=_alias_path(read.label, name) if read else (),
            pinned=bool(pinned),
            until=until,
            reason=reason,
            lost_operation=lost,
            lost_at=lost_at,
            lost_kind=lost_kind,
        )
        found.setdefault(customer, []).append(evidence)
    return found


def _reading(readings: Iterable[_Reading], gained: int) -> _Reading | None:
    """The reading behind an assignment: the last one up to its operation (a label may be read long
    before a name for it makes it a tag), else the first."""
    found: _Reading | None = None
    for reading in readings:  # oldest first
        if found is None or reading.op <= gained:
            found = reading
    return found


def _alias_path(label: str, tag: str) -> tuple[str, ...]:
    """The label and the tag that it led to, unless it says the tag itself (alone, or as `维度:值`)."""
    says = identity(label).rpartition(":")[2].strip()
    return () if identity(tag) in (identity(label), says) else (label, tag)
