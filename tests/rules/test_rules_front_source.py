"""YAML to nodes: places, texts as written, and files that would harm."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest

from tagctl import rules
from tagctl.errors import ConfigError
from tagctl.model import Catalog, Taxonomy
from tagctl.rules import source


def test_scalars_stay_what_the_author_wrote():
    node = source.load(b"[0123, no, 12:30, 2026-01-01, 1e5, ~, 'x', 0x10]", "f")
    assert [item.text for item in node.items] == [
        "0123",
        "no",
        "12:30",
        "2026-01-01",
        "1e5",
        "~",
        "x",
        "0x10",
    ]
    assert [item.empty for item in node.items] == [False] * 5 + [True, False, False]
    assert [item.plain for item in node.items][6] is False


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places(newline):
    text = newline.join(["# 注释", "客户: {城市: 上海}", "  ", "列表:", "  - 甲", "  - {b: '乙'}", ""])
    node = source.load(text.encode(), "f.yaml")
    city = node.get("客户").get("城市")
    assert (city.line, city.column, city.width) == (2, 10, 2)
    first, second = node.get("列表").items
    assert (first.line, first.column) == (5, 5)
    assert second.get("b").problem("c", "w", "n").excerpt == "  - {b: '乙'}"
    assert str(second.location) == "f.yaml:6:5"


def test_a_byte_order_mark_is_no_content():
    node = source.load("版本: 1".encode("utf-8-sig"), "f")
    assert (node.entries[0][0].text, node.entries[0][0].column) == ("版本", 1)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only\n", b"---\n", b"~"])
def test_an_empty_file_is_an_empty_mapping(data):
    node = source.load(data, "f")
    assert (node.kind, node.entries) == ("map", ())


def test_an_alias_repeats_the_node():
    node = source.load(b"a: &x {k: v}\nb: *x", "f")
    assert node.get("b") == node.get("a")
    assert node.get("b").line == 1


BOMBS = {
    "nested lists": b"[" * 1_000_000,
    "nested maps": b"{a: " * 400_000,
    "nested blocks": b"- " * 900_000,
    "laughs": b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)),
    "one long word": b"a" * 1_999_999,
    "many keys": b"".join(b"k%d: 1\n" % n for n in range(50_000)),
    "zeros": b"\x00" * 1_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_harmful_file_ends_soon(name):
    start = time.process_time()
    try:
        source.load(BOMBS[name], "f")
    except ConfigError as error:
        assert error.problems[0].location.line
    assert time.process_time() - start < 5


def test_a_long_word_is_quoted_short():
    word = "长" * 50_000
    text = f"{word[:1000]}: 1\nrules: [{{tag: {word}, when: {{count: {word}, at_least: {word}}}}}]"
    found = rules.compile(text.encode(), "f", Taxonomy(), Catalog(), ZoneInfo("UTC"))
    assert [problem.code for problem in found.problems] == ["unknown-key", "unknown-tag", "unknown-event"]
    assert all(len(problem.what) < 600 for problem in found.problems)


def test_all_problems_come_in_the_order_of_the_file():
    with pytest.raises(ConfigError) as raised:
        source.load(b"a: 1\na: 2\nb: !!str x\nb: 3\n", "f")
    assert [(p.code, p.location.line) for p in raised.value.problems] == [
        ("duplicate-key", 2),
        ("yaml-tag", 3),
        ("duplicate-key", 4),
    ]


def test_the_parser_without_its_c_library_says_the_same(monkeypatch):
    import yaml

    texts = [
        b"a: {b: 1",
        b"a: [1",
        b"a: 'x",
        b"a: b: c",
        b"a:\n  - x\n y: 1",
        b"a: @x",
        b"a:\n\tb: 1",
        b"a\nb: 1",
    ]

    def codes() -> list[str]:
        found = []
        for text in texts:
            with pytest.raises(ConfigError) as raised:
                source.load(text, "f")
            found.append(raised.value.problems[0].code)
        return found

    with_library = codes()
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert codes() == with_library
