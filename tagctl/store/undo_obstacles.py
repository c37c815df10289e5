"""What stands in the way of an undo: later operations, not undone, that changed or built on what would go.

Runs never do: what they gave goes too, and the next run computes it anew.
"""

from __future__ import annotations

from tagctl.errors import Problem
from tagctl.messages import _
from tagctl.sql import Sql, name
from tagctl.store import catalog, journal
from tagctl.store.connection import Store
from tagctl.store.undo_rows import DERIVED, EMPTIED, RECORDS, REFERENCES, TABLES, event_tables, going

_STANDS = "f.kind <> 'run'"


def later_changes(store: Store, root: int) -> list[Problem]:
    """Operations after the root that changed rows it brought, or cells it changed."""
    derived = ", ".join(f"'{table}'" for table in DERIVED)
    records = ", ".join(f"'{table}'" for table in RECORDS)
    found = store.rows(
        # all of a row that goes, the same cells (or all, by deletion) of a row that stays
        'SELECT DISTINCT j.op FROM temp.touched t JOIN journal j ON j."table" = t.tbl AND j.pk = t.pk '
        f"JOIN temp.in_force f ON f.op = j.op AND {_STANDS} "
        f"WHERE j.op > ?1 AND t.tbl NOT IN ({derived}) "
        f"AND ((t.creator = ?1 AND t.tbl NOT IN ({records})) OR j.action = 'delete' "
        "OR EXISTS (SELECT 1 FROM json_each(j.before) e JOIN temp.touched_cells c "
        "ON c.tbl = t.tbl AND c.pk = t.pk AND c.col = e.key))",
        (root,),
    )
    return _problems(
        store, root, {int(op) for (op,) in found} | _inserted_as(store, root) | _united(store, root)
    )


def _united(store: Store, root: int) -> set[int]:
    """Operations that united customers, and deleted intervals with them that the root opened or closed."""
    found = store.rows(
        "SELECT DISTINCT j.op FROM journal j JOIN temp.in_force f ON f.op = j.op WHERE j.op > ?1 "
        "AND j.\"table\" IN ('assignments', 'readings') AND j.action = 'delete' AND ?1 IN "
        "(json_extract(j.before, '$.gained_op'), json_extract(j.before, '$.lost_op'), "
        "json_extract(j.before, '$.op'), json_extract(j.before, '$.gone_op'))",
        (root,),
    )
    return {int(op) for (op,) in found}


def _inserted_as(store: Store, root: int) -> set[int]:
    """Operations that inserted values into a column whose type goes back."""
    found: set[int] = set()
    for subject, column in store.rows(
        'SELECT DISTINCT f.subject, f."column" FROM temp.touched_cells c JOIN fields f ON f.id = c.pk '
        "WHERE c.tbl = 'fields' AND c.col = 'type'"
    ):
        table = catalog.table_of(subject)
        rows = store.rows(
            f"SELECT DISTINCT f.op FROM {name(table)} t JOIN temp.in_force f ON f.op = t.tagctl_op "
            f"WHERE f.op > ? AND {name('t', column)} IS NOT NULL",
            (root,),
        )
        found.update(int(op) for (op,) in rows)
    return found


def taken_names(store: Store) -> list[Problem]:
    """Where rows would come back: rows of others that have taken their key or name meanwhile."""
    found: set[int] = set()
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
                    f"WHERE w.tbl = ? AND w.wanted AND NOT w.here AND {key} <> w.pk",
                    (table,),
                )
            )
    return [
        _problem(store, op, _("Operation {number} ({what}) has taken the place of what would come back."))
        for op in sorted(found)
    ]


def dependants(store: Store, root: int) -> list[Problem]:
    """Operations that put something onto rows that are to go. Asked when cells have been restored: what
    referred to such a row by the root's own doing does not any more."""
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
    found |= _fillers(store)
    # Where an undo is undone, what was there before the root is none: the root has dealt with it.
    return _problems(store, root, {op for op in found if op > root})


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


def _problems(store: Store, root: int, operations: set[int]) -> list[Problem]:
    return [
        _problem(store, op, _("Operation {number} ({what}) builds on operation {root}."), root)
        for op in sorted(operations)
    ]


def _problem(store: Store, number: int, text: str, root: int | None = None) -> Problem:
    kind, what = store.one("SELECT kind, what FROM operations WHERE number = ?", (number,)) or ("", "")
    return Problem(
        "undo-obstacle",
        text.format(number=number, what=f"{kind} {what}".strip(), root=root),
        _("Undo it first: tagctl undo {number}").format(number=number),
    )
