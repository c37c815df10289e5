"""One process, measured: seconds, seconds of CPU, peak memory. Needs os.wait4, so not on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parent
ROOT = BENCH.parent
_MEGABYTE = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss counts kilobytes, on a Mac bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process took; `output` is what it printed."""

    seconds: float
    cpu: float
    peak: float  # megabytes
    output: str


def python(*words: str | Path, folder: Path | None = None) -> Measured:
    """Run Python on a file of the bench, or with -m; SystemExit where it fails."""
    command = [sys.executable, *map(str, words)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(BENCH))),
        "PYTHONDONTWRITEBYTECODE": "",
        "TAGCTL_LANG": "en",
    }
    # To files: a pipe that nobody reads would block the child while we wait for it.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=errors)
        _pid, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        output, complaint = out.read().decode(), errors.read().decode()
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}:\n{output[-2000:]}{complaint[-4000:]}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _MEGABYTE, output)
