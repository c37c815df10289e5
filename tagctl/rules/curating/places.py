"""Which lines of the two files an edit changes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from tagctl.reports.curating import Place
from tagctl.rules import Files, source
from tagctl.rules.nodes import Node


def changed(before: Files, after: Files) -> tuple[Place, ...]:
    """Every place that differs, in the order of the files; a line against a line where that can be said."""
    pairs = (
        (before.taxonomy_name, before.taxonomy, after.taxonomy),
        (before.rules_name, before.rules, after.rules),
    )
    return tuple(place for file, old, new in pairs if old != new for place in _places(file, old, new))


def _places(file: str, old: bytes, new: bytes) -> Iterator[Place]:
    was, now = (source.LINE_ENDS.split(data.decode("utf-8-sig")) for data in (old, new))
    root = source.load(old, file)
    for tag, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if j - i == m - k:
            for step in range(j - i):
                yield Place(file, i + step + 1, _section(root, i + step + 1), was[i + step], now[k + step])
        else:
            yield Place(file, i + 1, _section(root, i + 1), "\n".join(was[i:j]), "\n".join(now[k:m]))


def _section(root: Node, line: int) -> str:
    above = [key.text for key, _value in root.entries if key.line <= line]
    return above[-1] if above else ""
