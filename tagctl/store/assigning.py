"""Assignments as a file says them, a customer and a tag to a row: staged like customers, given with the
source and the `since` of the row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tagctl.record import record
from tagctl.sql import Sql, values
from tagctl.store import baseline, readings, rule_words
from tagctl.store.labels import Cells
from tagctl.store.operations import Operation
from tagctl.store.readings import Gained, Mode, TagCounts
from tagctl.store.staging import Stage


@record
class Places:
    """In which value column of the stage the tag stands, and the others where the file has them."""

    tag: int
    dimension: int | None = None
    source: int | None = None
    at: int | None = None

    def sql(self, place: int | None) -> str:
        """The value of row `s` of the stage."""
        return "NULL" if place is None else f"s.v{place}"

    @property
    def same(self) -> str:
        """The condition that row `s` names the label `p` of temp.named."""
        return f"p.tag = {self.sql(self.tag)} AND p.dimension IS {self.sql(self.dimension)}"


def meet(stage: Stage, places: Places) -> list[tuple[int, str, str | None]]:
    """Fill temp.named (id, tag, dimension, label) with what the rows name; returns it without the label."""
    run = stage.store.execute
    run("DROP TABLE IF EXISTS temp.named")
    run("CREATE TEMP TABLE named (id INTEGER PRIMARY KEY, tag, dimension, label INTEGER)")
    run(
        f"INSERT INTO temp.named (tag, dimension) SELECT {places.sql(places.tag)}, "
        f"{places.sql(places.dimension)} FROM temp.stage s WHERE {places.sql(places.tag)} IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY min(s.seq)"
    )
    run("CREATE INDEX temp.named_tag ON named (tag)")
    return stage.store.rows("SELECT id, tag, dimension FROM temp.named ORDER BY id")


def naming(places: Places, named: Iterable[int]) -> Sql:
    """The condition that row `s` of the stage names one of these."""
    chosen = values(list(named))
    return Sql(f"EXISTS (SELECT 1 FROM temp.named p WHERE {places.same} AND p.id IN ") + chosen + Sql(")")


def sources(stage: Stage, places: Places) -> list[str]:
    """The different texts of the source column."""
    cell = places.sql(places.source)
    found = stage.store.rows(f"SELECT DISTINCT {cell} FROM temp.stage s WHERE {cell} IS NOT NULL")
    return [str(text) for (text,) in found]


def clear_future(op: Operation, stage: Stage, places: Places) -> Iterator[tuple[int, int]]:
    """Empty the times that lie after the operation's as-of: (line, time) of each."""
    if places.at is None:
        return
    later = f"s.v{places.at} > ?"
    yield from stage.store.rows(
        f"SELECT s.line, s.v{places.at} FROM temp.stage s WHERE {later} ORDER BY s.seq", (op.as_of,)
    )
    stage.store.execute(f"UPDATE temp.stage AS s SET v{places.at} = NULL WHERE {later}", (op.as_of,))


def collect(
    op: Operation,
    stage: Stage,
    places: Places,
    cells: Cells,
    labels: Mapping[int, int],
    said: Mapping[str, str],
    ruled: Iterable[int],
) -> dict[str, int]:
    """Prepare what `give` acts on. `labels`: number in temp.named → label; `said`: text of a source → source;
    `ruled`: the tags that rules give here. Others cannot be a rule's: they count as imported, and how many
    that are is returned by tag.
    """
    run = op.store.execute
    for table in ("said", "ruled", "assigned"):
        run(f"DROP TABLE IF EXISTS temp.{table}")
    run("CREATE TEMP TABLE said (text TEXT PRIMARY KEY, source TEXT) WITHOUT ROWID")
    op.store.executemany("INSERT INTO temp.said VALUES (?, ?)", said.items())
    run("CREATE TEMP TABLE ruled (tag INTEGER PRIMARY KEY)")
    op.store.executemany("INSERT OR IGNORE INTO temp.ruled VALUES (?)", ((tag,) for tag in ruled))
    op.store.executemany(
        "UPDATE temp.named SET label = ?2 WHERE id = ?1", ((name, label) for name, label in labels.items())
    )
    cells.put_labels(labels.items())
    run("INSERT INTO temp.cells SELECT p.id, 0, p.tag FROM temp.named p")
    run(
        "CREATE TEMP TABLE assigned (tag INTEGER, customer INTEGER, source TEXT, since INTEGER, "
        "rows INTEGER, moved INTEGER, PRIMARY KEY (tag, customer, source)) WITHOUT ROWID"
    )
    stranger = "(w.source IS 'rule' AND l.tag NOT IN (SELECT tag FROM temp.ruled))"
    run(
        "INSERT INTO temp.assigned SELECT l.tag, s.customer, "
        f"CASE WHEN w.source IS NULL OR {stranger} THEN 'import' ELSE w.source END AS source, "
        f"min(coalesce({places.sql(places.at)}, ?)), count(*), sum({stranger}) FROM temp.stage s "
        f"CROSS JOIN temp.named p ON {places.same} JOIN labels l ON l.id = p.label "
        f"LEFT JOIN temp.said w ON w.text = {places.sql(places.source)} "
        "WHERE l.tag IS NOT NULL GROUP BY l.tag, s.customer, 3",
        (op.as_of,),
    )
    run("DROP VIEW IF EXISTS temp.stage_rows")
    run(
        "CREATE TEMP VIEW stage_rows AS SELECT s.customer AS customer, s.line AS line, p.id AS t0 "
        f"FROM temp.stage s CROSS JOIN temp.named p ON {places.same}"
    )
    moved = "SELECT t.name, sum(n.moved) FROM temp.assigned n JOIN tags t ON t.id = n.tag"
    return dict(op.store.rows(f"{moved} GROUP BY t.id HAVING sum(n.moved) > 0 ORDER BY t.id"))


def give(
    op: Operation, feed: int, import_: int, sheet: str | None, *, new_feed: bool, mode: Mode
) -> TagCounts:
    """Act on what `collect` prepared, as store/readings.py does on tag cells; rule_state stays true."""
    counts = readings.read(
        op, feed, import_, sheet, columns=1, new_feed=new_feed, mode=mode, listed=True, give=_gain
    )
    tags = [tag for (tag,) in op.store.rows("SELECT DISTINCT tag FROM temp.assigned WHERE source = 'rule'")]
    if tags:
        rule_words.ensure_bits(op, tags)
        rule_words.rebuild(op.store, Sql("SELECT customer FROM temp.assigned WHERE source = 'rule'"))
        baseline.forget(op)
    for table in ("named", "said", "ruled", "assigned"):
        op.store.execute(f"DROP TABLE temp.{table}")
    return counts


def _gain(op: Operation) -> Gained:
    """Of temp.gained what temp.assigned says, unless held from the same source or banned; what is imported,
    unless held from any source before this operation."""
    run = op.store.execute
    wanted = "temp.gained g CROSS JOIN temp.assigned n ON n.tag = g.tag AND n.customer = g.customer"
    free = f"NOT {readings.BARRED}"
    # The file knows better who gave the tag than the tag cell of another did.
    ended = run(
        "UPDATE assignments SET lost_op = ?1 WHERE source = 'import' AND lost_op IS NULL AND gained_op <> ?1 "
        f"AND (tag, customer) IN (SELECT n.tag, n.customer FROM {wanted} WHERE {free} "
        "GROUP BY n.tag, n.customer HAVING sum(n.source = 'import') = 0)",
        (op.number, op.as_of),
    ).rowcount
    held = (
        "SELECT 1 FROM assignments h WHERE h.tag = n.tag AND h.customer = n.customer AND (h.gained_op = ?1 "
        "AND h.source = n.source OR h.lost_op IS NULL AND (h.source = n.source "
        "OR n.source = 'import' AND h.gained_op <> ?1))"
    )
    opened = run(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        f"SELECT n.tag, n.customer, n.source, ?1, n.since FROM {wanted} WHERE NOT EXISTS ({held}) AND {free} "
        "ORDER BY n.tag, n.customer, n.source",
        (op.number, op.as_of),
    ).rowcount
    _date_back(op, wanted)
    return Gained(opened, 0, readings.withheld(op), ended)


def _date_back(op: Operation, wanted: str) -> None:
    """What is held already and was gained earlier, as the file says, counts from then on: the interval is
    closed and opened again."""
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.earlier")
    run(
        "CREATE TEMP TABLE earlier AS SELECT n.tag, n.customer, n.source, n.since "
        f"FROM {wanted} CROSS JOIN assignments h ON h.tag = n.tag AND h.customer = n.customer "
        "AND h.source = n.source AND h.lost_op IS NULL WHERE h.gained_op <> ? AND h.since > n.since",
        (op.number,),
    )
    run(
        "UPDATE assignments SET lost_op = ? WHERE lost_op IS NULL "
        "AND (tag, customer, source) IN (SELECT tag, customer, source FROM temp.earlier)",
        (op.number,),
    )
    run(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
        "SELECT tag, customer, source, ?, since FROM temp.earlier ORDER BY tag, customer, source",
        (op.number,),
    )
    run("DROP TABLE temp.earlier")
