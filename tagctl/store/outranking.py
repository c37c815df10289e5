"""Rule tags that another tag of their exclusive dimension keeps out, where on_conflict is newest."""

from __future__ import annotations

from tagctl.program import Program
from tagctl.sql import Sql, values
from tagctl.store import journal, words
from tagctl.store.operations import Operation
from tagctl.store.schema import GONE


def reconcile_outranked(op: Operation, program: Program) -> bool:
    """Bring `outranked` to the run's outcome: a wanted tag that stays out has a row with the since it
    competed with. Rows of waiting and late rules stay, unless a ban removes them; those of
    customers who are gone stay.

    Returns whether anything changed.
    """
    run = op.store.execute
    places = program.layout.places
    bits = " ".join(f"WHEN {w} THEN d.r{w}" for w in range(program.layout.stored))
    words.make(
        op.store, "run_out", "tag INTEGER, customer INTEGER, since INTEGER, PRIMARY KEY (tag, customer)"
    )
    if program.newest:
        newest = values(places[tag].id for tag in program.newest)
        run(
            Sql(
                "INSERT INTO temp.run_out SELECT s.tag, s.customer, s.since FROM temp.run_standing AS s "
                "JOIN temp.run_places AS p ON p.tag = s.tag "
                "JOIN temp.run_desired AS d ON d.customer = s.customer "
                f"WHERE (CASE p.word {bits} ELSE 0 END) & p.mask = 0 AND s.tag IN "
            )
            + newest
        )
    resting = values(places[entry.tag].id for entry in program.given if entry.state != "ran")
    gone = Sql("tag IN (SELECT t.id FROM tags AS t WHERE t.state IN ('declared', 'value')) ")
    gone += Sql(
        f"AND customer NOT IN {GONE} "
        "AND NOT EXISTS (SELECT 1 FROM temp.run_out AS n WHERE n.tag = outranked.tag "
        "AND n.customer = outranked.customer) AND (EXISTS (SELECT 1 FROM overrides AS b WHERE b.kind = 'ban' "
        "AND b.tag = outranked.tag AND b.customer = outranked.customer) OR tag NOT IN "
    )
    gone += resting + Sql(")")
    changed = journal.deleting(op, "outranked", gone)
    if changed:
        run(Sql("DELETE FROM outranked WHERE ") + gone)
    same = "n.tag = outranked.tag AND n.customer = outranked.customer"
    other = Sql(f"EXISTS (SELECT 1 FROM temp.run_out AS n WHERE {same} AND n.since <> outranked.since)")
    moved = journal.updating(op, "outranked", other, ["since"])
    if moved:
        run(
            Sql(f"UPDATE outranked SET since = (SELECT n.since FROM temp.run_out AS n WHERE {same}) WHERE ")
            + other
        )
    added = run(
        "INSERT INTO outranked (tag, customer, since, op) SELECT n.tag, n.customer, n.since, ? "
        "FROM temp.run_out AS n WHERE NOT EXISTS (SELECT 1 FROM outranked AS o "
        "WHERE o.tag = n.tag AND o.customer = n.customer)",
        (op.number,),
    ).rowcount
    run("DROP TABLE temp.run_out")
    return bool(changed or moved or added)
