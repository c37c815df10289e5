"""Customers: written from a stage, found by what a person types (store/matching.py finds those of files)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.messages import _
from tagctl.normalise import fold
from tagctl.sql import Sql, name
from tagctl.store import identifiers
from tagctl.store.catalog import customer_column
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage
from tagctl.store.upserting import Counts, Target, write

_SHOWN = 5  # customers or keys named in a message, and unknown ones for which near keys are looked for


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
    problems = seek(store, {text: None})
    if problems:
        raise UsageProblem(problems)
    shown = customer_column(store, "name")
    label = name("c", shown) if shown else "NULL"
    (found,) = store.rows(
        f"SELECT c.tagctl_id, c.tagctl_key, {label} FROM temp.found f "
        "JOIN customers c ON c.tagctl_id = f.customer"
    )
    _clear(store)
    customer, key, called = found
    return int(customer), str(key), None if called is None else str(called)


def seek(store: Store, texts: Mapping[str, Location | None]) -> list[Problem]:
    """Fill temp.found (text, customer) with the customers that these texts name, each by its key, an earlier
    key or an identifier, however it is written. Returns a problem, at the text's place, for each that names
    nobody or several; the texts have no space around them."""
    run = store.execute
    _clear(store)
    run("CREATE TEMP TABLE sought (text TEXT PRIMARY KEY, folded TEXT, normal TEXT) WITHOUT ROWID")
    run("CREATE INDEX temp.sought_folded ON sought (folded)")
    run("CREATE INDEX temp.sought_normal ON sought (normal)")
    run("CREATE TEMP TABLE found (text TEXT, customer INTEGER, PRIMARY KEY (text, customer)) WITHOUT ROWID")
    store.executemany("INSERT INTO temp.sought (text, folded) VALUES (?, ?)", ((t, fold(t)) for t in texts))
    for way in _ways(store):
        run(Sql("INSERT OR IGNORE INTO temp.found ") + way)
        run("DELETE FROM temp.sought WHERE text IN (SELECT text FROM temp.found)")
        if not store.value("SELECT EXISTS (SELECT 1 FROM temp.sought)"):
            break
    nobody = {text for (text,) in store.rows("SELECT text FROM temp.sought")}
    several = {
        text for (text,) in store.rows("SELECT text FROM temp.found GROUP BY text HAVING count(*) > 1")
    }
    problems: list[Problem] = []
    keys = (
        [str(key) for (key,) in store.rows("SELECT tagctl_key FROM customers LIMIT 20000")] if nobody else []
    )
    for text, place in texts.items():
        if text in nobody:
            problems.append(_unknown(text, keys if len(problems) < _SHOWN else keys[:1], place))
        elif text in several:
            problems.append(_several(store, text, place))
    return problems


def _clear(store: Store) -> None:
    for table in ("sought", "found"):
        store.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _several(store: Store, text: str, place: Location | None) -> Problem:
    found = store.rows(
        "SELECT c.tagctl_key FROM temp.found f JOIN customers c ON c.tagctl_id = f.customer "
        "WHERE f.text = ? ORDER BY c.tagctl_id LIMIT ?",
        (text, _SHOWN + 1),
    )
    return Problem(
        "ambiguous-customer",
        _("Several customers have “{text}”: {keys}{more}.").format(
            text=text,
            keys=", ".join(str(key) for (key,) in found[:_SHOWN]),
            more=" …" if len(found) > _SHOWN else "",
        ),
        _("Name one of them by its key."),
        place,
    )


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
    known = identifiers.values(identifier, Sql("SELECT ? AS value", (value,)))
    known += Sql(") v WHERE v.value = ?)", (value,))
    return Sql("c.tagctl_id IN (SELECT v.customer FROM (") + known


def _ways(store: Store) -> Iterator[Sql]:
    """Queries of (text, customer) for what temp.sought still holds, the closest way to be a text first: the
    key, an identifier as it is, an earlier key, an identifier folded, the key folded, an identifier in its
    normal form. Each goes through the customers once, however many texts there are."""
    yield Sql("SELECT s.text, c.tagctl_id FROM temp.sought s CROSS JOIN customers c ON c.tagctl_key = s.text")
    scan = "SELECT s.text, c.tagctl_id FROM customers c CROSS JOIN temp.sought s ON "
    known = identifiers.identifiers(store)
    columns = [one.column for one in known if one.column is not None]
    for column in columns:
        yield Sql(f"{scan}s.text = {name('c', column)}")
    yield Sql(
        "SELECT s.text, k.customer FROM temp.sought s "
        "CROSS JOIN known_as k ON k.kind = 'key' AND k.text = s.text"
    )
    for column in (*columns, "tagctl_key"):
        yield Sql(f"{scan}s.folded = tagctl_fold({name('c', column)})")
    identifiers.define(store)
    for one in known:
        store.execute("UPDATE temp.sought SET normal = tagctl_identifier(?, text)", (one.form,))
        if store.value("SELECT count(normal) FROM temp.sought"):
            yield (
                Sql("SELECT s.text, v.customer FROM (")
                + identifiers.values(one, Sql("SELECT normal AS value FROM temp.sought"))
                + Sql(") v CROSS JOIN temp.sought s ON s.normal = v.value")
            )


def _unknown(text: str, keys: Sequence[str], place: Location | None) -> Problem:
    import difflib

    near = difflib.get_close_matches(text, keys, n=3, cutoff=0.6)
    if near:
        what_next = _("Did you mean {keys}?").format(keys=", ".join(near))
    elif keys:
        what_next = _("A customer is named by key, phone or e-mail; a key looks like {key}.").format(
            key=keys[0]
        )
    else:
        what_next = _("There are no customers yet: tagctl import customers FILE")
    what = _("There is no customer “{text}”.").format(text=text)
    return Problem("unknown-customer", what, what_next, place)
