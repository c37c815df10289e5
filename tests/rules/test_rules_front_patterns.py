"""Which regular expressions `matches` refuses because they could run for ever."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagctl.rules import patterns

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "patterns.yaml").read_text("utf-8"))


@pytest.mark.parametrize("pattern", CASES["endless"])
def test_endless(pattern):
    assert patterns.explodes(pattern)


@pytest.mark.parametrize("pattern", CASES["good"])
def test_good(pattern):
    assert not patterns.explodes(pattern)


def test_a_loop_too_large_to_judge_is_refused():
    words = [chr(0x4E00 + n) + chr(0x5E00 + n) for n in range(patterns.LARGEST)]
    assert not patterns.explodes("|".join(words))
    assert patterns.explodes(f"({'|'.join(words)})*")


# ── an invariant, on trees of our own ────────────────────────────────────────────────────────────

ATOMS = {"a": "a", "b": "b", "[ab]": "ab", "[^a]": "b", ".": "ab"}
TREES = st.recursive(
    st.sampled_from(sorted(ATOMS)),
    lambda inner: st.one_of(
        st.tuples(st.just("then"), inner, inner),
        st.tuples(st.just("or"), inner, inner),
        st.tuples(st.sampled_from(["*", "+", "?"]), inner),
    ),
    max_leaves=6,
)


def written(tree) -> str:
    if isinstance(tree, str):
        return tree
    if tree[0] == "then":
        return written(tree[1]) + written(tree[2])
    if tree[0] == "or":
        return f"(?:{written(tree[1])}|{written(tree[2])})"
    return f"(?:{written(tree[1])}){tree[0]}"


def one_of(tree) -> str:
    """The characters of a tree that Python reads as one set, else nothing."""
    if isinstance(tree, str):
        return ATOMS[tree]
    if tree[0] == "or" and one_of(tree[1]) and one_of(tree[2]):
        return one_of(tree[1]) + one_of(tree[2])
    return ""


def onward(tree, text: str, at: list[int]) -> list[int]:
    """In how many ways each place of the text is reached through the tree, from those of `at`."""
    if one_of(tree):
        return [0] + [n * (c in one_of(tree)) for n, c in zip(at, text, strict=False)]
    if tree[0] == "then":
        return onward(tree[2], text, onward(tree[1], text, at))
    if tree[0] == "or":
        return [m + n for m, n in zip(onward(tree[1], text, at), onward(tree[2], text, at), strict=True)]
    if tree[0] == "?":
        return [m + n for m, n in zip(at, onward(tree[1], text, at), strict=True)]
    empty = onward(tree[1], "", [1])[0]
    found = at if tree[0] == "*" else [empty * n for n in at]
    while any(at):  # each time round something is read: an empty reading ends a loop
        at = [m - empty * n for m, n in zip(onward(tree[1], text, at), at, strict=True)]
        found = [m + n for m, n in zip(found, at, strict=True)]
    return found


def ways(tree, text: str) -> int:
    return sum(onward(tree, text, [1] + [0] * len(text)))


@given(TREES)
def test_what_passes_is_read_in_few_ways(tree):
    """Over a text twice as long, an exponential number of ways is squared; a power of the length is not."""
    if not patterns.explodes(written(tree)):
        for word in ("a", "b", "ab", "aab", "abb"):
            once, twice = (ways(tree, word * (length // len(word))) for length in (24, 48))
            assert once < 100 or math.log(twice) < 1.6 * math.log(once), word
