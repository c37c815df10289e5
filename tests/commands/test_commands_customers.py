"""Who is who, as a person types it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from shell import Shell

from tagctl.errors import ExitCode

PEOPLE = "客户编号,姓名,手机,标签\nC1,王伟,13812345678,VIP\nC2,王伟,138 1234 5678,\nC3,李娜,139****5678,\n"
ORDERS = """订单编号,买家昵称,联系手机,下单时间,金额
1,tb1,13812345678,2026-10-01,5
2,tb2,13712345678,2026-10-02,6
"""


@pytest.fixture
def shop(tmp_path):
    shell = Shell(tmp_path)
    shell.run("init")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    shell.run("import", "customers", "people.csv", "--yes")
    return shell


def test_duplicates_are_found_shown_united_and_taken_apart(shop):
    found = json.loads(shop.run("customers", "duplicates", "--format", "json"))
    assert [(row["cluster"], row["customer"], row["witnesses"]) for row in found] == [
        (1, "C1", ["phone +8613812345678"]),
        (1, "C2", ["phone +8613812345678"]),
    ]
    assert "phone +8613812345678" in shop.run("customers", "duplicates")
    assert "C1  王伟" in shop.run("customers", "merge", "C1", "C2", "--dry-run")
    shop.run("customers", "merge", "C1", "C2", code=ExitCode.USAGE)  # nobody there to confirm it
    report = json.loads(
        shop.run("customers", "merge", "C1", "C2", "--into", "C2", "--yes", "--format", "json")
    )
    assert (report["customer"], report["merged"], report["tags_gained"]) == ("C2", ["C1"], ["VIP"])
    assert "Also known by: C1" in shop.run("show", "C1")
    rows = list(csv.DictReader(io.StringIO(shop.run("customers", "list", "--format", "csv"))))
    assert [(row["key"], row["earlier_keys"]) for row in rows] == [("C2", "C1"), ("C3", "")]
    assert "merge" in shop.run("history")
    shop.run("undo", str(report["operation"]))
    assert len(json.loads(shop.run("customers", "duplicates", "--format", "json"))) == 2


def test_an_import_stops_where_another_column_knows_the_buyers(shop):
    (shop.folder / "tagctl.toml").write_text(
        'timezone = "Asia/Shanghai"\nregion = "CN"\nidentifiers = ["phone"]\n'
    )
    shop.run("customers", "merge", "C1", "C2", "--yes")
    done = shop.process("-m", "tagctl", "import", "events", "order", "orders.csv", "--yes")
    assert done.returncode == ExitCode.GUARD
    assert "联系手机 matches 1" in done.stderr
    shop.run("import", "events", "order", "orders.csv", "--match", "联系手机=phone", "--yes")
    shop.run("import", "events", "order", "orders.csv", "--match", "phone", "--yes", code=ExitCode.USAGE)
    assert "order" in shop.run("show", "C1")
