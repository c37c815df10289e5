"""`--fix`: what only looks right is made right, and nothing else is touched."""

from __future__ import annotations

import codecs
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from tagctl import rules
from tagctl.model import Catalog, EventType, Field

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "mending.yaml").read_text("utf-8"))
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIELDS = tuple(Field(name, "text", None, name) for name in ("城市", "备注"))
CATALOG = Catalog(
    (*FIELDS, Field("年龄", "number", None, "年龄")),
    (
        EventType(
            "order", (Field("实付", "money", "amount", "实付"), Field("状态", "text", "status", "状态"))
        ),
    ),
)
TAXONOMY, _problems, _warnings = rules.read_taxonomy(
    "dimensions: [{name: A, tags: [VIP, 贵宾]}, {name: B, exclusive: one, tags: [C, D]}]".encode(), "t"
)
SAMPLE = """# 注释：【不动】，a:b
version: 1
fields:
  年龄: number
events: {login: {}, 购买: {from: order, where: {field: status, in: [paid, "已付，款"]}, late_after: 3d}}
periods:
  双11: [[2026-11-01, 2026-11-11]]
metrics:
  额: {sum: order.amount, within: 90d}
  客单价:
    ratio: [{metric: 额}, {count: 购买}]
conditions:
  活跃: {count: login, within: 30d, at_least: 1}
rules:
  - tag: VIP
    when:
      - {metric: 额, top: 20%}
      - any: [{condition: 活跃}, {field: 城市, in: [上海, "北京", '广 州']}]
    priority: 3  # 说明，{a:b}
  - {tag: "贵宾", when: {not: {count: order, during: 双11, at_most: 2}}}
  - dimension: B
    of: {field: 年龄}
    bands:
      - {tag: C, at_least: 18, below: 25}
      - {tag: "D", at_least: 25}
segments:
  - name: 高价值
    when: {tag: VIP}
    columns: [城市, 客单价]
    strategy: 您好，请回访：3 天内【急】
actions:
  - gained: VIP
    task: |
      tag：VIP，第一
      {count:order}
tests:
  - given: {customer: {城市: 上海}, order: [{at: 2026-01-01}]}
    as_of: 2026-02-01
    expect_not: [VIP]
"""


def compiled(data: bytes) -> rules.Compiled:
    return rules.compile(data, "rules.yaml", TAXONOMY, CATALOG, SHANGHAI)


def mend(data: bytes) -> rules.Mended:
    return rules.mend(data, "rules.yaml", lambda text: compiled(text).problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases(case):
    before, after = case["before"], case.get("after", case["before"])
    mended = mend(before.encode())
    assert mended.data.decode() == after
    assert bool(mended.mended) is ("after" in case)
    assert all(place.location and place.location.line for place in mended.mended)
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    assert mended.lines == tuple((n, *pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-8-sig"])
def test_encodings(encoding):
    good = "rules: [{tag: 贵宾, when: {count: order, at_least: 3}}]  # 备注\r\n"
    mark = codecs.BOM_UTF8.decode() if encoding == "utf-8-sig" else ""
    mended = mend(good.replace("贵宾, ", "贵宾，").encode(encoding))
    assert mended.data.decode() == mark + good
    assert len(mended.lines) == 1
    assert mend(good.encode(encoding)).data.decode() == mark + good


def test_bytes_of_no_encoding_stay():
    assert mend(b"version: 1\n# \xff\xff\xff\n") == rules.Mended(b"version: 1\n# \xff\xff\xff\n")


def test_what_another_file_has_wrong_is_left_to_that_file():
    taxonomy, _none, _nothing = rules.read_taxonomy(
        b"dimensions: [{name: A, tags: [{name: VIP, pilot: {when: {count:order}}}]}]", "taxonomy.yaml"
    )
    data = b"rules: [{tag: VIP, when: {count: order, at_least: 3}}]"
    found = rules.compile(data, "rules.yaml", taxonomy, CATALOG, SHANGHAI).problems
    assert [problem.code for problem in found] == ["missing-space"]
    assert rules.mend(data, "rules.yaml", lambda _text: found).data == data


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.example.yaml")), ids=lambda path: path.name)
def test_the_examples_stay_byte_for_byte(path):
    data = path.read_bytes()
    taxonomy, problems, _warnings = rules.read_taxonomy((ROOT / "taxonomy.example.yaml").read_bytes(), "t")
    if path.name.startswith("rules"):
        problems = rules.compile(data, "f", taxonomy, Catalog(), SHANGHAI).problems
    assert rules.mend(data, "f", lambda _text: problems) == rules.Mended(data)


# ── defects at random places ─────────────────────────────────────────────────────────────────────

WIDE = {"[": "【", "]": "】", "{": "｛", "}": "｝"}


def defects(text: str) -> list[tuple[tuple[int, int, str], ...]]:
    """All ways to make one mistake: each some replacements (from, to, what stands there then)."""
    found = []
    opened: list[int] = []
    for token in yaml.scan(text):
        start, end, kind = token.start_mark.index, token.end_mark.index, type(token).__name__
        if kind == "ValueToken" and text[start - 1] not in ("'", '"'):
            space = end + 1 if text[end : end + 1] == " " else end
            found.append(((start, space, "："),))
            if space > end:
                found.append(((start, space, ":"),))
        elif kind == "FlowEntryToken":
            found.append(((start, end + 1, "，"),))
        elif kind.endswith("StartToken") and kind.startswith("Flow"):
            opened.append(start)
        elif kind.endswith("EndToken") and kind.startswith("Flow"):
            first = opened.pop()
            found.append(((first, first + 1, WIDE[text[first]]), (start, end, WIDE[text[start]])))
        elif kind == "ScalarToken" and token.style == '"' and "，" not in token.value:
            found.append(((start, end, f"“{token.value}”"),))
    at = 0
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip(" "))
        if indent and not line.lstrip().startswith(("tag：", "{count:order}")):
            found.append(((at, at + indent, "\t" * (indent // 2)),))
        at += len(line)
    return found


DEFECTS = defects(SAMPLE)


def broken(chosen: list[tuple[tuple[int, int, str], ...]]) -> str:
    """The sample with these mistakes; of those that overlap only one."""
    text, free = SAMPLE, len(SAMPLE)
    edits = sorted((edit for defect in chosen for edit in defect), reverse=True)
    for start, end, new in edits:
        if end <= free:
            text, free = text[:start] + new + text[end:], start
    return text


def test_the_sample_is_valid_and_stays():
    assert compiled(SAMPLE.encode()).problems == ()
    assert mend(SAMPLE.encode()) == rules.Mended(SAMPLE.encode())


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect[0][0]}{defect[0][2]}")
def test_one_mistake_is_mended_to_the_same_meaning(defect):
    mended = mend(broken([defect]).encode())
    found = compiled(mended.data)
    assert found.problems == (), mended.data.decode()
    assert found.ruleset == compiled(SAMPLE.encode()).ruleset


@profile(
    max_examples=60, derandomize=True
)  # mistakes side by side can still hide each other, once in thousands
@given(st.lists(st.sampled_from(DEFECTS), min_size=2, max_size=12))
def test_several_mistakes_are_mended_to_the_same_meaning(chosen):
    mended = mend(broken(chosen).encode())
    found = compiled(mended.data)
    assert not found.problems, mended.data.decode()
    assert found.ruleset == compiled(SAMPLE.encode()).ruleset


PIECES = [
    "rules",
    "tag",
    "when",
    "count",
    "order",
    "城市",
    "3",
    "：",
    ":",
    "，",
    ", ",
    "、",
    "【",
    "】",
    "｛",
    "｝",
    "“",
    "”",
]
PIECES += [
    "[",
    "]",
    "{",
    "}",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "- ",
    "'",
    '"',
    "#",
    "|",
    "\\",
    "\x85",
    "&a ",
    "*a",
    "😀",
]


@profile(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(["utf-8", "gb18030"]))
def test_whatever_it_is_given_it_ends_and_has_nothing_left_to_do(text, encoding):
    mended = mend(text.encode(encoding))
    assert mend(mended.data).data == mended.data
    ends = [text.count(end) for end in ("\n", "\r", "\x85")]
    assert [mended.data.decode().count(end) for end in ("\n", "\r", "\x85")] == ends
