"""Undo of intervals: assignments and readings.

Their history is in the rows: an operation in force opened or closed. What is current should be what the last
of these did; intervals of undos only put it into effect and do not count. Differences are closed and opened
as intervals of the undo itself, with what they carry (`since`), so nothing of the past is rewritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagctl.record import record
from tagctl.sql import Sql, join
from tagctl.store import journal

if TYPE_CHECKING:
    from tagctl.store.undo import Work


@record
class Intervals:
    """A table of intervals: what they are of, the columns of who opened and closed them, what they carry."""

    table: str
    keys: tuple[str, ...]
    opened: str
    closed: str
    carried: tuple[str, ...]

    @property
    def settled(self) -> str:
        """The temporary table of what the undo is about: the keys, and `last`, the last operation in force
        that opened or closed."""
        return f"settled_{self.table}"

    def same(self, one: str, other: str) -> str:
        """The condition that two rows are about the same thing."""
        return " AND ".join(f"{one}.{key} = {other}.{key}" for key in self.keys)

    def alike(self, one: str, other: str) -> str:
        """The condition that two intervals carry the same."""
        return " AND ".join(f"{one}.{column} IS {other}.{column}" for column in self.carried)


ASSIGNMENTS = Intervals("assignments", ("tag", "customer", "source"), "gained_op", "lost_op", ("since",))
READINGS = Intervals(
    "readings", ("customer", "feed", "label"), "op", "gone_op", ("import", "sheet", "row", "cell")
)


def settle(work: Work) -> None:
    """Bring back intervals that an undo removed with their customers or tags, then put all touched right."""
    for intervals in (READINGS, ASSIGNMENTS):
        _collect(work, intervals)
        _restore(work, intervals)
    _find_last(work, READINGS)
    _put_right(work, READINGS)
    _collect_read_tags(work)
    _find_last(work, ASSIGNMENTS)
    _follow_readings(work)
    _keep_what_others_read(work)
    _put_right(work, ASSIGNMENTS)
    _keep_again_what_others_read(work)


def _collect(work: Work, intervals: Intervals) -> None:
    keys = ", ".join(intervals.keys)
    run = work.store.execute
    run(f"DROP TABLE IF EXISTS temp.{intervals.settled}")
    types = work.store.columns(intervals.table)  # without them its key would not be searched
    declared = ", ".join(f"{key} {types[key]}" for key in intervals.keys)
    key = f"last INTEGER, PRIMARY KEY ({keys})"
    run(f"CREATE TEMP TABLE {intervals.settled} ({declared}, {key}) WITHOUT ROWID")
    run(
        f"INSERT OR IGNORE INTO temp.{intervals.settled} ({keys}) SELECT {keys} FROM {intervals.table} "
        f"WHERE {intervals.opened} IN (SELECT op FROM temp.undoing) "
        f"OR {intervals.closed} IN (SELECT op FROM temp.undoing)"
    )


def _restore(work: Work, intervals: Intervals) -> None:
    """Intervals that the undone undo had to delete, where their customer (and tag) is there again."""
    store = work.store
    types = store.columns(intervals.table)
    images = (
        "FROM journal j WHERE j.op IN (SELECT op FROM temp.undoing WHERE target) "
        f"AND j.\"table\" = '{intervals.table}' AND j.action = 'delete' "
        "AND EXISTS (SELECT 1 FROM customers c WHERE c.tagctl_id = j.pk)"
    )
    if "tag" in intervals.keys:
        images += " AND EXISTS (SELECT 1 FROM tags t WHERE t.id = json_extract(j.before, '$.tag'))"
    into = ((intervals.table, tuple(types)), (f"temp.{intervals.settled}", intervals.keys))
    counts = []
    for table, wanted in into:
        chosen = join(", ", (journal.from_image(column, types[column], "j.before") for column in wanted))
        statement = Sql(f"INSERT OR IGNORE INTO {table} ({', '.join(wanted)}) SELECT ") + chosen
        counts.append(store.execute(statement + Sql(f" {images} ORDER BY j.id")).rowcount)
    work.count(f"{intervals.table}_restored", counts[0])


def _find_last(work: Work, intervals: Intervals) -> None:
    table, same = intervals.table, intervals.same("r", "s")
    work.store.execute(
        f"UPDATE temp.{intervals.settled} AS s SET last = (SELECT max(e.op) FROM ("
        f"SELECT r.{intervals.opened} AS op FROM {table} r WHERE {same} UNION ALL "
        f"SELECT r.{intervals.closed} FROM {table} r WHERE {same}) e JOIN temp.in_force f ON f.op = e.op)"
    )


def _put_right(work: Work, intervals: Intervals) -> None:
    """Close what should not be current, open what should be."""
    table, opened, closed = intervals.table, intervals.opened, intervals.closed
    # Opened by the last operation in force, and not closed by it: current by right.
    right = f"w.{opened} = s.last AND w.{closed} IS NOT w.{opened}"
    gone = work.store.execute(
        f"UPDATE {table} AS c SET {closed} = ? WHERE c.{closed} IS NULL AND EXISTS ("
        f"SELECT 1 FROM temp.{intervals.settled} s WHERE {intervals.same('s', 'c')} AND NOT EXISTS ("
        f"SELECT 1 FROM {table} w WHERE {intervals.same('w', 's')} AND {right} "
        f"AND {intervals.alike('w', 'c')}))",
        (work.op.number,),
    ).rowcount
    columns = ", ".join((*intervals.keys, opened, *intervals.carried))
    keys = ", ".join(f"w.{key}" for key in intervals.keys)
    carried = ", ".join(f"w.{column}" for column in intervals.carried)
    back = work.store.execute(
        f"INSERT INTO {table} ({columns}) SELECT {keys}, ?, {carried} "
        f"FROM temp.{intervals.settled} s CROSS JOIN {table} w ON {intervals.same('w', 's')} AND {right} "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} c WHERE {intervals.same('c', 's')} AND c.{closed} IS NULL)",
        (work.op.number,),
    ).rowcount
    work.count(f"{table}_closed", gone)
    work.count(f"{table}_opened", back)


# ── imported assignments and the readings behind them ────────────────────────────────────────────────


_STILL_READ = (
    "SELECT 1 FROM readings r JOIN labels l ON l.id = r.label "
    "WHERE r.customer = s.customer AND r.gone_op IS NULL AND l.tag = s.tag"
)


def _collect_read_tags(work: Work) -> None:
    """Imported assignments of labels whose readings the undo touches may hang on these readings alone."""
    work.store.execute(
        "INSERT OR IGNORE INTO temp.settled_assignments (tag, customer, source) "
        "SELECT l.tag, s.customer, 'import' FROM temp.settled_readings s JOIN labels l ON l.id = s.label "
        "WHERE l.tag IS NOT NULL"
    )


def _follow_readings(work: Work) -> None:
    """An imported tag that came to a customer through the taxonomy (a merge, a label that became known)
    goes with the last reading of it: when that was undone, and no other is left."""
    work.store.execute(
        "UPDATE temp.settled_assignments AS s SET last = NULL WHERE s.source = 'import' "
        "AND (SELECT f.kind FROM temp.in_force f WHERE f.op = s.last) <> 'import' "
        "AND EXISTS (SELECT 1 FROM readings r JOIN labels l ON l.id = r.label "
        "JOIN operations o ON o.number = r.op AND o.kind <> 'undo' AND o.undone_by IS NOT NULL "
        f"WHERE r.customer = s.customer AND l.tag = s.tag) AND NOT EXISTS ({_STILL_READ})"
    )


def _keep_what_others_read(work: Work) -> None:
    """An imported tag that came with the undone import stays where another feed still reads it: that feed
    would not bring it back, as for it nothing has changed."""
    run = work.store.execute
    run("DROP TABLE IF EXISTS temp.read_elsewhere")
    run(
        "CREATE TEMP TABLE read_elsewhere AS SELECT a.tag, a.customer, a.gained_op, a.since "
        "FROM temp.settled_assignments s CROSS JOIN assignments a ON a.tag = s.tag "
        "AND a.customer = s.customer AND a.source = 'import' AND a.lost_op IS NULL "
        f"WHERE s.source = 'import' AND s.last IS NULL AND EXISTS ({_STILL_READ})"
    )
    run(
        "DELETE FROM temp.settled_assignments WHERE source = 'import' AND (tag, customer) IN "
        "(SELECT tag, customer FROM temp.read_elsewhere)"
    )
    # It no longer is the undone operation's.
    roots = "SELECT op FROM temp.undoing WHERE going IS NOT NULL"
    run(
        "UPDATE assignments SET lost_op = ? WHERE source = 'import' AND lost_op IS NULL "
        f"AND gained_op IN ({roots}) AND (tag, customer) IN (SELECT tag, customer FROM temp.read_elsewhere)",
        (work.op.number,),
    )
    run(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) SELECT tag, customer, 'import', "
        f"?, since FROM temp.read_elsewhere WHERE gained_op IN ({roots})",
        (work.op.number,),
    )
    run("DROP TABLE temp.read_elsewhere")


def _keep_again_what_others_read(work: Work) -> None:
    """What was kept so until an undo closed it, and is read again now that this undo is undone."""
    work.store.execute(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        "SELECT s.tag, s.customer, 'import', ?, max(a.since) FROM temp.settled_assignments s "
        "CROSS JOIN assignments a ON a.tag = s.tag AND a.customer = s.customer AND a.source = 'import' "
        "JOIN temp.undoing u ON u.op = a.lost_op AND u.target AND u.going IS NULL "
        f"WHERE s.source = 'import' AND s.last IS NULL AND EXISTS ({_STILL_READ}) AND NOT EXISTS "
        "(SELECT 1 FROM assignments c WHERE c.tag = s.tag AND c.customer = s.customer "
        "AND c.source = 'import' AND c.lost_op IS NULL) GROUP BY s.tag, s.customer",
        (work.op.number,),
    )
