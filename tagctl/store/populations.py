"""Which labels customers have now: tags from any source, and labels that no tag answers to."""

from __future__ import annotations

from collections.abc import Mapping

from tagctl.record import record
from tagctl.store.connection import Store
from tagctl.store.schema import GONE


@record
class Population:
    """How many customers have each label, and each two of them together (pairs of labels)."""

    tags: Mapping[str, int]
    unknown: Mapping[str, int]
    shared: Mapping[frozenset[str], int]


def read(store: Store) -> Population:
    """Everybody who is not gone. Spellings of an unknown label count as one, under the most frequent."""
    run = store.execute
    run("DROP TABLE IF EXISTS temp.held")
    run("DROP TABLE IF EXISTS temp.held_labels")
    run("CREATE TEMP TABLE held_labels (number INTEGER PRIMARY KEY, text TEXT, unknown INTEGER)")
    run(
        "CREATE TEMP TABLE held (customer INTEGER, number INTEGER, PRIMARY KEY (customer, number)) "
        "WITHOUT ROWID"
    )
    run("INSERT INTO temp.held_labels SELECT id, name, 0 FROM tags WHERE state <> 'merged'")
    # An unknown label goes by the smallest number of its spellings, below 0.
    run(
        """
INSERT INTO temp.held_labels
SELECT number, text, 1 FROM (
  SELECT -min(l.id) OVER (PARTITION BY l.folded) AS number, l.text,
    row_number() OVER (PARTITION BY l.folded ORDER BY count(*) DESC, l.text) AS place
  FROM unknown_labels l JOIN readings r ON r.label = l.id AND r.gone_op IS NULL
  GROUP BY l.id)
WHERE place = 1
"""
    )
    run(
        "INSERT INTO temp.held SELECT DISTINCT customer, tag FROM assignments "
        f"WHERE lost_op IS NULL AND customer NOT IN {GONE} AND tag IN (SELECT number FROM temp.held_labels) "
        "ORDER BY 1, 2"
    )
    run(
        "INSERT OR IGNORE INTO temp.held SELECT r.customer, s.number FROM readings r JOIN "
        "(SELECT id, -min(id) OVER (PARTITION BY folded) AS number FROM unknown_labels) s ON s.id = r.label "
        f"WHERE r.gone_op IS NULL AND r.customer NOT IN {GONE} "
        "AND s.number IN (SELECT number FROM temp.held_labels)"
    )
    counted = store.rows(
        "SELECT l.unknown, l.text, count(h.customer) FROM temp.held_labels l "
        "LEFT JOIN temp.held h ON h.number = l.number GROUP BY l.number ORDER BY l.number"
    )
    shared = store.rows(
        "SELECT a.text, b.text, p.customers "
        "FROM (SELECT x.number AS one, y.number AS other, count(*) AS customers "
        "FROM temp.held x JOIN temp.held y ON y.customer = x.customer AND y.number > x.number "
        "GROUP BY 1, 2) p "
        "JOIN temp.held_labels a ON a.number = p.one JOIN temp.held_labels b ON b.number = p.other"
    )
    return Population(
        {text: count for unknown, text, count in counted if not unknown},
        {text: count for unknown, text, count in counted if unknown},
        {frozenset((one, other)): customers for one, other, customers in shared},
    )
