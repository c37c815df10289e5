"""The JSON schemas know the whole language and see mistakes of shape, as the parser does. What counts as one
is in cases/schema.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml

from tagctl import rules
from tagctl.model import Catalog, EventType, Field
from tagctl.rules import families, literals, operators, ruleset, schema, sections, segments, source, taxonomy
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
KNOWN = yaml.safe_load((CASES / "schema.yaml").read_text("utf-8"))
KINDS = ("taxonomy", "rules")
VALIDATORS = {kind: jsonschema.Draft7Validator(schema.build(kind)) for kind in KINDS}
CONDITION = jsonschema.Draft7Validator(
    {"$ref": "#/definitions/condition", "definitions": schema.build("rules")["definitions"]}
)
VALUE = jsonschema.Draft7Validator(
    {"$ref": "#/definitions/value", "definitions": schema.build("rules")["definitions"]}
)


def plain(node: Node):
    """What an editor sees, which reads YAML 1.2: dates and `no` are texts."""
    if node.kind == "map":
        return {key.text: plain(value) for key, value in node.entries}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.empty:
        return None
    if node.plain and node.text in ("true", "false"):
        return node.text == "true"
    if node.plain and re.fullmatch(r"[-+]?\d+", node.text):
        return int(node.text)
    if node.plain and re.fullmatch(r"[-+]?\d+\.\d+", node.text):
        return float(node.text)
    return node.text


def read(data: bytes):
    return plain(source.load(data, "a.yaml"))


def codes(expected: str, file: str) -> list[str]:
    return re.findall(rf"^error (\S+) {file}", expected, re.MULTILINE)


def gallery():
    """Every broken file that is YAML, with whether the schema should see what is wrong."""
    for folder in sorted((CASES / "errors").iterdir()):
        expected = folder / "expected.txt"
        for kind in KINDS:
            path = folder / f"{kind}.yaml"
            if not path.exists() or not expected.exists() or folder.name in KNOWN["mixed"]:
                continue
            problems = Problems()
            source.read(path.read_bytes(), path.name, problems)
            found = codes(expected.read_text("utf-8"), path.name)
            if not problems.errors:
                wrong = any(code in KNOWN["shape"] for code in found)
                yield pytest.param(path, kind, wrong, id=f"{folder.name}-{kind}")


@pytest.mark.parametrize(("path", "kind", "wrong"), list(gallery()))
def test_the_error_gallery(path, kind, wrong):
    told = [error.json_path for error in VALIDATORS[kind].iter_errors(read(path.read_bytes()))]
    assert bool(told) is wrong, told


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_valid(kind):
    found = read((ROOT / f"{kind}.example.yaml").read_bytes())
    assert [error.message[:200] for error in VALIDATORS[kind].iter_errors(found)] == []


def spelt():
    """The conditions whose meaning the parser's tests spell out."""
    root = source.load((CASES / "rules" / "conditions.yaml").read_bytes(), "conditions.yaml")
    return [item.get("when") for item in root.items]


@pytest.mark.parametrize("node", spelt(), ids=lambda node: f"line {node.line}")
def test_conditions_that_the_parser_takes(node):
    assert [error.message[:200] for error in CONDITION.iter_errors(plain(node))] == []


@pytest.mark.parametrize("case", KNOWN["valid"], ids=str)
def test_valid_conditions(case):
    assert [error.message[:200] for error in CONDITION.iter_errors(read(case.encode()))] == []


@pytest.mark.parametrize("case", KNOWN["invalid"], ids=str)
def test_invalid_conditions(case):
    assert list(CONDITION.iter_errors(read(case.encode())))


def registered():
    words = (operators.SUBJECTS, operators.OPERATORS, operators.MODIFIERS)
    return [entry for registry in words for entry in registry.values()]


@pytest.mark.parametrize("word", registered(), ids=lambda word: word.name)
def test_every_example_of_the_registry(word):
    example = word.example
    if isinstance(word, operators.Modifier):
        example = example if example.startswith("{") else KNOWN["around"][word.subjects[0]] % example
        if word.name == "within":
            example = "{did: view, followed_by: order, within: 48h}"
    assert [error.message[:200] for error in CONDITION.iter_errors(read(example.encode()))] == []


@pytest.mark.parametrize("window", operators.WINDOWS.values(), ids=lambda window: window.name)
def test_every_window(window):
    assert not list(CONDITION.iter_errors(read(f"{{count: a, {window.example}, at_least: 1}}".encode())))
    assert not list(VALUE.iter_errors(read(f"{{sum: a.b, {window.example}}}".encode())))
    other = "ago: [9d, 3d]" if window.name == "within" else "within: 3d"
    assert list(CONDITION.iter_errors(read(f"{{metric: a, {window.example}, is: 1}}".encode())))
    assert list(CONDITION.iter_errors(read(f"{{count: a, {window.example}, {other}, is: 1}}".encode())))


def test_the_words_are_those_of_the_parser():
    """So that a new key cannot be forgotten here."""
    assert set(sections.TAXONOMY) == set(taxonomy._ROOT)
    assert set(sections.DIMENSION) == set(taxonomy._DIMENSION)
    assert set(sections.TAG) == set(taxonomy._TAG)
    assert set(sections.RULES) == set(ruleset._ROOT)
    assert set(sections.RULE) == set(ruleset._RULE)
    assert set(sections.FAMILY) == set(families.FAMILY)
    assert set(sections.SEGMENT) == set(segments._SEGMENT)
    assert set(sections.ACTION) == set(segments._ACTION)
    assert set(sections.CONNECTIVES) == set(operators.CONNECTIVES)
    assert set(sections.COMBINATIONS) == set(operators.COMBINATIONS)


SCALARS = (
    *(
        "30d",
        "30 天",
        "2个月",
        "6mo",
        "1y",
        "48h",
        "2w",
        "08d",
        " 7d ",
        "0d",
        "30",
        "30m",
        "3.5d",
        "d",
        "-3d",
    ),
    *("20%", "12.5 %", "100", "20", "0", "abc", "x%", "0.2"),
    *("2026-11-01", "2026-11-01 08:00", "2026-11-01T08:00:00+08:00", "2026-11-01T08:00Z", "2026/11/01"),
)
READERS = {
    "duration": literals.duration,
    "share": literals.share,
    "moment": lambda node, problems: literals.moment(node, ZoneInfo("Asia/Shanghai"), problems),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_taken_as_the_parser_takes_them(name, text):
    node = source.load(f"a: '{text}'".encode() if text != text.strip() else f"a: {text}".encode(), "a").get(
        "a"
    )
    taken = READERS[name](node, Problems()) is not None
    part = schema.build("rules")["definitions"][name]
    assert jsonschema.Draft7Validator(part).is_valid(plain(node)) is taken


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_a_schema(kind):
    jsonschema.Draft7Validator.check_schema(schema.build(kind))


def test_help_is_there_for_every_word():
    leaf = schema.build("rules")["definitions"]["condition"]["anyOf"][1]["properties"]
    assert set(leaf) >= {*operators.SUBJECTS, *operators.OPERATORS, *operators.WINDOWS, *operators.MODIFIERS}
    assert all(entry["description"] for entry in leaf.values())


QUOTED = """version: "1"
rules:
  - {tag: VIP, when: {count: order, at_least: "3"}, priority: "-2", keep_imported: "true"}
  - {tag: 忠实客户, when: {metric: 额, top: "100"}}
  - {tag: 犹豫客户, when: {field: 姓名, exists: "false"}}
  - {dimension: 地区, of: {field: 城市}, each: "true"}
metrics: {额: {sum: order.amount}, 组: {ntile: "5", of: {metric: 额}}}
segments: [{name: 组, when: {metric: 组, is: "5"}}]
tests:
  - given: {customer: {年龄: "30"}, order: [{at: "2026-01-01", 实付: "5.5"}]}
    as_of: "2026-02-01"
    expect: [VIP]
"""
QUOTED_TAXONOMY = """version: "1"
limits: {dimensions: "3", tags: "+50"}
naming: {max_length: "10"}
dimensions: [{name: 价值, tags: [VIP, 忠实客户, 犹豫客户]}, {name: 地区, tags: []}]
"""


def test_numbers_and_truths_in_quotes_are_what_they_say():
    """The parser takes them, so an editor must not complain; where they are wrong, both do."""
    found, problems, _warnings = rules.read_taxonomy(QUOTED_TAXONOMY.encode(), "t")
    assert problems == ()
    fields = (Field("姓名", "text"), Field("城市", "text"), Field("年龄", "number"))
    known = Catalog(fields, (EventType("order", (Field("实付", "money", "amount"),)),))
    compiled = rules.compile(QUOTED.encode(), "r", found, known, ZoneInfo("Asia/Shanghai"))
    assert compiled.problems == ()
    assert not list(VALIDATORS["rules"].iter_errors(read(QUOTED.encode())))
    assert not list(VALIDATORS["taxonomy"].iter_errors(read(QUOTED_TAXONOMY.encode())))
    for good in ('priority: "-2"', 'keep_imported: "true"', 'top: "100"', 'exists: "false"', 'ntile: "5"'):
        wrong = QUOTED.replace(good, f'{good.partition(":")[0]}: "x1"').encode()
        assert list(VALIDATORS["rules"].iter_errors(read(wrong))), good
        assert rules.compile(wrong, "r", found, known, ZoneInfo("Asia/Shanghai")).problems, good
