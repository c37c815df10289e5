"""Edits of rules.yaml and taxonomy.yaml: what was asked for changes, every other byte stays."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagctl import rules
from tagctl.errors import ConfigError, UsageProblem
from tagctl.model import Catalog, EventType, Field, Taxonomy
from tagctl.normalise import identity, nameable
from tagctl.rules import paths, rewrite, source

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
CATALOG = Catalog((), (EventType("order", (Field("金额", "money", "amount", "金额"),)),))
EXAMPLE = (ROOT / "rules.example.yaml").read_text(encoding="utf-8")
TAXONOMY = (ROOT / "taxonomy.example.yaml").read_bytes()
TAGS, _problems, _warnings = rules.read_taxonomy(TAXONOMY, "taxonomy.yaml")

WHEN = "{count: order, at_least: 3}"
BLOCK = ["- tag: 新标签", "  when:", "    count: order", "    at_least: 3"]


def added(text: str | bytes, *comment: str, when: str = WHEN) -> str:
    data = text.encode() if isinstance(text, str) else text
    rule = rewrite.new_rule("新标签", source.load(when.encode(), "--when"), comment)
    return rewrite.add_rule(data, "rules.yaml", rule).decode()


def at(columns: int) -> str:
    return "".join("\n" + " " * columns + line for line in BLOCK)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "rules:" + at(2)),
        ("# 只有注释\n", "# 只有注释\n\nrules:" + at(2) + "\n"),
        ("version: 1\n", "version: 1\n\nrules:" + at(2) + "\n"),
        ("version: 1", "version: 1\n\nrules:" + at(2)),
        ("rules:\n", "rules:" + at(2) + "\n"),
        ("rules: # 以后写\nevents: {}\n", "rules: # 以后写" + at(2) + "\nevents: {}\n"),
        ("rules: []\nevents: {}\n", "rules:" + at(2) + "\nevents: {}\n"),
        ("rules: [] # 空\n", "rules:  # 空" + at(2) + "\n"),
        ("rules: ~\n", "rules:" + at(2) + "\n"),
        ("rules:\n- tag: A\n  when: {tag: B}\n", "rules:\n- tag: A\n  when: {tag: B}\n" + at(0) + "\n"),
        (
            "rules:\n    - tag: A\n      when: {tag: B} # 尾\n      # 属于 A\n\n# 下一节\nevents: {}\n",
            "rules:\n    - tag: A\n      when: {tag: B} # 尾\n      # 属于 A\n"
            + at(4)
            + "\n\n# 下一节\nevents: {}\n",
        ),
        ("rules:\n  - tag: A\n    when: {tag: B}", "rules:\n  - tag: A\n    when: {tag: B}\n" + at(2)),
        (
            "rules: [{tag: A, when: {tag: B}}, ]\n",
            "rules: [{tag: A, when: {tag: B}}, {tag: 新标签, when: {count: order, at_least: 3}}, ]\n",
        ),
        ("{version: 1}\n", "{rules: [{tag: 新标签, when: {count: order, at_least: 3}}], version: 1}\n"),
        ("{rules: []}\n", "{rules: [{tag: 新标签, when: {count: order, at_least: 3}}]}\n"),
        ("version: 1\n...\n", "version: 1\n\nrules:" + at(2) + "\n...\n"),
    ],
)
def test_where_a_rule_goes(before, after):
    assert added(before) == after
    assert source.load(after.encode(), "rules.yaml").get("rules")


def test_line_ends_and_the_byte_order_mark_stay():
    text = "\ufeffversion: 1\r\nrules:\r\n  - tag: A\r\n    when: {tag: B}\r\n"
    found = added(text, "为什么")
    assert found.startswith(text[:-2])
    assert found.endswith("\r\n\r\n" + "".join(f"  {line}\r\n" for line in ["# 为什么", *BLOCK]))


def test_a_comment_in_a_list_in_brackets_has_its_own_line():
    found = added("rules: [{tag: A, when: {tag: B}}]\n", "为什么")
    assert "# 为什么\n" in found
    assert len(source.load(found.encode(), "rules.yaml").get("rules").items) == 2


@pytest.mark.parametrize(
    "when",
    [
        "{field: city, in: [上海, 'a, b', \"it's\", '#1', yes]}",
        "[{count: order, within: 30d, at_least: 1}, {not: {any: [{tag: VIP}, {bucket: 10%}]}}]",
        "{field: 备注, matches: '退.?款\\d+'}",
        '{field: 备注, contains: "a\\nb"}',
        "{count: order, where: {}, at_least: -1.5}",
    ],
)
def test_a_condition_means_the_same_as_a_block(when):
    written = source.load(added("", when=when).encode(), "rules.yaml").get("rules").items[0].get("when")
    assert plain(written) == plain(source.load(when.encode(), "--when"))


@pytest.mark.parametrize(
    "tag", ["yes", "#1", "18-24岁", "a: b", "- x", "VIP", "null", "高 价值", "it's", "{x}"]
)
def test_a_name_is_read_back(tag):
    rule = rewrite.new_rule(tag, source.load(WHEN.encode(), "--when"), ())
    for text in ("rules: []", "rules: [{tag: A, when: {tag: B}}]"):
        found = source.load(rewrite.add_rule(text.encode(), "rules.yaml", rule), "rules.yaml")
        assert found.get("rules").items[-1].get("tag").text == tag


def test_a_file_in_gbk_is_refused():
    with pytest.raises(ConfigError) as error:
        added("rules: [] # 规则".encode("gbk"))
    assert error.value.problems[0].code == "gbk"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{name: D, tags: [A, B]}", "{name: D, tags: [A, B, 新]}"),
        ("{name: D, tags: []}", "{name: D, tags: [新]}"),
        ("{name: D, kind: value}", "{tags: [新], name: D, kind: value}"),
        (
            "\n    name: D\n    tags:\n      - A # 尾\n",
            "\n    name: D\n    tags:\n      - A # 尾\n      - 新\n",
        ),
        ("\n    name: D\n    tags:\n    - name: A\n      children: [B]\n", None),
        ("\n    name: D\n    kind: value\n", "\n    name: D\n    kind: value\n    tags:\n      - 新\n"),
        ("\n    name: D\n    tags:\n", "\n    name: D\n    tags:\n      - 新\n"),
    ],
)
def test_a_tag_goes_last_in_its_dimension(text, after):
    head, tail = "dimensions:\n  - ", "\n  # 另一个\n  - name: E\n    tags: [X]\n"
    found = rewrite.add_tags((head + text + tail).encode(), "taxonomy.yaml", "D", ["新"])
    if after is not None:
        assert found.decode() == head + after + tail
    taxonomy, problems, _advice = rules.read_taxonomy(found, "taxonomy.yaml")
    assert not problems
    assert taxonomy.dimensions["D"].tags[-1] == "新"
    assert taxonomy.dimensions["E"].tags == ("X",)


# ── random files ─────────────────────────────────────────────────────────────────────────────────

HEAD, _rules, _rest = re.split(r"(?m)^(?=rules:|# ── 人群)", EXAMPLE, maxsplit=2)
ENTRIES = re.split(r"(?m)^(?=  - (?:tag|dimension):)", _rules)[1:]


@st.composite
def files(draw: st.DrawFn) -> str:
    """The example with some of its rules, indented otherwise, and with comments and blank lines anywhere."""
    shift = draw(st.sampled_from([0, 2, 4]))
    body = "".join(draw(st.lists(st.sampled_from(ENTRIES), unique=True, max_size=5)))
    lines = [*HEAD.splitlines(), "rules:"]
    lines += [" " * shift + line.removeprefix("  ") for line in body.splitlines()]
    lines += draw(st.sampled_from([[], ["# 人群", "segments: []"]]))
    noise = st.sampled_from(["", "  ", "# 注释: [x", "      # - tag: 旧的", "  # ── "])
    for place in sorted(draw(st.lists(st.integers(0, len(lines)), max_size=8)), reverse=True):
        lines.insert(place, draw(noise))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))


def meanings(text: bytes) -> list[tuple[str, str]]:
    compiled = rules.compile(text, "rules.yaml", TAGS, CATALOG, ZONE)
    assert not compiled.problems, compiled.problems
    return [(rule.tag, rule.hash) for rule in compiled.ruleset.rules]


@settings(max_examples=25)
@given(files(), st.lists(st.text("字 #:[{'\"-", max_size=6), max_size=2))
def test_adding_changes_no_other_byte_and_no_other_rule(text, comment):
    before = text.encode()
    rule = rewrite.new_rule("品质优先", source.load(WHEN.encode(), "--when"), comment)
    after = rewrite.add_rule(before, "rules.yaml", rule)
    same = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    assert after.endswith(before[same:])
    old = meanings(before)
    new = meanings(after)
    assert new[:-1] == old
    assert new[-1][0] == "品质优先"


@settings(max_examples=40)
@given(files(), st.data())
def test_setting_a_value_changes_only_that_scalar(text, data):
    before = text.encode()
    root = source.load(before, "rules.yaml")
    section = root.get("rules")
    items = section.items if section else ()
    if not items:
        return
    entry = data.draw(st.sampled_from(items))
    rule = (entry.get("tag") or entry.get("dimension")).text
    spots = [spot for spot in paths.below(entry) if spot.node.kind == "scalar"]
    spot = data.draw(st.sampled_from([s for s in spots if s.path not in ("tag", "dimension")]))
    after = rewrite.change(before, "rules.yaml", rule, spot.path, "别的值")
    old, new = dict(scalars(root)), dict(scalars(source.load(after, "rules.yaml")))
    changed = {path for path in old if old[path] != new[path]}
    number = items.index(entry)
    assert changed == {f"rules.{number}.{spot.path}"}
    assert old.keys() == new.keys()
    assert len(after) == len(before) + len("别的值".encode()) - len(spot.node.text.encode())


def scalars(node, path=""):
    if node.kind == "scalar":
        yield path, node.text
    for key, below in [(k.text, v) for k, v in node.entries] + list(enumerate(node.items)):
        yield from scalars(below, f"{path}.{key}" if path else str(key))


def plain(node):
    if node.kind == "scalar":
        return node.text
    if node.kind == "list":
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


# ── paths ────────────────────────────────────────────────────────────────────────────────────────

RULES = """metrics:
  a.b: {count: order, within: 365d}
rules:
  - tag: A
    when:
      - count: order   # 次数
        at_least: &three '3'
      - {field: x, at_least: *three}
    leave: {metric: a.b, below: 3}
  - dimension: D
    of: {field: 年龄}
    bands: [{tag: 小, below: 18}, {tag: 大, at_least: 18}]
"""


@pytest.mark.parametrize(
    ("rule", "path", "value", "old", "new"),
    [
        ("A", "when.0.at_least", "4", "&three '3'", "&three 4"),
        ("A", "below", "2.5", "below: 3}", "below: 2.5}"),
        ("A", "leave.metric", "'x, y'", "metric: a.b", "metric: 'x, y'"),
        ("A", "metrics.a.b.within", "30d", "365d", "30d"),
        ("A", "when.0.within", "30d", "- count: order ", "- within: 30d\n        count: order "),
        ("A", "leave.not", "{tag: B}", "{metric", "{not: {tag: B}, metric"),
        ("A", "priority", "5", "- tag: A", "- priority: 5\n    tag: A"),
        ("d", "bands.1.at_least", "20", "at_least: 18", "at_least: 20"),
        ("D", "bands.0.below", "20", "below: 18", "below: 20"),
    ],
)
def test_what_a_path_means(rule, path, value, old, new):
    assert rewrite.change(RULES.encode(), "rules.yaml", rule, path, value).decode() == RULES.replace(
        old, new, 1
    )


def test_a_block_is_replaced_as_a_whole():
    found = rewrite.change(RULES.encode(), "rules.yaml", "A", "when", "{tag: B}")
    assert plain(source.load(found, "rules.yaml"))["rules"][0] == {
        "tag": "A",
        "when": {"tag": "B"},
        "leave": {"metric": "a.b", "below": "3"},
    }


@pytest.mark.parametrize(
    ("path", "value", "code", "said"),
    [
        ("at_least", "4", "ambiguous-path", "when.0.at_least, when.1.at_least"),
        ("at_leest", "4", "unknown-path", "when.0.at_least"),
        ("when.7.x", "4", "unknown-path", ""),
        ("when.1.at_least", "4", "aliased-value", ""),
        ("below", "[1", "unclosed-bracket", ""),
        ("below", "~", "missing-value", ""),
    ],
)
def test_a_path_that_leads_nowhere(path, value, code, said):
    with pytest.raises(UsageProblem) as error:
        rewrite.change(RULES.encode(), "rules.yaml", "A", path, value)
    problem = error.value.problems[0]
    assert problem.code == code
    assert said in problem.next


def test_the_taxonomy_of_the_example_is_edited_in_place():
    found = rewrite.add_tags(TAXONOMY, "taxonomy.yaml", "价值", ["大客户"])
    taxonomy: Taxonomy = rules.read_taxonomy(found, "taxonomy.yaml")[0]
    assert found.replace("      - 大客户\n".encode(), b"") == TAXONOMY
    assert taxonomy.tags["大客户"].dimension == "价值"


# ── aliases and dimensions ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- A", "- {name: A, aliases: [新]}"),
        ("- A  # 甲", "- {name: A, aliases: [新]}  # 甲"),
        ("- 'A'", "- {name: 'A', aliases: [新]}"),
        ("- {name: A}", "- {name: A, aliases: [新]}"),
        ("- {name: A, purpose: 甲}", "- {name: A, aliases: [新], purpose: 甲}"),
        ("- {name: A, aliases: []}", "- {name: A, aliases: [新]}"),
        ("- {name: A, aliases: [a1]}", "- {name: A, aliases: [a1, 新]}"),
        ("- {name: A, aliases: a1}", "- {name: A, aliases: [a1, 新]}"),
        (
            "- name: A  # 甲\n        purpose: 甲",
            "- name: A  # 甲\n        aliases: [新]\n        purpose: 甲",
        ),
        ("- purpose: 甲\n        name: A", "- purpose: 甲\n        name: A\n        aliases: [新]"),
        (
            "- name: A\n        aliases:\n          - a1  # 一\n        purpose: 甲",
            "- name: A\n        aliases:\n          - a1  # 一\n          - 新\n        purpose: 甲",
        ),
        ("- name: A\n        aliases: [a1]", "- name: A\n        aliases: [a1, 新]"),
        ("- name: P\n        children: [B, A]", "- name: P\n        children: [B, {name: A, aliases: [新]}]"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_where_an_alias_goes(before, after, newline):
    head, tail = "dimensions:\n  - name: D\n    tags:\n      ", "\n\n  # 下一个\n  - {name: E, tags: [Z]}\n"
    data = (head + before + tail).replace("\n", newline).encode()
    found = rewrite.add_alias(data, "taxonomy.yaml", "A", "新")
    assert found.decode() == (head + after + tail).replace("\n", newline)
    taxonomy, problems, _warnings = rules.read_taxonomy(found, "taxonomy.yaml")
    assert not problems
    assert taxonomy.names["新"] == "A"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "dimensions:\n  - name: 新\n    tags:\n      - q\n      - 'b: c'"),
        ("version: 1\n", "version: 1\n\ndimensions:\n  - name: 新\n    tags:\n      - q\n      - 'b: c'\n"),
        ("dimensions: []\n", "dimensions:\n  - name: 新\n    tags:\n      - q\n      - 'b: c'\n"),
        (
            "dimensions:\n  - name: D\n    tags: [A]  # 尾\n\nconflicts: []\n",
            "dimensions:\n  - name: D\n    tags: [A]  # 尾\n\n  - name: 新\n    tags:\n      - q\n"
            "      - 'b: c'\n\nconflicts: []\n",
        ),
        (
            "dimensions: [{name: D, tags: [A]}]\n",
            "dimensions: [{name: D, tags: [A]}, {name: 新, tags: [q, 'b: c']}]\n",
        ),
    ],
)
def test_where_a_dimension_goes(before, after):
    found = rewrite.add_dimension(before.encode(), "taxonomy.yaml", "新", ["q", "b: c"])
    assert found.decode() == after
    taxonomy, problems, _warnings = rules.read_taxonomy(found, "taxonomy.yaml")
    assert not problems
    assert taxonomy.dimensions["新"].tags == ("q", "b: c")


@pytest.mark.parametrize("tag", list(TAGS.tags))
def test_an_alias_in_the_example_leaves_every_other_byte(tag):
    found = rewrite.add_alias(TAXONOMY, "taxonomy.yaml", tag, "另一种写法")
    taxonomy, problems, _warnings = rules.read_taxonomy(found, "taxonomy.yaml")
    assert not problems
    assert taxonomy.names["另一种写法"] == tag
    assert len(found) > len(TAXONOMY)
    lines, there = TAXONOMY.decode().splitlines(), iter(found.decode().splitlines())
    assert sum(line not in there for line in lines) <= 1, "at most the tag's own line is another"


SMALL = "dimensions:\n  - name: 价值\n    tags: [VIP]\n".encode()


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=12).map(str.strip).filter(nameable))
def test_any_label_can_be_a_tag_an_alias_and_a_dimension(label):
    if identity(label) == "vip":
        return
    for edit in (
        lambda: rewrite.add_tags(SMALL, "t", "价值", [label]),
        lambda: rewrite.add_alias(SMALL, "t", "VIP", label),
        lambda: rewrite.add_dimension(SMALL, "t", "新维度", [label]),
    ):
        taxonomy, problems, _warnings = rules.read_taxonomy(edit(), "t")
        assert not problems
        assert identity(label) in taxonomy.names
