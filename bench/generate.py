"""Customers and events for the benchmark, always the same ones: into a project's database or DuckDB's.

    python bench/generate.py base FILE --customers N --events N     a tagctl.db with imported data, no run
    python bench/generate.py day FILE --customers N --events N      one day's events of 1 % of the customers
    python bench/generate.py duckdb FILE --customers N --events N   the same and that day, as DuckDB tables

Rows go into the schema that the store makes, in the order in which an import writes them. A process of its
own, so that its memory is not counted for what is measured (a child starts with its parent's peak).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mix
import numpy as np

SPAN = 700 * mix.DAY  # how far back events go
# type → share of all events, statuses with their weights, a field that is summed
TYPES: dict[str, tuple[float, tuple[tuple[str, float], ...], str]] = {
    "order": (
        0.2,
        (("交易成功", 4), ("paid", 2), ("已发货", 1), ("待付款", 1), ("已取消", 1), ("closed", 1)),
        "amount",
    ),
    "login": (0.3, (("成功", 18), ("密码错误", 1), ("locked", 1)), ""),
    "view": (0.4, (("浏览", 6), ("加购", 2), ("收藏", 1), ("分享", 1)), "seconds"),
    "support": (0.1, (("咨询", 5), ("退货", 3), ("投诉", 1), ("complaint", 1)), ""),
}
CITIES = ["上海", "北京", "广州", "深圳", "杭州", "成都", "重庆", "西安", "武汉", "南京", "长沙", "苏州"]
LEVELS = ["普通", "普通", "普通", "银卡", "银卡", "金卡"]
FIELDS = {"city": "text", "level": "text", "age": "number", "registered": "date"}


@dataclass(frozen=True, slots=True)
class Events:
    """The events of one type, sorted by customer and time. `status` numbers the type's statuses."""

    type: str
    customer: Any
    at: Any
    status: Any
    measured: Any  # amount in stored money, or seconds; None for types without

    def statuses(self) -> list[str]:
        return [status for status, _weight in TYPES[self.type][1]]


def customers(count: int) -> dict[str, list[Any]]:
    """The columns of customers 1 to count."""
    rng = np.random.default_rng(1)
    days = rng.integers(0, 2000, count)
    epoch = np.datetime64("2026-06-30")
    return {
        "city": [CITIES[i] for i in rng.integers(0, len(CITIES), count).tolist()],
        "level": [LEVELS[i] for i in rng.integers(0, len(LEVELS), count).tolist()],
        "age": rng.integers(16, 70, count).astype(float).tolist(),
        "registered": np.datetime_as_string(epoch - days).tolist(),
    }


def history(customers: int, events: int) -> list[Events]:
    """All events up to the first as-of: few customers do much, and many have stopped long ago."""
    found = []
    for number, (kind, (share, _statuses, _field)) in enumerate(TYPES.items()):
        rng = np.random.default_rng([2, number])
        stopped = np.where(rng.random(customers) < 0.5, rng.random(customers) * 0.9, 0.0)
        busy = rng.permutation(customers)
        ids = busy[(rng.random(round(events * share)) ** 2 * customers).astype(np.int64)]
        gone = stopped[ids]
        ago = gone + (1 - gone) * rng.random(len(ids)) ** 1.3
        found.append(_events(rng, kind, ids + 1, mix.AS_OF - (ago * SPAN).astype(np.int64)))
    return found


def one_day(customers: int) -> list[Events]:
    """What 1 % of the customers did on the day after: two events each, on average."""
    touched = np.random.default_rng(3).permutation(customers)[: max(1, customers // 100)] + 1
    found = []
    for number, (kind, (share, _statuses, _field)) in enumerate(TYPES.items()):
        rng = np.random.default_rng([4, number])
        ids = rng.choice(touched, max(1, round(2 * share * len(touched))))
        found.append(_events(rng, kind, ids, mix.AS_OF + 1 + rng.integers(0, mix.DAY, len(ids))))
    return found


def _events(rng: np.random.Generator, kind: str, customer: Any, at: Any) -> Events:
    _share, statuses, field = TYPES[kind]
    order = np.lexsort((at, customer))
    weights = np.array([weight for _status, weight in statuses], float)
    status = rng.choice(len(statuses), len(order), p=weights / weights.sum())
    measured = None
    if field == "amount":
        measured = (rng.gamma(2, 120, len(order)) + 10).astype(np.int64) * mix.MONEY
    elif field:
        measured = np.floor(rng.gamma(1.5, 40, len(order)) + 1)  # whole: sums are exact in any order
    return Events(kind, customer[order], at[order], status, measured)


# ── into tagctl's schema ─────────────────────────────────────────────────────────────────────────


def base(path: Path, count: int, events: int) -> None:
    """A database as it is after importing everything, before the first run."""
    from tagctl.store import catalog
    from tagctl.store.connection import open_store
    from tagctl.store.operations import operate

    with open_store(path, create=True) as store:
        store.execute("PRAGMA synchronous = OFF")
        with operate(store, "import", now=mix.AS_OF, by="bench", what="customers") as op:
            for field, kind in FIELDS.items():
                catalog.add_field(op, "customer", field, kind)
            store.executemany(
                "INSERT INTO customers (tagctl_key, city, level, age, registered, tagctl_op) "
                f"VALUES (?, ?, ?, ?, ?, {op.number})",
                zip((f"C{i:08}" for i in range(1, count + 1)), *customers(count).values(), strict=True),
            )
            op.keep(customers_created=count)
        with operate(store, "import", now=mix.AS_OF, by="bench", what="events") as op:
            for found in history(count, events):
                catalog.ensure_event_type(op, found.type)
                catalog.add_field(op, found.type, "status", "text", "status")
                if field := TYPES[found.type][2]:
                    kind = "money" if field == "amount" else "number"
                    catalog.add_field(op, found.type, field, kind, "amount" if kind == "money" else None)
                _insert(op, found, "h")
            op.keep(events_created=events)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def day(path: Path, count: int) -> None:
    """Add the day's events, as one more import."""
    from tagctl.store.connection import open_store
    from tagctl.store.operations import operate

    with open_store(path) as store:
        with operate(store, "import", now=mix.NEXT_DAY, by="bench", what="day") as op:
            for found in one_day(count):
                _insert(op, found, "d")
            op.keep(events_created=1)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(op: Any, found: Events, prefix: str) -> None:
    from tagctl.store.catalog import table_of

    field = TYPES[found.type][2]
    columns = "tagctl_customer, tagctl_at, status, tagctl_identity" + (f", {field}" if field else "")
    op.store.executemany(
        f'INSERT INTO "{table_of(found.type)}" ({columns}, tagctl_op) '
        f"VALUES (?, ?, ?, ?{', ?' if field else ''}, {op.number})",
        _rows(found, prefix),
    )


def _rows(found: Events, prefix: str) -> Iterator[tuple[Any, ...]]:
    statuses = found.statuses()
    size = 100_000
    for start in range(0, len(found.at), size):
        part = slice(start, start + size)
        columns: list[Any] = [
            found.customer[part].tolist(),
            found.at[part].tolist(),
            [statuses[i] for i in found.status[part].tolist()],
            [f"{prefix}{i:09}" for i in range(start, min(start + size, len(found.at)))],
        ]
        if found.measured is not None:
            columns.append(found.measured[part].tolist())
        yield from zip(*columns, strict=True)


# ── into DuckDB's own tables ─────────────────────────────────────────────────────────────────────


def own_tables(path: Path, count: int, events: int) -> None:
    """The same data, the day's events included, the way a person would store it in DuckDB."""
    import duckdb
    import pandas as pd

    with duckdb.connect(str(path)) as connection:
        frame = pd.DataFrame({"id": np.arange(1, count + 1), **customers(count)})
        frame["registered"] = pd.to_datetime(frame["registered"])
        connection.register("incoming", frame)
        connection.execute(
            "CREATE TABLE customers AS SELECT * REPLACE (registered::DATE AS registered) FROM incoming"
        )
        for old, new in zip(history(count, events), one_day(count), strict=True):
            for number, found in enumerate((old, new)):
                columns = {"customer": found.customer, "at": found.at, "code": found.status}
                if found.measured is not None:
                    columns[TYPES[found.type][2]] = found.measured
                connection.register("incoming", pd.DataFrame(columns))
                names = ", ".join(f"'{status}'" for status in found.statuses())
                query = f"SELECT * EXCLUDE (code), [{names}][code + 1] AS status FROM incoming"
                how = f'INSERT INTO "{found.type}"' if number else f'CREATE TABLE "{found.type}" AS'
                connection.execute(f"{how} {query}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("base", "day", "duckdb"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--events", type=int, required=True)
    options = parser.parse_args()
    if options.what == "base":
        base(options.file, options.customers, options.events)
    elif options.what == "day":
        day(options.file, options.customers)
    else:
        own_tables(options.file, options.customers, options.events)


if __name__ == "__main__":
    main()
