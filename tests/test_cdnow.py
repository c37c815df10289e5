"""6,919 real purchases: the rows add up, a rule agrees with pandas, the same file again changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from shell import Shell

DATA = Path(__file__).parent / "data" / "cdnow_transactions.csv"
IMPORT = ("import", "events", "order", DATA.name, "--key", "id", "--format", "json")
TAXONOMY = "dimensions:\n  - name: 价值\n    kind: value\n    tags: [忠实客户]\n"
RULES = "rules:\n  - tag: 忠实客户\n    when: {count: order, at_least: 3}\n"


@pytest.fixture
def shop(tmp_path):
    shutil.copy(DATA, tmp_path)
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    return Shell(tmp_path)


def customers_with_three_orders() -> set[str]:
    import pandas

    purchases = pandas.read_csv(DATA, dtype={"id": str})
    counts = purchases.groupby("id").size()
    return set(counts[counts >= 3].index)


def test_every_row_is_told(shop):
    report = json.loads(shop.run(*IMPORT))
    (file,) = report["files"]
    assert (file["rows"], file["imported"], file["rejected"], file["blank"]) == (6919, 6919, 0, 0)
    assert report["events_created"] == 6919
    assert report["customers_created"] == 2357


def test_the_same_file_again_changes_nothing_and_says_so(shop):
    first = json.loads(shop.run(*IMPORT))
    again = json.loads(shop.run(*IMPORT))
    assert again["unchanged_file"] is True
    assert again["operation"] is None
    assert again["same_as_operation"] == first["operation"]
    assert len(json.loads(shop.run("history", "--format", "json"))) == 1


def test_three_orders_or_more_are_those_that_pandas_finds(shop):
    shop.run(*IMPORT)
    shop.run("run")
    rows = json.loads(shop.run("export", "assignments", "--format", "json"))
    assert {row["customer"] for row in rows} == customers_with_three_orders()
    assert {(row["tag"], row["dimension"], row["source"]) for row in rows} == {("忠实客户", "价值", "rule")}
    report = json.loads(shop.run("run", "--format", "json"))
    assert (report["operation"], report["gained"], report["lost"]) == (None, 0, 0)
