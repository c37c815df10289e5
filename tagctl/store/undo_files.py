"""Undo of file edits: a file goes back to what it held before the operations that go, byte for byte.

What operations wrote into a file, or took up of a person's edit, are the links of a chain: old hash, new
hash. An undo takes links off its end, or puts them back. Texts are not merged: where the file is not as the
links to go have left it, that is an obstacle, by a later operation or by a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tagctl.record import record
from tagctl.store import texts
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.texts import MISSING, Column
from tagctl.store.undo_obstacles import Obstacle

if TYPE_CHECKING:
    from tagctl.store.undo import Work


@record
class Text:
    """What a file is to hold: a hash. It is not written where the database travels without its files."""

    path: Path
    hash: str
    column: Column | None
    write: bool


@record
class Edit:
    """A link: what an operation made of a file. Whether it comes back, or goes."""

    op: int
    old: str
    new: str
    comes: bool


def plan(work: Work, columns: Mapping[Path, Column]) -> tuple[list[Text], list[Obstacle]]:
    """What the files are to hold, and what stands in the way."""
    wanted: list[Text] = []
    obstacles: list[Obstacle] = []
    for shown, edits in _edits(work.store).items():
        path = work.op.folder / shown
        here, there = _ends(edits)
        now = texts.file_hash(path)
        column = columns.get(path)
        travels = now == MISSING and here != MISSING and column is not None
        found = _later(work, shown, edits)
        linked = all(one.new == other.old for one, other in pairwise(edits) if one.comes == other.comes)
        if not found and not (linked and (travels or now in (here, there))):
            found = [_who(work.store, shown, now, here, column, edits)]
        obstacles += found
        wanted.append(Text(path, there, column, write=not travels and now != there))
    return wanted, obstacles


def write(op: Operation, wanted: Iterable[Text]) -> tuple[str, ...]:
    """Put the files right with the operation; the names of those that change."""
    written = []
    for text in wanted:
        if text.write:
            op.write_file(text.path, texts.get(op.store, text.hash))
            written.append(texts.relative(op.folder, text.path))
        if text.column is not None:
            texts.agree(op.store, op.number, text.column, text.hash)
    return tuple(written)


def _edits(store: Store) -> dict[str, list[Edit]]:
    """The links that go or come, by file, in the order of their operations."""
    found: dict[str, list[Edit]] = {}
    for path, op, old, new, going in store.rows(
        "SELECT p.path, p.op, p.old_hash, p.new_hash, u.going FROM pending_files p "
        "JOIN temp.undoing u ON u.op = p.op AND u.going IS NOT NULL ORDER BY p.op, p.id"
    ):
        found.setdefault(path, []).append(Edit(op, old, new, not going))
    return found


def _ends(edits: Sequence[Edit]) -> tuple[str, str]:
    """What the file should hold now, and what it should hold then."""
    going = [edit for edit in edits if not edit.comes]
    coming = [edit for edit in edits if edit.comes]
    here = going[-1].new if going else coming[0].old
    return here, coming[-1].new if coming else going[0].old


def _later(work: Work, path: str, edits: Sequence[Edit]) -> list[Obstacle]:
    """Operations in force that have written the file after what goes, or since what comes was taken back."""
    going = [edit.op for edit in edits if not edit.comes]
    rows = work.store.rows(
        "SELECT DISTINCT p.op FROM pending_files p JOIN temp.in_force f ON f.op = p.op "
        "WHERE p.path = ? AND p.op > ? AND p.op NOT IN (SELECT op FROM temp.undoing) ORDER BY p.op",
        (path, min(going) if going else min(work.targets)),
    )
    return [Obstacle("file", op, path) for (op,) in rows]


def _who(
    store: Store, path: str, now: str, here: str, column: Column | None, edits: Sequence[Edit]
) -> Obstacle:
    """Who has changed the file: another undo, or a person, before the operation `seen_by`."""
    last = store.one(
        "SELECT p.op, p.new_hash FROM pending_files p WHERE p.path = ? ORDER BY p.id DESC LIMIT 1", (path,)
    )
    if last is not None and last[1] == now and all(edit.op != last[0] for edit in edits):
        return Obstacle("file", int(last[0]), path)
    seen = None
    if column is not None:
        seen = store.value(
            f"SELECT min(number) FROM operations WHERE number > ? AND {column} IS NOT NULL AND {column} <> ?",
            (edits[-1].op, here),
        )
    return Obstacle("edited", None, path, seen, edits[-1].op)
