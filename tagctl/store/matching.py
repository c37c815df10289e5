"""Whose rows a file holds: every key of the stage that is none of ours is looked up by earlier keys and
identifiers, each only where one customer has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from tagctl.record import record
from tagctl.sql import Sql
from tagctl.store.identifiers import Identifier, define, holders, identifiers, nobody, probable, values
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE
from tagctl.store.staging import Stage, take

_UNKNOWN = "NOT EXISTS (SELECT 1 FROM customers c WHERE c.tagctl_key = s.key)"
_SAMPLE = 2000  # rows in which another column is tried
_NAMED = 3  # rows named in a note
_LARGE = 100_000  # rows: beyond, looking for twins would be felt


@record
class Matched:
    """What looking up gave. `by`: identifier → how many keys it found a customer for; `taken`: line in the
    file → `ambiguous` (several customers have it) or `nobody`, for rows taken out of the stage."""

    by: dict[str, int] = field(default_factory=dict)
    taken: dict[int, str] = field(default_factory=dict)


@record
class Better:
    """Another column of the file that would find far more customers; counts are of different keys."""

    column: int
    identifier: str
    keys: int
    known: int
    matches: int


def match_events(stage: Stage, form: str | None, only: Identifier | None) -> Matched:
    """Give every staged event its customer, where one is known.

    `form` says that keys are phones or e-mail addresses; `only` is the identifier that they are, by the
    user's word: it counts before any key.
    """
    run = stage.store.execute
    if only is None:
        run(
            "UPDATE temp.stage SET customer = "
            "(SELECT c.tagctl_id FROM customers c WHERE c.tagctl_key = stage.key)"
        )
    by = _look_up(stage, form, only, "s.customer IS NULL")
    run(
        "UPDATE temp.stage SET customer = "
        "(SELECT t.customer FROM temp.strangers t WHERE t.key = stage.key) WHERE customer IS NULL"
    )
    contact = form is not None or only is not None
    taken = _take(stage, "s.customer IS NULL AND s.key IS NOT NULL", contact=contact)
    return Matched(by, taken)


def match_customers(stage: Stage, form: str | None) -> Matched:
    """Give staged rows of customers who are known otherwise the customer's own key; before rows are united.

    Where the file has the customer's own row too, or several of such keys, it does not say that they are
    one: these stay apart (and `customers duplicates` names them).
    """
    run = stage.store.execute
    by = _look_up(stage, form, None, _UNKNOWN)
    if by:
        run(
            "UPDATE temp.strangers SET customer = NULL WHERE by <> 'key' AND customer IN "
            "(SELECT customer FROM temp.strangers WHERE by <> 'key' GROUP BY customer HAVING count(*) > 1 "
            "UNION SELECT c.tagctl_id FROM customers c WHERE c.tagctl_key IN (SELECT key FROM temp.stage))"
        )
        run(
            "UPDATE temp.stage SET key = c.tagctl_key FROM temp.strangers t "
            "JOIN customers c ON c.tagctl_id = t.customer WHERE t.key = stage.key"
        )
        by = _counts(stage)
    return Matched(by, _take(stage, _UNKNOWN, contact=form is not None))


def create(op: Operation, stage: Stage, form: str | None) -> int:
    """Make the customers of staged events who are not known, one for all spellings of a phone or an e-mail
    address where the keys are such (`form`); returns how many."""
    run = op.store.execute
    if form is not None:
        define(op.store)
        run(f"UPDATE temp.strangers SET value = tagctl_identifier('{form}', key) WHERE customer IS NULL")
        run(
            "UPDATE temp.stage SET key = (SELECT f.key FROM temp.strangers t JOIN temp.strangers f "
            "ON f.value = t.value WHERE t.key = stage.key ORDER BY f.seq LIMIT 1) WHERE customer IS NULL "
            "AND key IN (SELECT key FROM temp.strangers WHERE value IS NOT NULL)"
        )
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
    return int(created)


def better(stage: Stage, columns: Iterable[int]) -> Better | None:
    """The value column (by its number in the stage) that would find more than twice as many customers as
    the key does, and at least a fifth of them; told from the first rows of a looked-up stage."""
    store = stage.store
    first = f"temp.stage s WHERE s.seq <= {_SAMPLE} AND s.key IS NOT NULL"
    keys, known = store.one(
        f"SELECT count(DISTINCT key), count(DISTINCT iif(customer IS NULL, NULL, key)) FROM {first}"
    ) or (0, 0)
    best: Better | None = None
    if not keys or 2 * known >= keys or not store.value("SELECT EXISTS (SELECT 1 FROM customers)"):
        return None
    tried = tuple(columns)
    for identifier in identifiers(store):
        holders(store, identifier)
        if not store.value("SELECT EXISTS (SELECT 1 FROM temp.holders)"):
            continue
        for column in tried:
            matches = store.value(
                f"SELECT count(DISTINCT s.key) FROM {first} AND (SELECT h.holders FROM temp.holders h "
                f"WHERE h.value = tagctl_identifier('{identifier.form}', s.v{column})) = 1"
            )
            if matches > 2 * known and 5 * matches >= keys and (best is None or matches > best.matches):
                best = Better(column, identifier.name, int(keys), int(known), int(matches))
    return best


def namesakes(stage: Stage, column: str, identifier: Identifier) -> tuple[int, tuple[int, ...]]:
    """How many customers of a looked-up stage are new, though somebody who is known has their value of this
    identifier, and the first rows these stand in. Nothing is read where nobody is new, or nobody known; of
    those known, few values are worked out."""
    store = stage.store
    if not store.value(
        "SELECT EXISTS (SELECT 1 FROM temp.strangers WHERE customer IS NULL) "
        "AND EXISTS (SELECT 1 FROM customers)"
    ):
        return 0, ()
    define(store)
    store.execute("DROP TABLE IF EXISTS temp.newcomers")
    store.execute(
        "CREATE TEMP TABLE newcomers (value TEXT, key TEXT, line INTEGER, PRIMARY KEY (value, key)) "
        "WITHOUT ROWID"
    )
    store.execute(
        f"INSERT OR IGNORE INTO temp.newcomers SELECT value, key, line FROM (SELECT "
        f"tagctl_identifier('{identifier.form}', s.{column}) AS value, s.key, s.line FROM temp.stage s "
        "JOIN temp.strangers t ON t.key = s.key AND t.customer IS NULL ORDER BY s.seq) "
        "WHERE value IS NOT NULL"
    )
    found = store.rows(
        Sql("SELECT min(n.line) FROM (")
        + values(identifier, Sql("SELECT value FROM temp.newcomers"))
        + Sql(
            ") v CROSS JOIN temp.newcomers n ON n.value = v.value "
            f"WHERE v.customer NOT IN {GONE} GROUP BY n.key ORDER BY 1"
        )
    )
    return len(found), tuple(line for (line,) in found[:_NAMED])


def _look_up(stage: Stage, form: str | None, only: Identifier | None, unknown: str) -> dict[str, int]:
    """Fill temp.strangers (key, seq, value, customer, by, several) with the staged keys that are `unknown`
    (a condition on `s`), and who they are; how many keys each identifier found ('key': an earlier key)."""
    store = stage.store
    store.execute("DROP TABLE IF EXISTS temp.strangers")
    store.execute(
        "CREATE TEMP TABLE strangers (key TEXT PRIMARY KEY, seq INTEGER, value TEXT, customer INTEGER, "
        "by TEXT, several INTEGER) WITHOUT ROWID"
    )
    if not store.value("SELECT EXISTS (SELECT 1 FROM customers)") and form is None:
        return {}
    found = store.execute(
        "INSERT INTO temp.strangers (key, seq) SELECT s.key, min(s.seq) FROM temp.stage s "
        f"WHERE s.key IS NOT NULL AND {unknown} GROUP BY s.key"
    ).rowcount
    if not found:
        return {}
    if only is not None:
        _by_identifier(stage, only, only.form)
        _by_key(stage, "SELECT tagctl_key AS text, tagctl_id AS customer FROM customers")
    _by_key(stage, "SELECT text, customer FROM known_as WHERE kind = 'key'")
    if only is None:
        for identifier in identifiers(store):
            guessed = identifier.form == "phone" and form is None
            _by_identifier(stage, identifier, "id" if guessed else identifier.form)
    return _counts(stage)


def _by_key(stage: Stage, keys: str) -> None:
    stage.store.execute(
        f"UPDATE temp.strangers AS t SET customer = k.customer, by = 'key' FROM ({keys}) AS k "
        "WHERE k.text = t.key AND t.customer IS NULL"
    )


def _by_identifier(stage: Stage, identifier: Identifier, form: str) -> None:
    store = stage.store
    define(store)
    store.execute(
        f"UPDATE temp.strangers SET value = tagctl_identifier('{form}', key) WHERE customer IS NULL"
    )
    if not store.value(
        "SELECT EXISTS (SELECT 1 FROM temp.strangers WHERE value NOTNULL AND customer IS NULL)"
    ):
        return
    holders(store, identifier, Sql("SELECT value FROM temp.strangers WHERE customer IS NULL"))
    store.execute(
        "UPDATE temp.strangers AS t SET customer = iif(h.holders = 1, h.customer, NULL), "
        "by = iif(h.holders = 1, ?, NULL), several = h.holders FROM temp.holders h "
        "WHERE h.value = t.value AND t.customer IS NULL",
        (identifier.name,),
    )


def _counts(stage: Stage) -> dict[str, int]:
    return dict(
        stage.store.rows(
            "SELECT by, count(*) FROM temp.strangers WHERE customer IS NOT NULL GROUP BY by ORDER BY min(seq)"
        )
    )


def _take(stage: Stage, unknown: str, *, contact: bool) -> dict[int, str]:
    """Take out the rows of strangers whom several customers could be, or who are nobody."""
    taken = take(stage, nobody("s.key", contact=contact) + Sql(f" AND {unknown}"), "nobody")
    several = "s.key IN (SELECT key FROM temp.strangers WHERE customer IS NULL AND several > 1)"
    return taken | take(stage, Sql(several), "ambiguous")


def nobodies(stage: Stage, column: int) -> int:
    """How many staged values of a column identify nobody."""
    found = stage.store.value(
        Sql("SELECT count(*) FROM temp.stage s WHERE ") + nobody(f"s.v{column}", contact=True)
    )
    return int(found)


def twins(stage: Stage, column: str, form: str) -> tuple[int, tuple[int, ...]]:
    """How many values of a staged column stand with different keys, and the first rows they stand in (of a
    file of usual size: in a larger one `customers duplicates` finds them)."""
    store = stage.store
    if store.value(f"SELECT EXISTS (SELECT 1 FROM temp.stage WHERE seq > {_LARGE})"):
        return 0, ()
    # Those shared by several keys first, which are few; then which of them name somebody, and their rows.
    value = probable(store, form, f"s.{column}")
    store.execute("DROP TABLE IF EXISTS temp.shared")
    store.execute(
        f"CREATE TEMP TABLE shared AS SELECT value FROM (SELECT {value} AS value, s.key AS key "
        "FROM temp.stage s) WHERE value IS NOT NULL GROUP BY value HAVING min(key) <> max(key)"
    )
    if not store.value("SELECT EXISTS (SELECT 1 FROM temp.shared)"):
        return 0, ()
    found = store.rows(
        f"SELECT min(line), max(line) FROM (SELECT s.key AS key, min(s.line) AS line, {value} AS value "
        f"FROM temp.stage s WHERE {value} IN (SELECT value FROM temp.shared "
        f"WHERE tagctl_identifier('{form}', value) IS NOT NULL) GROUP BY s.key, s.{column}) "
        "GROUP BY value ORDER BY 1"
    )
    return len(found), tuple(sorted({line for pair in found[:3] for line in pair}))
