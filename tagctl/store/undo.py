"""Undo: any operation, in any order, by a compensating operation that can be undone itself.

What is true is what the operations in force say, in their order. So undo does not replay backwards: it marks
operations as out of force (or in force again), then puts everything they touched to what the operations in
force leave of it: rows and cells by the journal (store/undo_rows.py), intervals by their own history
(store/undo_intervals.py), files by what was written into them (store/undo_files.py). Later operations that
people made and that build on what would go are obstacles (store/undo_obstacles.py), named by number; runs are
not: the next run computes anew. A cascade takes the obstacles back in the same operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl.errors import GuardStop, Problem, UsageProblem
from tagctl.messages import _
from tagctl.record import record
from tagctl.store import (
    catalog,
    undo_absent,
    undo_cells,
    undo_files,
    undo_intervals,
    undo_obstacles,
    undo_rows,
)
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.texts import Column
from tagctl.store.undo_obstacles import Obstacle

_ZONE = ZoneInfo("UTC")


@record
class Undone:
    """What an undo did: counts by kind of thing, the files it put back, and which other operations it took
    back (or brought back) with the one it was asked for."""

    kind: str
    counts: Mapping[str, int]
    files: tuple[str, ...] = ()
    also: tuple[int, ...] = ()


@dataclass(slots=True)
class Work:
    """An undo under way. `targets` are the operations to undo; `going` and `coming` those that are no undos
    themselves, whose effect goes or comes back."""

    op: Operation
    targets: tuple[int, ...]
    going: tuple[int, ...]
    coming: tuple[int, ...]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.op.store

    def count(self, what: str, number: int) -> None:
        if number:
            self.counts[what] = self.counts.get(what, 0) + number

    def count_rows(self, table: str, what: str, number: int) -> None:
        """Count rows of a table; what only runs remember is left out."""
        if table not in ("rules", "outranked"):
            kind = "events" if table.startswith("event_") and table != "event_types" else table
            self.count(f"{kind}_{what}", number)


class _Obstructed(Exception):
    """What stands in the way."""

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__()


def undo(
    op: Operation,
    number: int,
    files: Mapping[Path, Column] | None = None,
    *,
    cascade: bool = False,
    timezone: ZoneInfo = _ZONE,
) -> Undone:
    """Undo operation `number` within `op` (an open operation of kind undo).

    `files` are the two YAML files. With `cascade`, operations that stand in the way are undone as well.
    Raises GuardStop with all obstacles, also those of obstacles, their times in `timezone`; UsageProblem
    where there is nothing to undo.
    """
    kind = _check(op, number)
    targets = [number]
    obstacles: list[Obstacle] = []
    while True:
        try:
            with _attempt(op.store):
                work, written = _take_back(op, targets, files or {})
            break
        except _Obstructed as stop:
            # All that stands in the way is named, also what stands in the way of that.
            obstacles += stop.obstacles
            more = {one.operation for one in stop.obstacles if one.operation is not None} - set(targets)
            if not more or any(one.final for one in stop.obstacles):
                raise _stop(op.store, number, obstacles, timezone) from None
            targets += sorted(more, reverse=True)
    if obstacles and not cascade:
        raise _stop(op.store, number, obstacles, timezone)
    op.keep(None, **work.counts)
    return Undone(kind, work.counts, written, tuple(sorted(targets[1:], reverse=True)))


def _stop(store: Store, number: int, obstacles: Iterable[Obstacle], timezone: ZoneInfo) -> GuardStop:
    return GuardStop(undo_obstacles.problems(store, number, obstacles, timezone))


@contextmanager
def _attempt(store: Store) -> Iterator[None]:
    """An attempt that leaves nothing behind when it meets obstacles."""
    store.execute("SAVEPOINT attempt")
    try:
        yield
    except _Obstructed:
        store.execute("ROLLBACK TO attempt")
        store.execute("RELEASE attempt")
        raise
    store.execute("RELEASE attempt")


def _take_back(
    op: Operation, targets: list[int], columns: Mapping[Path, Column]
) -> tuple[Work, tuple[str, ...]]:
    """Take the targets back together; the work done, and the files written."""
    store = op.store
    store.execute("PRAGMA defer_foreign_keys = ON")  # rows go and come in any order
    before, since = _in_force(store), _Since(store)
    started = {number: since(number) for number in {*before, *targets}}
    _switch(op, targets)
    after = _in_force(store)
    work = Work(op, tuple(targets), tuple(sorted(before - after)), tuple(sorted(after - before)))
    _collect_operations(work, started)
    texts, obstacles = undo_files.plan(work, columns)
    undo_rows.collect(store)
    undo_cells.collect(store)
    if work.going:
        obstacles += undo_obstacles.later_changes(store)
    obstacles += undo_obstacles.taken_names(work)
    if obstacles:
        raise _Obstructed(obstacles)
    undo_rows.restore(work)
    obstacles = undo_obstacles.dependants(work) + undo_absent.bases(store)
    if obstacles:
        raise _Obstructed(obstacles)
    undo_rows.remove(work)
    undo_intervals.settle(work)
    undo_rows.finish(work)
    catalog.refresh_views(store)
    return work, undo_files.write(op, texts)


def members(store: Store, number: int) -> tuple[int, ...]:
    """The operations that an undo took back, that which it was asked for first; none for other kinds."""
    rows = store.rows(
        "SELECT undoes FROM operations WHERE number = ?1 AND undoes IS NOT NULL "
        "UNION ALL SELECT operation FROM undone_along WHERE op = ?1",
        (number,),
    )
    return tuple(operation for (operation,) in rows)


def _check(op: Operation, number: int) -> str:
    row = op.store.one("SELECT kind, undone_by FROM operations WHERE number = ?", (number,))
    if row is None or number >= op.first:  # the next numbers are those of this undo itself
        raise UsageProblem(
            Problem(
                "unknown-operation",
                _("There is no operation {number}.").format(number=number),
                _("See them all with: tagctl history"),
            )
        )
    kind, undone_by = row
    if undone_by is not None:
        raise _undone_already(number, undone_by)
    if kind == "init":
        raise UsageProblem(
            Problem(
                "cannot-undo",
                _("Operation {number} made the project; it cannot be undone.").format(number=number),
                _("To start afresh, delete the project’s folder."),
            )
        )
    _check_members(op.store, number, None)
    return str(kind)


def _check_members(store: Store, number: int, undone_by: int | None) -> None:
    """What an undo took back may have been brought back by another way since; then it has no effect left."""
    expected = number if undone_by is None else None
    for member in members(store, number):
        found = store.value("SELECT undone_by FROM operations WHERE number = ?", (member,))
        if found != expected:
            raise _undone_already(number, found) if found is not None else _superseded(number, member)
        _check_members(store, member, found)


def _undone_already(number: int, by: int) -> UsageProblem:
    what = _("Operation {number} is undone already, by operation {by}.").format(number=number, by=by)
    return UsageProblem(Problem("already-undone", what, _("To have it back: tagctl undo {by}").format(by=by)))


def _superseded(number: int, member: int) -> UsageProblem:
    what = _("Operation {number} took back operation {member}, which has been brought back since.")
    return UsageProblem(
        Problem("already-undone", what.format(number=number, member=member), _("There is nothing to undo."))
    )


def _switch(op: Operation, targets: list[int]) -> None:
    """Note who undoes whom. Down the chain of undos, what was undone is in force again, and so on."""
    first, *others = targets
    op.store.execute("UPDATE operations SET undoes = ? WHERE number = ?", (first, op.number))
    op.store.executemany(
        "INSERT INTO undone_along (op, operation) VALUES (?, ?)", ((op.number, other) for other in others)
    )
    for target in targets:
        _mark(op.store, target, op.number)


def _mark(store: Store, number: int, by: int | None) -> None:
    store.execute("UPDATE operations SET undone_by = ? WHERE number = ?", (by, number))
    for member in members(store, number):
        _mark(store, member, number if by is None else None)


def _in_force(store: Store) -> set[int]:
    """The operations whose effect counts. Undos have none of their own."""
    rows = store.rows("SELECT number FROM operations WHERE kind <> 'undo' AND undone_by IS NULL")
    return {number for (number,) in rows}


class _Since:
    """Since which operation one is in force: since itself, or since the undo that brought it back last. What
    was made while it was out of force does not build on it."""

    def __init__(self, store: Store) -> None:
        self._undoing: dict[int, tuple[int, int | None]] = {
            member: (undo, undone_by)
            for member, undo, undone_by in store.rows(
                "SELECT undoes, number, undone_by FROM operations WHERE undoes IS NOT NULL UNION ALL "
                "SELECT u.operation, o.number, o.undone_by FROM undone_along u "
                "JOIN operations o ON o.number = u.op ORDER BY 2"
            )
        }

    def __call__(self, number: int) -> int:
        _undo, undone_by = self._undoing.get(number, (None, None))
        return number if undone_by is None else self(undone_by)


def _collect_operations(work: Work, since: Mapping[int, int]) -> None:
    """temp.in_force (op, kind, since) · temp.undoing (op, target, going, since): what is undone, and whose
    effect goes (going 1) or comes back (0) by that; null for an undo that is undone."""
    run = work.store.execute
    for table in ("in_force", "undoing"):
        run(f"DROP TABLE IF EXISTS temp.{table}")
    run("CREATE TEMP TABLE in_force (op INTEGER PRIMARY KEY, kind TEXT, since INTEGER)")
    work.store.executemany(
        "INSERT INTO temp.in_force SELECT number, kind, ? FROM operations "
        "WHERE number = ? AND kind <> 'undo' AND undone_by IS NULL",
        ((first, number) for number, first in {**{n: n for n in work.coming}, **since}.items()),
    )
    run("CREATE TEMP TABLE undoing (op INTEGER PRIMARY KEY, target INTEGER, going INTEGER, since INTEGER)")
    effects: dict[int, int | None] = dict.fromkeys(work.targets)
    effects |= dict.fromkeys(work.going, 1) | dict.fromkeys(work.coming, 0)
    work.store.executemany(
        "INSERT INTO temp.undoing VALUES (?, ?, ?, ?)",
        ((n, n in work.targets, going, since.get(n, n)) for n, going in effects.items()),
    )
