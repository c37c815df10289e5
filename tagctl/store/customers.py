"""Customers: written from a stage, created for events, found by key or another identifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import CUSTOMER
from tagctl.normalise import fold
from tagctl.sql import name
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage
from tagctl.store.upserting import Counts, Target, write

IDENTIFIERS = ("phone", "email")
"""The roles, besides the key, by which a customer may be found."""

_SHOWN = 5  # customers or keys named in a message


def upsert(op: Operation, stage: Stage, columns: Sequence[str]) -> Counts:
    """Write the staged customers; `columns` are the columns of customers that v0 … go to.

    Afterwards temp.stage_rows tells the customer of every staged row (store/labels.py reads it).
    """
    pairs = tuple(zip(columns, stage.value_columns(), strict=True))
    # Ids are never used again, those of removed customers neither.
    after = int(op.store.value("SELECT seq FROM sqlite_sequence WHERE name = 'customers'") or 0)
    counts = write(op, stage, Target("customers", "tagctl_key", "key", pairs, after=after))
    known = "(SELECT m.id FROM temp.matched m WHERE m.seq = s.seq)"
    stage.show_rows(f"coalesce({known}, {after} + s.seq)" if counts.created else known)
    return counts


def resolve(op: Operation, stage: Stage, role: str | None, *, create: bool) -> int:
    """Give every staged event its customer, by key, else by a unique value of `role` (phone, email).

    With `create` the customers not seen before are made. Returns how many were; without `create`,
    rows without a customer stay without one.
    """
    run = stage.store.execute
    run(
        "UPDATE temp.stage SET customer = "
        "(SELECT c.tagctl_id FROM customers c WHERE c.tagctl_key = stage.key)"
    )
    column = identifier_column(stage.store, role) if role else None
    if column is not None:
        c = name("c", column)
        run("DROP TABLE IF EXISTS temp.identified")
        run("CREATE TEMP TABLE identified (value TEXT PRIMARY KEY, customer INTEGER) WITHOUT ROWID")
        run(
            f"INSERT INTO temp.identified SELECT tagctl_fold({c}), min(c.tagctl_id) FROM customers c "
            f"WHERE {c} IS NOT NULL GROUP BY tagctl_fold({c}) HAVING count(*) = 1"
        )
        run(
            "UPDATE temp.stage SET customer = "
            "(SELECT i.customer FROM temp.identified i WHERE i.value = tagctl_fold(stage.key)) "
            "WHERE customer IS NULL"
        )
    if not create:
        return 0
    created = run(
        "INSERT INTO customers (tagctl_key, tagctl_op) SELECT s.key, ? FROM temp.stage s "
        "WHERE s.customer IS NULL GROUP BY s.key ORDER BY min(s.seq)",
        (op.number,),
    ).rowcount
    if created:
        run(
            "UPDATE temp.stage SET customer = "
            "(SELECT c.tagctl_id FROM customers c WHERE c.tagctl_key = stage.key) WHERE customer IS NULL"
        )
    return created


def identifier_column(store: Store, role: str) -> str | None:
    """The column of customers that holds this role, if an import has supplied it."""
    found = store.value('SELECT "column" FROM fields WHERE subject = ? AND role = ?', (CUSTOMER, role))
    return None if found is None else str(found)


def find(store: Store, text: str) -> tuple[int, str, str | None]:
    """The one customer with this key, else with this phone or e-mail: (id, key, name).

    UsageProblem when there is none (with the nearest keys) or when several share the identifier.
    """
    text = text.strip()
    shown = identifier_column(store, "name")
    label = name("c", shown) if shown else "NULL"
    select = f"SELECT c.tagctl_id, c.tagctl_key, {label} FROM customers c WHERE "
    found = store.rows(select + "c.tagctl_key = ?", (text,))
    conditions = _conditions(store, text)
    while not found:
        condition = next(conditions, None)
        if condition is None:
            raise UsageProblem(_unknown(store, text))
        found = store.rows(f"{select}{condition[0]} LIMIT {_SHOWN + 1}", (condition[1],))
    if len(found) > 1:
        keys = ", ".join(str(key) for _id, key, _name in found[:_SHOWN])
        raise UsageProblem(
            Problem(
                "ambiguous-customer",
                _("Several customers have “{text}”: {keys}{more}.").format(
                    text=text, keys=keys, more=" …" if len(found) > _SHOWN else ""
                ),
                _("Name one of them by its key."),
            )
        )
    customer, key, called = found[0]
    return int(customer), str(key), None if called is None else str(called)


def _conditions(store: Store, text: str) -> Iterator[tuple[str, str]]:
    """Ways to be this text, the closest first: an identifier as it is, then folded, then the folded key."""
    columns = [c for role in IDENTIFIERS if (c := identifier_column(store, role))]
    for column in columns:
        yield f"{name('c', column)} = ?", text
    for column in (*columns, "tagctl_key"):
        yield f"tagctl_fold({name('c', column)}) = ?", fold(text)


def _unknown(store: Store, text: str) -> Problem:
    import difflib

    keys = [str(key) for (key,) in store.rows("SELECT tagctl_key FROM customers LIMIT 20000")]
    near = difflib.get_close_matches(text, keys, n=3, cutoff=0.6)
    if near:
        what_next = _("Did you mean {keys}?").format(keys=", ".join(near))
    elif keys:
        what_next = _("A customer is named by key, phone or e-mail; a key looks like {key}.").format(
            key=keys[0]
        )
    else:
        what_next = _("There are no customers yet: tagctl import customers FILE")
    return Problem("unknown-customer", _("There is no customer “{text}”.").format(text=text), what_next)
