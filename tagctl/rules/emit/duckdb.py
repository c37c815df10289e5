"""A program for DuckDB: SQLite's statements, which are written so that DuckDB reads them alike, but for a few
things: temporary tables, rows that number themselves, bound values, functions of dates.

What only SQLite can execute (Step.local) stays there; its tables are handed over. What several statements
read of the file is read once, into memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from tagctl.program import Foreign, ForeignStep, Program, Step
from tagctl.record import record
from tagctl.rules.measures import Measures, Partial, Scan
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
_JOIN = re.compile(r' LEFT JOIN (?:temp|main)\."?\w+"? AS ([rxy]) ON \1\.customer = \w\.\w+')
_WORDS = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"|(\w+)")

_WHOLE = 2**53  # whole numbers below add up exactly, in any order
_TYPES = {"number": "DOUBLE", "date": "VARCHAR", "text": "VARCHAR"}  # of what is measured; else BIGINT


def program(of: Program, measures: Measures) -> Foreign:
    """The same program for DuckDB."""
    makes = {made.group(1): step for step in of.steps if (made := _CREATE.match(step.sql.text))}
    scans = {f"run_scan_{number}": scan for number, scan in enumerate(measures.scans)}
    steps = tuple(_read_once(list(_steps(of.steps, scans)), _exact(measures)))
    return Foreign(
        settings=SETTINGS,
        steps=steps,
        makes=makes,
        functions=tuple(sorted({word for step in steps for word in _OURS.findall(step.text)})),
    )


def _steps(steps: Iterable[Step], scans: Mapping[str, Scan]) -> Iterator[ForeignStep]:
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
            table = create.group(1)
            made[table] = _columns(create.group(2))
            types = _types(scans[table]) if table in scans else {}
            columns = ", ".join(f"{name(column)} {types.get(column, 'BIGINT')}" for column in made[table])
            yield ForeignStep(step.label, f"CREATE OR REPLACE TEMP TABLE {name(table)} ({columns})")
        elif insert and insert.group(1) in made and insert.group(1) not in {*filled, *scans}:
            table, numbered, query = insert.groups()
            filled.add(table)
            if numbered:
                query = f"SELECT row_number() OVER (ORDER BY n.v), n.v FROM ({query}) AS n (v)"
            query = _without_idle_joins(literal(Sql(query, step.sql.params)))
            columns = ", ".join(map(name, made[table]))
            # The first rows give the columns their types, which SQLite needs not.
            text = f"CREATE OR REPLACE TEMP TABLE {name(table)} ({columns}) AS {query}"
            yield ForeignStep(step.label, text)
        else:
            yield ForeignStep(step.label, literal(step.sql))


# ── scans ────────────────────────────────────────────────────────────────────────────────────────


def _types(scan: Scan) -> dict[str, str]:
    """The types of a scan's values, where they are not integers. Without them sums would stay wider."""
    return {f"a{number}": _type(partial) for number, partial in enumerate(scan.values)}


def _type(partial: Partial) -> str:
    if partial.function in ("count", "present") or partial.of is None or partial.of.part:
        return "BIGINT"
    return _TYPES.get(partial.of.type, "BIGINT")


def _exact(measures: Measures) -> dict[str, str]:
    """For tables of which measurements are added: a query whether these are whole numbers, and so small that
    sums are exact. Else the order of adding tells in the last digit."""
    found = {}
    for scan in measures.scans:
        added = {
            name("e", partial.of.column)
            for partial in scan.partials
            if partial.function == "sum" and partial.of is not None and partial.of.supplied
            if _type(partial) == "DOUBLE"
        }
        tests = (
            f"coalesce(bool_and({c} = floor({c})), true) AND coalesce(sum(abs({c})), 0) < {_WHOLE}"
            for c in sorted(added)
        )
        if added:
            table = f"event_{scan.type}"
            found[table] = f"SELECT {' AND '.join(tests)} FROM {name('main', table)} AS e"
    return found


# ── reading the file once ────────────────────────────────────────────────────────────────────────


def _read_once(steps: Sequence[ForeignStep], exact: Mapping[str, str]) -> Iterator[ForeignStep]:
    """The steps, and around those that read it each table that is read more than once: taken into memory
    before, left after. Stepping through SQLite's rows is what takes the time."""
    reads = _reads(steps, exact)
    for number, step in enumerate(steps):
        for table, read in reads.items():
            if read.first == number:
                query = exact.get(table, "")
                yield ForeignStep(f"take {table}", take=table, names=read.names, exact=query)
        yield step
        for table, read in reads.items():
            if read.last == number:
                yield ForeignStep(f"leave {table}", leave=table)


@record
class _Read:
    """From which step to which a table is read, and all that these steps name."""

    first: int
    last: int
    names: frozenset[str]


def _reads(steps: Sequence[ForeignStep], exact: Mapping[str, str]) -> dict[str, _Read]:
    places: dict[str, list[int]] = {}
    names: dict[str, set[str]] = {}
    for number, step in enumerate(steps):
        words = _words(step.text)
        for schema, table in pairwise(words):
            if schema == "main" and (table == "customers" or table.startswith("event_")):
                places.setdefault(table, []).append(number)
                names.setdefault(table, set()).update(words)
    return {
        table: _Read(found[0], found[-1], frozenset(names[table]))
        for table, found in places.items()
        if len(found) > 1 or table in exact
    }


def _words(text: str) -> list[str]:
    """The names and key words of a statement, in order; not what stands in texts."""
    found = _WORDS.findall(text)
    return [quoted.replace('""', '"') or word for quoted, word in found if quoted or word]


# ── as DuckDB writes it ──────────────────────────────────────────────────────────────────────────


def _columns(text: str) -> list[str]:
    """The names in the columns of a CREATE TABLE of ours."""
    found = text.split(", PRIMARY KEY (")[0].split(", ")
    return [column.split(" ")[0] for column in found]


def _without_idle_joins(query: str) -> str:
    """A query without the joins of state, imported and earlier words (r, x, y) of which it reads no word.
    SQLite leaves them out by itself."""

    def kept(join: re.Match[str]) -> str:
        return join.group() if re.search(rf"\b{join.group(1)}\.[a-z]\d", query) else ""

    return _JOIN.sub(kept, query)


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
