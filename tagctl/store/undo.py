"""Undo: any operation, in any order, by a compensating operation that can be undone itself.

What is true is what the operations in force say, in their order. So undo does not replay backwards: it marks
the operation as out of force (or in force again), then puts everything it touched to what the operations in
force leave of it: rows and cells by the journal (store/undo_rows.py), intervals by their own history
(store/undo_intervals.py). Later operations that people made and that build on what would go are obstacles
(store/undo_obstacles.py), named by number; runs are not: the next run computes anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tagctl.errors import GuardStop, Location, Problem, UsageProblem
from tagctl.messages import _
from tagctl.record import record
from tagctl.store import catalog, texts, undo_intervals, undo_obstacles, undo_rows
from tagctl.store.connection import Store
from tagctl.store.operations import Operation


@record
class Undone:
    """What an undo did: counts by kind of thing, and the files it put back."""

    kind: str
    counts: Mapping[str, int]
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """An undo under way. `target` is the operation to undo; `root` the one that is no undo itself, whose
    effect goes (`away`) or, where the target is an undo, comes back."""

    op: Operation
    target: int
    root: int
    away: bool
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


def undo(op: Operation, number: int, taxonomy_file: Path | None = None) -> Undone:
    """Undo operation `number` within `op` (an open operation of kind undo).

    `taxonomy_file` is put back too when a `taxonomy` operation is undone. Raises GuardStop with all
    obstacles, UsageProblem where there is nothing to undo.
    """
    kind = _check(op, number)
    root, away = _root(op.store, number)
    work = Work(op, number, root, away)
    op.store.execute("PRAGMA defer_foreign_keys = ON")  # rows go and come in any order
    _switch(op, number)
    _collect_in_force(op.store)
    files, problems = _files(work, taxonomy_file)
    undo_rows.collect(work.store, number, root)
    if away:
        problems += undo_obstacles.later_changes(work.store, root)
    else:
        problems += undo_obstacles.taken_names(work.store)
    if problems:
        raise GuardStop(problems)
    undo_rows.restore(work)
    problems = undo_obstacles.dependants(work.store, root)
    if problems:
        raise GuardStop(problems)
    undo_rows.remove(work)
    undo_intervals.settle(work)
    undo_rows.finish(work)
    catalog.refresh_views(work.store)
    for path, data in files:
        op.write_file(path, data)
        if path == taxonomy_file:
            op.texts(taxonomy=data)
    op.keep(None, **work.counts)
    return Undone(kind, work.counts, tuple(texts.relative(op.folder, path) for path, _data in files))


def _check(op: Operation, number: int) -> str:
    row = op.store.one("SELECT kind, undone_by FROM operations WHERE number = ?", (number,))
    if row is None or number == op.number:  # the next number is that of this undo itself
        raise UsageProblem(
            Problem(
                "unknown-operation",
                _("There is no operation {number}.").format(number=number),
                _("See them all with: tagctl history"),
            )
        )
    kind, undone_by = row
    if undone_by is not None:
        raise UsageProblem(
            Problem(
                "already-undone",
                _("Operation {number} is undone already, by operation {by}.").format(
                    number=number, by=undone_by
                ),
                _("To have it back: tagctl undo {by}").format(by=undone_by),
            )
        )
    if kind == "init":
        raise UsageProblem(
            Problem(
                "cannot-undo",
                _("Operation {number} made the project; it cannot be undone.").format(number=number),
                _("To start afresh, delete the project’s folder."),
            )
        )
    return str(kind)


def _root(store: Store, number: int) -> tuple[int, bool]:
    """The operation at the end of a chain of undos, and whether undoing `number` takes it away."""
    away, undoes = True, store.value("SELECT undoes FROM operations WHERE number = ?", (number,))
    while undoes is not None:
        number, away = int(undoes), not away
        undoes = store.value("SELECT undoes FROM operations WHERE number = ?", (number,))
    return number, away


def _switch(op: Operation, number: int) -> None:
    """Note who undoes whom. Down the chain of undos, what was undone is in force again, and so on."""
    op.store.execute("UPDATE operations SET undoes = ? WHERE number = ?", (number, op.number))
    by: int | None = op.number
    current: int | None = number
    while current is not None:
        op.store.execute("UPDATE operations SET undone_by = ? WHERE number = ?", (by, current))
        by = None if by is not None else current
        current = op.store.value("SELECT undoes FROM operations WHERE number = ?", (current,))


def _collect_in_force(store: Store) -> None:
    """temp.in_force: the operations whose effect counts. Undos have none of their own."""
    store.execute("DROP TABLE IF EXISTS temp.in_force")
    store.execute("CREATE TEMP TABLE in_force (op INTEGER PRIMARY KEY, kind TEXT)")
    store.execute(
        "INSERT INTO temp.in_force SELECT number, kind FROM operations "
        "WHERE kind <> 'undo' AND undone_by IS NULL"
    )


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def _files(work: Work, taxonomy_file: Path | None) -> tuple[list[tuple[Path, bytes]], list[Problem]]:
    """The files to put back, and those that somebody has changed since."""
    wanted = [
        (work.op.folder / path, old, new)
        for path, old, new in work.store.rows(
            "SELECT path, old_hash, new_hash FROM pending_files WHERE op = ? ORDER BY id", (work.root,)
        )
    ]
    edit = _taxonomy_edit(work.store, work.root)
    if taxonomy_file is not None and edit is not None and all(path != taxonomy_file for path, *_ in wanted):
        wanted.append((taxonomy_file, *edit))
    files: list[tuple[Path, bytes]] = []
    problems: list[Problem] = []
    for path, old, new in wanted:
        here, there = (new, old) if work.away else (old, new)
        data = texts.get(work.store, there)
        now = texts.file_hash(path)
        if data is None or now == there:
            continue
        if now != here:
            problems.append(
                Problem(
                    "file-changed",
                    _("{file} has been changed since operation {number}.").format(
                        file=path.name, number=work.root
                    ),
                    _("Put it back as the operation left it, or undo the change in the file itself."),
                    Location(str(path)),
                )
            )
        files.append((path, data))
    return files, problems


def _taxonomy_edit(store: Store, number: int) -> tuple[str, str] | None:
    """What a `taxonomy` operation applied: the hashes of the file before and after."""
    row = store.one(
        "SELECT (SELECT p.taxonomy FROM operations p WHERE p.number < o.number AND p.taxonomy IS NOT NULL "
        "ORDER BY p.number DESC LIMIT 1), o.taxonomy FROM operations o "
        "WHERE o.number = ? AND o.kind = 'taxonomy' AND o.taxonomy IS NOT NULL",
        (number,),
    )
    return None if row is None or row[0] is None else (str(row[0]), str(row[1]))
