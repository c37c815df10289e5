"""Which customers one operation made gain or lose a tag, and by what."""

from __future__ import annotations

from collections.abc import Iterable

from tagctl.model import Taxonomy
from tagctl.reports.forecasting import ForecastFlip
from tagctl.store import words
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE


def flips(op: Operation, taxonomy: Taxonomy, name_column: str | None = None) -> list[ForecastFlip]:
    """What `op` changed in who holds what, by tag in the order of the taxonomy, then by customer.

    A tag is held from any source; a change of source alone is no flip.
    """
    _collect(op)
    _relate(op, taxonomy)
    rows = op.store.rows(_READ.format(name=f'c."{name_column}"' if name_column else "NULL"), (op.number,))
    order = {tag: number for number, tag in enumerate(taxonomy.tags)}
    expiring = {tag.name for tag in taxonomy.tags.values() if tag.expires is not None}
    found = [
        ForecastFlip(key, name, tag, bool(gained), *_reason(tag in expiring, *why))
        for key, name, tag, gained, *why in rows
    ]
    for table in ("flips", "flip_rivals", "flip_sources"):
        op.store.execute(f"DROP TABLE temp.{table}")
    return sorted(found, key=lambda flip: (order.get(flip.tag, len(order)), flip.customer))


def counted(op: Operation) -> dict[str, tuple[int, int]]:
    """Tag → how many customers `op` made gain and lose it, of those who are not gone."""
    _collect(op)
    found = {
        str(tag): (int(gained), int(lost))
        for tag, gained, lost in op.store.rows(
            "SELECT t.name, sum(f.gained), sum(NOT f.gained) "
            "FROM temp.flips AS f JOIN tags AS t ON t.id = f.tag "
            f"WHERE f.customer NOT IN {GONE} GROUP BY t.id ORDER BY t.id"
        )
    }
    op.store.execute("DROP TABLE temp.flips")
    return found


def _collect(op: Operation) -> None:
    words.make(
        op.store,
        "flips",
        "customer INTEGER, tag INTEGER, gained INTEGER, outside INTEGER, PRIMARY KEY (customer, tag)",
        "WITHOUT ROWID",
    )
    op.store.execute(_FLIPS, (op.number, op.number, op.number, op.number))


def _relate(op: Operation, taxonomy: Taxonomy) -> None:
    """flip_rivals: tags that keep each other out; flip_sources: what implies what."""
    ids: dict[str, int] = dict(
        op.store.rows("SELECT name, id FROM tags WHERE state IN ('declared', 'value')")
    )
    rivals: list[tuple[int, int]] = []
    sources: list[tuple[int, int]] = []
    for dimension in taxonomy.dimensions.values():
        homes = [(ids[tag], taxonomy.tags[tag].choice) for tag in dimension.tags if tag in ids]
        if dimension.exclusive != "none":
            rivals += [(one, other) for one, mine in homes for other, its in homes if mine != its]
    for tag in taxonomy.tags.values():
        holders = taxonomy.children(tag.name) if tag.implies else ()
        sources += [
            (ids[target], ids[holder])
            for target in tag.implies
            for holder in holders
            if target != holder and target in ids and holder in ids
        ]
    _pairs(op, "flip_rivals", rivals)
    _pairs(op, "flip_sources", sources)


def _pairs(op: Operation, table: str, rows: Iterable[tuple[int, int]]) -> None:
    words.make(op.store, table, "tag INTEGER, other INTEGER, PRIMARY KEY (tag, other)", "WITHOUT ROWID")
    op.store.executemany(f"INSERT OR IGNORE INTO temp.{table} VALUES (?, ?)", rows)


def _reason(
    expires: bool, lifted: str | None, rival: str | None, implied: str | None, outside: int
) -> tuple[str, str | None]:
    if lifted is not None:
        return f"{lifted}-ended", None
    if rival is not None:
        return "instead", rival
    if expires and outside:
        return "expired", None
    return ("implied", implied) if implied is not None else ("rule", None)


# Held before: from an interval that the operation did not open and that was open until it. `outside`: what
# was lost had come from an import or by hand.
_FLIPS = """
INSERT INTO temp.flips
SELECT s.customer, s.tag, s.after, s.outside FROM (
  SELECT a.customer, a.tag,
    max(a.gained_op <> ? AND (a.lost_op IS NULL OR a.lost_op = ?)) AS before,
    max(a.lost_op IS NULL) AS after,
    max(a.source <> 'rule') AS outside
  FROM assignments AS a
  WHERE a.lost_op IS NULL OR a.lost_op = ?
  GROUP BY a.customer, a.tag
  HAVING max(a.gained_op = ? OR a.lost_op IS NOT NULL)) AS s
WHERE s.before <> s.after
"""

_OTHER = """(SELECT u.name FROM temp.{table} AS r
   JOIN temp.flips AS x ON x.tag = r.other AND x.customer = f.customer AND x.gained {sign} f.gained
   JOIN tags AS u ON u.id = x.tag WHERE r.tag = f.tag ORDER BY u.id LIMIT 1)"""

_READ = f"""
SELECT c.tagctl_key, {{name}}, t.name, f.gained,
  (SELECT json_extract(j.before, '$.kind') FROM journal AS j
   WHERE j.op = ? AND j."table" = 'overrides' AND j.action = 'delete'
     AND json_extract(j.before, '$.customer') = f.customer AND json_extract(j.before, '$.tag') = f.tag
     AND json_extract(j.before, '$.kind') = CASE f.gained WHEN 1 THEN 'ban' ELSE 'pin' END),
  {_OTHER.format(table="flip_rivals", sign="<>")},
  {_OTHER.format(table="flip_sources", sign="=")},
  f.gained = 0 AND f.outside
FROM temp.flips AS f JOIN customers AS c ON c.tagctl_id = f.customer JOIN tags AS t ON t.id = f.tag
"""
