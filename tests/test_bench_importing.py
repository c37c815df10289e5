"""The import benchmark at a tiny size: every task ends, and tagctl has all rows. Times are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

for needed in ("pandas", "sqlite_utils", "xlsxwriter"):
    pytest.importorskip(needed, reason="the extra [bench] is not installed")
if sys.platform == "win32":
    pytest.skip("the bench measures with os.wait4", allow_module_level=True)

BENCH = Path(__file__).parent.parent / "bench" / "importing.py"


def test_tagctl_and_every_peer_read_the_files() -> None:
    words = ("--rows", "300", "--sheet-rows", "200", "--json")
    done = subprocess.run(
        [sys.executable, str(BENCH), *words], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(row["step"], row["rows"]) for row in found if row["name"] == "tagctl"] == [
        ("csv", 300),
        ("jsonl", 300),
        ("xlsx", 200),
    ]
    assert len(found) == 7
    assert all(row["peak_mb"] > 0 for row in found)
