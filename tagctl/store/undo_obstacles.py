"""What stands in the way of an undo: later operations, not undone, that changed or built on what would go.

Runs never do: what they gave goes too, and the next run computes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from tagctl.errors import Location, Problem
from tagctl.messages import _
from tagctl.record import record
from tagctl.reports.kinds import kind_name
from tagctl.sql import Sql, name
from tagctl.store import catalog, journal
from tagctl.store.connection import Store
from tagctl.store.undo_cells import NAMES
from tagctl.store.undo_rows import DERIVED, EMPTIED, RECORDS, REFERENCES, TABLES, event_tables, going

if TYPE_CHECKING:
    from tagctl.store.undo import Work

_STANDS = "f.kind <> 'run'"
# What builds on an operation comes after it, and has come into force while it was.
_LATER = "g.op < f.op AND g.since < f.since"


@record
class Obstacle:
    """An operation that builds on what would go, has taken the place of what would come back, or away what
    that refers to (`base`), or has written a file since; or, without an operation, a person who has edited
    the file that `left_by` wrote last, before `seen_by`."""

    reason: Literal["builds", "place", "base", "file", "edited"]
    operation: int | None
    file: str = ""
    seen_by: int | None = None
    left_by: int | None = None

    @property
    def final(self) -> bool:
        """Whether a cascade cannot take it back: what comes and what goes would meet under one name."""
        return self.reason in ("place", "edited")


def later_changes(store: Store) -> list[Obstacle]:
    """Operations that changed rows which what goes had brought, or cells which it had changed."""
    derived = ", ".join(f"'{table}'" for table in DERIVED)
    records = ", ".join(f"'{table}'" for table in RECORDS)
    store.execute("DROP TABLE IF EXISTS temp.going")
    store.execute("CREATE TEMP TABLE going (op INTEGER PRIMARY KEY, since INTEGER)")
    store.execute("INSERT INTO temp.going SELECT op, since FROM temp.undoing WHERE going = 1")
    found = store.rows(
        # all of a row that goes, the same cells (or all, by deletion) of a row that stays
        'SELECT DISTINCT j.op FROM temp.touched t JOIN journal j ON j."table" = t.tbl AND j.pk = t.pk '
        f"JOIN temp.in_force f ON f.op = j.op AND {_STANDS} "
        f"WHERE t.tbl NOT IN ({derived}) AND f.since > (SELECT min(since) FROM temp.going) AND ("
        f"(t.tbl NOT IN ({records}) "
        f"AND EXISTS (SELECT 1 FROM temp.going g WHERE g.op = t.creator AND {_LATER})) "
        "OR (j.action = 'delete' AND EXISTS (SELECT 1 FROM journal k JOIN temp.going g ON g.op = k.op "
        f'WHERE k."table" = t.tbl AND k.pk = t.pk AND {_LATER})) '
        "OR EXISTS (SELECT 1 FROM json_each(j.before) e JOIN temp.touched_cells c "
        "ON c.tbl = t.tbl AND c.pk = t.pk AND c.col = e.key "
        f"JOIN temp.undoing g ON g.op = c.op AND g.going IS NOT 0 AND {_LATER}))"
    )
    operations = {int(op) for (op,) in found} | _inserted_as(store) | _united(store)
    return [Obstacle("builds", op) for op in sorted(operations)]


def _united(store: Store) -> set[int]:
    """Operations that united customers, and deleted intervals with them that what goes opened or closed."""
    found = store.rows(
        "SELECT DISTINCT j.op FROM journal j JOIN temp.in_force f ON f.op = j.op "
        f"JOIN temp.going g ON {_LATER} AND g.op IN "
        "(json_extract(j.before, '$.gained_op'), json_extract(j.before, '$.lost_op'), "
        "json_extract(j.before, '$.op'), json_extract(j.before, '$.gone_op')) "
        "WHERE j.\"table\" IN ('assignments', 'readings') AND j.action = 'delete'"
    )
    return {int(op) for (op,) in found}


def _inserted_as(store: Store) -> set[int]:
    """Operations that inserted values into a column whose type goes back."""
    found: set[int] = set()
    for subject, column, first, since in store.rows(
        'SELECT f.subject, f."column", min(c.op), min(u.since) FROM temp.touched_cells c '
        "JOIN fields f ON f.id = c.pk JOIN temp.undoing u ON u.op = c.op "
        "WHERE c.tbl = 'fields' AND c.col = 'type' GROUP BY f.id"
    ):
        table = catalog.table_of(subject)
        rows = store.rows(
            f"SELECT DISTINCT f.op FROM {name(table)} t JOIN temp.in_force f ON f.op = t.tagctl_op "
            f"WHERE f.op > ? AND f.since > ? AND {name('t', column)} IS NOT NULL",
            (first, since),
        )
        found.update(int(op) for (op,) in rows)
    return found


def taken_names(work: Work) -> list[Obstacle]:
    """Where rows or names would come back: others that have taken the key or name meanwhile."""
    store = work.store
    found = _renamed(store)
    for table in (*TABLES, *event_tables(store)):
        if table in DERIVED:
            continue
        for columns in _unique(store, table):
            same = " AND ".join(
                f"{name('t', column)} = json_extract(j.before, {_path(column)})" for column in columns
            )
            creator, key = name("t", journal.created_by(table)), name("t", journal.key(table))
            found.update(
                int(op)
                for (op,) in store.rows(
                    f'SELECT DISTINCT {creator} FROM temp.touched w JOIN journal j ON j."table" = w.tbl '
                    f"AND j.pk = w.pk AND j.action = 'delete' JOIN {name(table)} t ON {same} "
                    f"WHERE w.tbl = ? AND w.wanted AND NOT w.here AND {key} <> w.pk "
                    # it goes itself
                    "AND NOT EXISTS (SELECT 1 FROM temp.touched g WHERE g.tbl = w.tbl "
                    f"AND g.pk = {key} AND NOT g.wanted)",
                    (table,),
                )
            )
    return [Obstacle("place" if work.coming else "builds", op) for op in sorted(found)]


def _renamed(store: Store) -> set[int]:
    """Who gave a row the name that another one would get back: its creator, or the last to rename it."""
    found: set[int] = set()
    for table, column in NAMES:
        rows = store.rows(
            "SELECT coalesce((SELECT max(j.op) FROM journal j JOIN temp.in_force f ON f.op = j.op, "
            'json_each(j.before) e WHERE j."table" = ?1 AND j.pk = t.id AND e.key = ?2), t.op) '
            f"FROM temp.put_right p JOIN {table} t ON t.{column} = p.value AND t.id <> p.pk "
            "WHERE p.tbl = ?1 AND p.col = ?2 AND NOT EXISTS (SELECT 1 FROM temp.touched g "
            "WHERE g.tbl = ?1 AND g.pk = t.id AND NOT g.wanted) AND NOT EXISTS "
            "(SELECT 1 FROM temp.put_right q WHERE q.tbl = ?1 AND q.pk = t.id AND q.col = ?2)",
            (table, column),
        )
        found.update(int(op) for (op,) in rows)
    return found


def dependants(work: Work) -> list[Obstacle]:
    """Operations that put something onto rows that are to go. Asked when cells have been restored: what
    referred to such a row by the undone operation's own doing does not any more."""
    store = work.store
    found: set[int] = set()
    owned = [(table, "tagctl_customer", "customers") for table in event_tables(store)]
    for table, column, referenced in (*owned, *REFERENCES, *EMPTIED):
        if table not in (*DERIVED, "labels"):
            found |= _owners(store, table, Sql(f"{name('t', column)} IN (") + going(referenced) + Sql(")"))
    for columns, where in (
        (("gained_op", "lost_op"), Sql("tag IN (") + going("tags") + Sql(")")),
        (("gained_op", "lost_op"), Sql("customer IN (") + going("customers") + Sql(")")),
    ):
        found |= _actors(store, "assignments", columns, where)
    found |= _actors(
        store, "readings", ("op", "gone_op"), Sql("customer IN (") + going("customers") + Sql(")")
    )
    found |= _removed_with(store) | _fillers(store)
    if work.coming:
        # What an operation removes again that comes back was there before it: none of that stands in its way.
        since = min([*work.going, max(work.coming)])
        return [Obstacle("builds", op) for op in sorted(found) if op > since]
    later = store.rows(f"SELECT DISTINCT f.op FROM temp.in_force f JOIN temp.going g ON {_LATER}")
    return [Obstacle("builds", op) for op in sorted(found & {op for (op,) in later})]


def _owners(store: Store, table: str, where: Sql, column: str | None = None) -> set[int]:
    """Who is answerable for rows that stay but hang on what goes: the last to have changed them (or this
    column of them), else their creator."""
    key, creator = journal.key(table), journal.created_by(table)
    cell = Sql("")
    if column is not None:
        cell = Sql(" AND EXISTS (SELECT 1 FROM json_each(j.before) e WHERE e.key = ?)", (column,))
    found = store.rows(
        Sql(
            "SELECT DISTINCT o.op FROM (SELECT coalesce((SELECT max(j.op) FROM journal j "
            "JOIN temp.in_force g ON g.op = j.op "
            f"WHERE j.\"table\" = ? AND j.pk = t.{key} AND j.action = 'update'",
            (table,),
        )
        + cell
        + Sql(f"), t.{creator}) AS op FROM {name(table)} t WHERE ")
        + where
        + Sql(
            f" AND NOT EXISTS (SELECT 1 FROM temp.touched w WHERE w.tbl = ? AND w.pk = t.{key} "
            f"AND NOT w.wanted)) o JOIN temp.in_force f ON f.op = o.op AND {_STANDS}",
            (table,),
        )
    )
    return {int(op) for (op,) in found}


def _actors(store: Store, table: str, columns: tuple[str, str], where: Sql) -> set[int]:
    """Who opened or closed intervals of rows that go."""
    found: set[int] = set()
    for column in columns:
        rows = store.rows(
            Sql(
                f"SELECT DISTINCT f.op FROM {table} a JOIN temp.in_force f ON f.op = a.{column} "
                f"AND {_STANDS} WHERE "
            )
            + where
        )
        found.update(int(op) for (op,) in rows)
    return found


def _removed_with(store: Store) -> set[int]:
    """Who opened or closed intervals that what goes has removed, of customers who do not come back."""
    rows = store.rows(
        Sql(
            "SELECT DISTINCT f.op FROM journal j JOIN temp.undoing u ON u.op = j.op AND u.going = 1 "
            f"JOIN temp.in_force f ON {_STANDS} AND f.op IN "
            "(json_extract(j.before, '$.gained_op'), json_extract(j.before, '$.lost_op'), "
            "json_extract(j.before, '$.op'), json_extract(j.before, '$.gone_op')) "
            "WHERE j.\"table\" IN ('assignments', 'readings') AND j.action = 'delete' AND j.pk IN ("
        )
        + going("customers")
        + Sql(")")
    )
    return {int(op) for (op,) in rows}


def _fillers(store: Store) -> set[int]:
    """Who put events into types, and values into columns, that are to go."""
    leaving = Sql("SELECT name FROM event_types WHERE id IN (") + going("event_types") + Sql(")")
    types = [event_type for (event_type,) in store.rows(leaving)]
    found: set[int] = set()
    for event_type in types:
        found |= _owners(store, catalog.table_of(event_type), Sql("1"))
    for subject, column in store.rows(
        Sql('SELECT subject, "column" FROM fields WHERE id IN (') + going("fields") + Sql(")")
    ):
        if subject not in types and not column.startswith(catalog.INTERNAL):
            where = Sql(f"{name('t', column)} IS NOT NULL")
            found |= _owners(store, catalog.table_of(subject), where, column)
    return found


def _unique(store: Store, table: str) -> list[tuple[str, ...]]:
    """The unique sets of columns of a table, its id aside."""
    return [
        tuple(column for (column,) in store.rows("SELECT name FROM pragma_index_info(?)", (index,)))
        for index, unique in store.rows('SELECT name, "unique" FROM pragma_index_list(?)', (table,))
        if unique
    ]


def _path(column: str) -> str:
    return f"'$.\"{column}\"'"  # the unique columns have names of ours


def problems(store: Store, root: int, obstacles: Iterable[Obstacle], timezone: ZoneInfo) -> list[Problem]:
    """The obstacles of undoing operation `root` in words, in the order in which they can be undone."""
    found = {(one.operation or 0, "" if one.operation else one.file): one for one in obstacles}
    return [_problem(store, root, one, timezone) for _which, one in sorted(found.items(), reverse=True)]


def _problem(store: Store, root: int, one: Obstacle, timezone: ZoneInfo) -> Problem:
    number = one.operation if one.operation is not None else one.seen_by
    named = {"root": root, "file": one.file, "number": number, "left_by": one.left_by}
    named["what"] = _named(store, number, timezone)
    location = Location(one.file) if one.file else None
    if one.reason == "edited":
        if one.seen_by is None:
            what = _("{file} has been edited since, and no operation has taken that up yet.")
        else:
            what = _("{file} has been edited since, before operation {number} ({what}).")
        advice = _(
            "Texts are not merged. Take the change back in the file itself and apply that with: tagctl "
            "taxonomy apply\nOr put the file back as operation {left_by} left it, then undo."
        )
        return Problem("file-changed", what.format(**named), advice.format(**named), location)
    if one.reason == "builds":
        what = _("Operation {number} ({what}) builds on operation {root}.")
    elif one.reason == "place":
        what = _("Operation {number} ({what}) has taken the place of what would come back.")
    elif one.reason == "base":
        what = _("Operation {number} ({what}) has removed what this builds on.")
    else:
        what = _("Operation {number} ({what}) has changed {file} since.")
    advice = _("Undo it first: tagctl undo {number}")
    code = "name-taken" if one.final else "undo-obstacle"
    return Problem(code, what.format(**named), advice.format(**named), location)


def _named(store: Store, number: int | None, timezone: ZoneInfo) -> str:
    """Kind, subject, time and person of an operation."""
    row = store.one('SELECT kind, what, at, "by" FROM operations WHERE number = ?', (number,))
    if row is None:
        return ""
    kind, what, at, by = row
    return ", ".join(
        (f"{kind_name(kind)} {what}".strip(), f"{datetime.fromtimestamp(at, timezone):%Y-%m-%d %H:%M}", by)
    )
