"""How many customers hold each tag and from where, and when it was last gained and lost."""

from __future__ import annotations

from tagctl.record import record
from tagctl.store.connection import Store
from tagctl.store.schema import GONE


@record
class Tally:
    """Of one tag. `gained_at`: the latest `since`; `lost_at`: the as-of of the latest operation in which
    somebody lost it who has it from nobody now."""

    customers: int = 0
    imported: int = 0
    manual: int = 0
    by_rule: int = 0
    gained_at: int | None = None
    lost_at: int | None = None


def tallies(store: Store) -> dict[str, Tally]:
    """Tag → tally, for every tag that anybody holds or held. Those who are gone do not count."""
    held: dict[int, int] = dict(store.rows(_ELSEWHERE))
    query = _COUNTS if store.value(f"SELECT EXISTS {GONE}") else _COUNTS.replace(_PRESENT, "1")
    return {
        str(name): Tally(by_rule + held.get(tag, 0), imported, manual, by_rule, gained_at, lost_at)
        for tag, name, imported, manual, by_rule, gained_at, lost_at in store.rows(query)
    }


_PRESENT = f"a.customer NOT IN {GONE}"

# One pass over the assignments, in their order. What an operation gave that is undone was never there.
_COUNTS = f"""
SELECT t.id, t.name, f.imported, f.manual, f.by_rule, f.gained_at, o.as_of FROM (
  SELECT a.tag,
    count(*) FILTER (WHERE a.lost_op IS NULL AND a.source = 'import') AS imported,
    count(*) FILTER (WHERE a.lost_op IS NULL AND a.source = 'manual') AS manual,
    count(*) FILTER (WHERE a.lost_op IS NULL AND a.source = 'rule') AS by_rule,
    max(a.since) AS gained_at,
    max(a.lost_op) FILTER (WHERE a.lost_op IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM assignments AS h
      WHERE h.tag = a.tag AND h.customer = a.customer AND h.lost_op IS NULL)) AS lost_op
  FROM assignments AS a
  WHERE {_PRESENT} AND a.gained_op NOT IN (SELECT number FROM operations WHERE undone_by IS NOT NULL)
  GROUP BY a.tag) AS f
JOIN tags AS t ON t.id = f.tag LEFT JOIN operations AS o ON o.number = f.lost_op
"""

# Who has a tag, but not from a rule. INDEXED BY: of the many rows of rules none is read.
_ELSEWHERE = f"""
SELECT a.tag, count(DISTINCT a.customer) FROM assignments AS a INDEXED BY assignments_given
WHERE a.lost_op IS NULL AND a.source <> 'rule' AND a.customer NOT IN {GONE} AND NOT EXISTS (
  SELECT 1 FROM assignments AS r
  WHERE r.tag = a.tag AND r.customer = a.customer AND r.source = 'rule' AND r.lost_op IS NULL)
GROUP BY a.tag
"""
