"""What a file's tag cells do: compared with what its feed last read there, tags are gained and lost.

Readings remember, per feed, the labels last seen in a customer's tag cells. With `sync`, only what differs
from them acts: a label newly there is gained, one gone ends the imported assignment, one unchanged does
nothing, so that what a merge, a rule or a person removed stays removed. The other modes say what is to be,
whatever was read before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store.operations import Operation

Mode = Literal["sync", "add", "replace", "remove"]


@record
class TagCounts:
    """What the tag cells of a file did. `unknown`: label → customers, for labels that no tag answers to,
    all spellings of one under the most frequent. `withheld`: what a ban kept from being given. `retired`:
    tag → customers in whose cells it stands although it is deprecated, so that nobody gets it."""

    gained: int = 0
    lost: int = 0
    withheld: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    retired: Mapping[str, int] = field(default_factory=dict)


@record
class Gained:
    """Assignments made: opened, opened again after this operation had closed them, those that a ban withheld;
    and imported ones that ended because a person's or a rule's came.
    Tags that are deprecated are given to nobody."""

    opened: int
    reopened: int
    withheld: int
    ended: int = 0


_READ_TAGS = (
    "SELECT l.tag, n.customer FROM temp.read n JOIN labels l ON l.id = n.label WHERE l.tag IS NOT NULL"
)


def read(
    op: Operation,
    feed: int,
    import_: int,
    sheet: str | None,
    *,
    columns: int,
    new_feed: bool,
    mode: Mode = "sync",
    listed: bool = False,
    give: Callable[[Operation], Gained] | None = None,
) -> TagCounts:
    """Act on the labels in temp.stage_rows (store/staging.py), whose cells store/labels.py took apart.

    sync: as compared with the feed's readings. add: what is read is gained. replace: what is read is all
    that the file's customers have from any import. remove: what is read is taken from them, where an import
    gave it; the readings stay, so that the same cell does not bring it back.

    With `listed` the file is a list of customers and tags: it says nothing of tags that it does not name.
    `give` makes the assignments of temp.gained, where not `gain` does.
    """
    _collect_read(op, columns)
    if mode == "remove":
        lost = _end(op, Sql(_READ_TAGS))
        return TagCounts(lost=lost, unknown=_unknown(op))
    _collect_was(op, feed, new_feed=new_feed, listed=listed)
    if mode != "add" and not new_feed:
        _end_readings(op, feed)
    _note_readings(op, feed, import_, sheet, new_feed=new_feed)
    lost = 0
    if mode == "replace":
        lost = _end(op, Sql(_IMPORTED_OTHERWISE))
    elif mode == "sync" and not new_feed:
        lost = _end(op, Sql(_NO_LONGER_READ, (feed,)))
    compared = mode == "sync" and not new_feed  # with what the feed read, if it did
    new = Sql(f" AND NOT EXISTS ({_WAS_READ})" if compared else "")
    wanted = Sql(_READ_TAGS) + new
    if give is None and _nothing_stands_against(op):
        return TagCounts(_gain_at_once(op, wanted), lost, unknown=_unknown(op))
    collect(op, wanted)
    given = (give or gain)(op)
    return TagCounts(
        given.opened, lost - given.reopened + given.ended, given.withheld, _unknown(op), _retired(op)
    )


# Labels that the file names, by whatever spelling.
_NAMED = (
    "SELECT label FROM temp.read UNION SELECT o.id FROM labels o WHERE o.tag IN "
    "(SELECT l.tag FROM temp.read n JOIN labels l ON l.id = n.label)"
)


# ── readings ─────────────────────────────────────────────────────────────────────────────────────


def _collect_read(op: Operation, columns: int) -> None:
    """temp.read: the labels of this file by customer, each with the row and the cell it stands in first."""
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.read")
    run(
        "CREATE TEMP TABLE read (customer INTEGER, label INTEGER, line INTEGER, cell INTEGER, "
        "PRIMARY KEY (customer, label)) WITHOUT ROWID"
    )
    for column in range(columns):
        run(
            f"INSERT OR IGNORE INTO temp.read SELECT r.customer, l.label, r.line, r.t{column} "
            f"FROM temp.stage_rows r CROSS JOIN temp.cell_labels l ON l.cell = r.t{column}"
        )


def _collect_was(op: Operation, feed: int, *, new_feed: bool, listed: bool) -> None:
    """temp.was: the labels that the feed last read for the file's customers; of a list, those it names."""
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.was")
    run(
        "CREATE TEMP TABLE was (customer INTEGER, label INTEGER, PRIMARY KEY (customer, label)) WITHOUT ROWID"
    )
    if not new_feed:
        run(
            "INSERT INTO temp.was SELECT r.customer, r.label "
            "FROM (SELECT DISTINCT customer FROM temp.stage_rows) p "
            "CROSS JOIN readings r ON r.customer = p.customer AND r.feed = ? AND r.gone_op IS NULL"
            + (f" WHERE r.label IN ({_NAMED})" if listed else ""),
            (feed,),
        )


def _note_readings(op: Operation, feed: int, import_: int, sheet: str | None, *, new_feed: bool) -> None:
    """Note what temp.read has and the feed's current readings have not."""
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


def _retired(op: Operation) -> dict[str, int]:
    """The deprecated tags that the file names: tag → customers."""
    if not op.store.value("SELECT EXISTS (SELECT 1 FROM tags WHERE retired)"):
        return {}
    return dict(
        op.store.rows(
            "SELECT t.name, count(DISTINCT n.customer) FROM tags t JOIN labels l ON l.tag = t.id "
            "JOIN temp.read n ON n.label = l.id WHERE t.retired GROUP BY t.id ORDER BY 2 DESC, 1"
        )
    )


def _unknown(op: Operation) -> dict[str, int]:
    return dict(
        op.store.rows(
            """
WITH waiting AS MATERIALIZED (
  SELECT l.folded, l.text, n.customer FROM temp.read n JOIN unknown_labels l ON l.id = n.label),
spelt AS (
  SELECT folded, text, row_number() OVER (PARTITION BY folded ORDER BY count(*) DESC, text) AS place
  FROM waiting GROUP BY folded, text)
SELECT s.text, count(DISTINCT w.customer) FROM waiting w JOIN spelt s ON s.folded = w.folded AND s.place = 1
GROUP BY w.folded ORDER BY 2 DESC, 1
"""
        )
    )


# ── assignments ──────────────────────────────────────────────────────────────────────────────────

_NO_LONGER_READ = """
SELECT l.tag, w.customer FROM temp.was w JOIN labels l ON l.id = w.label
WHERE l.tag IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM temp.read n JOIN labels o ON o.id = n.label
    WHERE n.customer = w.customer AND o.tag = l.tag)
AND NOT EXISTS (SELECT 1 FROM readings r JOIN labels o ON o.id = r.label
    WHERE r.customer = w.customer AND r.feed <> ? AND r.gone_op IS NULL AND o.tag = l.tag)
"""

_WAS_READ = (
    "SELECT 1 FROM temp.was w JOIN labels o ON o.id = w.label WHERE w.customer = n.customer AND o.tag = l.tag"
)

# `source <> 'rule'` lets SQLite take the index of what was given.
_IMPORTED_OTHERWISE = """
SELECT a.tag, a.customer FROM assignments a
WHERE a.lost_op IS NULL AND a.source <> 'rule' AND a.source = 'import'
AND a.customer IN (SELECT customer FROM temp.stage_rows)
AND NOT EXISTS (SELECT 1 FROM temp.read n JOIN labels l ON l.id = n.label
    WHERE n.customer = a.customer AND l.tag = a.tag)
"""


def _end(op: Operation, wanted: Sql) -> int:
    """End the imported assignments of the (tag, customer) that `wanted` selects; how many."""
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.ended")
    run("CREATE TEMP TABLE ended (tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)) WITHOUT ROWID")
    run(Sql("INSERT OR IGNORE INTO temp.ended ") + wanted)
    here = (
        "source = 'import' AND lost_op IS NULL AND (tag, customer) IN (SELECT tag, customer FROM temp.ended)"
    )
    deleted = run(f"DELETE FROM assignments WHERE gained_op = ? AND {here}", (op.number,)).rowcount
    closed = run(f"UPDATE assignments SET lost_op = ? WHERE {here}", (op.number,)).rowcount
    return deleted + closed


def collect(op: Operation, wanted: Sql) -> None:
    """temp.gained: the (tag, customer) that `wanted` selects."""
    op.store.execute("DROP TABLE IF EXISTS temp.gained")
    op.store.execute(
        "CREATE TEMP TABLE gained (tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)) WITHOUT ROWID"
    )
    op.store.execute(Sql("INSERT OR IGNORE INTO temp.gained ") + wanted + Sql(" ORDER BY 1, 2"))


# Of temp.gained g, what is not given: what a ban withholds (?2 is the as-of), and deprecated tags.
BARRED = (
    "(g.tag IN (SELECT id FROM tags WHERE retired) OR EXISTS (SELECT 1 FROM overrides b "
    "WHERE b.customer = g.customer AND b.tag = g.tag AND b.kind = 'ban' "
    "AND (b.until IS NULL OR b.until > ?2)))"
)


def gain(op: Operation) -> Gained:
    """Imported assignments for temp.gained, unless held from any source or banned."""
    free = (
        "NOT EXISTS (SELECT 1 FROM assignments h WHERE h.tag = g.tag AND h.customer = g.customer "
        f"AND h.lost_op IS NULL) AND NOT {BARRED}"
    )
    again = (
        "UPDATE assignments SET lost_op = NULL FROM temp.gained g WHERE assignments.tag = g.tag "
        "AND assignments.customer = g.customer AND assignments.source = 'import' "
        f"AND assignments.lost_op = ?1 AND {free}"
    )
    reopened = op.store.execute(again, (op.number, op.as_of)).rowcount
    opened = op.store.execute(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        f"SELECT g.tag, g.customer, 'import', ?1, ?2 FROM temp.gained g WHERE {free} "
        "ORDER BY g.tag, g.customer",
        (op.number, op.as_of),
    ).rowcount
    return Gained(opened, reopened, withheld(op))


def _nothing_stands_against(op: Operation) -> bool:
    """Whether nothing is held, banned or retired, as before a first import: no gain needs a question."""
    tables = ("assignments", "overrides", "tags WHERE retired")
    return not any(op.store.value(f"SELECT EXISTS (SELECT 1 FROM {table})") for table in tables)


def _gain_at_once(op: Operation, wanted: Sql) -> int:
    """Imported assignments for all that `wanted` selects; how many. Labels of one tag count once."""
    return op.store.execute(
        Sql(
            "INSERT OR IGNORE INTO assignments (tag, customer, source, gained_op, since) "
            "SELECT w.tag, w.customer, 'import', ?, ? FROM (",
            (op.number, op.as_of),
        )
        + wanted
        + Sql(") w ORDER BY 1, 2")
    ).rowcount


def withheld(op: Operation) -> int:
    """How many of temp.gained a ban withholds."""
    found = op.store.value(  # from the bans, which are few
        "SELECT count(*) FROM overrides b CROSS JOIN temp.gained g ON g.tag = b.tag "
        "AND g.customer = b.customer WHERE b.kind = 'ban' AND (b.until IS NULL OR b.until > ?)",
        (op.as_of,),
    )
    return int(found)
