"""Snapshots and corrections as a person types them: exit codes, what is printed, findings, exports."""

from __future__ import annotations

import json

import pytest
from shell import Shell

TAXONOMY = "dimensions: [{name: 价值, tags: [VIP, 有单]}]\n"
RULES = "events: {order: {}}\nrules: [{tag: 有单, when: {count: order, at_least: 1}}]\n"
HEADER = "客户编号,姓名,标签\n"
PEOPLE = [f"{n:02},客户{n},VIP\n" for n in range(20)]


@pytest.fixture
def shell(tmp_path):
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "1.csv").write_text(HEADER + "".join(PEOPLE), encoding="utf-8")
    (tmp_path / "2.csv").write_text(HEADER + "".join(PEOPLE[2:]), encoding="utf-8")
    orders = "".join(f"{n:02},2026-10-0{n % 9 + 1},{n}.50,未付款\n" for n in range(20))
    (tmp_path / "orders.csv").write_text("客户编号,下单时间,金额,状态\n" + orders, encoding="utf-8")
    shell = Shell(tmp_path)
    shell.run("import", "customers", "1.csv")
    shell.run("import", "events", "order", "orders.csv")
    shell.run("run")
    return shell


def test_a_snapshot_from_import_to_undo(shell):
    said = shell.run("import", "customers", "2.csv", "--snapshot", "--max-missing", "9%", code=7)
    assert "Operation" not in said
    said = shell.run("import", "customers", "2.csv", "--snapshot")
    assert "2 customers gone, 0 back" in said
    shell.run("run")
    findings = json.loads(shell.run("findings", "list", "--format", "json"))
    assert [(row["code"], row["count"]) for row in findings] == [("gone-customer", 2)]
    assert "Gone since 2026-10-31" in shell.run("show", "00")
    segment = json.loads(shell.run("segment", "show", "--tag", "有单", "--format", "json"))
    assert (segment["size"], segment["customers"]) == (18, 18)
    assert len(shell.run("export", "customers").splitlines()) == 1 + 18
    assert len(shell.run("export", "customers", "--with-gone").splitlines()) == 1 + 20
    number = json.loads(shell.run("history", "--format", "json"))[1]["number"]
    shell.run("undo", str(number), "--yes")
    assert "Gone" not in shell.run("show", "00")
    assert len(shell.run("export", "customers").splitlines()) == 1 + 20


def test_options_that_say_nothing(tmp_path):
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
    (tmp_path / "1.csv").write_text(HEADER + "".join(PEOPLE), encoding="utf-8")
    for words in (("--max-missing", "many"), ("--taken", "31.10.2026")):
        Shell(tmp_path).run("import", "customers", "1.csv", "--snapshot", *words, code=2)


def test_a_correction_is_told_and_taken_with_correct(shell):
    orders = shell.folder / "orders.csv"
    orders.write_text(orders.read_text(encoding="utf-8").replace("未付款", "已付款", 1), encoding="utf-8")
    said = " ".join(shell.run("import", "events", "order", "orders.csv", "--dry-run").split())
    assert "1 row (row 2) is like an event known before" in said
    assert "1 changed" in shell.run("import", "events", "order", "orders.csv", "--correct")
    assert "20 unchanged" in shell.run("import", "events", "order", "orders.csv")


def test_who_is_gone_is_listed_apart_and_not_counted_elsewhere(shell):
    head = "客户编号,姓名,手机,标签\n"
    people = ["a,王伟,13812345678,没见过\n", "b,王伟,13812345678,没见过、从前\n", "c,李娜,13912345678,VIP\n"]
    for name, rows in (("3.csv", people), ("4.csv", people[::2])):
        (shell.folder / name).write_text(head + "".join(rows), encoding="utf-8")
    shell.run("import", "customers", "3.csv")

    def told(*words: str) -> list[tuple[str, ...]]:
        return [tuple(row.values()) for row in json.loads(shell.run(*words, "--format", "json"))]

    assert len(told("customers", "duplicates")) == 2
    assert [row[:2] for row in told("tags", "unknown")] == [("没见过", 2), ("从前", 1)]
    shell.run("import", "customers", "4.csv", "--snapshot", "--max-missing", "50%")
    assert told("customers", "duplicates") == []
    assert [row[:2] for row in told("tags", "unknown")] == [("没见过", 1)]
    assert "b" not in [row[0] for row in told("customers", "list")]
    assert [row[0] for row in told("customers", "list", "--gone")] == ["b"]
    assert "1 customer has one of them" in shell.run("tags", "ignore", "没见过", "--dry-run")
