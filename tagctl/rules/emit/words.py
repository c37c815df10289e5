"""Tags as bits of 60-bit words: masks of sets of tags, word by word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tagctl.program import Layout, Place
from tagctl.rules.plan import Node


class Words:
    """The layout of a run, as an emitter needs it. `takeover`: tags whose imported assignments rules take."""

    def __init__(self, layout: Layout, takeover: Sequence[str]) -> None:
        self.layout = layout
        self.stored = layout.stored
        self.all = layout.words
        self.kept = layout.kept
        self.takeover = tuple(takeover)
        self._taken = self.masks(takeover)

    def place(self, tag: str) -> Place:
        return self.layout.places[tag]

    def mask(self, tag: str) -> int:
        return self.place(tag).mask

    def masks(self, tags: Iterable[str]) -> dict[int, int]:
        """Word → the bits of these tags in it."""
        found: dict[int, int] = {}
        for tag in tags:
            place = self.place(tag)
            found[place.word] = found.get(place.word, 0) | place.mask
        return found

    def taken(self, word: int) -> int:
        """The bits of tags whose imported assignments are taken over."""
        return self._taken.get(word, 0)

    def of(self, nodes: Iterable[Node], word: int) -> list[str]:
        """The tags of these nodes that have their bit in a word."""
        return [tag for node in nodes for tag in node.tags if self.place(tag).word == word]
