"""Edits of the YAML files in which every other byte stays: comments, blank lines, quotes, line ends.

Nodes tell where something stands; what is new is written in the style around it. Nothing is checked here:
who edits compiles the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tagctl.record import record
from tagctl.rules import paths, source, written
from tagctl.rules.nodes import Node

_MARK = b"\xef\xbb\xbf"
_ANCHOR = re.compile(r"&\S+\s+")
_DASH = re.compile(r"^( *)-", re.MULTILINE)


@record
class Item:
    """A new item of a list: as lines (comment included), and in one line with its comment apart."""

    lines: tuple[str, ...]
    inline: str
    comment: tuple[str, ...] = ()
    spaced: bool = False  # an empty line before it


def new_rule(tag: str, when: Node, comment: Sequence[str]) -> Item:
    """A rule as an item for `add_rule`."""
    remarks = tuple(f"# {line}" for line in comment)
    name = written.text(tag)
    lines = written.dashed([f"tag: {name}", *written.entry("when", when)])
    return Item((*remarks, *lines), f"{{tag: {name}, when: {written.inline(when)}}}", remarks, spaced=True)


def add_rule(data: bytes, file: str, rule: Item) -> bytes:
    """rules.yaml with one more rule, at the end of `rules:`. ConfigError where the file cannot be read."""
    text = Text(data, file)
    return text.with_item(text.root, "rules", rule)


def add_tags(data: bytes, file: str, dimension: str, tags: Sequence[str]) -> bytes:
    """taxonomy.yaml with more tags, the last of a dimension that it has."""
    text = Text(data, file)
    section = text.root.get("dimensions")
    named = (
        {name.text.strip(): node for node in section.items if (name := node.get("name"))} if section else {}
    )
    shown = [written.text(tag) for tag in tags]
    return text.with_item(
        named[dimension], "tags", Item(tuple(f"- {tag}" for tag in shown), ", ".join(shown))
    )


def add_dimension(data: bytes, file: str, dimension: str, tags: Sequence[str]) -> bytes:
    """taxonomy.yaml with one more dimension, the last, and its tags."""
    text = Text(data, file)
    name, shown = written.text(dimension), [written.text(tag) for tag in tags]
    lines = (f"- name: {name}", "  tags:", *(f"    - {tag}" for tag in shown))
    inline = f"{{name: {name}, tags: [{', '.join(shown)}]}}"
    return text.with_item(text.root, "dimensions", Item(lines, inline, spaced=True))


def add_alias(data: bytes, file: str, tag: str, alias: str) -> bytes:
    """taxonomy.yaml with one more alias of a tag that it has."""
    return add_listed(data, file, tag, "aliases", alias)


def add_listed(data: bytes, file: str, tag: str, key: str, word: str) -> bytes:
    """taxonomy.yaml with one more name in a list of a tag's (`aliases`, `implies`), made where needed."""
    text = Text(data, file)
    node = next(found for found in tag_nodes(text.root) if name_of(found) == tag)
    shown = written.text(word)
    if node.kind == "scalar":
        start, end = text.extent(node)
        return text.replaced(start, end, f"{{name: {text.text[start:end]}, {key}: [{shown}]}}")
    given = node.get(key)
    if given is None:
        return text.after_name(node, f"{key}: [{shown}]")
    if given.kind == "scalar" and not given.empty:  # a single alias without brackets
        start, end = text.extent(given)
        return text.replaced(start, end, f"[{text.text[start:end]}, {shown}]")
    return text.with_item(node, key, Item((f"- {shown}",), shown))


def change(data: bytes, file: str, rule: str, path: str, value: str) -> bytes:
    """rules.yaml with another value at a path of the rule (its tag, or its family's dimension). The value is
    YAML; a key that the path adds to a mapping is written. UsageProblem where path or value is none."""
    text = Text(data, file)
    spot = paths.find(text.root, rule, path)
    new = written.inline(paths.value(value, path))
    if spot.node is not None:
        start, end = text.extent(spot.node)
        # A block may stand as far left as its key, where nothing else may.
        return text.replaced(start, end, new if spot.node.flow or spot.node.kind == "scalar" else f" {new}")
    first = spot.parent.entries[0][0]
    start = text.offset((first.line, first.column))
    gap = ", " if spot.parent.flow else text.newline + " " * (first.column - 1)
    return text.replaced(start, start, f"{spot.key}: {new}{gap}")


def tag_nodes(root: Node) -> Iterator[Node]:
    """The nodes of all tags of taxonomy.yaml, children after their parents."""
    dimensions = root.get("dimensions")
    for dimension in dimensions.items if dimensions else ():
        yield from _listed(dimension.get("tags"))


def _listed(section: Node | None) -> Iterator[Node]:
    for node in section.items if section else ():
        yield node
        yield from _listed(node.get("children"))


def name_of(tag: Node) -> str:
    """The name of a tag or dimension, by its node; empty where it has none."""
    return declared(tag).text.strip()


def declared(tag: Node) -> Node:
    """The scalar with the name of a tag or dimension; the node itself where there is none."""
    return tag if tag.kind == "scalar" else tag.get("name") or tag


class Text:
    """A file as text, with its nodes and where lines begin."""

    def __init__(self, data: bytes, file: str) -> None:
        self.root = source.load(data, file)
        self.mark = _MARK if data.startswith(_MARK) else b""
        self.text = data.decode("utf-8-sig")
        ends = [found.end() for found in source.LINE_ENDS.finditer(self.text)]
        self.starts = [0, *ends]
        self.newline = "\r\n" if "\r\n" in self.text[: ends[0] if ends else 0] else "\n"

    def offset(self, place: tuple[int, int]) -> int:
        """The place of a line and column in the text."""
        line, column = place  # a file without a last line end ends for the parser on the next line
        return self.starts[line - 1] + column - 1 if line <= len(self.starts) else len(self.text)

    def replaced(self, start: int, end: int, new: str) -> bytes:
        """The file with a part of its text replaced."""
        return self.mark + (self.text[:start] + new + self.text[end:]).encode()

    def extent(self, node: Node) -> tuple[int, int]:
        """From where to where a node stands, its anchor and what follows it left out."""
        start = self.offset((node.line, node.column))
        anchor = _ANCHOR.match(self.text, start)
        if anchor:
            start = anchor.end()
        if node.kind == "scalar":
            return start, start + len(self.text[start : self.offset(node.end)].rstrip())
        if node.flow:
            return start, self.offset(node.end)
        return start, self.block_end(node, node.column)

    def block_end(self, node: Node, column: int) -> int:
        """The end of a block's last line. Comments after it belong to it from this column on."""
        start = self.offset((node.line, node.column))
        lines = self.text[start : self.offset(node.end)].splitlines(keepends=True)
        while lines[1:] and _beyond(lines[-1], column):
            lines.pop()
        return start + len("".join(lines).rstrip())

    # ── lists ────────────────────────────────────────────────────────────────────────────────────

    def with_item(self, parent: Node, key: str, item: Item) -> bytes:
        """The file with an item at the end of the list under a key, which need not be there yet."""
        value = parent.get(key)
        if value is None:
            return self.with_key(parent, key, item)
        if value.flow and value.items:
            return self.with_flow_item(value, item)
        if value.items:
            return self.with_block_item(value, item)
        start, end = self.extent(value)
        if parent.flow:
            return self.replaced(start, end, f"[{item.inline}]")
        # `[]` or nothing: the item goes below the line, and the rest of that line stays.
        name = next(name for name, _value in parent.entries if name.text == key)
        rest = source.LINE_ENDS.search(self.text, end)
        line = rest.start() if rest else len(self.text)
        before = self.text[:start].rstrip(" ") if self.text[end:line].strip(" ") == "" else self.text[:start]
        lines = self.joined(item.lines, name.column + 1)
        return self.mark + (before + self.text[end:line] + lines + self.text[line:]).encode()

    def with_block_item(self, value: Node, item: Item) -> bytes:
        begin = self.starts[value.line - 1]
        if self.text[self.offset((value.line, value.column))] == "&":
            begin = self.starts[value.line]
        dash = _DASH.search(self.text, begin)
        indent = len(dash[1]) if dash else value.column - 1
        end = self.block_end(value, indent + 2)
        lines = ("", *item.lines) if item.spaced else item.lines
        return self.replaced(end, end, self.joined(lines, indent))

    def with_flow_item(self, value: Node, item: Item) -> bytes:
        end = self.offset(value.items[-1].end)
        if not item.comment:
            return self.replaced(end, end, f", {item.inline}")
        return self.replaced(end, end, "," + self.joined((*item.comment, item.inline), value.column))

    def with_key(self, parent: Node, key: str, item: Item) -> bytes:
        """The key with its list: first in braces, last in a block."""
        if parent.flow:
            first = self.offset((parent.entries[0][0].line, parent.entries[0][0].column))
            return self.replaced(first, first, f"{key}: [{item.inline}], ")
        if parent is not self.root:
            column = parent.entries[0][0].column
            end = self.block_end(parent, column)
            return self.replaced(
                end, end, self.joined((f"{key}:", *written.indented([*item.lines], 2)), column - 1)
            )
        limit = self.offset(parent.end) if parent.entries else len(self.text)
        end = len(self.text[:limit].rstrip())
        lines = ("", f"{key}:", *written.indented([*item.lines], 2))
        return self.replaced(
            end, end, self.joined(lines, 0) if end else self.joined(lines[1:], 0)[len(self.newline) :]
        )

    def after_name(self, parent: Node, entry: str) -> bytes:
        """The file with an entry right after the one called `name`, which the mapping has."""
        key, value = next((key, value) for key, value in parent.entries if key.text == "name")
        _start, end = self.extent(value)
        if parent.flow:
            return self.replaced(end, end, f", {entry}")
        rest = source.LINE_ENDS.search(self.text, end)  # a comment after the name stays there
        end = rest.start() if rest else len(self.text)
        return self.replaced(end, end, self.joined([entry], key.column - 1))

    def joined(self, lines: Sequence[str], columns: int) -> str:
        """Lines at a column, each after a line end."""
        return "".join(self.newline + line for line in written.indented([*lines], columns))


def _beyond(line: str, column: int) -> bool:
    """Whether a line after a block is none of its own: blank, or a comment left of the column."""
    content = line.strip()
    return not content or (content[0] == "#" and len(line) - len(line.lstrip(" ")) < column - 1)
