"""Customers: written from a stage, found by what a person types (store/matching.py finds those of files)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.normalise import fold
from tagctl.sql import Sql, name
from tagctl.store import identifiers
from tagctl.store.catalog import customer_column
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage
from tagctl.store.upserting import Counts, Target, write

_SHOWN = 5  # customers or keys named in a message


def upsert(op: Operation, stage: Stage, columns: Sequence[str]) -> Counts:
    """Write the staged customers; `columns` are the columns of customers that v0 … go to.

    Afterwards temp.stage_rows tells the customer of every staged row (store/labels.py reads it).
    """
    pairs = tuple(zip(columns, stage.value_columns(), strict=True))
    # Ids are never used again, those of removed customers neither.
    after = int(op.store.value("SELECT seq FROM sqlite_sequence WHERE name = 'customers'") or 0)
    counts = write(op, stage, Target("customers", "tagctl_key", "key", pairs, after=after))
    known, new = "(SELECT m.id FROM temp.matched m WHERE m.seq = s.seq)", f"{after} + s.seq"
    if not counts.created:
        stage.show_rows(known)
    else:
        stage.show_rows(f"coalesce({known}, {new})" if counts.updated + counts.unchanged else new)
    return counts


def find(store: Store, text: str) -> tuple[int, str, str | None]:
    """The one customer with this key, else with this phone or e-mail: (id, key, name).

    UsageProblem when there is none (with the nearest keys) or when several share the identifier.
    """
    text = text.strip()
    shown = customer_column(store, "name")
    label = name("c", shown) if shown else "NULL"
    select = f"SELECT c.tagctl_id, c.tagctl_key, {label} FROM customers c WHERE "
    found = store.rows(select + "c.tagctl_key = ?", (text,))
    conditions = _conditions(store, text)
    while not found:
        condition = next(conditions, None)
        if condition is None:
            raise UsageProblem(_unknown(store, text))
        found = store.rows(Sql(select) + condition + Sql(f" LIMIT {_SHOWN + 1}"))
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


def sharing(store: Store, text: str) -> list[tuple[int, str, str | None]]:
    """All customers with this phone, e-mail address or other identifier, however each has it written, in the
    order in which they came: (id, key, name). Empty where the text is none that anybody has."""
    shown = customer_column(store, "name")
    label = name("c", shown) if shown else "NULL"
    identifiers.define(store)
    for one in identifiers.identifiers(store):
        value = store.value(f"SELECT tagctl_identifier('{one.form}', ?)", (text,))
        if value is None:
            continue
        holders = Sql(f"SELECT c.tagctl_id, c.tagctl_key, {label} FROM customers c WHERE ")
        found = store.rows(holders + _holding(one, value) + Sql(" ORDER BY c.tagctl_id"))
        if found:
            return found
    return []


def _holding(identifier: identifiers.Identifier, value: str) -> Sql:
    known = identifiers.values(identifier) + Sql(") v WHERE v.value = ?)", (value,))
    return Sql("c.tagctl_id IN (SELECT v.customer FROM (") + known


def _conditions(store: Store, text: str) -> Iterator[Sql]:
    """Ways to be this text, the closest first: an identifier as it is, an earlier key, an identifier folded,
    the key folded, an identifier in its normal form."""
    known = identifiers.identifiers(store)
    columns = [one.column for one in known if one.column is not None]
    for column in columns:
        yield Sql(f"{name('c', column)} = ?", (text,))
    yield Sql(
        "c.tagctl_id IN (SELECT k.customer FROM known_as k WHERE k.kind = 'key' AND k.text = ?)", (text,)
    )
    for column in (*columns, "tagctl_key"):
        yield Sql(f"tagctl_fold({name('c', column)}) = ?", (fold(text),))
    identifiers.define(store)
    for one in known:
        value = store.value(f"SELECT tagctl_identifier('{one.form}', ?)", (text,))
        if value is not None:
            yield _holding(one, value)


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
