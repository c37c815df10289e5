"""The second month of two shops, one Chinese, one English, with files as their platforms export them: what
was cleaned does not come back, and what comes again changes nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from tagctl.cli import app

ROOT = Path(__file__).parent.parent.parent
Call = Callable[..., str]


@dataclass(frozen=True)
class Shop:
    """Its files; two tags with members, of which the first is merged into the second; a tag with a rule; one
    order as it was before it was paid, and as it is."""

    customers: Path
    orders: Path
    encoding: str
    settings: str
    taxonomy: str
    merged: tuple[str, str]
    rules: str
    paid: tuple[str, str]


SHOPS = {
    "zh": Shop(
        ROOT / "tagctl/demo/sources/客户.xlsx",
        ROOT / "tagctl/demo/sources/orders.csv",
        "gb18030",
        'timezone = "Asia/Shanghai"\n',
        "dimensions:\n  - name: 价值\n    kind: value\n    tags:\n      - VIP\n      - 老客\n"
        "  - name: 阶段\n    kind: lifecycle\n    tags:\n      - 已成交客户\n",
        ("      - VIP\n      - 老客\n", "      - {name: 老客, aliases: [VIP]}\n"),
        "rules: [{tag: 已成交客户, when: {count: order, at_least: 2}}]\n",
        ("等待买家付款", "交易成功"),
    ),
    "en": Shop(
        ROOT / "tests/data/shopify_customers_real_columns_invented_rows.csv",
        ROOT / "tests/data/shopify_orders_real_columns_invented_rows.csv",
        "utf-8",
        'timezone = "Europe/Berlin"\ncurrency = "EUR"\n',
        "dimensions:\n  - name: Value\n    kind: value\n    tags:\n      - VIP\n      - wholesale\n"
        "  - name: Stage\n    kind: lifecycle\n    tags:\n      - newsletter\n",
        ("      - VIP\n      - wholesale\n", "      - {name: wholesale, aliases: [VIP]}\n"),
        "rules: [{tag: newsletter, when: {count: order, at_least: 2}}]\n",
        (",pending,", ",paid,"),
    ),
}


@pytest.fixture(params=SHOPS)
def shop(request, tmp_path, monkeypatch) -> tuple[Shop, Call]:
    """A shop after its first month: customers and orders imported, and a run."""
    shipped = SHOPS[request.param]
    monkeypatch.chdir(tmp_path)
    copies = (Path(shutil.copy(file, tmp_path)) for file in (shipped.customers, shipped.orders))
    customers, orders = copies  # what is rejected is written beside them
    found = replace(shipped, customers=customers, orders=orders)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_LANG", request.param)
    texts = (("tagctl.toml", found.settings), ("taxonomy.yaml", found.taxonomy), ("rules.yaml", found.rules))
    for name, text in texts:
        Path(name).write_text(text, encoding="utf-8")

    def call(*words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == 0, result.output
        return result.stdout

    call("init")
    call("import", "customers", str(found.customers))
    call("import", "events", "order", str(found.orders))
    call("run", "--yes")
    return found, call


def imported(call: Call, *words: str) -> dict[str, int]:
    """What an import of other bytes than before changed."""
    report = json.loads(call("import", *words, "--format", "json"))
    assert not report["unchanged_file"]
    return {
        name: count
        for name, count in report.items()
        if count
        and name.endswith(("_created", "_updated", "_gained", "_lost", "_withheld", "_gone", "_back"))
    }


def held(call: Call) -> str:
    return call("export", "assignments", "--format", "json")


def other_bytes(file: Path) -> Path:
    """The same sheet, saved once more."""
    again = Path(f"again{file.suffix}")
    if file.suffix == ".xlsx":
        openpyxl.load_workbook(file).save(again)
    else:
        again.write_bytes(file.read_bytes() + b"\r\n")
    return again


def test_the_shops_hold_what_the_tests_are_about(shop):
    found, call = shop
    sources = {(row["tag"], row["source"]) for row in json.loads(held(call))}
    ruled = found.rules.partition("tag: ")[2].partition(",")[0]
    assert {("VIP", "import"), (ruled, "rule")} <= sources


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "json"])
def test_our_own_exports_after_a_run_change_nothing(shop, suffix):
    _found, call = shop
    before = held(call)
    for words in (("customers",), ("events", "order"), ("assignments",)):
        file = f"{words[0]}.{suffix}"
        call("export", words[0], file, *(("--type", words[1]) if words[1:] else ()))
        assert imported(call, *words, file) == {}
    call("run")
    assert held(call) == before


def test_last_months_sheet_after_an_alias_that_merges_and_a_run_changes_nothing(shop):
    found, call = shop
    members = sum(row["tag"] == "VIP" for row in json.loads(held(call)))
    edited = Path("taxonomy.yaml").read_text("utf-8").replace(*found.merged)
    Path("taxonomy.yaml").write_text(edited, "utf-8")
    call("taxonomy", "apply", "--yes")
    call("run")
    before = held(call)
    assert members and '"VIP"' not in before
    assert imported(call, "customers", str(other_bytes(found.customers))) == {}
    assert json.loads(call("run", "--format", "json"))["operation"] is None
    assert held(call) == before


def test_an_order_exported_unpaid_and_later_paid_is_one_event_updated(shop):
    found, call = shop
    unpaid, paid = found.paid
    text = found.orders.read_bytes().decode(found.encoding)
    lines = text.splitlines(keepends=True)
    number = max(n for n, line in enumerate(lines) if unpaid in line or paid in line)
    for status, other in ((unpaid, paid), (paid, unpaid)):
        changed = status not in lines[number]
        lines[number] = lines[number].replace(other, status)
        Path("month.csv").write_bytes("".join(lines).encode(found.encoding))
        if changed:
            assert imported(call, "events", "order", "month.csv") == {"events_updated": 1}
    assert changed
