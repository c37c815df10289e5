"""One rule alone as a script of SQL: the statements that a run executes for it, with their values written
out, and a query for its customers.

Tags that it reads are read as they are now, where a run would read what it has just settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from tagctl.model import EachRule, Rule, Ruleset, Taxonomy
from tagctl.program import Step
from tagctl.rules.emit.duckdb import literal
from tagctl.rules.emit.question import ANSWER, ask
from tagctl.sql import Sql, fill, value

_CUSTOMERS = (
    "SELECT c.tagctl_key AS customer{columns} FROM temp.ask_answer AS a "
    "JOIN main.customers AS c ON c.tagctl_id = a.customer WHERE {wanted} ORDER BY 1"
)
assert ANSWER in _CUSTOMERS

# Held by rule in what operations with an earlier as-of have left (docs/semantics.md, “One run”).
_HELD_BEFORE = (
    "a.customer IN (SELECT s.customer FROM main.assignments AS s JOIN main.tags AS t ON t.id = s.tag "
    "JOIN main.operations AS g ON g.number = s.gained_op "
    "LEFT JOIN main.operations AS l ON l.number = s.lost_op "
    "WHERE t.name = {tag} AND s.source = 'rule' AND g.undone_by IS NULL "
    "AND (g.as_of < {as_of} OR (g.kind = 'undo' AND s.since < {as_of})) "
    "AND (s.lost_op IS NULL OR l.as_of >= {as_of}))"
)


def script(
    rule: Rule | EachRule,
    ruleset: Ruleset,
    taxonomy: Taxonomy,
    tag_ids: Mapping[str, int],
    as_of: int,
    timezone: ZoneInfo,
) -> str:
    """The statements, each on lines of its own with a semicolon; the last one selects keys of customers."""
    if isinstance(rule, EachRule):
        asked = ask(ruleset, tag_ids, as_of, timezone, values=[rule.of], taxonomy=taxonomy)
        query = fill(_CUSTOMERS, columns=", a.v0 AS tag", wanted="a.v0 IS NOT NULL")
        return _written(asked.steps, query)
    conditions = {"when": rule.when, "leave": rule.leave, "pilot": rule.pilot}
    given = {name: condition for name, condition in conditions.items() if condition is not None}
    asked = ask(ruleset, tag_ids, as_of, timezone, given.values(), taxonomy=taxonomy)
    column = {name: f"a.c{number}" for number, name in enumerate(given)}
    wanted = Sql(column["when"])
    if "leave" in column:
        before = fill(_HELD_BEFORE, tag=value(rule.tag), as_of=value(as_of))
        wanted = fill(
            "({when} OR (NOT {leave} AND {before}))", when=wanted, leave=column["leave"], before=before
        )
    if "pilot" in column:
        wanted = fill("{wanted} AND {pilot}", wanted=wanted, pilot=column["pilot"])
    return _written(asked.steps, fill(_CUSTOMERS, columns="", wanted=wanted))


def _written(steps: Iterable[Step], query: Sql) -> str:
    return "\n".join(_lines(steps, query))


def _lines(steps: Iterable[Step], query: Sql) -> Iterator[str]:
    for step in steps:
        yield f"{literal(step.sql).strip()};"
    yield f"{literal(query)};"
