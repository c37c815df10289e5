"""Labels as read from files: what each means, which wait for a tag, and the cells that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.sql import Sql, values
from tagctl.store import journal, readings
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE

_REMEMBERED = 100_000  # distinct cells whose numbers are kept in memory


@record
class Unknown:
    """A label that no tag answers to: its most frequent spelling, the customers who have it and are not gone,
    and where it was first read."""

    label: str
    customers: int
    file: str
    sheet: str | None
    row: int | None


# ── what a label means ───────────────────────────────────────────────────────────────────────────


class Words:
    """The names that labels and headers can mean, as the database has them, and as a taxonomy says that has
    not come into it yet (its tags have numbers below 0)."""

    def __init__(self, store: Store | None, taxonomy: Taxonomy | None = None) -> None:
        self._tags: dict[str, int] = {}
        self._homes: dict[int, int] = {}
        self._replaced: dict[int, int] = {}
        self._ids: dict[str, int] = {}
        self._names: dict[str, str] = {}
        if store is not None:
            self._read(store)
        if taxonomy is not None:
            self._expect(taxonomy)

    def _expect(self, taxonomy: Taxonomy) -> None:
        self._names = {identity(name): name for name in taxonomy.dimensions}
        self._ids |= {folded: -number for number, folded in enumerate(self._names, 1)}
        numbers = {name: -number for number, name in enumerate(taxonomy.tags, 1)}
        self._tags |= {folded: numbers[name] for folded, name in taxonomy.names.items()}
        self._homes |= {numbers[t.name]: self._ids[identity(t.dimension)] for t in taxonomy.tags.values()}
        self._replaced |= {
            numbers[t.name]: numbers[t.replaced_by] for t in taxonomy.tags.values() if t.replaced_by
        }

    def _read(self, store: Store) -> None:
        self._tags = {
            str(folded): int(tag)
            for folded, tag in store.rows("SELECT folded, id FROM tags WHERE state = 'undeclared'")
        }
        self._tags.update(store.rows("SELECT folded, tag FROM aliases"))
        self._tags.update(store.rows("SELECT folded, id FROM tags WHERE state IN ('declared', 'value')"))
        self._homes = dict(store.rows("SELECT id, dimension FROM tags"))
        replaced = "SELECT id, replaced_by FROM tags WHERE replaced_by IS NOT NULL"
        self._replaced = dict(store.rows(replaced))
        rows = store.rows("SELECT id, name, declared FROM dimensions")
        self._ids = {identity(str(name)): int(dimension) for dimension, name, _declared in rows}
        self._names = {identity(str(name)): str(name) for _id, name, declared in rows if declared}

    def tag(self, label: str) -> int | None:
        """The tag that a label means, by name, alias or `dimension:value`: that tag, or the one in its place;
        None if none."""
        folded = identity(label)
        tag = self._tags.get(folded)
        if tag is None:
            prefix, colon, value = folded.partition(":")  # the full-width colon is folded to this one
            tag = self._tags.get(value.strip()) if colon else None
            if tag is not None and self._homes[tag] != self._ids.get(prefix.strip()):
                tag = None
        return None if tag is None else self._replaced.get(tag, tag)

    def dimension(self, header: str) -> str | None:
        """The declared dimension of this name."""
        return self._names.get(identity(header))


def resolver(store: Store) -> Callable[[str], int | None]:
    """A function that gives the tag a label names; see `Words.tag`."""
    return Words(store).tag


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


# ── labels without a tag ─────────────────────────────────────────────────────────────────────────


def unknown(store: Store) -> list[Unknown]:
    """The labels that wait for a tag, spellings of one label together, the most frequent first."""
    return [
        Unknown(*row)
        for row in store.rows(
            f"""
WITH waiting AS (
  SELECT l.folded, l.text, r.customer, r.import, r.sheet, r.row,
    row_number() OVER (PARTITION BY l.folded ORDER BY r.op, r.import, r.row) AS place,
    count(*) OVER (PARTITION BY l.folded, l.text) AS often
  FROM readings r JOIN unknown_labels l ON l.id = r.label
  WHERE r.gone_op IS NULL AND r.customer NOT IN {GONE}),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY folded ORDER BY often DESC, text) AS spelling FROM waiting),
found AS (
  SELECT max(CASE WHEN spelling = 1 THEN text END) AS label, count(DISTINCT customer) AS customers,
    max(CASE WHEN place = 1 THEN import END) AS import, max(CASE WHEN place = 1 THEN sheet END) AS sheet,
    max(CASE WHEN place = 1 THEN row END) AS row
  FROM ranked GROUP BY folded)
SELECT f.label, f.customers, i.file, f.sheet, f.row FROM found f JOIN imports i ON i.id = f.import
ORDER BY f.customers DESC, f.label
"""
        )
    ]


def ignored(store: Store) -> frozenset[str]:
    """The identities of the labels that are to be ignored."""
    return frozenset(folded for (folded,) in store.rows("SELECT folded FROM labels WHERE state = 'ignored'"))


def ignore(op: Operation, texts: Iterable[str]) -> int:
    """Labels that are no tags: from now on all their spellings are passed over. Returns how many customers
    have one of them; says `op.keep` where it wrote."""
    wanted = list(texts)
    ensure(op, wanted, resolver(op.store))
    same = Sql("folded IN ") + values([identity(text) for text in wanted])
    customers = op.store.value(
        Sql(
            "SELECT count(DISTINCT r.customer) FROM readings r JOIN unknown_labels l ON l.id = r.label "
            f"WHERE r.gone_op IS NULL AND r.customer NOT IN {GONE} AND l."
        )
        + same
    )
    where = Sql("tag IS NULL AND state = 'open' AND ") + same
    count = journal.updating(op, "labels", where, ["state"])
    if count:
        op.store.execute(Sql("UPDATE labels SET state = 'ignored' WHERE ") + where)
        op.keep(labels_ignored=len({identity(text) for text in wanted}))
    return int(customers)


def settle(op: Operation) -> int:
    """Give labels without a tag that a name or alias now resolves their tag, and their current readings
    become assignments. Returns how many were gained; says `op.keep` where it wrote."""
    resolve = resolver(op.store)
    now_known = [
        (int(label), tag)
        for label, text in op.store.rows("SELECT id, text FROM labels WHERE tag IS NULL")
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
    readings.collect(
        op,
        Sql(
            "SELECT DISTINCT s.tag, r.customer FROM readings r JOIN temp.settled s ON s.label = r.label "
            "WHERE r.gone_op IS NULL"
        ),
    )
    gained = readings.gain(op).opened
    op.keep(labels_settled=len(now_known), tags_gained=gained)
    return gained


# ── the tag cells of a file ──────────────────────────────────────────────────────────────────────


class Cells:
    """The distinct tag cells of a file, by number: a stage row holds the number of its cell.

    A cell may get a second number once many distinct ones have passed; that is harmless. `silent(column,
    text)` tells which cells are as good as empty.
    """

    def __init__(self, store: Store, silent: Callable[[int, str], bool] | None = None) -> None:
        self._store = store
        self.silent = silent or (lambda _column, text: text.isspace())
        self._numbers: dict[int, dict[str, int]] = {}
        self._next = 1
        self._new: list[tuple[int, int, str]] = []
        for table in ("cells", "cell_labels"):
            store.execute(f"DROP TABLE IF EXISTS temp.{table}")
        store.execute('CREATE TEMP TABLE cells (id INTEGER PRIMARY KEY, "column" INTEGER, text TEXT)')
        store.execute(
            "CREATE TEMP TABLE cell_labels (cell INTEGER, label INTEGER, PRIMARY KEY (cell, label)) "
            "WITHOUT ROWID"
        )

    def numbers(self, column: int, texts: Sequence[str]) -> list[int]:
        """The numbers of these cells of a tag column; 0 for one that says nothing."""
        known = self._numbers.setdefault(column, {"": 0})
        for text in dict.fromkeys(text for text in texts if text not in known):
            known[text] = 0 if self.silent(column, text) else self._add(column, text)
        numbers = [known[text] for text in texts]
        if sum(map(len, self._numbers.values())) > _REMEMBERED:
            self._numbers.clear()
            self.flush()
        return numbers

    def _add(self, column: int, text: str) -> int:
        number = self._next
        self._next += 1
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
