"""A program for DuckDB: SQLite's statements, which are written so that DuckDB reads them alike, but for a few
things: temporary tables, rows that number themselves, bound values, functions of dates.

What only SQLite can execute (Step.local) stays there; its tables are handed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tagctl.program import Foreign, ForeignStep, Program, Step
from tagctl.rules.measures import Measures
from tagctl.sql import Scalar, Sql, name

# SQLite's meaning of division and of NULL in an order.
SETTINGS = (
    "SET integer_division = true",
    "SET default_null_order = 'nulls_first_on_asc_last_on_desc'",
    "SET preserve_insertion_order = false",
    "CREATE MACRO julianday(d) AS epoch(CAST(d AS DATE)) / 86400.0",
    "CREATE MACRO strftime(f, d) AS system.main.strftime(CAST(d AS DATE), f), "
    "(f, t, unit) AS system.main.strftime(make_timestamp(CAST(t AS BIGINT) * 1000000), f)",
)

_TOKENS = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|\?')
_DROP = re.compile(r"DROP TABLE IF EXISTS temp\.\"?(\w+)\"?$")
_CREATE = re.compile(r"CREATE TEMP TABLE \"?(\w+)\"? \((.*)\)$", re.DOTALL)
_INSERT = re.compile(r"INSERT INTO temp\.\"?(\w+)\"?( \(v\))? \s*(SELECT .*)$", re.DOTALL)
_OURS = re.compile(r"\b(tagctl_fold|tagctl_matches|tagctl_bucket)\(")


def program(of: Program, measures: Measures) -> Foreign:
    """The same program for DuckDB."""
    makes = {made.group(1): step for step in of.steps if (made := _CREATE.match(step.sql.text))}
    steps = tuple(_steps(of.steps))
    return Foreign(
        settings=SETTINGS,
        steps=steps,
        makes=makes,
        functions=tuple(sorted({word for step in steps for word in _OURS.findall(step.text)})),
        supported=not any("json_each(" in step.text for step in steps),
        ordered=_adds_doubles(measures),
    )


def _steps(steps: Iterable[Step]) -> Iterator[ForeignStep]:
    made: dict[str, list[str]] = {}  # table → its columns
    filled: set[str] = set()
    for step in steps:
        create, insert = _CREATE.match(step.sql.text), _INSERT.match(step.sql.text)
        if _DROP.match(step.sql.text):
            continue
        if step.local:
            filled.add(step.local[0])
            yield ForeignStep(step.label, here=step)
        elif create:
            made[create.group(1)] = _columns(create.group(2))
            empty = ", ".join(f"{name(column)} BIGINT" for column in made[create.group(1)])
            text = f"CREATE OR REPLACE TEMP TABLE {name(create.group(1))} ({empty})"
            yield ForeignStep(step.label, text)
        elif insert and insert.group(1) in made and insert.group(1) not in filled:
            table, numbered, query = insert.groups()
            filled.add(table)
            if numbered:
                query = f"SELECT row_number() OVER (ORDER BY n.v), n.v FROM ({query}) AS n (v)"
            query = literal(Sql(query, step.sql.params))
            columns = ", ".join(map(name, made[table]))
            # The first rows give the columns their types, which SQLite needs not.
            text = f"CREATE OR REPLACE TEMP TABLE {name(table)} ({columns}) AS {query}"
            yield ForeignStep(step.label, text)
        else:
            yield ForeignStep(step.label, literal(step.sql))


def _columns(text: str) -> list[str]:
    """The names in the columns of a CREATE TABLE of ours."""
    found = text.split(", PRIMARY KEY (")[0].split(", ")
    return [column.split(" ")[0] for column in found]


def literal(statement: Sql) -> str:
    """A statement with its values written out: binding them makes DuckDB's Python load pandas, a second."""
    values = iter(statement.params)

    def place(token: re.Match[str]) -> str:
        return _written(next(values)) if token.group() == "?" else token.group()

    return _TOKENS.sub(place, statement.text)


def _written(value: Scalar) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"CAST({value!r} AS DOUBLE)" if isinstance(value, float) else str(int(value))


def _adds_doubles(measures: Measures) -> bool:
    """Whether sums depend on the order of adding, so that one thread must do it."""
    return any(
        partial.function == "sum" and partial.of is not None and partial.of.type == "number"
        for scan in measures.scans
        for partial in scan.partials
    )
