"""What people decided about pairs of labels: same, related, parent or different."""

from __future__ import annotations

from collections.abc import Iterable

from tagctl.normalise import identity
from tagctl.reports.deciding import Decision, VerdictRow
from tagctl.sql import Sql
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

_WANTED = "(one, other) IN (SELECT one, other FROM temp.decided)"


def read(store: Store) -> list[Decision]:
    """All of them, the oldest first."""
    rows = store.rows("SELECT second, first, verdict, note FROM verdicts ORDER BY id")
    return [Decision(*row) for row in rows]


def listed(store: Store) -> list[VerdictRow]:
    """All of them, the newest first, with who decided it and when."""
    return [
        VerdictRow(*row)
        for row in store.rows(
            'SELECT v.second, v.first, v.verdict, o."by", o.at, coalesce(v.note, o.note), v.op '
            "FROM verdicts v JOIN operations o ON o.number = v.op ORDER BY v.op DESC, v.id"
        )
    ]


def put(op: Operation, decisions: Iterable[Decision]) -> int:
    """Note these decisions, in place of earlier ones about the same labels. How many were new; the others
    stay as they were decided first."""
    known = {_pair(one): one.verdict for one in read(op.store)}
    last = {_pair(one): one for one in decisions}  # of a pair, the last one counts
    new = {pair: one for pair, one in last.items() if known.get(pair) != one.verdict and pair[0] != pair[1]}
    _take_out(op, new)
    op.store.executemany(
        "INSERT INTO verdicts (one, other, first, second, verdict, note, op) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (*pair, one.canonical, one.label, one.verdict, one.note or None, op.number)
            for pair, one in new.items()
        ),
    )
    if new:
        op.keep(decided=len(new))
    return len(new)


def remove(op: Operation, one: str, other: str) -> bool:
    """Forget what was decided about two labels; whether anything was."""
    gone = _take_out(op, [_ordered(one, other)])
    if gone:
        op.keep(verdicts_removed=gone)
    return bool(gone)


def _take_out(op: Operation, pairs: Iterable[tuple[str, str]]) -> int:
    op.store.execute("DROP TABLE IF EXISTS temp.decided")
    op.store.execute("CREATE TEMP TABLE decided (one TEXT, other TEXT)")
    op.store.executemany("INSERT INTO temp.decided VALUES (?, ?)", pairs)
    journal.deleting(op, "verdicts", Sql(_WANTED))
    return op.store.execute(f"DELETE FROM verdicts WHERE {_WANTED}").rowcount


def _pair(decision: Decision) -> tuple[str, str]:
    return _ordered(decision.label, decision.canonical)


def _ordered(one: str, other: str) -> tuple[str, str]:
    first, second = sorted((identity(one), identity(other)))
    return first, second
