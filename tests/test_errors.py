"""The error gallery: each folder of cases/errors holds a broken taxonomy.yaml, rules.yaml or when.txt and
what tagctl says about it. TAGCTL_UPDATE_CASES=1 rewrites what is expected; read the difference then."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import tagctl.rules
from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.model import Catalog, EventType, Field, Taxonomy

CASES = Path(__file__).parent / "cases" / "errors"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
SHANGHAI = ZoneInfo("Asia/Shanghai")

TAXONOMY = """
dimensions:
  - name: 生命周期
    kind: lifecycle
    exclusive: ordered
    tags: [新客户, 已成交客户, {name: 沉睡客户, aliases: [睡眠客户]}]
  - name: 价值
    kind: value
    tags: [{name: VIP, aliases: [高价值客户]}, 忠实客户, 犹豫客户]
  - {name: 年龄段, tags: [18-24岁, 25-35岁]}
  - {name: 地区, tags: [华东, 华北]}
"""

CATALOG = Catalog(
    fields=(
        Field("客户编号", "text", "key", "tagctl_key"),
        Field("姓名", "text", "name", "姓名"),
        Field("城市", "text", "city", "城市"),
        Field("备注", "text", None, "备注"),
        Field("年龄", "number", None, "年龄"),
        Field("累计消费", "money", None, "累计消费"),
        Field("生日", "date", "birthday", "生日"),
        Field("注册时间", "datetime", None, "注册时间"),
        Field("会员", "bool", None, "会员"),
        Field("兴趣", "list", None, "兴趣"),
    ),
    events=(
        EventType(
            "order",
            (
                Field("下单时间", "datetime", "at", "tagctl_at"),
                Field("实付", "money", "amount", "实付"),
                Field("状态", "text", "status", "状态"),
                Field("件数", "number", None, "件数"),
            ),
        ),
        EventType("login", (Field("at", "datetime", "at", "tagctl_at"),)),
    ),
)

# Files that are better made than kept.
MADE: dict[str, bytes] = {
    "too-big": b"# " + b"x" * 2_000_001,
    "too-deep": b"rules: " + b"[" * 100_000,
    "too-many-aliases": b"a: &a [x, x]\nb: [" + b"*a, " * 200 + b"*a]\n",
    "utf16": "version: 1\n".encode("utf-16"),
    "control-character": b"version: 1\nrules:\n  - tag: V\x07IP\n",
    "not-utf8": b"version: 1\n# \xff\xff\xff\n",
}


def told(name: str) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The errors and warnings of one case."""
    folder = CASES / name
    own = folder / "taxonomy.yaml"
    taxonomy, errors, warnings = rules.read_taxonomy(
        own.read_bytes() if own.exists() else TAXONOMY.encode(), "taxonomy.yaml"
    )
    if (folder / "when.txt").exists():
        try:
            rules.condition((folder / "when.txt").read_text("utf-8"), taxonomy, CATALOG, SHANGHAI)
        except UsageProblem as problem:
            errors += problem.problems
    written = folder / "rules.yaml"
    if name in MADE or written.exists():
        data = MADE.get(name) or written.read_bytes()
        compiled = rules.compile(data, "rules.yaml", taxonomy, CATALOG, SHANGHAI)
        errors += compiled.problems
        warnings += compiled.warnings
    return errors, warnings


def drawn(kind: str, problem: Problem) -> str:
    """A problem as text: the excerpt marks with » « what the caret line would underline."""
    lines = [f"{kind} {problem.code} {problem.location}"]
    if problem.excerpt is not None and problem.location and problem.location.column:
        start = problem.location.column - 1
        end = start + problem.width
        text = problem.excerpt
        lines.append(f"  | {text[:start]}»{text[start:end]}«{text[end:]}"[:160])
    lines.append(f"  what: {problem.what}")
    lines.append(f"  next: {problem.next}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str):
    errors, warnings = told(name)
    found = "\n".join([*(drawn("error", e) for e in errors), *(drawn("warning", w) for w in warnings)])
    expected = CASES / name / "expected.txt"
    if os.environ.get("TAGCTL_UPDATE_CASES"):
        expected.write_text(found, "utf-8")
    assert found == expected.read_text("utf-8")
    assert errors or warnings
    for problem in (*errors, *warnings):
        assert problem.what, problem
        assert problem.next, problem
        assert problem.location is not None
        assert problem.location.line, problem


def codes_in_source() -> set[str]:
    """Every problem code that the rules room can emit: the arguments where problems are made."""
    found: set[str] = set()
    for path in Path(tagctl.rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if called in ("error", "warning", "stop", "_stop", "_not_a_number"):
                found.update(texts[:1])
            elif called == "Named":
                found.update(texts[1:3])
    from tagctl.rules import nearmiss

    return (
        found | {"yaml-syntax"} | set(nearmiss._SENTENCES) | {code for _pattern, code, _at in nearmiss._CODES}
    )


def test_every_code_has_a_case():
    shown = {p.code for name in NAMES for found in told(name) for p in found}
    assert codes_in_source() - shown == set()


def test_a_taxonomy_of_the_gallery_is_valid():
    taxonomy, errors, warnings = rules.read_taxonomy(TAXONOMY.encode(), "taxonomy.yaml")
    assert isinstance(taxonomy, Taxonomy)
    assert (errors, warnings) == ((), ())
