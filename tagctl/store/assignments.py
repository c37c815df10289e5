"""A run in the database: what should be (computed by a program) against what is; the difference is written.

Everything happens inside the operation's one transaction. Where nothing differs, nothing is written and
the operation is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tagctl.program import UNMEASURED, Foreign, Laps, Layout, Place, Program
from tagctl.record import record
from tagctl.reports.running import TagChange
from tagctl.sql import Scalar, Sql
from tagctl.store import baseline, reading, rule_words, tags, words
from tagctl.store.lifecycle import Ended, end
from tagctl.store.operations import Operation
from tagctl.store.outranking import reconcile_outranked
from tagctl.store.ruling import known_hashes, remember_rules
from tagctl.store.schema import GONE

SMALL_MOVE = 50  # moves of fewer customers never stop a run


@record
class AppliedRun:
    """What a run did, or (stopped_by) would have done. `equal`: pairs of tags whose rules of equal priority
    want the same customers, with how many; `kept_imported`: imported assignments that a rule with
    keep_imported does not confirm, per tag."""

    customers: int
    changes: tuple[TagChange, ...]
    ended: Ended
    closed_conflicts: int
    stopped_by: tuple[str, ...] = ()
    equal: tuple[tuple[str, str, int], ...] = ()
    kept_imported: tuple[tuple[str, int], ...] = ()
    engine: str = "sqlite"
    engine_note: str = ""


def layout(op: Operation, of: Iterable[str], given: Iterable[str]) -> Layout:
    """The bits of a run: `of` are all tags that matter to a plan, `given` those that rules and implications
    give."""
    return words.layout(op, tuple(of), tuple(given))


def apply(
    op: Operation,
    program: Program,
    max_change: float,
    foreign: Foreign | None = None,
    laps: Laps = UNMEASURED,
) -> AppliedRun:
    """Execute a run: end what time ends, compute, compare, write the difference. `foreign` is the same
    program for the second engine, where that is to compute; where it cannot, SQLite does. `laps` times it.

    Where a tag changes beyond `max_change`, it is named in `stopped_by` and nothing is written, unless
    the operation is a dry run.
    """
    store = op.store
    places = program.layout.places
    held = _held(op, program)
    members = _members(op, held)
    laps.lap("members")
    ended = end(op, tags.ids(store), program.expires)
    laps.lap("end")
    words.fill(op, program.layout, program.leaving)
    laps.lap("assigned")
    engine, why_not, edges = _compute(op, program, foreign, laps)
    moves = _compare(op, program)
    customers = reading.count_customers(store)
    changes = _changes(op, program, members, moves)
    stopped = tuple(c.tag for c in changes if _too_much(c, customers, max_change))
    conflicts = int(
        store.value(
            "SELECT count(*) FROM temp.run_closing AS c CROSS JOIN assignments AS a ON a.tag = c.tag "
            "AND a.customer = c.customer AND a.lost_op IS NULL AND a.source <> 'rule'"
        )
    )
    names = {place.id: tag for tag, place in places.items()}
    equal = tuple(
        (names[one], names[other], count)
        for one, other, count in store.rows("SELECT one, other, customers FROM temp.run_equal ORDER BY 1, 2")
    )
    applied = AppliedRun(
        customers, changes, ended, conflicts, stopped, equal, _kept_imported(op, program), engine, why_not
    )
    laps.lap("compare")
    if not stopped or op.dry_run:
        _write(op, program, moves, changes)
        counts = {"expired": ended.expired, "lifted": ended.lifted, "banned": ended.banned}
        if any(counts.values()):
            op.keep(None, **{name: count for name, count in counts.items() if count})
        if op.kept and edges is not None:
            after = {
                place.id: held.get(place.id, 0) + moves.gained.get(place.id, 0) - moves.lost.get(place.id, 0)
                for place in places.values()
            }
            baseline.keep(op, program, edges, after)
    for table in _TABLES:
        store.execute(f"DROP TABLE IF EXISTS temp.{table}")
    laps.lap("write")
    return applied


def _compute(
    op: Operation, program: Program, foreign: Foreign | None, laps: Laps
) -> tuple[str, str, tuple[Scalar, ...] | None]:
    """Compute what should be: by which engine, why not by the second one where it was to, and the edges of
    ranks (which only SQLite tells)."""
    why_not = ""
    if foreign is not None:
        from tagctl.store import duckdb_engine
        from tagctl.store.duckdb_connection import Unavailable

        try:
            duckdb_engine.execute(op, program, foreign)
            laps.lap("duckdb")
            return "duckdb", "", None
        except Unavailable as reason:
            why_not = str(reason)
    return "sqlite", why_not, baseline.execute(op, program, laps)


def refresh_state(op: Operation, customers: Sql | None = None) -> None:
    """Make rule_state anew from current rule assignments, for the customers of a query or for all."""
    rule_words.rebuild(op.store, customers or Sql("SELECT tagctl_id FROM customers"))


# ── comparing ────────────────────────────────────────────────────────────────────────────────────

_TABLES = (
    "run_places", "run_external", "run_prior", "run_desired", "run_closing", "run_standing", "run_equal",
    "run_inside", "run_drafts", "run_changed", "run_lost", "run_taken", "run_reopened",
    "run_touched",
)  # fmt: skip


# A pilot limits the rule of its tag.
_INSIDE = " AND EXISTS (SELECT 1 FROM temp.run_inside AS n WHERE n.tag = a.tag AND n.customer = a.customer)"


@record
class _Moves:
    """How many customers gain and lose each tag by rule."""

    gained: Mapping[int, int]
    lost: Mapping[int, int]


def _compare(op: Operation, program: Program) -> _Moves:
    """Fill run_changed (customers whose words differ), run_lost, run_taken, run_reopened."""
    store = op.store
    stored = range(program.layout.stored)
    columns = [f"{kind}{w}" for kind in "ngl" for w in stored]  # new, gained, lost
    words.make(store, "run_changed", ", ".join(["customer INTEGER PRIMARY KEY", *columns]))
    new = [f"d.r{w}" for w in stored]
    old = [f"coalesce(r.w{w}, 0)" for w in stored]
    differs = " OR ".join(f"{n} <> {o}" for n, o in zip(new, old, strict=True))
    moved = [f"{n} & ~{o}" for n, o in (*zip(new, old, strict=True), *zip(old, new, strict=True))]
    store.execute(
        f"INSERT INTO temp.run_changed SELECT d.customer, {', '.join(new + moved)} "
        f"FROM temp.run_desired AS d LEFT JOIN rule_state AS r ON r.customer = d.customer WHERE {differs}"
    )
    words.make(
        store, "run_lost", "tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)", "WITHOUT ROWID"
    )
    moves = _Moves(_count(op, program, "g"), _count(op, program, "l"))
    for place in _places(program, moves.lost):
        store.execute(f"INSERT INTO temp.run_lost SELECT {place.id}, c.customer {_moving(place, 'l')}")
    _take_over(op, program)
    return moves


def _count(op: Operation, program: Program, kind: str) -> dict[int, int]:
    """How many customers have moves of one kind, of each tag that any has."""
    found: dict[int, int] = {}
    for word in range(program.layout.stored):
        places = [place for place in program.layout.places.values() if place.word == word]
        moving = f"FROM temp.run_changed AS c WHERE c.{kind}{word} <> 0"
        if places and op.store.value(f"SELECT EXISTS (SELECT 1 {moving})"):
            counts = ", ".join(f"count(*) FILTER (WHERE c.{kind}{word} & {place.mask})" for place in places)
            row = op.store.one(f"SELECT {counts} {moving}") or ()
            found |= {place.id: count for place, count in zip(places, row, strict=True) if count}
    return found


def _places(program: Program, moving: Mapping[int, int]) -> list[Place]:
    """The tags that move, in the order in which assignments are stored."""
    found = [place for place in program.layout.places.values() if place.id in moving]
    return sorted(found, key=lambda place: place.id)


def _moving(place: Place, kind: str) -> str:
    """The customers c with a move of one kind of a tag."""
    return f"FROM temp.run_changed AS c WHERE c.{kind}{place.word} & {place.mask}"


def _take_over(op: Operation, program: Program) -> None:
    """run_taken: imported assignments that rules take over, and whether the rule has the tag then;
    run_reopened: rule assignments that count from earlier than they say."""
    store = op.store
    words.make(
        store, "run_taken", "tag INTEGER, customer INTEGER, confirmed INTEGER, PRIMARY KEY (tag, customer)"
    )
    bits = " ".join(f"WHEN {w} THEN d.r{w}" for w in range(program.layout.stored))
    outside = store.value("SELECT EXISTS (SELECT 1 FROM temp.run_external)")
    for tag in program.takeover if outside else ():
        store.execute(
            "INSERT INTO temp.run_taken SELECT a.tag, a.customer, "
            f"(CASE p.word {bits} ELSE 0 END) & p.mask <> 0 "
            "FROM assignments AS a JOIN temp.run_places AS p ON p.tag = a.tag "
            "JOIN temp.run_desired AS d ON d.customer = a.customer "
            "WHERE a.tag = ? AND a.source = 'import' AND a.lost_op IS NULL"
            + (_INSIDE if tag in program.inside else ""),
            (program.layout.places[tag].id,),
        )
    words.make(store, "run_reopened", "tag INTEGER, customer INTEGER, since INTEGER")
    store.execute(  # CROSS JOIN: run_standing is empty but where imported tags are taken over
        "INSERT INTO temp.run_reopened SELECT s.tag, s.customer, s.since FROM temp.run_standing AS s "
        "CROSS JOIN assignments AS a ON a.tag = s.tag AND a.customer = s.customer AND a.source = 'rule' "
        "WHERE a.lost_op IS NULL AND a.since > s.since AND NOT EXISTS "
        "(SELECT 1 FROM temp.run_lost AS l WHERE l.tag = s.tag AND l.customer = s.customer)"
    )


def _held(op: Operation, program: Program) -> dict[int, int]:
    """How many customers hold each tag by rule. A run that can be narrowed remembers it: nothing that came
    since the last one has changed it."""
    if program.narrow is not None:
        return baseline.held(op.store)
    return dict(
        op.store.rows(
            "SELECT tag, count(*) FROM assignments WHERE lost_op IS NULL AND source = 'rule' GROUP BY tag"
        )
    )


def _members(op: Operation, held: Mapping[int, int]) -> dict[int, int]:
    """How many customers hold each tag, from any source; `held` by rule. Those who are gone do not count."""
    found = dict(held)
    others = op.store.rows(  # INDEXED BY: of the many rows of rules none is read
        "SELECT a.tag, count(DISTINCT a.customer) FROM assignments AS a INDEXED BY assignments_given "
        "WHERE a.lost_op IS NULL AND a.source <> 'rule' AND NOT EXISTS (SELECT 1 FROM assignments AS r "
        "WHERE r.tag = a.tag AND r.customer = a.customer AND r.source = 'rule' AND r.lost_op IS NULL) "
        "GROUP BY a.tag"
    )
    for tag, count in others:
        found[tag] = found.get(tag, 0) + count
    if not op.store.value(f"SELECT EXISTS {GONE}"):
        return found
    gone = op.store.rows(
        "SELECT t.id, count(DISTINCT a.customer) FROM tags AS t CROSS JOIN customers AS c "
        "CROSS JOIN assignments AS a ON a.tag = t.id AND a.customer = c.tagctl_id AND a.lost_op IS NULL "
        "WHERE c.tagctl_gone IS NOT NULL GROUP BY t.id"
    )
    for tag, count in gone:
        if tag in found:  # what a narrowed run remembers leaves out tags that take no part
            found[tag] -= count
    return found


def _changes(
    op: Operation, program: Program, members: Mapping[int, int], moves: _Moves
) -> tuple[TagChange, ...]:
    """One entry for every tag that is given or that changes, in the order of the plan."""
    store = op.store
    taken = {
        tag: (count, confirmed)
        for tag, count, confirmed in store.rows(
            "SELECT tag, count(*), sum(confirmed) FROM temp.run_taken GROUP BY tag"
        )
    }
    gained = dict(moves.gained)
    if taken:  # what is confirmed is not gained
        for place in _places(program, {tag: gained[tag] for tag in taken if tag in gained}):
            gained[place.id] -= store.value(
                f"SELECT count(*) {_moving(place, 'g')} AND c.customer IN "
                "(SELECT t.customer FROM temp.run_taken AS t WHERE t.tag = ?)",
                (place.id,),
            )
    drafts = {tag: counts for tag, *counts in store.rows("SELECT tag, gained, lost FROM temp.run_drafts")}
    hashes = known_hashes(store)
    given = {entry.tag: entry for entry in program.given}
    found = []
    for tag, place in program.layout.places.items():
        entry = given.get(tag)
        if entry is None and not (gained.get(place.id) or moves.lost.get(place.id)):
            continue
        count, confirmed = taken.get(place.id, (0, 0))
        would_gain, would_lose = drafts.get(place.id, (0, 0))
        found.append(
            TagChange(
                tag=tag,
                rule=entry.rule if entry else None,
                members=members.get(place.id, 0),
                gained=gained.get(place.id, 0),
                lost=moves.lost.get(place.id, 0),
                imported=count,
                confirmed=confirmed,
                closed_imported=count - confirmed,
                state=entry.state if entry else "gone",
                needs=entry.needs if entry else (),
                first_run=entry is not None and tag not in hashes,
                changed=entry is not None and hashes.get(tag, entry.hash) != entry.hash,
                would_gain=would_gain,
                would_lose=would_lose,
            )
        )
    order = {entry.tag: number for number, entry in enumerate(program.given)}
    return tuple(sorted(found, key=lambda change: order.get(change.tag, len(order))))


def _too_much(change: TagChange, customers: int, max_change: float) -> bool:
    """The blast radius. A tag without a rule is not exempt: its rule may have gone by mistake."""
    moves = change.gained + change.lost
    if moves < SMALL_MOVE or change.first_run or change.changed:
        return False
    return moves > max_change * max(change.members, customers / 100)


def _kept_imported(op: Operation, program: Program) -> tuple[tuple[str, int], ...]:
    bits = " ".join(f"WHEN {w} THEN d.r{w}" for w in range(program.layout.stored))
    found = []
    for entry in program.given:
        if entry.keep_imported and entry.state == "ran":
            count = op.store.value(
                "SELECT count(*) FROM assignments AS a JOIN temp.run_places AS p ON p.tag = a.tag "
                "JOIN temp.run_desired AS d ON d.customer = a.customer WHERE a.tag = ? "
                "AND a.source = 'import' AND a.lost_op IS NULL AND NOT EXISTS "
                "(SELECT 1 FROM temp.run_closing AS x WHERE x.customer = a.customer AND x.tag = a.tag) "
                f"AND (CASE p.word {bits} ELSE 0 END) & p.mask = 0"
                + (_INSIDE if entry.tag in program.inside else ""),
                (program.layout.places[entry.tag].id,),
            )
            if count:
                found.append((entry.tag, int(count)))
    return tuple(found)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────

_PAIRS = "(tag, customer) IN (SELECT l.tag, l.customer FROM temp.{table} AS l)"


def _write(op: Operation, program: Program, moves: _Moves, changes: Sequence[TagChange]) -> None:
    """Write the difference, and keep the operation if there is one."""
    run = op.store.execute
    gained = _gain(op, program, moves)
    lost = _close(op, "run_lost", "source = 'rule'")
    reopened = _close(op, "run_reopened", "source = 'rule'")
    run(  # OR REPLACE: an edit of the taxonomy in this same operation may have opened the interval
        "INSERT OR REPLACE INTO assignments (tag, customer, source, gained_op, lost_op, since) "
        "SELECT o.tag, o.customer, 'rule', ?, NULL, o.since FROM temp.run_reopened AS o",
        (op.number,),
    )
    taken = _close(op, "run_taken", "source = 'import'")
    conflicts = _close(op, "run_closing", "source IN ('import', 'manual')")
    if gained or lost or reopened or taken or conflicts:
        op.keep(None, **_counts(changes, conflicts))
    stored = range(program.layout.stored)
    columns = ", ".join(f"w{w}" for w in stored)
    run(
        f"INSERT INTO rule_state (customer, {columns}) SELECT c.customer, "
        f"{', '.join(f'c.n{w}' for w in stored)} FROM temp.run_changed AS c WHERE true "
        f"ON CONFLICT (customer) DO UPDATE SET {', '.join(f'w{w} = excluded.w{w}' for w in stored)}"
    )
    if reconcile_outranked(op, program) | remember_rules(op, program.given):
        op.keep()


def _gain(op: Operation, program: Program, moves: _Moves) -> int:
    """Write what is gained, straight from the words: by tag, then by customer, as it is stored."""
    store = op.store
    since, standing = "?", store.value("SELECT EXISTS (SELECT 1 FROM temp.run_standing)")
    for place in _places(program, moves.gained):
        if standing:
            since = (
                "coalesce((SELECT s.since FROM temp.run_standing AS s "
                f"WHERE s.tag = {place.id} AND s.customer = c.customer), ?)"
            )
        store.execute(
            "INSERT INTO assignments (tag, customer, source, gained_op, lost_op, since) "
            f"SELECT {place.id}, c.customer, 'rule', ?, NULL, {since} {_moving(place, 'g')}",
            (op.number, op.as_of),
        )
    return sum(moves.gained.values())


def _counts(changes: Sequence[TagChange], conflicts: int) -> dict[str, int]:
    """What the operation says it did, as the report does: what is confirmed is neither gained nor lost."""
    found = {
        "gained": sum(change.gained for change in changes),
        "lost": sum(change.lost for change in changes),
        "confirmed": sum(change.confirmed for change in changes),
        "closed_imported": sum(change.closed_imported for change in changes),
        "closed_conflicts": conflicts,
    }
    return {name: count for name, count in found.items() if count}


def _close(op: Operation, table: str, which: str) -> int:
    return op.store.execute(
        f"UPDATE assignments SET lost_op = ? WHERE {_PAIRS.format(table=table)} "
        f"AND {which} AND lost_op IS NULL",
        (op.number,),
    ).rowcount
