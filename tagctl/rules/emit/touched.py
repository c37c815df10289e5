"""Whom a run must compute anew since an earlier one, as statements that fill temp.run_touched (customer).

The store has made the table and put in those for whom something was written; here come those whom time
concerns, and those between the old and the new edge of a rank. For the edges all customers' values are
needed: the tables all_… hold what the ranks are made of, and the ranks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tagctl.model import Compare, Share, Value
from tagctl.program import Step
from tagctl.rules.crossings import Crossings, ranked
from tagctl.rules.emit.conditions import leaf
from tagctl.rules.emit.scope import Scope
from tagctl.rules.emit.tables import Tables, event_table
from tagctl.rules.emit.values import counted, edge, expression, tile_edges
from tagctl.rules.measures import measure
from tagctl.rules.plan import Plan
from tagctl.sql import Scalar, Sql, any_of, fill, value


class Touched:
    """Writes the statements. `then` is the plan of the earlier run."""

    def __init__(self, plan: Plan, then: Plan) -> None:
        self.plan = plan
        self.then = then
        leaves = [Compare(of, "top", Share(count=1)) for of in plan.measures.ranks]
        self.tables = Tables(measure(leaves, plan.as_of), plan.as_of, plan.zone, _no_tags, {}, prefix="all")

    def steps(self, crossed: Crossings, old_edges: Sequence[Scalar]) -> Iterator[Step]:
        for kind, ranges in crossed.events.items():
            found = any_of(
                fill("e.tagctl_at BETWEEN {a} AND {b}", a=value(first), b=value(last))
                for first, last in ranges
            )
            yield _touch(
                fill(
                    "SELECT DISTINCT e.tagctl_customer FROM {events} AS e WHERE {found}",
                    events=event_table(kind),
                    found=found,
                )
            )
        if crossed.leaves:
            before, after = _of_customers(self.then), _of_customers(self.plan)
            moved = [
                fill("({a}) <> ({b})", a=leaf(old, before), b=leaf(new, after)) for old, new in crossed.leaves
            ]
            yield _touch(
                fill("SELECT c.tagctl_id FROM main.customers AS c WHERE {moved}", moved=any_of(moved))
            )
        yield from self.tables.steps()
        for (of, now), old in zip(edges(self.plan, self.tables), old_edges, strict=True):
            scope = self.tables.scope()
            between = fill(
                "{now} <> {old} AND ({counted}) AND "
                "({v} BETWEEN {now} AND {old} OR {v} BETWEEN {old} AND {now})",
                now=now,
                old=value(old),
                counted=counted(of, scope),
                v=expression(of, scope),
            )
            yield _touch(
                fill(
                    "SELECT c.tagctl_id FROM main.customers AS c{joins} WHERE {between}",
                    joins=self.tables.joins(),
                    between=between,
                )
            )


def edges(plan: Plan, tables: Tables) -> list[tuple[Value, Sql]]:
    """The values at the edges of all ranks, with the value that is ranked, always in the same order."""
    scope = tables.scope()
    found: list[tuple[Value, Sql]] = []
    for one in ranked(plan):
        if isinstance(one, Compare):
            found.append((one.value, edge(one, scope)))
        else:
            found += [(one.of, place) for place in tile_edges(one, scope)]
    return found


def _touch(query: Sql) -> Step:
    return Step("touched", Sql("INSERT OR IGNORE INTO temp.run_touched ") + query)


def _no_tags(*_asked: object) -> Sql:
    raise TypeError("neither a rank nor a field of customers has tags or events")


def _of_customers(plan: Plan) -> Scope:
    return Scope(plan.as_of, plan.zone, _no_tags, _no_tags, lambda _of: "", _no_tags)
