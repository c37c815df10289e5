"""The same rules as hand-written DuckDB SQL on DuckDB's own tables.

    python duckdb_sql.py own.duckdb mix.json AS_OF     is what is measured
    python duckdb_sql.py own.duckdb mix.json           prints what every tag has then (see bench/digests.py)

A full recompute, as a person who knows DuckDB writes it: one aggregate per event type for all its rules,
a join, one boolean column per tag, stored.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import digests
import duckdb
import mix


def query(rules: list[mix.Rule], as_of: int) -> str:
    """One query: a boolean column per rule, in the order of the rules."""
    kinds = list(dict.fromkeys(rule.event for rule in rules if rule.event))
    measured: dict[str, list[str]] = {kind: [] for kind in kinds}
    columns = []
    for number, rule in enumerate(rules):
        if rule.function == "field":
            columns.append(f"{_field(rule, as_of)} AS t{number}")
            continue
        measured[rule.event].append(f"{_aggregate(rule, as_of)} AS v{number}")
        columns.append(f"{_test(rule, f'v{number}', as_of)} AS t{number}")
    steps = [
        f'by_{kind} AS (SELECT customer, {", ".join(measured[kind])} FROM "{kind}" '
        f'WHERE "at" <= {as_of} GROUP BY customer)'
        for kind in kinds
    ]
    joins = "".join(f" LEFT JOIN by_{kind} ON by_{kind}.customer = c.id" for kind in kinds)
    steps.append(f"joined AS (SELECT * FROM customers AS c{joins})")
    ranked = [(number, rule) for number, rule in enumerate(rules) if rule.operator == "top"]
    steps += [
        f"edge{number} AS (SELECT v{number} AS v FROM joined WHERE v{number} IS NOT NULL ORDER BY 1 DESC "
        f"LIMIT 1 OFFSET (SELECT ceil(count(v{number}) * {rule.operand!r}::DOUBLE)::BIGINT - 1 FROM joined))"
        for number, rule in ranked
    ]
    return f"WITH {', '.join(steps)} SELECT id, {', '.join(columns)} FROM joined"


def _aggregate(rule: mix.Rule, as_of: int) -> str:
    conditions = []
    if rule.days:
        conditions.append(f'"at" > {mix.back(as_of, rule.days)}')
    if rule.among:
        conditions.append(f"status IN ({', '.join(map(_text, rule.among))})")
    chosen = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
    if rule.function == "count":
        counted = f"count(*){chosen}"
        # Of a rank only those who did something are part.
        return f"nullif({counted}, 0)" if rule.operator == "top" else counted
    return f"sum({rule.of}){chosen}" if rule.function == "sum" else f'max("at"){chosen}'


def _test(rule: mix.Rule, value: str, as_of: int) -> str:
    if rule.operator == "top":
        return f"coalesce({value} >= (SELECT v FROM edge{value[1:]}), false)"
    if rule.operator == "is":
        return f"coalesce({value}, 0) = {rule.operand}"
    if rule.operator == "at_least":
        return f"coalesce({value} >= {rule.operand}, false)"
    sign = "<=" if rule.operator == "older_than" else ">"
    return f"coalesce({value} {sign} {mix.back(as_of, int(rule.operand))}, false)"


def _field(rule: mix.Rule, as_of: int) -> str:
    if rule.operator == "in":
        return f"{rule.of} IN ({', '.join(map(_text, rule.operand))})"
    if rule.operator == "is":
        return f"{rule.of} = {_text(rule.operand)}"
    if rule.operator == "at_least":
        return f"{rule.of} >= {rule.operand}"
    sign = "<=" if rule.operator == "older_than" else ">"
    return f"{rule.of} {sign} DATE {_text(mix.date_back(as_of, int(rule.operand)))}"


def _text(word: object) -> str:
    return "'" + str(word).replace("'", "''") + "'"


def run(file: str, rules: list[mix.Rule], as_of: int) -> None:
    """What is measured."""
    with duckdb.connect(file) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE desired AS {query(rules, as_of)}")


def digest(file: str, rules: list[mix.Rule]) -> dict[str, digests.Digest]:
    """What every tag has after `run`."""
    numbers = ", ".join(
        f"count(*) FILTER (t{n}), sum(id) FILTER (t{n}), sum({digests.MIXED}) FILTER (t{n})"
        for n in range(len(rules))
    )
    with duckdb.connect(file, read_only=True) as connection:
        row = connection.execute(f"SELECT {numbers} FROM desired").fetchone()
    found = [int(number or 0) for number in row]
    return {rule.tag: found[3 * n : 3 * n + 3] for n, rule in enumerate(rules)}


if __name__ == "__main__":
    _file, _rules = sys.argv[1], mix.load(Path(sys.argv[2]))
    if len(sys.argv) > 3:
        run(_file, _rules, int(sys.argv[3]))
    else:
        print(json.dumps(digest(_file, _rules)))
