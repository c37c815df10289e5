"""Taking a part out of a YAML text, or a copy of it. Comments within what goes stay in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.rules import written
from tagctl.rules.nodes import Node
from tagctl.rules.rewrite import Item, Text
from tagctl.rules.source import LINE_ENDS

_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_ALIAS = re.compile(r"\s*:\s*(?P<name>\*[^\s,\[\]{}]+)")


def cut(text: Text, parent: Node, key: str, index: int, moved: Sequence[Node] = ()) -> bytes:
    """The file without an item of the list (or entry of the mapping) under a key. Comments within nodes that
    are `moved` elsewhere go with them."""
    collection = parent.get(key)
    assert collection is not None
    if len(collection.items or collection.entries) > 1:
        return cut_among(text, collection, index, moved)
    brackets = "[]" if collection.items else "{}"
    start, end = _spans(text, collection)[0]
    kept = _comments(text, start, _line_end(text, end) if not collection.flow else end, collection, moved)
    if collection.flow:
        begin, finish = text.extent(collection)
        inside = "".join(f" {comment}{text.newline}" for comment in kept)
        return text.replaced(begin, finish, brackets[0] + inside + brackets[1])
    name = next(name for name, _value in parent.entries if name.text == key)
    colon = text.text.index(":", text.extent(name)[1]) + 1
    rest = _without_lines(text, start, end, kept)
    return text.mark + (rest[:colon] + f" {brackets}" + rest[colon:]).encode()


def cut_among(text: Text, collection: Node, index: int, moved: Sequence[Node] = ()) -> bytes:
    """The file without an item (or entry) of a list (or mapping) that has others."""
    return _without(text, collection, _spans(text, collection), index, moved)


def cut_key(text: Text, mapping: Node, key: str, moved: Sequence[Node] = ()) -> bytes:
    """The file without an entry of a mapping that has others."""
    return cut_among(text, mapping, [name.text for name, _value in mapping.entries].index(key), moved)


def insert_after(text: Text, collection: Node, index: int, item: Item) -> bytes:
    """The file with an item after another one of a list."""
    start, end = _spans(text, collection)[index]
    if collection.flow:
        return text.replaced(end, end, f", {item.inline}")
    line = _line_end(text, end)
    indent = start - _line_start(text, start)
    return text.replaced(line, line, text.joined(item.lines, indent))


def copied(text: Text, node: Node) -> Item:
    """An item of a list as it is written, to be put into another list."""
    lines = lines_of(text, node)
    comments = tuple(_comments(text, *whole(text, node), node, ()))
    flat = node.kind == "scalar" or (node.flow and not comments and len(lines) == 1)
    inline = text.text[slice(*text.extent(node))] if flat else written.inline(node)
    return Item(tuple(written.dashed(lines)), inline, () if node.kind == "scalar" else comments)


def lines_of(text: Text, node: Node) -> list[str]:
    """A node as it is written, with the comment behind it, moved to the left margin."""
    start, end = whole(text, node)
    first, *others = LINE_ENDS.split(text.text[start:end])
    return [first.rstrip(), *(_dedented(line, node.column - 1) for line in others)]


def _dedented(line: str, columns: int) -> str:
    return line[min(columns, len(line) - len(line.lstrip(" "))) :].rstrip()


def whole(text: Text, node: Node) -> tuple[int, int]:
    """From where to where a node stands, with the comment behind it if that is the rest of the line."""
    start, end = text.extent(node)
    return start, (_line_end(text, end) if _ends_its_line(text, end) else end)


def standing(text: Text, mapping: Node, key: str) -> tuple[int, int]:
    """From where to where the value of a key stands: as `*name`, where it is written elsewhere."""
    name, value = next(entry for entry in mapping.entries if entry[0].text == key)
    alias = _ALIAS.match(text.text, text.extent(name)[1])
    return text.extent(value) if alias is None else (alias.start("name"), alias.end())


def aliased(text: Text, mapping: Node, key: str) -> bool:
    """Whether the value of a key is written elsewhere."""
    value = mapping.get(key)
    return value is not None and standing(text, mapping, key) != text.extent(value)


# ── where the parts stand ────────────────────────────────────────────────────────────────────────


def _spans(text: Text, collection: Node) -> list[tuple[int, int]]:
    """From where to where each item (its dash included) or entry stands, without what follows on the line."""
    spans: list[tuple[int, int]] = []
    done = _begin(text, collection)
    for key, value in collection.entries or [(None, item) for item in collection.items]:
        if key is not None:
            start, end = text.offset((key.line, key.column)), _end_of_entry(text, key, value)
        else:
            start, end = text.offset((value.line, value.column)), text.extent(value)[1]
            if not done <= start:
                raise UsageProblem(_aliased(collection))
            if not collection.flow:
                start = done + _blank(text.text[done:start], _COMMENT).rindex("-")
        spans.append((start, end))
        done = end
    return spans


def _begin(text: Text, collection: Node) -> int:
    start = text.offset((collection.line, collection.column))
    return start if collection.flow or text.text[start] != "&" else text.extent(collection)[0]


def _end_of_entry(text: Text, key: Node, value: Node) -> int:
    end = text.extent(key)[1]
    alias = _ALIAS.match(text.text, end)
    if alias is not None:  # its node stands where the anchor is
        return alias.end()
    return max(text.text.index(":", end) + 1, text.extent(value)[1])


def _aliased(collection: Node) -> Problem:
    what = _("An item of this list is written elsewhere in the file, and repeated with `*name`.")
    return collection.problem("aliased-value", what, _("Write it out at this place."))


# ── taking out ───────────────────────────────────────────────────────────────────────────────────


def _without(
    text: Text, collection: Node, spans: list[tuple[int, int]], index: int, moved: Sequence[Node]
) -> bytes:
    start, end = spans[index]
    if collection.flow:
        return text.mark + _without_flow(text, collection, spans, index, moved).encode()
    kept = _comments(text, start, _line_end(text, end), collection, moved)
    if not text.text[_line_start(text, start) : start].strip() or index == len(spans) - 1:
        return text.mark + _without_lines(text, start, end, kept).encode()
    # It shares its line with what it is in (`- - a`): the next one takes its place.
    following = spans[index + 1][0]
    kept += _COMMENT.findall(text.text[_line_end(text, end) : following])
    indent = " " * (start - _line_start(text, start))
    return text.replaced(start, following, "".join(f"{one}{text.newline}{indent}" for one in kept))


def _without_lines(text: Text, start: int, end: int, kept: Iterable[str]) -> str:
    """The text without whole lines; comments that stay stand where the part began."""
    begin, finish = _line_start(text, start), _next_line(text, _line_end(text, end))
    indent = text.text[begin:start]
    return text.text[:begin] + "".join(f"{indent}{one}{text.newline}" for one in kept) + text.text[finish:]


def _without_flow(
    text: Text, collection: Node, spans: list[tuple[int, int]], index: int, moved: Sequence[Node]
) -> str:
    start, end = spans[index]
    inside = "".join(f" {one}{text.newline}" for one in _comments(text, start, end, collection, moved))
    if index < len(spans) - 1:
        gap = text.text[end : spans[index + 1][0]]
        return text.text[:start] + inside + _without_comma(gap) + text.text[spans[index + 1][0] :]
    before = spans[index - 1][1]
    gap = text.text[before:start]
    return text.text[:before] + _without_comma(gap) + inside + text.text[end:]


def _without_comma(gap: str) -> str:
    """What stands between two items in brackets; of it, only comments have to stay."""
    if not _COMMENT.search(gap):
        return ""
    comma = _blank(gap, _COMMENT).index(",")
    return gap[:comma] + gap[comma + 1 :]


def _comments(text: Text, start: int, end: int, within: Node, moved: Sequence[Node]) -> list[str]:
    """The comments between two places, without those of nodes that are moved."""
    gone = [whole(text, node) for node in moved]
    texts = [text.extent(scalar) for scalar in _scalars(within)]
    part = list(text.text[start:end])
    for begin, finish in (*texts, *gone):
        if start <= begin and finish <= end:
            part[begin - start : finish - start] = "x" * (finish - begin)
    return _COMMENT.findall("".join(part))


def _scalars(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        yield node
    for item in node.items:
        yield from _scalars(item)
    for key, value in node.entries:
        yield key
        yield from _scalars(value)


def _blank(part: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), part)


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def _line_start(text: Text, place: int) -> int:
    return max(start for start in text.starts if start <= place)


def _line_end(text: Text, place: int) -> int:
    found = LINE_ENDS.search(text.text, place)
    return found.start() if found else len(text.text)


def _next_line(text: Text, place: int) -> int:
    found = LINE_ENDS.match(text.text, place)
    return found.end() if found else place


def _ends_its_line(text: Text, place: int) -> bool:
    rest = text.text[place : _line_end(text, place)].strip()
    return not rest or (rest[0] == "#" and text.text[place].isspace())
