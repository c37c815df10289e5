"""The benchmark at a tiny size: tagctl and every peer end with the same tags. Times are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the extra [bench] is not installed")

BENCH = Path(__file__).parent.parent / "bench"
if sys.platform == "win32":
    pytest.skip("the bench measures with os.wait4", allow_module_level=True)


def retag(cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "retag.py"), "--customers", "300", "--events", "6000", "--json"]
    return subprocess.run(
        [*command, "--cache", str(cache), *words], capture_output=True, text=True, encoding="utf-8"
    )


def test_peers_agree_with_tagctl(tmp_path: Path) -> None:
    done = retag(tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    lines = {(row["step"], row["name"]) for row in found["rows"]}
    assert lines >= {
        ("cold", "tagctl, SQLite"),
        ("cold", "one statement per rule"),
        ("nightly", "tagctl, SQLite"),
        ("nightly", "one statement per rule"),
        ("nightly", "bare script"),
        ("nightly", "pandas, recompute"),
        ("nightly", "DuckDB, recompute"),
        ("again", "tagctl, SQLite"),
    }
    assert found["rules"] == 52
    assert all(row["peak_mb"] > 0 for row in found["rows"])


def test_another_result_fails_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import digests

    ours = {"VIP": [2, 3, 5], "新客户": [0, 0, 0]}
    assert digests.differences(ours, {"VIP": [2, 3, 5]}) == []
    assert digests.differences(ours, {"VIP": [2, 3, 9]}) == ["VIP: [2, 3, 5] against [2, 3, 9]"]
    assert digests.differences(ours, {**ours, "沉睡客户": [1, 1, 1]}) != []


def test_the_mix_is_what_the_readme_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import mix

    rules = mix.read()
    events = [rule for rule in rules if rule.event and rule.operator != "top"]
    assert len(events) == 44
    assert {rule.event for rule in events} == {"order", "login", "view", "support"}
    assert {rule.days for rule in events} == {7, 30, 90, 365, None}
    assert {(rule.function, bool(rule.among)) for rule in events} >= {
        ("count", False),
        ("count", True),
        ("sum", False),
        ("last", False),
    }
    assert sum(rule.function == "field" for rule in rules) == 6
    assert sum(rule.operator == "top" for rule in rules) == 2
    assert len(mix.read(50)) == 50
