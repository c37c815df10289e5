"""Staged events that no identity finds, and stored ones that the file does not have: which are the same.

Only events of one customer and one instant are compared, over the columns of the file. They are the same
where every cell is, but for what could not be read on one side, what the earlier file had no column for, and
the id, which one of them may lack. Where few cells differ, and neither has an id, one may be a correction of
the other; that is for a person to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from tagctl.record import record
from tagctl.sql import Sql, join, name
from tagctl.store import journal
from tagctl.store.operations import Operation
from tagctl.store.schema import event_table
from tagctl.store.staging import Stage, present

_MOST = 100_000  # pairs that are looked at
_WORD = 60  # columns per mask word


@record
class Alike:
    """Rows of a file that differ from a stored event in few cells: their lines, and column → how many."""

    lines: tuple[int, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)


@record
class _Pair:
    """A staged and a stored event, and the places of the columns in which they differ."""

    seq: int
    line: int
    event: int
    by_id: bool
    differing: tuple[int, ...]


def pair(op: Operation, stage: Stage, event_type: str, columns: Sequence[str], *, correct: bool) -> Alike:
    """Fill temp.paired (seq, id) with the events that are the same, `correct`: and with the corrections.

    Rows that temp.matched has are known already. Returns the rows that may be, or are, corrections.
    """
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.paired")
    run("CREATE TEMP TABLE paired (seq INTEGER PRIMARY KEY, id INTEGER)")
    found = sorted(
        _compared(op, stage, event_type, columns), key=lambda p: (len(p.differing), p.seq, p.event)
    )
    same: list[_Pair] = []
    alike: list[_Pair] = []
    for one in _each_once(found):
        if not one.differing:
            same.append(one)
        elif not one.by_id and 3 * len(one.differing) <= len(columns) + 2:  # customer and time are equal
            alike.append(one)
    taken = same + alike if correct else same
    op.store.executemany("INSERT INTO temp.paired VALUES (?, ?)", ((one.seq, one.event) for one in taken))
    if any(one.by_id for one in same):
        _take_ids(op, event_type)
    differing: dict[str, int] = {}
    for place in (place for one in alike for place in one.differing):
        differing[columns[place]] = differing.get(columns[place], 0) + 1
    return Alike(tuple(sorted(one.line for one in alike)), differing)


def remember_unread(op: Operation, stage: Stage, event_type: str, columns: Sequence[str]) -> None:
    """Note which cells of events without an own id could not be read, for the day when they can."""
    store = op.store
    number = store.value("SELECT id FROM event_types WHERE name = ?", (event_type,))
    for (place,) in store.rows("SELECT DISTINCT place FROM temp.unread_cells ORDER BY 1"):
        store.execute(
            'INSERT OR IGNORE INTO unread (event_type, event, "column") SELECT ?, t.tagctl_id, ? '
            "FROM temp.stage s CROSS JOIN temp.unread_cells w ON w.line = s.line AND w.place = ? "
            f"CROSS JOIN {name(event_table(event_type))} t ON t.tagctl_identity = s.identity "
            f"WHERE NOT s.own AND {name('t', columns[place])} IS NULL",
            (number, columns[place], place),
        )


def name_by(op: Operation, event_type: str, column: str) -> None:
    """A column that was stored already turns out to hold the ids of events: they are their identities now.
    Of several events with one id the first has it."""
    table, held = name(event_table(event_type)), name(column)
    where = Sql(
        f"tagctl_id IN (SELECT min(e.tagctl_id) FROM {table} e WHERE {name('e', column)} <> '' "
        f"GROUP BY {name('e', column)})"
    )
    journal.updating(op, event_table(event_type), where, ["tagctl_identity"])
    op.store.execute(Sql(f"UPDATE {table} SET tagctl_identity = CAST({held} AS TEXT) WHERE ") + where)


def _compared(op: Operation, stage: Stage, event_type: str, columns: Sequence[str]) -> Iterator[_Pair]:
    """Pairs of one customer and instant of which not both have an id."""
    store = op.store
    type_id = store.value("SELECT id FROM event_types WHERE name = ?", (event_type,))
    own = store.value("SELECT \"column\" FROM fields WHERE subject = ? AND role = 'id'", (event_type,))
    new = {
        column
        for (column,) in store.rows(
            'SELECT "column" FROM fields WHERE subject = ? AND op = ?', (event_type, op.number)
        )
    }
    words: list[list[Sql]] = [[Sql("0")] for _ in range(-(-len(columns) // _WORD) or 1)]
    for place, column in enumerate(columns):
        if column not in new and column != own:
            differs = _differs(stage, type_id, place, column)
            words[place // _WORD].append(Sql(f"(({differs.text}) << {place % _WORD})", differs.params))
    masks = [join(" | ", word) for word in words]
    stored_own = f"{name('t', own)} IS NOT NULL" if own is not None else "0"
    rows = store.rows(
        join(", ", [Sql(f"SELECT s.seq, s.line, t.tagctl_id, s.own OR {stored_own}"), *masks])
        + Sql(
            f" FROM temp.stage s CROSS JOIN {name(event_table(event_type))} t "
            "ON t.tagctl_customer = s.customer AND t.tagctl_at = s.at "
            "WHERE s.seq NOT IN (SELECT m.seq FROM temp.matched m) "
            "AND t.tagctl_id NOT IN (SELECT m.id FROM temp.matched m) "
            f"AND NOT (s.own AND {stored_own}) LIMIT ?",
            (_MOST,),
        )
    )
    for seq, line, event, by_id, *bits in rows:
        places = (
            word * _WORD + bit for word, mask in enumerate(bits) for bit in range(_WORD) if mask >> bit & 1
        )
        yield _Pair(seq, line, event, bool(by_id), tuple(places))


def _differs(stage: Stage, type_id: int, place: int, column: str) -> Sql:
    staged, held = present(f"s.v{place}", stage.clears), name("t", column)
    return Sql(
        f"({staged}) IS NOT {held} AND NOT ({held} IS NULL AND EXISTS (SELECT 1 FROM unread u "
        'WHERE u.event_type = ? AND u.event = t.tagctl_id AND u."column" = ?)) '
        f"AND NOT (({staged}) IS NULL AND EXISTS (SELECT 1 FROM temp.unread_cells w "
        f"WHERE w.line = s.line AND w.place = {place}))",
        (type_id, column),
    )


def _each_once(pairs: Iterable[_Pair]) -> Iterator[_Pair]:
    """Every event in one pair at most, in the order given."""
    staged: set[int] = set()
    stored: set[int] = set()
    for one in pairs:
        if one.seq not in staged and one.event not in stored:
            staged.add(one.seq)
            stored.add(one.event)
            yield one


def _take_ids(op: Operation, event_type: str) -> None:
    """Stored events of temp.paired that had no id of their own get that of their rows."""
    table = event_table(event_type)
    ids = "FROM temp.paired p JOIN temp.stage s ON s.seq = p.seq WHERE s.own"
    where = Sql(f"tagctl_id IN (SELECT p.id {ids})")
    journal.updating(op, table, where, ["tagctl_identity"])
    op.store.execute(
        Sql(
            f"UPDATE {name(table)} SET tagctl_identity = "
            f"(SELECT s.identity {ids} AND p.id = {name(table)}.tagctl_id) WHERE "
        )
        + where
    )
