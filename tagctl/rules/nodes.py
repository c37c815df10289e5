"""What a YAML file consists of, each part with its place: text, lists and mappings. No types yet:
a scalar is the text its author wrote, and the reader of each place decides what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tagctl.errors import Location, Problem
from tagctl.record import record

_LONGEST = 500  # characters of a sentence: it may quote what the file holds


@record
class Source:
    """A file as text, for the excerpts of problems."""

    file: str
    lines: tuple[str, ...] = ()

    def problem(self, code: str, what: str, next: str, line: int, column: int, width: int = 1) -> Problem:
        """A problem at a line and column, both from 1."""
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else None
        if len(what) > _LONGEST:
            what = what[:_LONGEST] + "…"
        return Problem(code, what, next, Location(self.file, line, column), excerpt, max(width, 1))


@dataclass(slots=True, eq=False)  # as cheap to make as a tuple; frozen would be dearer
class Node:
    """A scalar with its text, a list with its items, or a map with its entries (keys are scalars).

    `plain` tells a scalar without quotes; `flow` a part of something in braces or brackets. `size` counts
    the nodes below and itself, aliases expanded. `damaged`: some entries were no use, and that is told.
    `end` is the line and column after it; after a block of lines, those of what comes next.
    """

    kind: Literal["scalar", "list", "map"]
    source: Source
    line: int = 1
    column: int = 1
    width: int = 1
    text: str = ""
    plain: bool = True
    flow: bool = False
    items: tuple[Node, ...] = ()
    entries: tuple[tuple[Node, Node], ...] = ()
    size: int = 1
    damaged: bool = False
    end: tuple[int, int] = (1, 1)

    @property
    def location(self) -> Location:
        """Where it starts."""
        return Location(self.source.file, self.line, self.column)

    @property
    def empty(self) -> bool:
        """Nothing was written, or `null`: a key without a value."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null", "Null", "NULL")

    def get(self, key: str) -> Node | None:
        """The value of this key in a map; None where there is none."""
        return next((value for name, value in self.entries if name.text == key), None)

    def problem(self, code: str, what: str, next: str = "") -> Problem:
        """A problem with this part of the file."""
        return self.source.problem(code, what, next, self.line, self.column, self.width)
