"""Nodes as YAML text: in one line, or as a block of lines. A plain scalar stays plain, others get quotes."""

from __future__ import annotations

import json
import re

from tagctl.rules.nodes import Node

# What every YAML reader takes for text, and for the same text: a letter first, no signs with a meaning.
_SAFE = re.compile(r"[^\W\d_](?:[\w .+~/%-]*[\w.+~/%])?")
# Line ends, and what a YAML file cannot hold as it is.
_SPECIAL = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


def text(word: str) -> str:
    """A text of the user's as a scalar, in quotes where it could be read as anything else."""
    return word if _SAFE.fullmatch(word) and word.lower() not in _WORDS else quoted(word)


def inline(node: Node) -> str:
    """A node in one line, in braces and brackets."""
    if node.kind == "scalar":
        return _scalar(node)
    if node.kind == "list":
        return f"[{', '.join(inline(item) for item in node.items)}]"
    return f"{{{', '.join(f'{_scalar(key)}: {inline(value)}' for key, value in node.entries)}}}"


def block(node: Node) -> list[str]:
    """A node as lines without indentation; what is empty stays in braces or brackets."""
    if node.kind == "list" and node.items:
        return [line for item in node.items for line in dashed(block(item))]
    if node.kind == "map" and node.entries:
        return [line for key, value in node.entries for line in entry(_scalar(key), value)]
    return [inline(node)]


def entry(key: str, value: Node) -> list[str]:
    """`key: value` as lines."""
    if value.items or value.entries:
        return [f"{key}:", *indented(block(value), 2)]
    return [f"{key}: {inline(value)}"]


def dashed(lines: list[str]) -> list[str]:
    """Lines as one item of a list."""
    return [f"- {lines[0]}", *indented(lines[1:], 2)]


def indented(lines: list[str], columns: int) -> list[str]:
    """Lines moved to the right; empty ones stay empty."""
    return [f"{' ' * columns}{line}" if line else line for line in lines]


def _scalar(node: Node) -> str:
    # Plain where it was plain: what it means (a number, a date, a word) may depend on that. In braces a
    # comma or a bracket would end it.
    return node.text if node.plain and not re.search(r"[,\[\]{}\n]", node.text) else quoted(node.text)


def quoted(word: str) -> str:
    """A text in quotes: single ones, where it can stand in them."""
    if _SPECIAL.search(word):
        escaped = json.dumps(word, ensure_ascii=False)
        return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    return "'" + word.replace("'", "''") + "'"
