"""Import: tagctl against bare readers and other tools, in one run on one machine.

    python bench/importing.py [--rows 1000000] [--sheet-rows 500000] [--runs 1] [--json]
    python bench/importing.py --scale …        instead: tagctl alone on CSV, the rows growing twentyfold

The customers are always the same: key, name, phone, e-mail, birthday, amount, city and packed tags. What is
measured is whole processes: start, work, close. Needs the extra [bench].
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import measure

HEADERS = ("客户编号", "姓名", "手机", "邮箱", "生日", "累计消费", "城市", "标签")
TAGS = ("VIP", "老客户", "新客户", "母婴", "数码", "美妆", "流失", "活动", "微信", "抖音")
CITIES = ("上海", "北京", "杭州", "成都", "广州", "深圳", "武汉", "西安")
TAXONOMY = "dimensions:\n  - {name: 标签, kind: behaviour, tags: [" + ", ".join(TAGS) + "]}\n"

BARE_CSV = """
import csv, sqlite3, sys
base = sqlite3.connect(sys.argv[2])
base.execute("CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT)")
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = csv.reader(file)
    next(rows)
    base.executemany("INSERT INTO t VALUES (?,?,?,?,?,?,?,?)", rows)
base.commit()
"""
BARE_XLSX = """
import sys
from python_calamine import CalamineWorkbook
for row in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows():
    pass
"""
PANDAS_XLSX = """
import sys, pandas
pandas.read_excel(sys.argv[1], engine="openpyxl", dtype=str)
"""


def customers(count: int) -> Iterator[tuple[str, ...]]:
    """The rows of the file, as text."""
    draw = random.Random(20261031)
    first = date(1960, 1, 1)
    for number in range(count):
        tags = "、".join(draw.sample(TAGS, draw.randrange(4)))
        yield (
            f"{number + 1:08}",
            f"客户{number + 1}",
            f"1{draw.randrange(30, 99)}{draw.randrange(10**8):08}",
            f"c{number + 1}@example.com",
            str(first + timedelta(days=draw.randrange(16000))),
            f"{draw.randrange(10**6) / 100:.2f}",
            draw.choice(CITIES),
            tags,
        )


def write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(customers(count))


def write_jsonl(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in customers(count):
            named = dict(zip(HEADERS, row, strict=True))
            file.write(json.dumps(named, ensure_ascii=False) + "\n")


def write_xlsx(path: Path, count: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for number, row in enumerate(customers(count), 1):
            sheet.write_row(number, 0, row)


class Bench:
    """Every task begins with a new project or database in a folder of its own."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder = folder
        self.runs = runs
        self.count = 0

    def tagctl(self, file: Path, rows: int) -> measure.Measured:
        """tagctl imports the file; SystemExit where a row is missing."""

        def once() -> measure.Measured:
            project = self.place()
            (project / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
            (project / "tagctl.toml").write_text('timezone = "Asia/Shanghai"\n', encoding="utf-8")
            words = ("import", "customers", file, "--yes", "--format", "json")
            found = measure.python("-m", "tagctl", "--project", project, *words)
            created = json.loads(found.output)["customers_created"]
            if created != rows:
                sys.exit(f"{file.name}: {created} customers of {rows} rows")
            return found

        return self.best(once)

    def script(self, text: str, *words: Path) -> measure.Measured:
        def once() -> measure.Measured:
            return measure.python("-c", text, *words, self.place() / "peer.db")

        return self.best(once)

    def sqlite_utils(self, file: Path) -> measure.Measured:
        def once() -> measure.Measured:
            return measure.python(
                "-m", "sqlite_utils", "insert", self.place() / "peer.db", "t", file, "--csv"
            )

        return self.best(once)

    def best(self, once: Any) -> measure.Measured:
        return min((once() for _ in range(self.runs)), key=lambda found: found.seconds)

    def place(self) -> Path:
        self.count += 1
        place = self.folder / str(self.count)
        place.mkdir()
        return place


def row(step: str, name: str, rows: int, found: measure.Measured, base: measure.Measured) -> dict[str, Any]:
    return {
        "step": step,
        "name": name,
        "rows": rows,
        "seconds": found.seconds,
        "cpu": found.cpu,
        "peak_mb": found.peak,
        "ratio": found.seconds / base.seconds,
        "cpu_ratio": found.cpu / base.cpu,
    }


def compare(bench: Bench, rows: int, sheet_rows: int) -> Iterator[dict[str, Any]]:
    """tagctl first in every step; `ratio` is to it."""
    text = bench.folder / "customers.csv"
    write_csv(text, rows)
    ours = bench.tagctl(text, rows)
    yield row("csv", "tagctl", rows, ours, ours)
    yield row("csv", "csv.reader, executemany", rows, bench.script(BARE_CSV, text), ours)
    yield row("csv", "sqlite-utils insert --csv", rows, bench.sqlite_utils(text), ours)
    text.unlink()
    lines = bench.folder / "customers.jsonl"
    write_jsonl(lines, rows)
    ours = bench.tagctl(lines, rows)
    yield row("jsonl", "tagctl", rows, ours, ours)
    lines.unlink()
    book = bench.folder / "customers.xlsx"
    write_xlsx(book, sheet_rows)
    ours = bench.tagctl(book, sheet_rows)
    yield row("xlsx", "tagctl", sheet_rows, ours, ours)
    yield row("xlsx", "python-calamine, read only", sheet_rows, bench.script(BARE_XLSX, book), ours)
    yield row("xlsx", "pandas.read_excel, openpyxl", sheet_rows, bench.script(PANDAS_XLSX, book), ours)


def grow(bench: Bench, rows: int) -> Iterator[dict[str, Any]]:
    """tagctl on CSV; `ratio` is to the smallest, times the rows."""
    base = None
    for part in (20, 8, 4, 2, 1):
        text = bench.folder / "customers.csv"
        write_csv(text, rows // part)
        found = bench.tagctl(text, rows // part)
        base = base or found
        yield row("csv", "tagctl", rows // part, found, base)


def table(rows: list[dict[str, Any]]) -> str:
    heads = f"{'step':6} {'what':28} {'rows':>9} {'seconds':>8} {'CPU s':>8} {'peak MB':>8}"
    lines = [f"{heads} {'ratio':>6} {'CPU':>6}"]
    for one in rows:
        lines.append(
            f"{one['step']:6} {one['name']:28} {one['rows']:>9} {one['seconds']:8.2f} {one['cpu']:8.2f} "
            f"{one['peak_mb']:8.0f} {one['ratio']:6.2f} {one['cpu_ratio']:6.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sheet-rows", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), options.runs)
        steps = (
            grow(bench, options.rows) if options.scale else compare(bench, options.rows, options.sheet_rows)
        )
        found = list(steps)
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else table(found))


if __name__ == "__main__":
    main()
