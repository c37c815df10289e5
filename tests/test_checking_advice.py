"""What `rules check` advises, by cases (cases/checking); of our examples it says nothing false."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

import tagctl.rules
from tagctl import rules
from tagctl.errors import Problem
from tagctl.model import Catalog, EventType, Field, Taxonomy
from tagctl.workflows import checking_rules

ROOT = Path(__file__).parent.parent
CASES = [
    case
    for path in sorted((Path(__file__).parent / "cases" / "checking").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
]
SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = 1_781_000_000  # in June 2026

TAXONOMY: dict[str, Any] = {
    "dimensions": [
        {
            "name": "一",
            "exclusive": "one",
            "tags": ["A", "B", "C", {"name": "父", "children": ["子"]}, {"name": "草", "status": "draft"}],
        },
        {"name": "序", "exclusive": "ordered", "tags": ["O", "P", "Q", "初", "试"]},
        {"name": "自由", "tags": ["X", "Y", "Z"]},
    ]
}
DECLARED = """
fields: {年龄: number, 备注: text, 会员: bool, 兴趣: list, 注册日期: date}
events: {order: {}, login: {}, view: {}, 购买: {from: order, where: {field: status, is: paid}}}
periods: {双11: [[2025-11-01, 2025-11-11], [2026-11-01, 2026-11-11]]}
"""


def advice(case: dict[str, Any]) -> tuple[Problem, ...]:
    taxonomy_yaml = yaml.safe_load(yaml.safe_dump(TAXONOMY))
    if "pilot" in case:
        taxonomy_yaml["dimensions"][1]["tags"][-1] = {
            "name": "试",
            "status": "pilot",
            "pilot": {"when": case["pilot"]},
        }
    taxonomy, errors, _warnings = rules.read_taxonomy(yaml.safe_dump(taxonomy_yaml).encode(), "taxonomy.yaml")
    assert not errors
    return reviewed((case["yaml"] + DECLARED).encode(), taxonomy)


def reviewed(data: bytes, taxonomy: Taxonomy, known: Catalog | None = None) -> tuple[Problem, ...]:
    """What is advised beside what the compiler itself advises; unless said, nothing was imported yet."""
    known = known or Catalog()
    compiled = rules.compile(data, "rules.yaml", taxonomy, known, SHANGHAI)
    assert not compiled.problems, compiled.problems
    report = checking_rules.check(data, "rules.yaml", taxonomy, known, SHANGHAI, AS_OF)
    return report.warnings[len(compiled.warnings) :]


def told(problem: Problem) -> str:
    assert problem.location is not None
    return f"{problem.code} {problem.location.line}"


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_advice(case):
    found = advice(case)
    assert [told(problem) for problem in found] == case["expect"], [p.what for p in found]
    for problem in found:
        assert problem.what
        assert problem.next
        assert problem.excerpt


def test_there_is_a_case_for_every_code():
    """The codes are the second argument wherever advice is told."""
    path = Path(tagctl.rules.__file__).parent / "checking" / "advice.py"
    calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
    codes = {
        call.args[1].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "_tell"
        and isinstance(call.args[1], ast.Constant)
    }
    assert len(codes) >= 6
    assert codes - {line.split()[0] for case in CASES for line in case["expect"]} == set()


def test_both_rules_and_a_customer_are_named():
    (found,) = advice(
        {
            "yaml": "rules:\n"
            "  - {tag: A, when: {last: login, older_than: 30d}}\n"
            "  - {tag: B, when: [{last: any, older_than: 30d}, {field: 年龄, at_least: 18}]}\n"
        }
    )
    assert found.code == "no-order"
    assert "B and A (rules.yaml:2:5) can hold at once" in found.what
    assert "年龄 18, login 30 days ago" in found.what
    assert "exclusive: ordered" in found.next


def test_the_example_is_free_of_it():
    taxonomy, *_problems = rules.read_taxonomy((ROOT / "taxonomy.example.yaml").read_bytes(), "taxonomy.yaml")
    data = (ROOT / "rules.example.yaml").read_bytes()
    assert reviewed(data, taxonomy) == ()


def test_of_the_measured_rules_only_the_two_that_are_one_are_named():
    data = (ROOT / "bench" / "mix.yaml").read_bytes()
    tags = [rule["tag"] for rule in yaml.safe_load(data)["rules"]]
    taxonomy, *_problems = rules.read_taxonomy(
        yaml.safe_dump({"dimensions": [{"name": "D", "tags": tags}]}).encode(), "taxonomy.yaml"
    )
    cells = (Field("amount", "money"), Field("status", "text"), Field("channel", "text"))
    cells += (Field("category", "text"), Field("seconds", "number"))
    known = Catalog(
        (Field("level", "text"), Field("age", "number"), Field("city", "text"), Field("registered", "date")),
        tuple(EventType(name, cells) for name in ("order", "login", "view", "support")),
    )
    (found,) = reviewed(data, taxonomy, known)
    assert (found.code, "新近登录" in found.what, "本月登录" in found.what) == ("same-rule", True, True)
