"""Which parts of a file are quoted texts, blocks of text or comments, even where it is not valid YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# What comes next: a comment, or a quote where a text can begin (`don't` opens nothing).
_NEXT = re.compile(
    r"(?:^|(?<=\s))(?P<comment>#.*)|"
    r"(?:^\s*(?:[-?]\s+)*|[\[{,，【［｛]\s*|[:：]\s*)(?P<quote>['\"])"
)
_REST = {"'": re.compile(r"(?:[^']|'')*'"), '"': re.compile(r'(?:[^"\\]|\\.)*"')}
_INDENT = re.compile(r"[ ]*(?:-[ ]+)*")
_BLOCK = re.compile(r"(?:^|[:：\s-])[ ]*[|>][-+0-9]*\s*$")


def masked(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line with quoted texts, blocks of text and the comment blanked out, columns kept; and whether it
    begins within a text."""
    quote = ""  # the one that is open
    block: int | None = None  # the column beyond which lines belong to a text after | or >
    for raw in lines:
        if block is not None and (not raw.strip() or len(raw) - len(raw.lstrip(" ")) > block):
            yield " " * len(raw), True
            continue
        within = bool(quote)
        line, quote = _blanked(raw, quote)
        block = _block(line)
        yield line, within


def _blanked(raw: str, quote: str) -> tuple[str, str]:
    """The line without its texts and comment, and the quote that is still open at its end."""
    line, at = raw, 0
    if quote:
        rest = _REST[quote].match(raw)
        if rest is None:
            return '"' * len(raw), quote
        line, at = '"' * rest.end() + raw[rest.end() :], rest.end()
    while found := _NEXT.search(line, at):
        if found["comment"]:
            return line[: found.start("comment")] + " " * len(found["comment"]), ""
        start, quote = found.start("quote"), found["quote"]
        rest = _REST[quote].match(line, start + 1)
        if rest is None:
            return line[:start] + '"' * (len(line) - start), quote
        at = rest.end()
        line = line[:start] + '"' * (at - start) + line[at:]
    return line, ""


def _block(line: str) -> int | None:
    """Where the line opens a block of text: the column of what holds it."""
    if not _BLOCK.search(line):
        return None
    indent = _INDENT.match(line)
    start = indent.end() if indent else 0
    return (
        line.rindex("-", 0, start) if line[start : start + 1] in ("|", ">") and "-" in line[:start] else start
    )
