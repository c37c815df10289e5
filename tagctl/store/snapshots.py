"""Who was seen in which feed, and who is gone: was seen there, and is not in the feed's newest snapshot.

A sighting counts while the operation that made it is in force. Whoever is gone is back as soon as a file of
customers has them, whichever feed it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagctl.record import record
from tagctl.sql import Sql, values
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE

_IN_FORCE = "JOIN operations o ON o.number = g.op AND o.undone_by IS NULL"


@record
class Missing:
    """The customers of some feeds who are not gone yet (`known`), how many of them the snapshot lacks, and
    the keys of a few of these."""

    known: int
    missing: int
    keys: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        return self.missing / self.known if self.known else 0.0


@record
class Taken:
    """An import of a feed: the date for which its file speaks, if known; its operation, when that was."""

    date: str | None
    file: str
    operation: int
    at: int


def begin(store: Store) -> None:
    """Make temp.seen, where `see` puts the customers of a snapshot."""
    store.execute("DROP TABLE IF EXISTS temp.seen")
    store.execute("CREATE TEMP TABLE seen (customer INTEGER PRIMARY KEY)")


def see(op: Operation, feed: int, *, new_feed: bool, snapshot: bool) -> int:
    """The customers of temp.stage_rows (store/staging.py) are in a file of this feed; how many were gone."""
    run = op.store.execute
    known = f"SELECT 1 FROM sightings g {_IN_FORCE} WHERE g.feed = ?1 AND g.customer = s.customer"
    run(
        "INSERT OR IGNORE INTO sightings (feed, customer, op) SELECT ?1, s.customer, ?2 "
        f"FROM temp.stage_rows s{'' if new_feed else f' WHERE NOT EXISTS ({known})'}",
        (feed, op.number),
    )
    if snapshot:
        run("INSERT OR IGNORE INTO temp.seen SELECT customer FROM temp.stage_rows")
    if not op.store.value(f"SELECT EXISTS {GONE}"):
        return 0
    back = Sql(f"tagctl_id IN {GONE} AND tagctl_id IN (SELECT customer FROM temp.stage_rows)")
    journal.updating(op, "customers", back, ["tagctl_gone"])
    return op.store.execute(Sql("UPDATE customers SET tagctl_gone = NULL WHERE ") + back).rowcount


def missing(store: Store, feeds: Iterable[int]) -> Missing:
    """Whom the files that temp.seen is made of lack. They stay in temp.missing, for `leave`."""
    store.execute("DROP TABLE IF EXISTS temp.missing")
    store.execute("CREATE TEMP TABLE missing (customer INTEGER PRIMARY KEY)")
    of_feeds = Sql(
        f"FROM (SELECT DISTINCT g.customer FROM sightings g {_IN_FORCE} WHERE g.feed IN "
    ) + values(feeds)
    of_feeds += Sql(") k JOIN customers c ON c.tagctl_id = k.customer WHERE c.tagctl_gone IS NULL")
    known = int(store.value(Sql("SELECT count(*) ") + of_feeds))
    found = store.execute(
        Sql("INSERT INTO temp.missing SELECT k.customer ")
        + of_feeds
        + Sql(" AND k.customer NOT IN (SELECT customer FROM temp.seen)")
    ).rowcount
    keys = store.rows(
        "SELECT c.tagctl_key FROM temp.missing m JOIN customers c ON c.tagctl_id = m.customer "
        "ORDER BY m.customer LIMIT 5"
    )
    return Missing(known, found, tuple(key for (key,) in keys))


def leave(op: Operation) -> int:
    """The customers of temp.missing are gone; how many."""
    where = Sql("tagctl_id IN (SELECT customer FROM temp.missing)")
    journal.updating(op, "customers", where, ["tagctl_gone"])
    return op.store.execute(Sql("UPDATE customers SET tagctl_gone = ? WHERE ", (op.number,)) + where).rowcount


def lost_since(store: Store, feed: int, operation: int) -> bool:
    """Whether customers of this feed are gone by an operation after this one, so that its file can bring them
    back."""
    return bool(
        store.value(
            "SELECT EXISTS (SELECT 1 FROM customers c WHERE c.tagctl_gone > ? AND EXISTS "
            "(SELECT 1 FROM sightings g WHERE g.feed = ? AND g.customer = c.tagctl_id))",
            (operation, feed),
        )
    )


def last_taken(store: Store, feed: int) -> Taken | None:
    """The import in force whose file speaks for the latest date; where no date is known, the last one."""
    row = store.one(
        "SELECT i.taken, i.file, i.op, o.at FROM imports i JOIN operations o ON o.number = i.op "
        "AND o.undone_by IS NULL WHERE i.feed = ? ORDER BY i.taken DESC NULLS LAST, i.id DESC LIMIT 1",
        (feed,),
    )
    return None if row is None else Taken(*row)
