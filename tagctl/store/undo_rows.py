"""Undo of rows and cells, from the journal.

A row's history is: inserted by its `op`, then its journal entries by id. It should exist if the last of
these in force is not a deletion. A cell should hold what it held right after the last update in force (which
is what the next entry, of whatever operation, noted before changing it), else what it held at first.
Whatever undo changes, it journals like everything else; that is how an undo is undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tagctl.sql import Sql, join, name
from tagctl.store import catalog, journal, rule_words, undo_cells
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.schema import event_table

if TYPE_CHECKING:
    from tagctl.store.undo import Work

# Tables whose rows come and go; event tables join them.
TABLES = (
    "customers",
    "known_as",
    "event_types",
    "fields",
    "dimensions",
    "tags",
    "aliases",
    "overrides",
    "outranked",
    "rules",
    "findings",
    "verdicts",
)
# These only record what was read: their rows stay (without readings they mean nothing), cells are restored.
RECORDS = ("labels", "feeds", "imports")
INTERVALS = ("assignments", "readings")
# Runs write these anew from what they find, so they never stand in the way.
DERIVED = ("outranked", "rules", "findings")
# References that a row going takes along or empties: (table, column, referenced table).
REFERENCES = (
    ("known_as", "customer", "customers"),
    ("overrides", "customer", "customers"),
    ("outranked", "customer", "customers"),
    ("tags", "dimension", "dimensions"),
    ("overrides", "tag", "tags"),
    ("outranked", "tag", "tags"),
    ("aliases", "tag", "tags"),
)
EMPTIED = (
    ("tags", "parent", "tags"),
    ("tags", "merged_into", "tags"),
    ("tags", "replaced_by", "tags"),
    ("labels", "tag", "tags"),
)

_TEMPORARY = (
    *("in_force", "undoing", "going", "candidates", "touched", "touched_cells", "cell_log", "put_right"),
    *("images", "settled_assignments", "settled_readings"),
)
_ROOTS = "SELECT op FROM temp.undoing WHERE going IS NOT NULL"


def event_tables(store: Store) -> list[str]:
    """The tables of the event types that there are."""
    return [event_table(n) for (n,) in store.rows("SELECT name FROM event_types ORDER BY id")]


def collect(store: Store) -> None:
    """Which rows the undo is about, what should become of them, and which cells it is about.

    temp.touched (tbl, pk, here, wanted, creator) · temp.touched_cells (tbl, pk, col, op: who changed it)
    """
    run = store.execute
    for table in ("touched", "touched_cells", "candidates"):
        run(f"DROP TABLE IF EXISTS temp.{table}")
    run("CREATE TEMP TABLE candidates (tbl TEXT, pk INTEGER, PRIMARY KEY (tbl, pk)) WITHOUT ROWID")
    intervals = ", ".join(f"'{table}'" for table in INTERVALS)
    run(
        'INSERT OR IGNORE INTO temp.candidates SELECT "table", pk FROM journal '
        f'WHERE op IN (SELECT op FROM temp.undoing) AND "table" NOT IN ({intervals})'
    )
    tables = [*TABLES, *event_tables(store)]
    for table in tables:
        run(
            f"INSERT OR IGNORE INTO temp.candidates SELECT ?, {journal.key(table)} FROM {name(table)} "
            f"WHERE {journal.created_by(table)} IN ({_ROOTS})",
            (table,),
        )
    for table in TABLES:  # rows of theirs that somebody else has removed
        creator = journal.created_by(table)
        run(
            'INSERT OR IGNORE INTO temp.candidates SELECT "table", pk FROM journal '
            "WHERE \"table\" = ? AND action = 'delete' "
            f"AND json_extract(before, '$.{creator}') IN ({_ROOTS})",
            (table,),
        )
    run(
        "CREATE TEMP TABLE touched (tbl TEXT, pk INTEGER, here INTEGER, wanted INTEGER, creator INTEGER, "
        "PRIMARY KEY (tbl, pk)) WITHOUT ROWID"
    )
    for (table,) in store.rows("SELECT DISTINCT tbl FROM temp.candidates"):
        _judge(store, table, table in tables or table in RECORDS)
    run(
        "CREATE TEMP TABLE touched_cells (tbl TEXT, pk INTEGER, col TEXT, op INTEGER, "
        "PRIMARY KEY (tbl, pk, col, op)) WITHOUT ROWID"
    )
    run(
        'INSERT OR IGNORE INTO temp.touched_cells SELECT j."table", j.pk, e.key, j.op FROM journal j, '
        "json_each(j.before) e WHERE j.op IN (SELECT op FROM temp.undoing) AND j.action = 'update'"
    )


def _judge(store: Store, table: str, exists: bool) -> None:
    """Fill temp.touched for one table: whether each row is there, and whether it should be."""
    key, creator = journal.key(table), journal.created_by(table)
    here = f"LEFT JOIN {name(table)} t ON t.{key} = c.pk" if exists else ""
    made_by = f"t.{creator}" if exists else "NULL"
    # A row that is gone tells its creator in the entry that noted its deletion.
    store.execute(
        "INSERT INTO temp.touched SELECT tbl, pk, here, "
        "CASE last WHEN 'delete' THEN 0 WHEN 'update' THEN 1 "
        "ELSE EXISTS (SELECT 1 FROM temp.in_force f WHERE f.op = creator) END, creator FROM ("
        f"SELECT c.tbl AS tbl, c.pk AS pk, {made_by} IS NOT NULL AS here, "
        "(SELECT j.action FROM journal j JOIN temp.in_force f ON f.op = j.op "
        'WHERE j."table" = c.tbl AND j.pk = c.pk ORDER BY j.id DESC LIMIT 1) AS last, '
        f"coalesce({made_by}, (SELECT json_extract(j.before, '$.{creator}') FROM journal j "
        "WHERE j.\"table\" = c.tbl AND j.pk = c.pk AND j.action = 'delete' ORDER BY j.id DESC LIMIT 1)) "
        f"AS creator FROM temp.candidates c {here} WHERE c.tbl = ?)",
        (table,),
    )
    if table in RECORDS:
        store.execute("UPDATE temp.touched SET wanted = 1 WHERE tbl = ?", (table,))


# ── rows that come back, cells ───────────────────────────────────────────────────────────────────


def restore(work: Work) -> None:
    """Bring back rows with their tables and columns, then put the cells right."""
    store = work.store
    undo_cells.give_up_names(work)
    for table in ("event_types", "fields"):
        _insert(work, table)
    for table in (*(t for t in TABLES if t not in ("event_types", "fields")), *event_tables(store)):
        _insert(work, table)
    undo_cells.restore(work)


def _insert(work: Work, table: str) -> None:
    """The rows of a table that should be there and are not, as they were when they were removed."""
    store = work.store
    store.execute("DROP TABLE IF EXISTS temp.images")
    store.execute("CREATE TEMP TABLE images (pk INTEGER PRIMARY KEY, before TEXT)")
    found = store.execute(
        "INSERT INTO temp.images SELECT j.pk, j.before FROM journal j WHERE j.id IN "
        "(SELECT max(l.id) FROM journal l WHERE l.\"table\" = ?1 AND l.action = 'delete' AND l.pk IN "
        "(SELECT pk FROM temp.touched WHERE tbl = ?1 AND wanted AND NOT here) GROUP BY l.pk)",
        (table,),
    ).rowcount
    if not found:
        return
    columns = store.columns(table)
    chosen = join(", ", (journal.from_image(c, kind, "i.before") for c, kind in columns.items()))
    conflict = "OR IGNORE " if table in DERIVED else ""
    back = store.execute(
        Sql(f"INSERT {conflict}INTO {name(table)} ({', '.join(name(c) for c in columns)}) SELECT ")
        + chosen
        + Sql(" FROM temp.images i ORDER BY i.pk")
    ).rowcount
    journal.inserted(work.op, table, Sql(f"{journal.key(table)} IN (SELECT pk FROM temp.images)"))
    if table == "event_types":
        for (event_type,) in store.rows(
            "SELECT name FROM event_types WHERE id IN (SELECT pk FROM temp.images) ORDER BY id"
        ):
            catalog.create_event_table(store, event_type)
    elif table == "fields":
        _add_columns(store)
    elif table == "tags":  # another tag may have taken the place in rule_state meanwhile
        store.execute("UPDATE tags SET bit = NULL WHERE id IN (SELECT pk FROM temp.images)")
    work.count_rows(table, "restored", back)


def _add_columns(store: Store) -> None:
    for subject, column, kind in store.rows(
        'SELECT subject, "column", type FROM fields WHERE id IN (SELECT pk FROM temp.images) ORDER BY id'
    ):
        table = catalog.table_of(subject)
        if not column.startswith(catalog.INTERNAL) and column not in store.columns(table):
            catalog.add_column(store, subject, column, kind)


# ── rows that go ─────────────────────────────────────────────────────────────────────────────────


def going(table: str) -> Sql:
    """The rows of a table that are to go, or not to come back: a query of their ids."""
    return Sql("SELECT pk FROM temp.touched WHERE tbl = ? AND NOT wanted", (table,))


def take_along(store: Store, table: str, rows: Sql) -> None:
    """Add rows to those that are to go; `rows` is a query of ids."""
    store.execute(
        Sql("INSERT INTO temp.touched SELECT ?, id, 1, 0, NULL FROM (", (table,))
        + Sql(rows.text, rows.params)
        + Sql(") WHERE true ON CONFLICT (tbl, pk) DO UPDATE SET here = 1, wanted = 0")
    )


def remove(work: Work) -> None:
    """Remove what should not be there, and what only makes sense with it: first what refers, then the rows,
    then columns and tables."""
    store = work.store
    for table, column, referenced in REFERENCES:
        take_along(
            store,
            table,
            Sql(f"SELECT id FROM {table} WHERE {column} IN (") + going(referenced) + Sql(")"),
        )
    for table, column, referenced in EMPTIED:
        where = Sql(f"{column} IN (") + going(referenced) + Sql(")")
        if journal.updating(work.op, table, where, [column]):
            store.execute(Sql(f"UPDATE {table} SET {column} = NULL WHERE ") + where)
    for table in INTERVALS:
        gone = Sql("customer IN (") + going("customers") + Sql(")")
        if table == "assignments":
            gone = Sql("tag IN (") + going("tags") + Sql(") OR ") + gone
        _delete(work, table, gone)
    for table in (*event_tables(store), *reversed(TABLES)):
        if table in ("fields", "event_types"):
            continue
        _delete(work, table, Sql(f"{journal.key(table)} IN (") + going(table) + Sql(")"))
    store.execute(Sql("DELETE FROM rule_state WHERE customer IN (") + going("customers") + Sql(")"))
    _drop_columns(work)
    _drop_event_types(work)


def _delete(work: Work, table: str, where: Sql) -> None:
    if journal.deleting(work.op, table, where):
        gone = work.store.execute(Sql(f"DELETE FROM {name(table)} WHERE ") + where).rowcount
        work.count_rows(table, "removed", gone)


def _drop_columns(work: Work) -> None:
    store = work.store
    removed = {
        n
        for (n,) in store.rows(
            Sql("SELECT name FROM event_types WHERE id IN (") + going("event_types") + Sql(")")
        )
    }
    leaving = store.rows(
        Sql('SELECT subject, "column" FROM fields WHERE id IN (') + going("fields") + Sql(") ORDER BY id")
    )
    _delete(work, "fields", Sql("id IN (") + going("fields") + Sql(")"))
    for subject, column in leaving:
        if column.startswith(catalog.INTERNAL) or subject in removed:
            continue
        journal.updating(work.op, catalog.table_of(subject), Sql(f"{name(column)} IS NOT NULL"), [column])
        catalog.drop_column(store, subject, column)


def _drop_event_types(work: Work) -> None:
    store = work.store
    types = Sql("id IN (") + going("event_types") + Sql(")")
    leaving = store.rows(Sql("SELECT name FROM event_types WHERE ") + types)
    _delete(work, "event_types", types)
    for (event_type,) in leaving:
        catalog.drop_event_table(store, event_type)


def finish(work: Work) -> None:
    """Bring rule_state up to date and clear up."""
    op: Operation = work.op
    tags = [
        t for (t,) in op.store.rows("SELECT DISTINCT tag FROM temp.settled_assignments WHERE source = 'rule'")
    ]
    held = _still_held(op.store, tags)
    rule_words.ensure_bits(op, held)
    rule_words.rebuild(
        op.store,
        Sql(
            "SELECT s.customer FROM temp.settled_assignments s JOIN customers c ON c.tagctl_id = s.customer "
            "WHERE s.source = 'rule' UNION SELECT pk FROM temp.touched "
            "WHERE tbl = 'customers' AND wanted AND NOT here "
            # The bit of a tag that is gone is given to the next one: nobody may still have it.
            "UNION SELECT tagctl_id FROM customers WHERE EXISTS "
            "(SELECT 1 FROM temp.touched WHERE tbl = 'tags' AND here AND NOT wanted)"
        ),
    )
    for table in _TEMPORARY:
        op.store.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _still_held(store: Store, tags: Iterable[int]) -> list[int]:
    return [
        tag
        for tag in tags
        if store.value(
            "SELECT EXISTS (SELECT 1 FROM assignments WHERE tag = ? AND source = 'rule' AND lost_op IS NULL)",
            (tag,),
        )
    ]
