"""The same rules as a pandas script: read the tables it needs into memory, group, count.

    python pandas_script.py tagctl.db mix.json AS_OF

A full recompute without comparing or writing: it prints what every tag has, as JSON (see bench/digests.py).
"""

from __future__ import annotations

import json
import math
import sqlite3
import sys
from pathlib import Path

import digests
import mix
import numpy as np
import pandas as pd


def holders(
    rule: mix.Rule, customers: pd.DataFrame, events: dict[str, pd.DataFrame], as_of: int
) -> np.ndarray:
    """The ids of the customers who have a rule's tag."""
    if rule.function == "field":
        return customers.index[_field(rule, customers[rule.of], as_of)].to_numpy()
    found = events[rule.event]
    if rule.days:
        found = found[found["at"] > mix.back(as_of, rule.days)]
    if rule.among:
        found = found[found["status"].isin(rule.among)]
    grouped = found.groupby("customer")
    if rule.function == "count":
        values = grouped.size()
    elif rule.function == "sum":
        values = grouped[rule.of].sum()
    else:
        values = grouped["at"].max()
    if rule.operator == "top":
        edge = values.nlargest(math.ceil(len(values) * rule.operand)).iloc[-1]
        return values.index[values >= edge].to_numpy()
    if rule.operator == "is":  # is: 0
        return customers.index.difference(values.index).to_numpy()
    if rule.function == "last":
        edge = mix.back(as_of, int(rule.operand))
        chosen = values <= edge if rule.operator == "older_than" else values > edge
    else:
        chosen = values >= rule.operand
    return values.index[chosen].to_numpy()


def _field(rule: mix.Rule, column: pd.Series, as_of: int) -> pd.Series:
    if rule.operator == "in":
        return column.isin(rule.operand)
    if rule.operator == "is":
        return column == rule.operand
    if rule.operator == "at_least":
        return column >= rule.operand
    edge = mix.date_back(as_of, int(rule.operand))
    return column <= edge if rule.operator == "older_than" else column > edge


def main(file: str, rules_file: Path, as_of: int) -> None:
    rules = mix.load(rules_file)
    with sqlite3.connect(file) as connection:
        fields = sorted({rule.of for rule in rules if rule.function == "field"})
        customers = pd.read_sql_query(
            f"SELECT {', '.join(['tagctl_id', *fields])} FROM customers", connection, index_col="tagctl_id"
        )
        events = {}
        for kind in sorted({rule.event for rule in rules if rule.event}):
            columns = ["tagctl_customer AS customer", "tagctl_at AS at"]
            if any(rule.among for rule in rules if rule.event == kind):
                columns.append("status")
            columns += sorted({rule.of for rule in rules if rule.event == kind and rule.of})
            query = f'SELECT {", ".join(columns)} FROM "event_{kind}" WHERE tagctl_at <= {as_of}'
            parts = pd.read_sql_query(query, connection, chunksize=500_000)
            frame = pd.concat(parts, ignore_index=True)
            if "status" in frame:
                frame["status"] = frame["status"].astype("category")
            events[kind] = frame
    found = {rule.tag: digests.of_array(holders(rule, customers, events, as_of)) for rule in rules}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
