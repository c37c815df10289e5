"""Blocks: what has a key in common is compared, nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations, pairwise

SMALL = 8  # of a larger block each member is paired with the next only: their links make one cluster anyway


def blocks(keyed: Iterable[tuple[Hashable, int]]) -> Iterator[list[int]]:
    """The numbers that share a key, for every key that two or more have."""
    first: dict[Hashable, int] = {}
    shared: dict[
        Hashable, list[int]
    ] = {}  # few of the keys: a list for each would cost more than all the rest
    for key, number in keyed:
        other = first.setdefault(key, number)
        if other != number:
            shared.setdefault(key, [other]).append(number)
    for block in shared.values():
        yield list(dict.fromkeys(block))


def pairs(block: list[int]) -> Iterable[tuple[int, int]]:
    """The pairs of a block."""
    return combinations(block, 2) if len(block) <= SMALL else pairwise(block)
