"""Tags as bits: the layout of a run, and the temporary tables of words that its program reads."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.program import Layout, Place
from tagctl.sql import Sql, values
from tagctl.store import rule_words
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.rule_words import BITS


def layout(op: Operation, tags: Sequence[str], given: Sequence[str]) -> Layout:
    """Give every tag of a plan its bit. Those that rules or implications give keep theirs in rule_state;
    the others get one for this run only. Every tag that ever had a bit is in the layout, too."""
    known = {name: (tag, state) for tag, name, state in op.store.rows(_LIVE)}
    rule_words.ensure_bits(op, [known[tag][0] for tag in given])
    stored = rule_words.words(op.store)
    places: dict[str, Place] = {}
    kept = [0] * stored
    for tag, name, bit, state in op.store.rows("SELECT id, name, bit, state FROM tags WHERE bit IS NOT NULL"):
        if state in ("declared", "value"):
            places[name] = Place(tag, bit // BITS, 1 << bit % BITS)
        else:
            kept[bit // BITS] |= 1 << bit % BITS
    guests = [tag for tag in tags if tag not in places]
    for number, name in enumerate(guests):
        places[name] = Place(known[name][0], stored + number // BITS, 1 << number % BITS)
    return Layout(places, stored, stored + -(-len(guests) // BITS), tuple(kept))


_LIVE = "SELECT id, name, state FROM tags WHERE state IN ('declared', 'value')"


def fill(op: Operation, layout: Layout, leaving: Sequence[str]) -> None:
    """Make run_places, run_external and run_prior as rules/emit/sqlite.py wants them."""
    store = op.store
    make(store, "run_places", "tag INTEGER PRIMARY KEY, word INTEGER, mask INTEGER")
    store.executemany(
        "INSERT INTO temp.run_places VALUES (?, ?, ?)",
        [(place.id, place.word, place.mask) for place in layout.places.values()],
    )
    kinds = [f"{kind}{word}" for kind in "impb" for word in range(layout.words)]
    make(store, "run_external", ", ".join(["customer INTEGER PRIMARY KEY", *kinds]))
    sums = [_sum(word, f"s.kind = '{kind}'") for kind in "impb" for word in range(layout.words)]
    store.execute(f"INSERT INTO temp.run_external SELECT {', '.join(['s.customer', *sums])} {_EXTERNAL}")
    make(
        store,
        "run_prior",
        ", ".join(["customer INTEGER PRIMARY KEY", *(f"w{word}" for word in range(layout.stored))]),
    )
    if leaving:
        sums = [_sum(word) for word in range(layout.stored)]
        asked = values(layout.places[tag].id for tag in leaving)
        store.execute(
            Sql(f"INSERT INTO temp.run_prior SELECT {', '.join(['s.customer', *sums])} ")
            + Sql(_PRIOR.format(tags=asked.text), (*asked.params, op.as_of, op.as_of, op.as_of))
        )


def make(store: Store, table: str, columns: str, kind: str = "") -> None:
    """An empty temporary table, whatever was there."""
    store.execute(f"DROP TABLE IF EXISTS temp.{table}")
    store.execute(f"CREATE TEMP TABLE {table} ({columns}) {kind}")


def _sum(word: int, also: str = "1") -> str:
    """The bits of a word, each of which a customer has once at most."""
    return f"sum(CASE WHEN s.word = {word} AND {also} THEN s.mask ELSE 0 END)"


# A customer holds a tag from one source once, so the masks of a kind can be added.
_EXTERNAL = """
FROM (
  SELECT a.customer, CASE a.source WHEN 'import' THEN 'i' ELSE 'm' END AS kind, p.word, p.mask
  FROM assignments AS a INDEXED BY assignments_given CROSS JOIN temp.run_places AS p ON p.tag = a.tag
  WHERE a.lost_op IS NULL AND a.source <> 'rule'
  UNION ALL
  SELECT o.customer, 'p', p.word, p.mask
  FROM overrides AS o CROSS JOIN temp.run_places AS p ON p.tag = o.tag
  CROSS JOIN assignments AS a ON a.tag = o.tag AND a.customer = o.customer AND a.source = 'manual'
  WHERE o.kind = 'pin' AND a.lost_op IS NULL
  UNION ALL
  SELECT o.customer, 'b', p.word, p.mask
  FROM overrides AS o JOIN temp.run_places AS p ON p.tag = o.tag WHERE o.kind = 'ban') AS s
GROUP BY s.customer
"""

# Held before the as-of: gained before it and not lost before it. What an undone operation gained does not
# count; what an undo gave back continues an earlier interval, so its own since tells.
_PRIOR = """
FROM (
  SELECT DISTINCT a.customer, p.word, p.mask
  FROM temp.run_places AS p CROSS JOIN assignments AS a ON a.tag = p.tag AND a.source = 'rule'
  JOIN operations AS g ON g.number = a.gained_op
  LEFT JOIN operations AS l ON l.number = a.lost_op
  WHERE p.tag IN {tags} AND g.undone_by IS NULL
    AND (g.as_of < ? OR (g.kind = 'undo' AND a.since < ?))
    AND (a.lost_op IS NULL OR l.as_of >= ?)) AS s
GROUP BY s.customer
"""
