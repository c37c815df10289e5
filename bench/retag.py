"""Recomputing all tags: tagctl against the same rules written by hand, in one run on one machine.

    python bench/retag.py [--customers 1000000] [--events 10000000] [--rules 52] [--runs 1] [--json]
    python bench/retag.py --scale …        instead: tagctl alone, the events growing tenfold
    python bench/retag.py --profile …      instead: the statements of tagctl's nightly run that take longest

Needs the extra [bench]. The data is always the same and kept in the temp folder. Every peer must end with
exactly tagctl's tags, or the bench fails. What is measured is whole processes: start, work, close.

cold      imported data, no run before: everything is computed and every assignment written
nightly   1 % of the customers have new events, and the clock has moved on by one day
again     the same once more: nothing may be written
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import databases
import digests
import measure
import mix
from measure import BENCH, ROOT, Measured

PEERS = BENCH / "peers"
ENGINES = {"SQLite": ["--engine", "sqlite"]}  # name → the words that choose it
if find_spec("duckdb_extension_sqlite_scanner"):
    ENGINES["DuckDB"] = ["--engine", "duckdb"]
WHEN = {mix.AS_OF: "2026-06-30", mix.NEXT_DAY: "2026-07-01"}
TOO_BIG_FOR_BARE = 1_000_000  # events: beyond, what Python adds to the SQL is nothing

Digests = dict[str, digests.Digest]


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the table. `start` is the database it works on a copy of (DuckDB's: on it itself); the
    words are what Python is called with; `result` reads what it did, from the file or its output."""

    step: str
    name: str
    start: Path
    words: Callable[[Path], list[str | Path]]
    result: Callable[[Path, Measured], Digests]
    copied: bool = True


class Bench:
    """A folder with the data of one size, and what is measured on it."""

    def __init__(self, folder: Path, cache: Path, customers: int, events: int, rules: int | None) -> None:
        self.folder = folder
        self.size = ["--customers", str(customers), "--events", str(events)]
        self.cache = cache
        self.customers, self.events = customers, events
        self.rules = mix.read(rules)
        self.mix = folder / "mix.json"
        mix.save(self.rules, self.mix)
        for name, text in (
            ("taxonomy.yaml", mix.taxonomy(self.rules)),
            ("rules.yaml", mix.rules_yaml(self.rules)),
            ("tagctl.toml", f'timezone = "{mix.ZONE}"\n'),
        ):
            (folder / name).write_text(text, encoding="utf-8")
        self.ready = folder / "ready.db"
        self.night = folder / "night.db"

    # ── the data ─────────────────────────────────────────────────────────────────────────────────

    def prepare(self, first_engine: list[str]) -> None:
        """ready.db: imported, tags declared, no run; night.db: after a run, one day's events later."""
        shutil.copyfile(self.cached("base", "db"), self.ready)
        measure.python(*self.tagctl(self.ready, "taxonomy", "apply", "--yes"), folder=self.folder)
        databases.settle(self.ready)
        shutil.copyfile(self.ready, self.night)
        measure.python(*self.run(self.night, mix.AS_OF, first_engine), folder=self.folder)
        measure.python(BENCH / "generate.py", "day", self.night, *self.size)
        databases.settle(self.night)

    def cached(self, what: str, suffix: str) -> Path:
        """A file that generate.py makes: the one made before by the same program, else a new one."""
        made_by = [BENCH / "generate.py", BENCH / "mix.py", ROOT / "tagctl" / "store" / "schema.py"]
        mark = hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:12]
        path = self.cache / f"{what}-{self.customers}-{self.events}-{mark}.{suffix}"
        if not path.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name("unfinished-" + path.name)
            databases.remove(unfinished)
            note(f"generating {path.name}")
            measure.python(BENCH / "generate.py", what, unfinished, *self.size)
            unfinished.replace(path)
        return path

    # ── what is measured ─────────────────────────────────────────────────────────────────────────

    def tagctl(self, database: Path, *words: str | Path) -> list[str | Path]:
        return ["-m", "tagctl", "--project", self.folder, "--db", database, *words]

    def run(self, database: Path, as_of: int, engine: list[str]) -> list[str | Path]:
        words = ["run", "--as-of", WHEN[as_of], "--max-change", "1000%", "--format", "json", *engine]
        return self.tagctl(database, *words)

    def steps(self) -> tuple[tuple[str, Path, int], ...]:
        return ("cold", self.ready, mix.AS_OF), ("nightly", self.night, mix.NEXT_DAY)

    def tagctl_tasks(self) -> Iterator[Task]:
        """tagctl, cold and nightly, with every engine."""
        for engine, words in ENGINES.items():
            for step, start, as_of in self.steps():
                yield Task(step, f"tagctl, {engine}", start, bind(self.run, as_of, words), in_database)

    def peer_tasks(self) -> Iterator[Task]:
        """The same by hand."""
        for step, start, as_of in self.steps():
            words = self.peer("sql_per_rule.py", self.mix, as_of)
            yield Task(step, "one statement per rule", start, words, in_database)
        if self.events <= TOO_BIG_FOR_BARE:
            statements, _times = self.record()
            words = self.peer("bare.py", statements, mix.NEXT_DAY)
            yield Task("nightly", "bare script", self.night, words, in_database)
        words = self.peer("pandas_script.py", self.mix, mix.NEXT_DAY)
        yield Task("nightly", "pandas, recompute", self.night, words, printed, copied=False)
        own = self.folder / "own.duckdb"
        shutil.copyfile(self.cached("duckdb", "duckdb"), own)
        words = self.peer("duckdb_sql.py", self.mix, mix.NEXT_DAY)
        yield Task("nightly", "DuckDB, recompute", own, words, self.in_duckdb, copied=False)

    def peer(self, script: str, argument: Path, as_of: int) -> Callable[[Path], list[str | Path]]:
        return lambda database: [PEERS / script, database, argument, str(as_of)]

    def in_duckdb(self, database: Path, _measured: Measured) -> Digests:
        found: Digests = json.loads(measure.python(PEERS / "duckdb_sql.py", database, self.mix).output)
        return found

    def record(self) -> tuple[Path, Path]:
        """The SQL of tagctl's nightly run, and the time of each statement."""
        found = self.folder / "statements.json", self.folder / "times.txt"
        database = self.folder / "recorded.db"
        shutil.copyfile(self.night, database)
        words = self.run(database, mix.NEXT_DAY, [])[2:]  # without -m tagctl
        measure.python(BENCH / "record.py", *found, *words, folder=self.folder)
        databases.remove(database)
        return found

    def measure(self, tasks: list[Task], runs: int) -> list[dict[str, Any]]:
        """All tasks in turns, so that a busy machine hurts all alike; of several runs the best counts."""
        best: dict[int, Measured] = {}
        agreed: dict[str, Digests] = {}
        for turn in range(runs):
            for number, task in enumerate(tasks):
                note(f"{task.step}: {task.name}" + (f" ({turn + 1} of {runs})" if runs > 1 else ""))
                database = self.folder / "measured.db" if task.copied else task.start
                if task.copied:
                    shutil.copyfile(task.start, database)
                found = measure.python(*task.words(database), folder=self.folder)
                if turn == 0:
                    result = task.result(database, found)
                    agree(task, agreed.setdefault(task.step, result), result)
                if task.copied:
                    databases.remove(database)
                known = best.get(number, found)
                best[number] = replace(
                    known, seconds=min(known.seconds, found.seconds), cpu=min(known.cpu, found.cpu)
                )
        self.assignments = sum(count for count, *_sums in agreed["nightly"].values())
        rows = [
            {"step": task.step, "name": task.name, **figures(best[number])}
            for number, task in enumerate(tasks)
        ]
        for row in rows:  # tagctl's first engine comes first in every step
            ours = next(other for other in rows if other["step"] == row["step"])
            row["ratio"] = row["seconds"] / ours["seconds"]
            row["cpu_ratio"] = row["cpu"] / ours["cpu"]
        return rows

    def again(self) -> list[dict[str, Any]]:
        """The nightly run twice: SystemExit where the second writes anything."""
        rows = []
        for engine, words in ENGINES.items():
            note(f"again: tagctl, {engine}")
            database = self.folder / "measured.db"
            shutil.copyfile(self.night, database)
            measure.python(*self.run(database, mix.NEXT_DAY, words), folder=self.folder)
            before = databases.written(database)
            found = measure.python(*self.run(database, mix.NEXT_DAY, words), folder=self.folder)
            report = json.loads(found.output)
            if report["engine"] != engine.lower():
                sys.exit(f"{engine} did not compute: {report['engine_note']}")
            if report["operation"] is not None or databases.written(database) != before:
                sys.exit(f"the second run with {engine} wrote something though nothing had changed")
            databases.remove(database)
            rows.append({"step": "again", "name": f"tagctl, {engine}", **figures(found)})
        return rows


def bind(run: Callable[..., list[str | Path]], as_of: int, engine: list[str]) -> Any:
    return lambda database: run(database, as_of, engine)


def figures(found: Measured) -> dict[str, float]:
    return {"seconds": found.seconds, "cpu": found.cpu, "peak_mb": found.peak}


def in_database(database: Path, _measured: Measured) -> Digests:
    return digests.of_database(database)


def printed(_database: Path, found: Measured) -> Digests:
    result: Digests = json.loads(found.output)
    return result


def agree(task: Task, ours: Digests, theirs: Digests) -> None:
    different = digests.differences(ours, theirs)
    if different:
        sys.exit(f"{task.step}: {task.name} does not agree with tagctl:\n" + "\n".join(different))


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ── what is printed ──────────────────────────────────────────────────────────────────────────────


def compare(bench: Bench, runs: int) -> dict[str, Any]:
    """The table of all."""
    tasks = sorted([*bench.tagctl_tasks(), *bench.peer_tasks()], key=lambda task: task.step)
    rows = bench.measure(tasks, runs) + bench.again()
    return {"assignments_per_customer": bench.assignments / bench.customers, "rows": rows}


def grow(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """tagctl alone, customers fixed. Against the step before, `ratio` is of the time, `events_ratio` of the
    events."""
    rows: list[dict[str, Any]] = []
    for part in (10, 5, 2, 1):
        place = folder / str(part)
        place.mkdir()
        bench = Bench(place, options.cache, options.customers, options.events // part, options.rules)
        bench.prepare(next(iter(ENGINES.values())))
        for row in bench.measure(list(bench.tagctl_tasks()), options.runs):
            same = [r for r in rows if (r["step"], r["name"]) == (row["step"], row["name"])]
            row |= {"events": bench.events, "ratio": None, "cpu_ratio": None, "events_ratio": None}
            if same:
                row["ratio"] = row["seconds"] / same[-1]["seconds"]
                row["cpu_ratio"] = row["cpu"] / same[-1]["cpu"]
                row["events_ratio"] = row["events"] / same[-1]["events"]
            rows.append(row)
        shutil.rmtree(place)
    return {"rows": sorted(rows, key=lambda row: (row["step"], row["name"], row["events"]))}


def table(found: dict[str, Any]) -> str:
    heads = f"{'step':8} {'what':26} {'events':>10}"
    lines = [f"{heads} {'seconds':>8} {'CPU s':>8} {'peak MB':>8} {'ratio':>6} {'CPU':>6}"]
    for row in found["rows"]:
        ratios = [f"{row[key]:6.2f}" if row.get(key) else " " * 6 for key in ("ratio", "cpu_ratio")]
        events = row.get("events", found["events"])
        lines.append(
            f"{row['step']:8} {row['name']:26} {events:>10} {row['seconds']:8.2f} {row['cpu']:8.2f} "
            f"{row['peak_mb']:8.0f} {' '.join(ratios)}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rules", type=int, help="so many of the mix, evenly; all 52 unless told")
    parser.add_argument("--runs", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "tagctl-bench")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {
        "customers": options.customers,
        "events": options.events,
        "rules": options.rules or len(mix.read()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cpus": os.cpu_count(),
    }
    with tempfile.TemporaryDirectory(dir=options.cache) as place:
        if options.scale:
            found |= grow(options, Path(place))
        else:
            bench = Bench(Path(place), options.cache, options.customers, options.events, options.rules)
            bench.prepare(next(iter(ENGINES.values())))
            if options.profile:
                print("".join(bench.record()[1].read_text(encoding="utf-8").splitlines(keepends=True)[:25]))
                return
            found |= compare(bench, options.runs)
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else table(found))


if __name__ == "__main__":
    main()
