"""What the last run that wrote something computed, so that the next one needs to compute only those customers
whom something can concern since (rules/crossings.py tells whom time concerns; here: who was written to).

It stands in `meta` as `last_run`, and counts as long as nothing came after it but imports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from tagctl.program import Laps, Program
from tagctl.record import record
from tagctl.sql import Scalar, Sql, name
from tagctl.store import evaluate, words
from tagctl.store.catalog import events_at_most
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.schema import event_table

WORTH_IT = 300_000  # events: below, everything is computed faster than it is found out what need not be
LARGEST_SHARE = 0.3  # of customers; above, everything is computed

_KEY = "last_run"
# What an import journals besides events; after other changes everybody is computed.
_FOLLOWED = ("customers", "overrides", "findings", "labels", "feeds", "imports")


@record
class Baseline:
    """The operation of the run, its as-of, the fingerprint of its program, the edges of its ranks."""

    operation: int
    as_of: int
    fingerprint: str
    edges: tuple[Scalar, ...]


def read(op: Operation) -> Baseline | None:
    """The baseline for this run, where there is one that counts."""
    store = op.store
    found = store.value("SELECT value FROM meta WHERE key = ?", (_KEY,))
    if found is None or events_at_most(store) < WORTH_IT:
        return None
    known = json.loads(found)
    baseline = Baseline(known["operation"], known["as_of"], known["fingerprint"], tuple(known["edges"]))
    return baseline if _only_imports_since(op, baseline.operation) else None


def held(store: Store) -> dict[int, int]:
    """How many customers held each tag by rule after the last run."""
    found = json.loads(store.value("SELECT value FROM meta WHERE key = ?", (_KEY,)))["held"]
    return {int(tag): count for tag, count in found.items() if count}


def keep(op: Operation, program: Program, edges: Sequence[Scalar], held: Mapping[int, int]) -> None:
    """Remember this run, which has computed the program in full or narrowed, where it can be of use. `held`
    are the counts after it."""
    if events_at_most(op.store) < WORTH_IT:
        return
    known = {
        "operation": op.number,
        "as_of": op.as_of,
        "fingerprint": program.fingerprint(),
        "edges": list(edges),
        "held": held,
    }
    op.store.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (_KEY, json.dumps(known)))


def forget(op: Operation) -> None:
    """Compute everybody in the next run: what rules gave was changed otherwise than by them."""
    op.store.execute("DELETE FROM meta WHERE key = ?", (_KEY,))


def execute(op: Operation, program: Program, laps: Laps) -> tuple[Scalar, ...]:
    """Compute the program, narrowed where that is known to do and saves something; the edges of its ranks."""
    store, narrow = op.store, program.narrow
    if narrow is not None:
        _touch_written(op, narrow.since)
        laps.lap("touched")
        evaluate.execute(store, narrow.touching, program.probes, laps)
        touched = store.value("SELECT count(*) FROM temp.run_touched")
        if touched <= LARGEST_SHARE * store.value("SELECT count(*) FROM customers"):
            evaluate.execute(store, narrow.steps, program.probes, laps)
            return tuple(store.value(edge) for edge in narrow.edges)
    evaluate.execute(store, program.steps, program.probes, laps)
    return tuple(store.value(edge) for edge in program.edges)


def _only_imports_since(op: Operation, number: int) -> bool:
    """Whether the operation is in force, nothing but imports came after it, and these changed no tags."""
    store = op.store
    in_force = store.value("SELECT undone_by IS NULL FROM operations WHERE number = ?", (number,))
    others = store.value(
        "SELECT EXISTS (SELECT 1 FROM operations WHERE number > ? AND number <> ? "
        "AND (kind <> 'import' OR undone_by IS NOT NULL))",
        (number, op.number),
    )
    journaled = {
        table for (table,) in store.rows('SELECT DISTINCT "table" FROM journal WHERE op > ?', (number,))
    }
    followed = {*_FOLLOWED, *(event_table(kind) for (kind,) in store.rows("SELECT name FROM event_types"))}
    return bool(in_force) and not others and journaled <= followed


def _touch_written(op: Operation, number: int) -> None:
    """Make temp.run_touched, with everybody for whom something was written in or after an operation. What the
    operation itself wrote counts: a run that takes over or closes imported tags leaves something else behind
    than it found."""
    words.make(op.store, "run_touched", "customer INTEGER PRIMARY KEY")
    for query in _written(number, [kind for (kind,) in op.store.rows("SELECT name FROM event_types")]):
        op.store.execute(Sql("INSERT OR IGNORE INTO temp.run_touched ") + query)


def _written(number: int, kinds: Sequence[str]) -> Iterator[Sql]:
    """Queries of customers."""
    given = (
        "SELECT a.customer FROM assignments AS a INDEXED BY assignments_given WHERE a.source <> 'rule' AND "
    )
    yield Sql(given + "a.lost_op >= ?", (number,))
    yield Sql(given + "a.gained_op >= ?", (number,))
    yield Sql("SELECT tagctl_id FROM customers WHERE tagctl_op >= ?", (number,))
    yield Sql("SELECT j.pk FROM journal AS j WHERE j.op >= ? AND j.\"table\" = 'customers'", (number,))
    yield Sql("SELECT customer FROM overrides WHERE op >= ?", (number,))
    yield _before("overrides", "customer", number)
    for kind in kinds:
        table = event_table(kind)
        yield Sql(f"SELECT tagctl_customer FROM {name(table)} WHERE tagctl_op >= ?", (number,))
        yield Sql(
            f"SELECT e.tagctl_customer FROM journal AS j CROSS JOIN {name(table)} AS e ON e.tagctl_id = j.pk "
            'WHERE j.op >= ? AND j."table" = ?',
            (number, table),
        )
        yield _before(table, "tagctl_customer", number)


def _before(table: str, column: str, number: int) -> Sql:
    """The customers whose rows these were, where that was changed or the row is gone."""
    return Sql(
        "SELECT b.customer FROM (SELECT json_extract(j.before, ?) AS customer FROM journal AS j "
        'WHERE j.op >= ? AND j."table" = ?) AS b WHERE b.customer IS NOT NULL',
        (f"$.{column}", number, table),
    )
