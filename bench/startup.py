"""Start-up: tagctl against a Typer hello-world, in one run on one machine.

    python bench/startup.py [--runs 15] [--json]

Prints the best time of each command and the ratios; exits with 1 where a ratio is over its bar.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
HELLO = '''
import typer

app = typer.Typer()


@app.callback()
def root() -> None:
    """Hello."""


@app.command()
def run(name: str = "world") -> None:
    """Say hello."""
    print(f"hello {name}")


app()
'''
CUSTOMERS = "客户编号,姓名,城市\n" + "".join(f"{n:04},客户{n},上海\n" for n in range(50))
ORDERS = "客户编号,订单号,下单时间,金额\n" + "".join(
    f"{n % 50:04},D{n},2026-0{n % 9 + 1}-1{n % 10},{n}.50\n" for n in range(200)
)
TAXONOMY = "dimensions:\n  - {name: 价值, kind: value, tags: [忠实客户, VIP]}\n"
RULES = """rules:
  - {tag: 忠实客户, when: {count: order, at_least: 3}}
  - {tag: VIP, when: {sum: order.amount, within: 90d, at_least: 300}}
"""
# what, tagctl's words, the hello-world's words, how many times as long at most
BARS = (
    ("--version", ["--version"], ["run"], 1.5),
    ("--help", ["--help"], ["--help"], 1.5),
    ("run", ["run"], ["run"], 2.5),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        hello = folder / "hello.py"
        hello.write_text(HELLO, encoding="utf-8")
        project(folder)
        found = [measure(folder, hello, *bar, options.runs) for bar in BARS]
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print(f"{'command':12} {'tagctl':>9} {'hello':>9} {'ratio':>7} {'bar':>5}")
        for row in found:
            print(
                f"{row['command']:12} {row['tagctl_ms']:7.0f}ms {row['hello_ms']:7.0f}ms"
                f" {row['ratio']:7.2f} {row['bar']:5.1f}"
            )
    return int(any(row["ratio"] > row["bar"] for row in found))


def project(folder: Path) -> None:
    """A tiny project with data, whose rules have run once."""
    for name, text in (
        ("customers.csv", CUSTOMERS),
        ("orders.csv", ORDERS),
        ("taxonomy.yaml", TAXONOMY),
        ("rules.yaml", RULES),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    for words in (
        ["import", "customers", "customers.csv"],
        ["import", "events", "order", "orders.csv"],
        ["run"],
    ):
        call(folder, ["-m", "tagctl", *words])


def measure(
    folder: Path, hello: Path, name: str, ours: list[str], theirs: list[str], bar: float, runs: int
) -> dict[str, object]:
    """The best of several runs of both, taken in turns so that a busy machine hurts both."""
    commands = (["-m", "tagctl", *ours], [str(hello), *theirs])
    best = [float("inf"), float("inf")]
    for _ in range(runs + 1):  # the first one warms the caches; as the slowest it does not count
        for index, command in enumerate(commands):
            best[index] = min(best[index], call(folder, command))
    return {
        "command": name,
        "tagctl_ms": best[0] * 1000,
        "hello_ms": best[1] * 1000,
        "ratio": best[0] / best[1],
        "bar": bar,
    }


def call(folder: Path, words: list[str]) -> float:
    """Seconds that a Python process takes for this; it must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TAGCTL_LANG": "en"}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
