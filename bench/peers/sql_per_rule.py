"""The peer to beat: every rule as one SQL statement that finds the differences, on the same file.

    python sql_per_rule.py tagctl.db mix.json AS_OF

Each statement puts what the rule gains and loses into a temporary table; two statements write it all. It is
the best that was found by trying: counts and instants come from the index (customer, time) alone, in order;
statuses and amounts within a window from the table.
"""

from __future__ import annotations

import math
import sqlite3
import sys
from pathlib import Path

import mix

# Faster by a fifth than EXCEPT both ways; a full outer join by sorting takes as long.
_DIFFERENCE = """
INSERT INTO temp.difference (tag, customer, gained)
WITH wanted(customer) AS MATERIALIZED ({wanted})
SELECT ?1, w.customer, 1 FROM wanted AS w WHERE NOT EXISTS (
  SELECT 1 FROM assignments AS a
  WHERE a.tag = ?1 AND a.customer = w.customer AND a.source = 'rule' AND a.lost_op IS NULL)
UNION ALL
SELECT ?1, a.customer, 0 FROM assignments AS a
WHERE a.tag = ?1 AND a.source = 'rule' AND a.lost_op IS NULL
  AND a.customer NOT IN (SELECT w.customer FROM wanted AS w)
"""


def wanted(rule: mix.Rule, as_of: int) -> str:
    """The query of the customers whom a rule wants."""
    if rule.function == "field":
        return f"SELECT tagctl_id FROM customers WHERE {_field(rule, as_of)}"
    # Last seen in the last 30 days: seen at all in the last 30 days.
    days = int(rule.operand) if rule.operator == "newer_than" else rule.days
    since = f" AND tagctl_at > {mix.back(as_of, days)}" if days else ""
    among = f" AND status IN ({', '.join(map(_text, rule.among))})" if rule.among else ""
    # Where the index lacks a column and few events are left, reading the table and sorting those is faster.
    how = " NOT INDEXED" if rule.among or (rule.of and days) else ""
    events = f'FROM "event_{rule.event}"{how} WHERE tagctl_at <= {as_of}{since}{among}'
    value = {"count": "count(*)", "sum": f"sum({rule.of})", "last": "max(tagctl_at)"}[rule.function]
    grouped = f"{events} GROUP BY tagctl_customer"
    if rule.operator == "top":
        return _top(f"SELECT tagctl_customer AS customer, {value} AS v {grouped}", rule.operand)
    if rule.operator == "is":  # is: 0, the one rule about what never happened
        return (
            "SELECT tagctl_id FROM customers AS c WHERE NOT EXISTS "
            f"(SELECT 1 {events} AND tagctl_customer = c.tagctl_id)"
        )
    test = {
        "at_least": f">= {rule.operand}",
        "older_than": f"<= {mix.back(as_of, int(rule.operand)) if rule.function == 'last' else 0}",
        "newer_than": f"> {mix.back(as_of, int(rule.operand)) if rule.function == 'last' else 0}",
    }[rule.operator]
    return f"SELECT tagctl_customer {grouped} HAVING {value} {test}"


def _top(measured: str, share: float) -> str:
    share_of_all = f"CAST(ceil((SELECT count(*) FROM measured) * {share!r}) AS INTEGER)"
    return (
        f"WITH measured AS MATERIALIZED ({measured}) SELECT customer FROM measured WHERE v >= "
        f"(SELECT v FROM measured ORDER BY v DESC LIMIT 1 OFFSET {share_of_all} - 1)"
    )


def _field(rule: mix.Rule, as_of: int) -> str:
    if rule.operator == "in":
        return f"{rule.of} IN ({', '.join(map(_text, rule.operand))})"
    if rule.operator == "is":
        return f"{rule.of} = {_text(rule.operand)}"
    if rule.operator == "at_least":
        return f"{rule.of} >= {rule.operand}"
    sign = "<=" if rule.operator == "older_than" else ">"
    return f"{rule.of} {sign} {_text(mix.date_back(as_of, int(rule.operand)))}"


def _text(word: object) -> str:
    return "'" + str(word).replace("'", "''") + "'"


def main(file: str, rules: Path, as_of: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    run = connection.execute
    run("PRAGMA cache_size = -65536")  # as tagctl has
    connection.create_function("ceil", 1, math.ceil, deterministic=True)  # not in every build of SQLite
    run("BEGIN IMMEDIATE")
    op = run(
        'INSERT INTO operations (kind, at, as_of, "by") VALUES (?, ?, ?, ?)', ("run", as_of, as_of, "peer")
    ).lastrowid
    run("CREATE TEMP TABLE difference (tag INTEGER, customer INTEGER, gained INTEGER)")
    tags = dict(run("SELECT name, id FROM tags"))
    for rule in mix.load(rules):
        run(_DIFFERENCE.format(wanted=wanted(rule, as_of)), (tags[rule.tag],))
    run(
        "INSERT INTO assignments (tag, customer, source, gained_op, lost_op, since) "
        "SELECT tag, customer, 'rule', ?, NULL, ? FROM temp.difference WHERE gained ORDER BY tag, customer",
        (op, as_of),
    )
    run(
        "UPDATE assignments SET lost_op = ? WHERE (tag, customer) IN "
        "(SELECT tag, customer FROM temp.difference WHERE NOT gained) "
        "AND source = 'rule' AND lost_op IS NULL",
        (op,),
    )
    run("COMMIT")
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
