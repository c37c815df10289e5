"""The benchmark of duplicate labels at a tiny size: every task ends. Times are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the extra [bench] is not installed")
if sys.platform == "win32":
    pytest.skip("the bench measures with os.wait4", allow_module_level=True)

BENCH = Path(__file__).parent.parent / "bench" / "duplicates.py"


def test_tagctl_and_all_pairs_find_something() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH), "--labels", "300", "--times", "2", "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [line["labels"] for line in found] == [300, 300, 600]
    assert all(line["found"] > 0 and line["peak_mb"] > 0 for line in found)
