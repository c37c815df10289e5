"""Staged rows against a table: compared, the cells that change journaled and updated, new rows inserted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tagctl.record import record
from tagctl.sql import Sql, name
from tagctl.store import journal
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage, present

_WORD = 60  # columns per mask word: an SQLite integer has 63 bits to use


@record
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@record
class Target:
    """Where staged rows go: a table, the unique column that `by` is compared with, the pairs
    (column, staged column) that are compared and updated, the order in which new rows are inserted.

    With `after`, a new row's id is `after` + its seq, so that it is known without looking it up."""

    table: str
    match: str
    by: Literal["key", "identity"]
    pairs: tuple[tuple[str, str], ...]
    order: str = "s.seq"
    after: int | None = None


def write(
    op: Operation, stage: Stage, target: Target, find_others: Callable[[], None] | None = None
) -> Counts:
    """Compare, journal, update, insert. Afterwards temp.matched says which rows were there before.

    `find_others` puts further rows that were there before into temp.paired (seq, id).
    """
    changed_by_column = _match(stage, target, find_others)
    run, value = stage.store.execute, stage.store.value
    total, found = stage.rows(), int(value("SELECT count(*) FROM temp.matched"))
    words = _words(len(target.pairs))
    any_change = " OR ".join(f"m{w} <> 0" for w in range(words)) or "0"
    changed = int(value(f"SELECT count(*) FROM temp.matched WHERE {any_change}"))
    if changed:
        for index, cells in enumerate(changed_by_column):
            if cells:
                # Rows of this very operation need no before-image: undo removes them whole.
                where = Sql(
                    f"tagctl_id IN (SELECT id FROM temp.matched "
                    f"WHERE m{index // _WORD} >> {index % _WORD} & 1) AND tagctl_op <> ?",
                    (op.number,),
                )
                journal.updating(op, target.table, where, [target.pairs[index][0]])
        sets = ", ".join(
            f"{name(column)} = {_new(f's.{staged}', name('t', column), stage.clears)}"
            for column, staged in target.pairs
        )
        run(
            f"UPDATE {name(target.table)} AS t SET {sets} FROM temp.matched m "
            f"JOIN temp.stage s ON s.seq = m.seq WHERE t.tagctl_id = m.id AND ({any_change})"
        )
    if found < total:
        _insert(op, stage, target, nothing_found=not found)
    return Counts(created=total - found, updated=changed, unchanged=found - changed)


def _match(stage: Stage, target: Target, find_others: Callable[[], None] | None) -> list[int]:
    """Fill temp.matched (seq, id, mask words of changed columns); how many cells change per column."""
    run = stage.store.execute
    words = _words(len(target.pairs))
    run("DROP TABLE IF EXISTS temp.matched")
    run(
        "CREATE TEMP TABLE matched (seq INTEGER PRIMARY KEY, id INTEGER"
        + "".join(f", m{w} INTEGER" for w in range(words))
        + ")"
    )
    bits: list[list[str]] = [["0"] for _ in range(words)]
    for index, (column, staged) in enumerate(target.pairs):
        new = _new(f"s.{staged}", name("t", column), stage.clears)
        bits[index // _WORD].append(f"(({new} IS NOT {name('t', column)}) << {index % _WORD})")
    masks = "".join(", " + " | ".join(word) for word in bits)
    if not stage.store.value(f"SELECT EXISTS (SELECT 1 FROM {name(target.table)})"):
        return [0] * len(target.pairs)
    compared = f"INSERT INTO temp.matched SELECT s.seq, t.tagctl_id{masks} FROM temp.stage s "
    run(f"{compared} CROSS JOIN {name(target.table)} t ON {name('t', target.match)} = s.{target.by}")
    if find_others is not None:
        find_others()
        run(
            f"{compared} CROSS JOIN temp.paired p ON p.seq = s.seq "
            f"CROSS JOIN {name(target.table)} t ON t.tagctl_id = p.id"
        )
    if not target.pairs:
        return []
    sums = ", ".join(f"sum(m{i // _WORD} >> {i % _WORD} & 1)" for i in range(len(target.pairs)))
    return [int(n or 0) for n in stage.store.one(f"SELECT {sums} FROM temp.matched") or ()]


def _insert(op: Operation, stage: Stage, target: Target, *, nothing_found: bool) -> None:
    columns = "".join(f", {name(column)}" for column, _ in target.pairs)
    values = "".join(f", {present(f's.{staged}', stage.clears)}" for _, staged in target.pairs)
    new = "" if nothing_found else " WHERE s.seq NOT IN (SELECT seq FROM temp.matched)"
    if target.after is not None:
        columns += ", tagctl_id"
        values += f", {target.after} + s.seq"
    stage.store.execute(
        f"INSERT INTO {name(target.table)} ({name(target.match)}, tagctl_op{columns}) "
        f"SELECT s.{target.by}, ?{values} FROM temp.stage s{new} ORDER BY {target.order}",
        (op.number,),
    )


def _words(columns: int) -> int:
    return -(-columns // _WORD)


def _new(staged: str, stored: str, clears: bool) -> str:
    """What the column holds afterwards: empty cells change nothing, unless they are to clear."""
    if not clears:
        return f"coalesce({staged}, {stored})"
    return f"CASE WHEN {staged} IS NULL THEN {stored} WHEN typeof({staged}) <> 'blob' THEN {staged} END"
