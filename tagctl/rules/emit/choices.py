"""Pieces of SQL about the choices of an exclusive dimension. A choice is a number, 1 for the first of the
file; 0 is none. Bits are found in columns named by a letter and the number of the word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tagctl.rules.emit.words import Words
from tagctl.rules.plan import Node, Plan

Column = Callable[[int], str]  # word → the column that holds it


class Choices:
    """Expressions for one node."""

    def __init__(self, words: Words, plan: Plan, node: Node) -> None:
        self.words = words
        self.node = node
        self.masks = words.masks(node.tags)
        wishes = plan.wishes
        self.resting = {tag for tag in node.tags if tag in wishes and wishes[tag].state != "ran"}

    def any(self, column: Column, tags: Iterable[str] | None = None) -> str:
        """Whether the bit of one of the tags is set; without `tags`, of the whole dimension."""
        masks = self.masks if tags is None else self.words.masks(tags)
        tests = [f"({column(w)} & {mask}) <> 0" for w, mask in masks.items()]
        return f"({' OR '.join(tests)})" if tests else "0"

    def cases(self, word: int) -> str:
        """Choice → its bits in a word, as the WHENs of a CASE; empty where it has none there."""
        return " ".join(
            f"WHEN {number} THEN {mask}"
            for number, tags in enumerate(self.node.choices, 1)
            if (mask := self.words.masks(tags).get(word))
        )

    def has(self, choice: str, column: Column) -> str:
        """Whether the choice (an expression) has a bit set."""
        whens = " ".join(
            f"WHEN {number} THEN {self.any(column, tags)}" for number, tags in enumerate(self.node.choices, 1)
        )
        return f"(CASE {choice} {whens} ELSE 0 END)"

    def greatest(self, column: Column) -> str:
        """The last choice of the file with a bit set."""
        whens = " ".join(
            f"WHEN {self.any(column, tags)} THEN {number}"
            for number, tags in reversed(list(enumerate(self.node.choices, 1)))
        )
        return f"(CASE {whens} ELSE 0 END)"

    def pinned(self, word: int, column: Column) -> str:
        """The bits in a word of all choices that have a pin."""
        found = [
            f"(CASE WHEN {self.any(column, tags)} THEN {mask} ELSE 0 END)"
            for tags in self.node.choices
            if (mask := self.words.masks(tags).get(word))
        ]
        return " | ".join(found) or "0"

    def winner(self, stays: Callable[[int], str]) -> str:
        """The best choice among what rules (w.w0 …) and implications (w.v0 …) want.

        What a waiting or late rule holds competes only where `stays` says that its choice would stay.
        """
        whens = self._in_order(stays) if self.node.ordered else self._by_priority(stays)
        return f"(CASE {' '.join(whens)} ELSE 0 END)" if whens else "0"

    def _in_order(self, stays: Callable[[int], str]) -> list[str]:
        whens = []
        for number, tags in reversed(list(enumerate(self.node.choices, 1))):
            firm = [tag for tag in tags if tag not in self.resting]
            resting = [tag for tag in tags if tag in self.resting]
            wanted = [self.any(_ruled, firm), self.any(_implied, tags)]
            if resting:
                wanted.append(f"({self.any(_ruled, resting)} AND {stays(number)})")
            whens.append(f"WHEN {' OR '.join(wanted)} THEN {number}")
        return whens

    def _by_priority(self, stays: Callable[[int], str]) -> list[str]:
        whens = []
        for tag in self.node.ruled:
            number = self.node.choice(tag)
            also = f" AND {stays(number)}" if tag in self.resting else ""
            whens.append(f"WHEN {self.any(_ruled, [tag])}{also} THEN {number}")
        whens += [
            f"WHEN {self.any(_implied, [tag])} THEN {self.node.choice(tag)}" for tag in self.node.implied
        ]
        return whens


def _ruled(word: int) -> str:
    return f"w.w{word}"


def _implied(word: int) -> str:
    return f"w.v{word}"


def word_of(alias: str, words: Iterable[int], column: str) -> str:
    """The word that a row with `word` and `mask` has its bit in; `column` is a template over {n}."""
    whens = " ".join(f"WHEN {n} THEN {column.format(n=n)}" for n in words)
    return f"(CASE {alias}.word {whens} ELSE 0 END & {alias}.mask)"
