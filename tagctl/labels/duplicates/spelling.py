"""Slips of the keyboard and small additions, in words of Latin letters.

Which pairs to compare follows from what is looked for: of two words that differ in one edit, one has half
of the other at its beginning or at its end. So all pairs within reach meet in a block, and few others do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

from tagctl.labels import lexicon
from tagctl.labels.duplicates.blocks import blocks
from tagctl.labels.duplicates.folds import singular
from tagctl.labels.duplicates.forms import Form

WORD = 7  # letters of the shorter word; below, one letter more or less is another word
WITHIN = 6  # in a label of several words, where the others agree
LONGEST = 2  # letters that may be added at the end
_LARGE = 24  # a block beyond this is compared in one call
Pair = tuple[int, int]
Block = list[tuple[int, str]]


def typos(forms: Sequence[Form]) -> Iterator[Pair]:
    """Pairs in which one word has one letter changed, missing, added or swapped with the next; the first
    letter is right."""
    places = [(number, word, context) for number, form in enumerate(forms) for context, word in _places(form)]
    keyed = (
        (context + half, place)
        for place, (_number, word, context) in enumerate(places)
        for half in _halves(word)
    )
    seen: set[Pair] = set()
    for block in blocks(keyed):
        for a, b in _close([places[place][:2] for place in block]):
            pair = (a, b) if a < b else (b, a)
            if a != b and pair not in seen:
                seen.add(pair)
                yield pair


def _places(form: Form) -> Iterator[tuple[str, str]]:
    """Where a slip is looked for: in each word while the others stay, and in all of them run together."""
    words = form.words
    if len(words) > 1:
        for place, word in enumerate(words):
            if len(word) >= WITHIN and _latin(word):
                context = "\0".join((*words[:place], "", *words[place + 1 :]))
                yield context + form.marks, word
    if len(form.key) >= WORD and _latin(form.key):
        yield "", form.key


def _latin(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _halves(word: str) -> Iterator[str]:
    """The blocks of a word: beginnings and ends of such length that two words of `shortest` letters or one
    more, one edit apart, share one of them."""
    size = len(word)
    for shortest in (size, size - 1):
        left = (shortest - 1) // 2
        yield f"\1{shortest}<{word[:left]}"
        yield f"\1{shortest}>{word[0]}{word[left + 1 - shortest :]}"


def _close(block: Block) -> Iterator[Pair]:
    """The pairs of a block that are one edit apart and begin alike."""
    distance = _distance()
    if len(block) <= _LARGE:
        for (a, one), (b, other) in combinations(block, 2):
            if one[0] == other[0] and distance(one, other, score_cutoff=1) == 1:
                yield a, b
        return
    from rapidfuzz import process

    words = [word for _number, word in block]
    for a, one in block:
        for other, edits, place in process.extract_iter(one, words, scorer=distance, score_cutoff=1):
            if edits == 1 and a < block[place][0] and one[0] == other[0]:
                yield a, block[place][0]


@cache
def _distance() -> Callable[..., int]:
    """Edits, a swap of neighbours counting as one."""
    from rapidfuzz.distance import OSA  # 55 ms

    return OSA.distance


def is_typo(a: Form, b: Form) -> bool:
    """Whether a pair that met in a block is alike enough: the differing words are long, or all words together
    where they are parted differently."""
    ours = [word for word in a.words if word not in b.words]
    theirs = [word for word in b.words if word not in a.words]
    if len(ours) == len(theirs) == 1:
        least = WORD if len(a.words) == 1 else WITHIN
        known = lexicon.vocabulary()
        both_known = ours[0] in known and theirs[0] in known
        return min(len(ours[0]), len(theirs[0])) >= least and not both_known
    return len(a.words) != len(b.words)


def endings(forms: Sequence[Form]) -> Iterator[tuple[int, int, str]]:
    """Pairs of which the second is the first with one or two letters more, and these letters."""
    by_key = {form.key: number for number, form in enumerate(forms)}
    for number, form in enumerate(forms):
        longest = min(LONGEST, len(form.key) - WORD) if _latin(form.key[-1:]) else 0
        for more in range(1, longest + 1):
            start, end = form.key[:-more], form.key[-more:]
            base = by_key.get(start, by_key.get(singular(start)))
            if base is not None and _latin(start[-1] + end):
                yield base, number, end


def several(found: Iterable[tuple[int, int, str]]) -> Mapping[int, bool]:
    """Of each base, whether different endings were found: then they tell things apart (news-en, news-de)."""
    ends: defaultdict[int, set[str]] = defaultdict(set)
    for base, _number, end in found:
        ends[base].add(end)
    return {base: len(different) > 1 for base, different in ends.items()}
