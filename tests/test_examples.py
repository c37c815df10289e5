"""The two example files: complete, documented, valid before and after any import, and true to their words."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from shell import Shell

from tagctl import model, rules

ROOT = Path(__file__).parent.parent
TAXONOMY = ROOT / "taxonomy.example.yaml"
RULES = ROOT / "rules.example.yaml"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def taxonomy() -> model.Taxonomy:
    found, problems, warnings = rules.read_taxonomy(TAXONOMY.read_bytes(), TAXONOMY.name)
    assert not problems
    assert not warnings
    return found


def compiled(taxonomy: model.Taxonomy, catalog: model.Catalog) -> rules.Compiled:
    return rules.compile(RULES.read_bytes(), RULES.name, taxonomy, catalog, SHANGHAI)


def test_the_taxonomy_keeps_to_its_own_limits(taxonomy):
    counted = [d for d in taxonomy.dimensions.values() if d.kind != "attribute"]
    assert (taxonomy.limits.dimensions, taxonomy.limits.tags) == (5, 50)
    assert len(counted) <= 5
    assert sum(len(d.tags) for d in counted) <= 50
    assert all(len(tag) <= (taxonomy.limits.max_length or 0) for tag in taxonomy.tags)


def test_every_tag_says_why_whose_and_what_next(taxonomy):
    lacking = [t.name for t in taxonomy.tags.values() if not (t.purpose and t.owner and t.action)]
    assert lacking == []


def test_high_value_customer_is_another_word_for_vip(taxonomy):
    assert taxonomy.names["高价值客户"] == "VIP"
    assert ("潜在客户", "已成交客户") in taxonomy.conflicts


@pytest.mark.parametrize("path", [TAXONOMY, RULES], ids=lambda p: p.name)
def test_block_style_only(path):
    """People copy from the examples: no brackets to balance. Only what is empty cannot do without."""

    def flow(node: yaml.Node) -> list[str]:
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        own = [f"line {node.start_mark.line + 1}"] if children and node.flow_style else []
        return own + [found for child in children for found in flow(child)]

    assert flow(yaml.compose(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("entry", ["rules", "segments"])
def test_every_entry_has_a_chinese_comment(entry):
    lines = RULES.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"{entry}:")
    end = next((n for n, line in enumerate(lines) if n > start and re.match(r"\w", line)), len(lines))
    items = [n for n in range(start, end) if lines[n].startswith("  - ")]
    assert items
    without = [lines[n] for n in items if not re.match(r"  # .*[一-鿿]", lines[n - 1])]
    assert without == []


def test_its_own_tests_are_named_in_chinese_and_pass(tmp_path):
    shell = Shell(tmp_path)
    shell.run("init")
    report = json.loads(shell.run("rules", "test", "--format", "json"))
    assert report["total"] == report["passed"] >= 10
    assert [r["name"] for r in report["results"] if not re.search("[一-鿿]", r["name"])] == []


def test_before_any_import_everything_waits_and_nothing_is_wrong(taxonomy):
    result = compiled(taxonomy, model.Catalog())
    assert result.problems == ()
    assert len(result.ruleset.rules) > 40
    assert len(result.ruleset.segments) == 5


def test_without_optional_columns_the_rules_still_compile(taxonomy):
    """A plain order export (customer, time, amount) has no status and no category: those rules wait."""
    order = model.EventType(
        "order",
        (
            model.Field("客户", "text", "key", "tagctl_customer"),
            model.Field("时间", "datetime", "at", "tagctl_at"),
            model.Field("金额", "money", "amount", "金额"),
        ),
    )
    catalog = model.Catalog((model.Field("客户", "text", "key", "tagctl_key"),), (order,))
    assert compiled(taxonomy, catalog).problems == ()


def test_every_tag_but_those_people_give_has_a_rule(taxonomy):
    ruled = {rule.tag for rule in compiled(taxonomy, model.Catalog()).ruleset.rules}
    parents = {tag.parent for tag in taxonomy.tags.values()}
    by_hand = {t for t in taxonomy.tags if t not in ruled and t not in parents}
    assert by_hand == {"黑金VIP", "价格敏感", "品质优先"}


# ── true to their words ──────────────────────────────────────────────────────────────────────────
# cases/examples.yaml describes customers by days before one instant; they all live in one project, made
# and run once by the real commands. The `tests:` of rules.example.yaml are run as a user would.

AS_OF = datetime(2026, 1, 20, 23, 59, 59)
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "examples.yaml").read_text(encoding="utf-8"))
COLUMNS = {
    "order": ("amount", "status", "category"),
    "login": (),
    "view": ("category",),
    "support": ("category",),
    "activity": ("channel",),
}


def described() -> list[dict[str, Any]]:
    """The cases of the file, `ago` turned into `at`."""
    return [
        {
            **case,
            **{
                kind: [
                    {**event, "at": event.get("at") or AS_OF - duration(event["ago"])} for event in case[kind]
                ]
                for kind in COLUMNS
                if kind in case
            },
        }
        for case in CASES
    ]


def duration(text: str) -> timedelta:
    return (
        timedelta(hours=int(text[:-1])) if text.endswith("h") else timedelta(days=int(text.removesuffix("d")))
    )


ALL = described()


@pytest.fixture(scope="module")
def held(tmp_path_factory) -> dict[str, set[str]]:
    """The tags of each case's customer after import and run."""
    folder = tmp_path_factory.mktemp("example")
    fields = sorted({name for case in ALL for name in case.get("customer") or {}})
    with (folder / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["客户编号", *fields])
        writer.writerows(
            [f"C{number:03d}", *((case.get("customer") or {}).get(name, "") for name in fields)]
            for number, case in enumerate(ALL)
        )
    shell = Shell(folder, now="2026-01-20T23:59:59+08:00")
    shell.run("init")
    shell.run("import", "customers", "customers.csv")
    for kind, columns in COLUMNS.items():
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["客户编号", "at", *columns])
            for number, case in enumerate(ALL):
                for event in case.get(kind, ()):
                    cells = [event.get(column, "") for column in columns]
                    writer.writerow([f"C{number:03d}", event["at"].isoformat(sep=" "), *cells])
        shell.run("import", "events", kind, f"{kind}.csv")
    shell.run("run")
    shell.run("export", "assignments", "tags.jsonl")
    found: dict[str, set[str]] = {case["name"]: set() for case in ALL}
    for line in (folder / "tags.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[ALL[int(row["customer"][1:])]["name"]].add(row["tag"])
    return found


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["name"])
def test_the_right_customers_hold_the_right_tags(case, held):
    tags = held[case["name"]]
    assert {
        "held": set(case.get("expect", ())) - tags,
        "not held": set(case.get("expect_not", ())) & tags,
    } == {
        "held": set(),
        "not held": set(),
    }


def test_dormant_and_lost_never_meet_and_nobody_is_in_two_stages(held, taxonomy):
    stages = set(taxonomy.dimensions["生命周期"].tags)
    assert all(len(tags & stages) <= 1 for tags in held.values())
    assert any("沉睡客户" in tags for tags in held.values())
    assert any("流失客户" in tags for tags in held.values())
