"""Conditions and values outside a run, judged over the customers with their current assignments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from tagctl.model import Compare, Condition, EventSource, Ruleset, Taxonomy, Value
from tagctl.program import Step
from tagctl.record import record
from tagctl.rules.emit.conditions import condition
from tagctl.rules.emit.scope import event_scope
from tagctl.rules.emit.tables import PRESENT, Tables, create, event_table
from tagctl.rules.emit.values import edge, expression
from tagctl.rules.lower import Lowering
from tagctl.rules.plan import question
from tagctl.rules.readiness import subsets_with_deadline
from tagctl.sql import Sql, all_of, fill, join, name, value, values

ANSWER = "ask_answer"


@record
class Question:
    """Steps that end in temp.ask_answer (customer, c0 …, v0 …): one row per customer, a c (1 or 0) for
    each condition and a v (stored form or NULL) for each value, in the order asked."""

    steps: tuple[Step, ...]
    tables: tuple[str, ...]  # to drop afterwards


def ask(
    ruleset: Ruleset,
    tag_ids: Mapping[str, int],
    as_of: int,
    timezone: ZoneInfo,
    conditions: Iterable[Condition] = (),
    values: Iterable[Value] = (),
    *,
    edges: Iterable[Compare] = (),
    taxonomy: Taxonomy | None = None,
    customer: int | None = None,
    only_holding: bool = False,
) -> Question:
    """What to execute (store.evaluate.answered) to have conditions and values for all customers who are not
    gone, or for one customer.

    With `only_holding`, only customers for whom all conditions hold get a row. `tag_ids` are those of
    store.tags.ids: tag leaves read current assignments; `taxonomy` tells all tags of dimensions. What no
    import supplied counts as missing.
    `edges` are leaves with top or bottom: for each a column r0 … with the last value that is still in.
    """
    ranked = tuple(edges)
    asked, wanted, measures = question((*conditions, *ranked), values, ruleset, as_of, timezone, taxonomy)
    asked, lowered = asked[: len(asked) - len(ranked)], asked[len(asked) - len(ranked) :]
    tables = Tables(measures, as_of, timezone, Holding(tag_ids), tag_ids, customer=customer, prefix="ask")
    steps = list(tables.steps())
    columns = [f"c{n}" for n in range(len(asked))] + [f"v{n}" for n in range(len(wanted))]
    columns += [f"r{n}" for n in range(len(ranked))]
    steps += create(ANSWER, ", ".join(["customer INTEGER PRIMARY KEY", *columns]))
    scope = tables.scope()
    judged = [condition(one, scope) for one in asked]
    found = judged + [expression(one, scope) for one in wanted]
    found += [edge(one, scope) for one in lowered if isinstance(one, Compare)]
    limits = [PRESENT if customer is None else fill("c.tagctl_id = {id}", id=value(customer))]
    if only_holding:
        limits += [Sql(f"({one.text})", one.params) for one in judged]
    rows = fill(
        "INSERT INTO temp.{answer} SELECT {columns} FROM main.customers AS c{joins}",
        answer=name(ANSWER),
        columns=join(", ", [Sql("c.tagctl_id"), *found]),
        joins=tables.joins(),
    )
    rows += Sql(" WHERE ") + join(" AND ", limits)
    steps.append(Step("answer", rows))
    return Question(tuple(steps), (*tables.names(), ANSWER))


def newest(source: EventSource, ruleset: Ruleset, as_of: int, timezone: ZoneInfo) -> Sql:
    """The instant of the newest event of a type or subset, at or before as_of."""
    limits = [fill("e.tagctl_at <= {t}", t=value(as_of))]
    if source.where is not None:
        where = Lowering(ruleset, as_of, timezone).condition(source.where)
        limits.append(condition(where, event_scope(as_of, timezone)))
    return fill(
        "SELECT max(e.tagctl_at) FROM {events} AS e WHERE {limits}",
        events=event_table(source.type),
        limits=all_of(limits),
    )


def belongs(event: int, source: EventSource, ruleset: Ruleset, as_of: int, timezone: ZoneInfo) -> Sql:
    """Whether the event of this id belongs to the subset that a source is."""
    where = Sql("1")
    if source.where is not None:
        lowered = Lowering(ruleset, as_of, timezone).condition(source.where)
        where = condition(lowered, event_scope(as_of, timezone))
    return fill(
        "SELECT EXISTS (SELECT 1 FROM {events} AS e WHERE e.tagctl_id = {id} AND ({where}))",
        events=event_table(source.type),
        id=value(event),
        where=where,
    )


def newest_of_subsets(ruleset: Ruleset, as_of: int, timezone: ZoneInfo) -> dict[str, Sql]:
    """A query for the newest event of each subset whose lateness is judged by its own events."""
    return {
        subset: newest(source, ruleset, as_of, timezone)
        for subset, source in subsets_with_deadline(ruleset).items()
    }


@record
class Holding:
    """Whether customer c holds one of some tags now, from any source."""

    tag_ids: Mapping[str, int]

    def __call__(self, tags: tuple[str, ...]) -> Sql:
        ids = [self.tag_ids[tag] for tag in tags if tag in self.tag_ids]
        return fill(
            "c.tagctl_id IN (SELECT h.customer FROM main.assignments AS h "
            "WHERE h.tag IN {ids} AND h.lost_op IS NULL)",
            ids=values(ids),
        )
