"""Labels as read from files: what each means, who has it in which feed, and the assignments that follow.

Readings remember, per feed, the labels last seen in a customer's tag cells. Only what differs from them
acts: a label newly there is gained, one gone ends the imported assignment, one unchanged does nothing,
so that what a merge, a rule or a person removed stays removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from tagctl.normalise import identity
from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

_REMEMBERED = 100_000  # distinct cells whose numbers are kept in memory


@record
class TagCounts:
    """What the tag cells of a file did. `unknown`: label → customers, for labels that no tag answers to."""

    gained: int = 0
    lost: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)


# ── what a label means ───────────────────────────────────────────────────────────────────────────


def resolver(store: Store) -> Callable[[str], int | None]:
    """A function that gives the tag a label names, by name, alias or `dimension:value`; None if none."""
    tags = {
        str(folded): int(tag)
        for folded, tag in store.rows("SELECT folded, id FROM tags WHERE state = 'undeclared'")
    }
    tags.update(store.rows("SELECT folded, tag FROM aliases"))
    tags.update(store.rows("SELECT folded, id FROM tags WHERE state IN ('declared', 'value')"))
    homes: dict[int, int] = dict(store.rows("SELECT id, dimension FROM tags"))
    dimensions = {
        identity(str(name)): int(dimension)
        for dimension, name in store.rows("SELECT id, name FROM dimensions")
    }

    def resolve(label: str) -> int | None:
        folded = identity(label)
        if folded in tags:
            return tags[folded]
        prefix, colon, value = folded.partition(":")  # the full-width colon is folded to this one
        tag = tags.get(value.strip())
        if colon and tag is not None and homes[tag] == dimensions.get(prefix.strip()):
            return tag
        return None

    return resolve


def ensure(op: Operation, texts: Iterable[str], resolve: Callable[[str], int | None]) -> dict[str, int]:
    """The numbers of these labels; those never read before are added, with the tag they name, if any."""
    wanted = list(dict.fromkeys(texts))
    op.store.execute("DROP TABLE IF EXISTS temp.wanted")
    op.store.execute("CREATE TEMP TABLE wanted (text TEXT PRIMARY KEY) WITHOUT ROWID")
    op.store.executemany("INSERT INTO temp.wanted VALUES (?)", ((text,) for text in wanted))
    known = "SELECT l.text, l.id FROM temp.wanted w JOIN labels l ON l.text = w.text"
    found: dict[str, int] = dict(op.store.rows(known))
    op.store.executemany(
        "INSERT INTO labels (text, folded, tag, op) VALUES (?, ?, ?, ?)",
        ((text, identity(text), resolve(text), op.number) for text in wanted if text not in found),
    )
    return dict(op.store.rows(known)) if len(found) < len(wanted) else found


# ── the tag cells of a file ──────────────────────────────────────────────────────────────────────


class Cells:
    """The distinct tag cells of a file, by number: a stage row holds the number of its cell.

    A cell may get a second number once many distinct ones have passed; that is harmless.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers: dict[tuple[int, str], int] = {}
        self._next = 1
        self._new: list[tuple[int, int, str]] = []
        for table in ("cells", "cell_labels"):
            store.execute(f"DROP TABLE IF EXISTS temp.{table}")
        store.execute('CREATE TEMP TABLE cells (id INTEGER PRIMARY KEY, "column" INTEGER, text TEXT)')
        store.execute(
            "CREATE TEMP TABLE cell_labels (cell INTEGER, label INTEGER, PRIMARY KEY (cell, label)) "
            "WITHOUT ROWID"
        )

    def number(self, column: int, text: str) -> int:
        """The number of this cell of a tag column; 0 for an empty one."""
        if not text or text.isspace():
            return 0
        known = self._numbers.get((column, text))
        if known is not None:
            return known
        if len(self._numbers) >= _REMEMBERED:
            self._numbers.clear()
            self.flush()
        number = self._next
        self._next += 1
        self._numbers[column, text] = number
        self._new.append((number, column, text))
        return number

    def flush(self) -> None:
        """Write the cells met so far to the temporary table."""
        self._store.executemany("INSERT INTO temp.cells VALUES (?, ?, ?)", self._new)
        self._new.clear()

    def texts(self, column: int) -> Iterator[tuple[int, str]]:
        """Number and text of every distinct cell of a tag column, in the order met."""
        yield from self._store.execute(
            'SELECT id, text FROM temp.cells WHERE "column" = ? ORDER BY id', (column,)
        )

    def put_labels(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Say which labels a cell holds: (cell number, label number)."""
        self._store.executemany("INSERT OR IGNORE INTO temp.cell_labels VALUES (?, ?)", pairs)


def read(
    op: Operation, feed: int, import_: int, sheet: str | None, *, columns: int, new_feed: bool
) -> TagCounts:
    """Compare the labels in temp.stage_rows (store/staging.py) with the feed's readings, and act on it."""
    run = op.store.execute
    for table in ("read", "was"):
        run(f"DROP TABLE IF EXISTS temp.{table}")
    run(
        "CREATE TEMP TABLE read (customer INTEGER, label INTEGER, line INTEGER, cell INTEGER, "
        "PRIMARY KEY (customer, label)) WITHOUT ROWID"
    )
    run(
        "CREATE TEMP TABLE was (customer INTEGER, label INTEGER, PRIMARY KEY (customer, label)) WITHOUT ROWID"
    )
    for column in range(columns):
        run(
            f"INSERT OR IGNORE INTO temp.read SELECT r.customer, l.label, r.line, r.t{column} "
            f"FROM temp.stage_rows r CROSS JOIN temp.cell_labels l ON l.cell = r.t{column}"
        )
    if not new_feed:
        run(
            "INSERT INTO temp.was SELECT r.customer, r.label "
            "FROM (SELECT DISTINCT customer FROM temp.stage_rows) p "
            "CROSS JOIN readings r ON r.customer = p.customer AND r.feed = ? AND r.gone_op IS NULL",
            (feed,),
        )
    _note_readings(op, feed, import_, sheet, new_feed=new_feed)
    lost = _lose(op, feed) if not new_feed else 0
    _collect(
        op,
        Sql(
            "SELECT DISTINCT l.tag, n.customer FROM temp.read n JOIN labels l ON l.id = n.label "
            "WHERE l.tag IS NOT NULL AND NOT EXISTS (SELECT 1 FROM temp.was w JOIN labels o "
            "ON o.id = w.label WHERE w.customer = n.customer AND o.tag = l.tag)"
        ),
    )
    gained, reopened = _gain(op)
    unknown = op.store.rows(
        "SELECT l.text, count(*) FROM temp.read n JOIN labels l ON l.id = n.label "
        "WHERE l.tag IS NULL AND l.state = 'open' GROUP BY l.id ORDER BY 2 DESC, 1"
    )
    return TagCounts(gained, lost - reopened, dict(unknown))


def settle(op: Operation) -> int:
    """Give unknown labels that a name or alias now resolves their tag, and their current readings
    become assignments. Returns how many were gained; says `op.keep` where it wrote."""
    resolve = resolver(op.store)
    now_known = [
        (int(label), tag)
        for label, text in op.store.rows("SELECT id, text FROM labels WHERE tag IS NULL AND state = 'open'")
        if (tag := resolve(text)) is not None
    ]
    if not now_known:
        return 0
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.settled")
    run("CREATE TEMP TABLE settled (label INTEGER PRIMARY KEY, tag INTEGER)")
    op.store.executemany("INSERT INTO temp.settled VALUES (?, ?)", now_known)
    journal.updating(op, "labels", Sql("id IN (SELECT label FROM temp.settled)"), ["tag"])
    run("UPDATE labels SET tag = s.tag FROM temp.settled s WHERE s.label = labels.id")
    _collect(
        op,
        Sql(
            "SELECT DISTINCT s.tag, r.customer FROM readings r JOIN temp.settled s ON s.label = r.label "
            "WHERE r.gone_op IS NULL"
        ),
    )
    gained, _reopened = _gain(op)
    op.keep(labels_settled=len(now_known), tags_gained=gained)
    return gained


# ── readings and assignments ─────────────────────────────────────────────────────────────────────


def _note_readings(op: Operation, feed: int, import_: int, sheet: str | None, *, new_feed: bool) -> None:
    """Bring the feed's readings from temp.was to temp.read."""
    if not new_feed:
        _end_readings(op, feed)
    known = (
        "WHERE NOT EXISTS (SELECT 1 FROM readings r WHERE r.customer = n.customer AND r.feed = ?1 "
        "AND r.label = n.label AND r.gone_op IS NULL) "
    )
    op.store.execute(
        "INSERT INTO readings (customer, feed, label, op, import, sheet, row, cell) "
        "SELECT n.customer, ?1, n.label, ?2, ?3, ?4, n.line, c.text "
        f"FROM temp.read n CROSS JOIN temp.cells c ON c.id = n.cell {'' if new_feed else known}"
        "ORDER BY n.customer, n.label",
        (feed, op.number, import_, sheet),
    )


def _end_readings(op: Operation, feed: int) -> None:
    """End what the feed no longer reads; what it read before this operation began is on again."""
    run = op.store.execute
    gone = (
        "(SELECT w.customer, w.label FROM temp.was w WHERE NOT EXISTS "
        "(SELECT 1 FROM temp.read n WHERE n.customer = w.customer AND n.label = w.label))"
    )
    here = "feed = ? AND gone_op IS NULL AND (customer, label) IN " + gone
    # What came and went within one operation (two files) was never there.
    run(f"DELETE FROM readings WHERE op = ? AND {here}", (op.number, feed))
    run(f"UPDATE readings SET gone_op = ? WHERE {here}", (op.number, feed))
    run(
        "UPDATE readings SET gone_op = NULL WHERE feed = ? AND gone_op = ? AND op <> gone_op "
        "AND (customer, label) IN (SELECT customer, label FROM temp.read)",
        (feed, op.number),
    )


def _lose(op: Operation, feed: int) -> int:
    """End imported assignments of tags that the feed no longer reads, unless another feed does."""
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.ended")
    run("CREATE TEMP TABLE ended (tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)) WITHOUT ROWID")
    run(
        "INSERT INTO temp.ended SELECT DISTINCT l.tag, w.customer FROM temp.was w "
        "JOIN labels l ON l.id = w.label WHERE l.tag IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM temp.read n JOIN labels o ON o.id = n.label "
        "WHERE n.customer = w.customer AND o.tag = l.tag) AND NOT EXISTS "
        "(SELECT 1 FROM readings r JOIN labels o ON o.id = r.label WHERE r.customer = w.customer "
        "AND r.feed <> ? AND r.gone_op IS NULL AND o.tag = l.tag)",
        (feed,),
    )
    here = (
        "source = 'import' AND lost_op IS NULL AND (tag, customer) IN (SELECT tag, customer FROM temp.ended)"
    )
    deleted = run(f"DELETE FROM assignments WHERE gained_op = ? AND {here}", (op.number,)).rowcount
    closed = run(f"UPDATE assignments SET lost_op = ? WHERE {here}", (op.number,)).rowcount
    return deleted + closed


def _collect(op: Operation, wanted: Sql) -> None:
    """temp.gained: the (tag, customer) that `wanted` selects."""
    op.store.execute("DROP TABLE IF EXISTS temp.gained")
    op.store.execute(
        "CREATE TEMP TABLE gained (tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)) WITHOUT ROWID"
    )
    op.store.execute(Sql("INSERT INTO temp.gained ") + wanted + Sql(" ORDER BY 1, 2"))


def _gain(op: Operation) -> tuple[int, int]:
    """Imported assignments for temp.gained, unless held from any source or banned: (opened, reopened)."""
    free = (
        "NOT EXISTS (SELECT 1 FROM assignments h WHERE h.tag = g.tag AND h.customer = g.customer "
        "AND h.lost_op IS NULL) AND NOT EXISTS (SELECT 1 FROM overrides b WHERE b.customer = g.customer "
        "AND b.tag = g.tag AND b.kind = 'ban' AND (b.until IS NULL OR b.until > ?))"
    )
    reopened = op.store.execute(
        "UPDATE assignments SET lost_op = NULL FROM temp.gained g WHERE assignments.tag = g.tag "
        "AND assignments.customer = g.customer AND assignments.source = 'import' "
        f"AND assignments.lost_op = ? AND {free}",
        (op.number, op.as_of),
    ).rowcount
    opened = op.store.execute(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        f"SELECT g.tag, g.customer, 'import', ?, ? FROM temp.gained g WHERE {free} "
        "ORDER BY g.tag, g.customer",
        (op.number, op.as_of, op.as_of),
    ).rowcount
    return opened, reopened
