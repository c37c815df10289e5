"""Findings: what checks noticed, one row per code and subject, reconciled by fingerprint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Found
from tagctl.reports.findings import FindingRow
from tagctl.sql import Sql, all_of, values
from tagctl.store import journal
from tagctl.store.connection import Row, Store
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE

_COLUMNS = "id, code, severity, subject, count, state, op, details"


def fingerprint(found: Found) -> str:
    """What makes two findings the same: code and subject, names and keys only."""
    return json.dumps([found.code, *found.subject], ensure_ascii=False)


def reconcile(op: Operation, found: Iterable[Found], codes: Iterable[str]) -> tuple[int, int, int]:
    """Bring the findings of these codes to what was found now: (opened, resolved, open).

    New and returning ones open; those not found any more are resolved; an accepted one stays accepted
    while it is found. `codes` names what was looked for, so that the silence of a check counts too.
    Keeps the operation only when something differs.
    """
    examined = sorted(set(codes))
    stored = {
        mark: (int(number), severity, int(count), details, state)
        for mark, number, severity, count, details, state in op.store.rows(
            Sql("SELECT fingerprint, id, severity, count, details, state FROM findings WHERE code IN ")
            + values(examined)
        )
    }
    opened = resolved = changed = 0
    for finding in found:
        if finding.code not in examined:
            raise ValueError(f"{finding.code} was found but not examined")
        mark = fingerprint(finding)
        details = json.dumps(dict(finding.details), ensure_ascii=False, sort_keys=True)
        known = stored.pop(mark, None)
        if known is None:
            _insert(op, finding, mark, details)
            opened += 1
            continue
        number, *now = known
        state = "open" if now[-1] == "resolved" else now[-1]
        wanted = [finding.severity, finding.count, details, state]
        if now != wanted:
            _update(op, number, severity=wanted[0], count=wanted[1], details=details, state=state)
            opened += now[-1] == "resolved"
            changed += 1
    for number, *_now, state in stored.values():
        if state != "resolved":
            _update(op, number, state="resolved", count=0)
            resolved += 1
    if opened or resolved or changed:
        op.keep(findings_opened=opened, findings_resolved=resolved)
    return opened, resolved, int(op.store.value("SELECT count(*) FROM findings WHERE state = 'open'"))


def respell(op: Operation, code: str, subjects: Mapping[tuple[str, ...], tuple[str, ...]]) -> None:
    """Give findings of a code another subject, where the names in it have changed; where there is one of that
    subject already, it stands for both."""
    for subject, wanted in subjects.items():
        mark, new = (json.dumps([code, *names], ensure_ascii=False) for names in (subject, wanted))
        number = op.store.value(
            "SELECT id FROM findings WHERE fingerprint = ? "
            "AND NOT EXISTS (SELECT 1 FROM findings o WHERE o.fingerprint = ?)",
            (mark, new),
        )
        if number is not None:
            _update(op, int(number), subject=json.dumps(list(wanted), ensure_ascii=False), fingerprint=new)


def _insert(op: Operation, finding: Found, mark: str, details: str) -> None:
    op.store.execute(
        "INSERT INTO findings (code, fingerprint, severity, subject, count, details, op) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            finding.code,
            mark,
            finding.severity,
            json.dumps(list(finding.subject), ensure_ascii=False),
            finding.count,
            details,
            op.number,
        ),
    )


def _update(op: Operation, number: int, **columns: str | int) -> None:
    journal.updating(op, "findings", Sql("id = ?", (number,)), columns)
    sets = ", ".join(f"{column} = ?" for column in columns)
    op.store.execute(f"UPDATE findings SET {sets} WHERE id = ?", (*columns.values(), number))


def rows(
    store: Store, states: Sequence[str] = ("open",), codes: Sequence[str] = ()
) -> tuple[FindingRow, ...]:
    """Findings in these states (none named: all), of these codes (none named: all): the gravest first."""
    wanted = []
    if states:
        wanted.append(Sql("state IN ") + values(states))
    if codes:
        wanted.append(Sql("code IN ") + values(codes))
    order = "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, count DESC, code, id"
    found = store.rows(
        Sql(f"SELECT {_COLUMNS} FROM findings WHERE ") + all_of(wanted) + Sql(f" ORDER BY {order}")
    )
    return tuple(_row(row) for row in found)


def one(store: Store, number: int) -> FindingRow:
    """The finding of this number; UsageProblem where there is none."""
    row = store.one(f"SELECT {_COLUMNS} FROM findings WHERE id = ?", (number,))
    if row is None:
        raise UsageProblem(
            Problem(
                "unknown-finding",
                _("There is no finding {number}.").format(number=number),
                _("See them all with: tagctl findings list"),
            )
        )
    return _row(row)


def _row(row: Row) -> FindingRow:
    number, code, severity, subject, count, state, op, details = row
    return FindingRow(
        id=number,
        code=code,
        severity=severity,
        subject=tuple(json.loads(subject)),
        count=count,
        state=state,
        first_operation=op,
        details=json.loads(details),
    )


# ── what checks select ───────────────────────────────────────────────────────────────────────────


def counted(store: Store, members: Sql, *, gone: bool = False) -> list[tuple[tuple[str, ...], int]]:
    """Subjects and their customers, from a query of (subject as a JSON array, customer); without those who
    are gone, unless it is about them."""
    found = store.rows(
        Sql("SELECT subject, count(DISTINCT customer) FROM (")
        + members
        + Sql(f"){'' if gone else f' WHERE customer NOT IN {GONE}'} GROUP BY subject ORDER BY 1")
    )
    return [(tuple(json.loads(subject)), int(count)) for subject, count in found]


def members(
    store: Store,
    members: Sql,
    subject: Sequence[str],
    name_column: str | None,
    limit: int | None,
    *,
    gone: bool = False,
) -> list[tuple[int, str, str | None]]:
    """The customers of one subject: (id, key, name), by key. `name_column` is quoted already."""
    wanted = json.dumps(list(subject), ensure_ascii=False)
    return store.rows(
        Sql(
            f"SELECT c.tagctl_id, c.tagctl_key, {'c.' + name_column if name_column else 'NULL'} "
            f"FROM customers c WHERE c.tagctl_gone IS {'NOT ' if gone else ''}NULL "
            "AND c.tagctl_id IN (SELECT customer FROM ("
        )
        + members
        + Sql(
            ") WHERE json(subject) = json(?)) ORDER BY c.tagctl_key LIMIT ?",
            (wanted, -1 if limit is None else limit),
        )
    )
