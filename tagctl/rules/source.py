"""YAML to nodes with places. Composed from the parser's events, so that no tag, type guess or deep
nesting of YAML's own ever runs: scalars stay text (`0123`, `no`, `12:30`), duplicate keys are errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tagctl.errors import ConfigError
from tagctl.messages import _
from tagctl.rules import nearmiss
from tagctl.rules.nodes import Node, Source
from tagctl.rules.problems import Problems

MAX_BYTES = 2_000_000
MAX_DEPTH = 50
MAX_ALIASES = 100
MAX_ALIASED_NODES = 100_000

LINE_ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # the line ends of YAML 1.1, as the parser counts
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


Event = Any  # a yaml.Event; yaml is loaded only where a file is read


class _Unreadable(Exception):
    """Reading stops here; the problem is told already."""


def load(data: bytes, file: str) -> Node:
    """The root of a YAML file; an empty file is an empty mapping. Raises ConfigError with all problems."""
    problems = Problems()
    node = read(data, file, problems)
    if problems.errors:
        raise ConfigError(problems.errors)
    return node


def read(data: bytes, file: str, problems: Problems) -> Node:
    """Like `load`, but what is wrong goes to `problems`; an unreadable file gives an empty mapping."""
    source = Source(file)
    try:
        text = _decode(data, source, problems)
        source = Source(file, tuple(LINE_ENDS.split(text)))
        _no_controls(text, source, problems)
        return _compose(text, source, problems)
    except _Unreadable:
        return Node("map", source)


# ── bytes to text ────────────────────────────────────────────────────────────────────────────────


def _decode(data: bytes, source: Source, problems: Problems) -> str:
    if len(data) > MAX_BYTES:
        what = _("The file is larger than {limit} MB.").format(limit=MAX_BYTES // 1_000_000)
        raise _stop(problems, Node("map", source), "too-big", what, _("Is this the right file?"))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        what = _("The file is saved as UTF-16.")
        raise _stop(problems, Node("map", source), "not-utf8", what, _save_as_utf8())
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start
    at = _byte_place(data, start, source)
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        what = _("Byte {number} of the file is not UTF-8 text.").format(number=start + 1)
        raise _stop(problems, at, "not-utf8", what, _save_as_utf8()) from None
    what = _("The file is saved as GBK (in Windows: ANSI), not as UTF-8.")
    raise _stop(problems, at, "gbk", what, _save_as_utf8())


def _save_as_utf8() -> str:
    return _("Save it as UTF-8: in the editor choose “Save as”, encoding UTF-8.")


def _byte_place(data: bytes, start: int, source: Source) -> Node:
    """The place of a byte, with its line as GBK text shows it."""
    lines = [line.decode("gb18030", "replace") for line in data.splitlines()]
    before = data[:start].splitlines() or [b""]
    if data[:start].endswith((b"\n", b"\r")):
        before.append(b"")
    column = len(before[-1].decode("utf-8", "replace")) + 1
    return Node("scalar", Source(source.file, tuple(lines)), len(before), column)


def _no_controls(text: str, source: Source, problems: Problems) -> None:
    found = _CONTROLS.search(text)
    if not found:
        return
    lines = LINE_ENDS.split(text[: found.start()])
    at = Node("scalar", source, len(lines), len(lines[-1]) + 1)
    what = _("There is an invisible control character (U+{code}) here.").format(code=f"{ord(found[0]):04X}")
    raise _stop(problems, at, "control-character", what, _("Delete it, and type the line again."))


# ── text to nodes ────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    event: Event
    anchor: str | None
    children: list[Node] = field(default_factory=list)


def _compose(text: str, source: Source, problems: Problems) -> Node:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = _Composer(source, problems)
    try:
        return composer.root(yaml.parse(text, loader))
    except yaml.MarkedYAMLError as error:
        nearmiss.explain(error, source, problems)
        raise _Unreadable from None


class _Composer:
    def __init__(self, source: Source, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.open: list[_Open] = []
        self.anchors: dict[str, Node | None] = {}  # None: still open
        self.aliases = 0
        self.aliased = 0

    def root(self, events: Iterable[Any]) -> Node:
        """The one document's node."""
        found: Node | None = None
        documents = 0
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    what = _("A second document starts here (---).")
                    raise self.stop(event, "several-documents", what, _("Keep one, or use two files."))
                continue
            node = self.take(kind, event)
            if node is not None and not self.open:
                found = node
        if found is None or found.empty:
            return Node("map", self.source)
        return found

    def take(self, kind: str, event: Event) -> Node | None:
        """The node that this event completes, if it does; it is then in its parent already."""
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            self.start(event)
            return None
        if kind == "ScalarEvent":
            node = self.scalar(event)
        elif kind == "AliasEvent":
            node = self.alias(event)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            node = self.close(kind, event)
        else:
            return None
        if self.open:
            self.open[-1].children.append(node)
        return node

    def start(self, event: Event) -> None:
        if len(self.open) >= MAX_DEPTH:
            what = _("Nested more than {limit} levels deep.").format(limit=MAX_DEPTH)
            raise self.stop(event, "too-deep", what, _("Name inner parts under conditions: or metrics:."))
        self.no_tag(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append(_Open(event, event.anchor))

    def no_tag(self, event: Event) -> None:
        if event.tag is not None:
            what = _("YAML tags such as {tag} are not used here.").format(tag=event.tag)
            node = self.place(event)
            self.problems.error(node, "yaml-tag", what, _("Remove the tag."))

    def scalar(self, event: Event) -> Node:
        self.no_tag(event)
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if start.line == end.line else 1
        plain = not event.style
        node = Node(
            "scalar",
            self.source,
            start.line + 1,
            start.column + 1,
            max(width, 1),
            text=event.value,
            plain=plain,
            flow=bool(self.open and self.open[-1].event.flow_style),
            end=(end.line + 1, end.column + 1),
        )
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Event) -> Node:
        self.aliases += 1
        if event.anchor not in self.anchors:
            what = _("There is no anchor &{name} before this.").format(name=event.anchor)
            raise self.stop(event, "unknown-anchor", what, _("If the * is part of a text, put it in quotes."))
        node = self.anchors[event.anchor]
        if node is None:
            what = _("*{name} stands inside what it repeats.").format(name=event.anchor)
            raise self.stop(event, "alias-loop", what, _("Write it out."))
        self.aliased += node.size
        if self.aliases > MAX_ALIASES or self.aliased > MAX_ALIASED_NODES:
            what = _("Too many repetitions by YAML aliases (*name).")
            raise self.stop(event, "too-many-aliases", what, _("Write it out, or name it under conditions:."))
        return node

    def close(self, kind: str, event: Event) -> Node:
        opened = self.open.pop()
        start = opened.event.start_mark
        size = 1 + sum(child.size for child in opened.children)
        place = (start.line + 1, start.column + 1)
        end = (event.end_mark.line + 1, event.end_mark.column + 1)
        flow = bool(opened.event.flow_style)
        if kind == "SequenceEndEvent":
            items = tuple(opened.children)
            node = Node("list", self.source, *place, plain=False, flow=flow, items=items, size=size, end=end)
        else:
            entries = self.entries(opened.children)
            damaged = any(key.kind != "scalar" for key in opened.children[::2])
            node = Node(
                "map",
                self.source,
                *place,
                plain=False,
                flow=flow,
                entries=entries,
                size=size,
                damaged=damaged,
                end=end,
            )
        if opened.anchor:
            self.anchors[opened.anchor] = node
        return node

    def entries(self, children: list[Node]) -> tuple[tuple[Node, Node], ...]:
        """Keys and values, keys checked: text, each only once."""
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if key.kind != "scalar":
                what = _("A key must be a word, not a list or a mapping.")
                self.problems.error(key, "key-not-text", what, _("Are there braces or brackets too many?"))
            elif key.text in found:
                first = found[key.text][0]
                what = _("`{key}` stands twice; the first is in line {line}.").format(
                    key=key.text, line=first.line
                )
                self.problems.error(key, "duplicate-key", what, _("Keep one of them."))
            else:
                found[key.text] = (key, value)
        return tuple(found.values())

    def place(self, event: Event) -> Node:
        return Node("scalar", self.source, event.start_mark.line + 1, event.start_mark.column + 1)

    def stop(self, event: Event, code: str, what: str, next: str) -> _Unreadable:
        self.problems.error(self.place(event), code, what, next)
        return _Unreadable()


def _stop(problems: Problems, at: Node, code: str, what: str, next: str) -> _Unreadable:
    problems.error(at, code, what, next)
    return _Unreadable()
