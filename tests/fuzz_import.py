"""Looks for files that import cannot take: python -m tests.fuzz_import [--minutes 10] [--seed N]

By turns damaged real files (tests/damage.py) and tables made by hypothesis in every format that can be
written (tests/made_tables.py). A damaged file must go in with all its cells accounted for or end in an error
of ours, a made one must go in with the values that were written. A file that fails is kept, with the line
that tries it again: python -m tests.fuzz_import --again FILE
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS), str(TESTS / "workflows")]  # as pytest has them

from damage import Attempt, attempt  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from importing_project import Project, adds_up  # noqa: E402
from made_tables import TAXONOMY, Made, file_of, tables, wrong  # noqa: E402

from tagctl.errors import TagctlError  # noqa: E402

PATIENCE = 60  # seconds that one file may take
BATCH = 25  # of each kind in a round


class Hang(Exception):
    """One file has taken too long."""


@contextmanager
def watched() -> Iterator[None]:
    """Ends what does not come back: Python by an exception, a library with the whole process."""
    signal.alarm(PATIENCE)
    faulthandler.dump_traceback_later(2 * PATIENCE, exit=True)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()


class Fuzz:
    """One project, into which every file is imported and taken back."""

    def __init__(self, folder: Path, keep: Path, number: int) -> None:
        self.tried: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self._folder, self._keep, self._seed = folder, keep, number
        self._project = Project(folder)
        self._project.taxonomy(TAXONOMY)

    def run(self, seconds: float) -> None:
        """Rounds until the time is over; their files follow from the seed alone."""
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            draw = Random(f"{self._seed}/{number}")
            for turn in range(BATCH):
                self.damaged(attempt(draw, turn))
            self._made_tables(number)
            number += 1

    def damaged(self, one: Attempt) -> None:
        about = {"flags": one.flags, "events": one.events}
        self._try("damaged", one.name, one.data, about, lambda file: self._import(file, one))

    def made(self, made: Made) -> None:
        name, data = file_of(made)
        self._try(made.format, name, data, {"made": made}, lambda file: wrong(self._project, made, file))

    def _made_tables(self, number: int) -> None:
        @seed(self._seed * 1_000_003 + number)
        @settings(max_examples=BATCH, database=None, deadline=None, phases=(Phase.generate,),
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(tables())
        def one(made: Made) -> None:
            self.made(made)

        one()

    def _import(self, file: Path, one: Attempt) -> list[str]:
        if one.events is not None:
            report = self._project.events(one.events, file, dry_run=True, **one.flags)
        else:
            report = self._project.customers(file, dry_run=True, **one.flags)
        return [] if adds_up(report) else [f"does not add up: {report.files}"]

    def _try(self, kind: str, name: str, data: bytes, about: dict[str, Any], check: Any) -> None:
        file = self._folder / name
        file.write_bytes(data)
        Path(f"{file}.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        self.tried[kind] += 1
        try:
            with watched():
                found = check(file)
        except TagctlError as error:
            self.tried["told"] += 1
            found = [
                f"{p.code}: {p.what}" for p in error.problems if kind != "damaged" or not (p.code and p.what)
            ]
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # also what the readers written in Rust raise
            found = [_where(error), *traceback.format_exception(error)]
        if found:
            self._failure(kind, file, found)

    def _failure(self, kind: str, file: Path, found: list[str]) -> None:
        what = f"{kind}: {found[0]}"
        self.failed[what[:100]] += 1
        if self.failed[what[:100]] > 3:
            return  # more of the same
        kept = self._keep / f"{self._seed}-{self.failed.total()}-{file.name}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(file.read_bytes())
        Path(f"{kept}.json").write_bytes(Path(f"{file}.json").read_bytes())
        print("\n".join(found[:5]))
        print(f"→ python -m tests.fuzz_import --again {kept}", flush=True)


def _where(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}: {error}"


def again(fuzz: Fuzz, file: Path) -> None:
    """Try a file that was kept, as it was tried."""
    about = json.loads(Path(f"{file}.json").read_text("utf-8"))
    if "made" in about:
        *how, rows = about["made"]
        fuzz.made(Made(*how, [tuple(row) for row in rows]))
        return
    flags = {
        name: tuple(value) if isinstance(value, list) else value for name, value in about["flags"].items()
    }
    fuzz.damaged(Attempt(file.name, file.read_bytes(), flags, about["events"]))


def _hang(_signal: int, _frame: object) -> None:
    raise Hang(f"more than {PATIENCE} seconds")


def main() -> int:
    """0 where nothing was found, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9))
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "tagctl-fuzz")
    parser.add_argument("--again", type=Path, metavar="FILE", help="try a file that was kept")
    given_ = parser.parse_args()
    faulthandler.enable()
    signal.signal(signal.SIGALRM, _hang)
    with tempfile.TemporaryDirectory() as folder:
        # What kills the process leaves the file that did it there.
        print(f"seed {given_.seed}, files in {folder}", flush=True)
        fuzz = Fuzz(Path(folder), given_.keep, given_.seed)
        if given_.again:
            again(fuzz, given_.again)
        else:
            fuzz.run(given_.minutes * 60)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(fuzz.tried.items())))
    print(f"{fuzz.failed.total()} failed")
    for what, count in fuzz.failed.most_common():
        print(f"{count} × {what}")
    return 1 if fuzz.failed else 0


if __name__ == "__main__":
    sys.exit(main())
