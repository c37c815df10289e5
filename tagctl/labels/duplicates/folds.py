"""What two spellings of one label may differ in. Each fold takes one such difference away from a list of
words; it never touches numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

from tagctl.labels import lexicon

Words = list[str]
NUMERALS = "numerals"  # on the text, before it is split: see forms

_ACCENTED = re.compile("[\u00aa-\u02ff\u0300-\u036f\u1e00-\u1eff\ufb00-\ufb06]")
# What NFKD does not take apart, as OpenRefine has it.
_LETTERS = str.maketrans(
    dict(zip("ßæœøđðþłıħŧŋ", ("ss", "ae", "oe", "oe", "d", "d", "th", "l", "i", "h", "t", "n"), strict=True))
)


def plain(text: str) -> str:
    """Letters without accents and ligatures."""
    if text.isascii() or not _ACCENTED.search(text):
        return text
    parted = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parted if not unicodedata.combining(c)).translate(_LETTERS)


def accents(words: Words) -> Words:
    """Café is cafe."""
    return words if "".join(words).isascii() else [plain(word) for word in words]


def plural(words: Words) -> Words:
    """Bots is bot, 宝妈们 is 宝妈."""
    return [singular(word) if word[-1] in "s们" or word in lexicon.plurals() else word for word in words]


@lru_cache(maxsize=1 << 16)
def singular(word: str) -> str:
    """The singular of an English word, by its ending; irregular ones are in the lexicon."""
    if not word.isascii():
        return word[:-1] if word.endswith("们") and len(word) > 2 else word
    found = lexicon.plurals().get(word)
    if found is not None:
        return found
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ous")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")) or (word.endswith("uses") and word[-5] not in "oa"):
        return word[:-2]
    return word[:-1]


def small_words(words: Words) -> Words:
    """Point and click is point click, 高价值的客户 is 高价值客户."""
    small = lexicon.small_words()
    if len(words) > 2 and not small.isdisjoint(words):
        words = [words[0], *(word for word in words[1:-1] if word not in small), words[-1]]
    return [
        word[0] + word[1:-1].replace("的", "") + word[-1] if "的" in word[1:-1] else word for word in words
    ]


def generic(words: Words) -> Words:
    """沉默用户 is 沉默, VIP customers is vip: words that say only that it is about customers."""
    general = lexicon.generic()
    found = words
    while len(found) > 1 and found[-1] in general.words and not _weak(found[:-1]):
        found = found[:-1]
    if found and not found[-1].isascii():
        return [*found[:-1], _stem(found[-1], alone=len(found) == 1)]
    return found


def _stem(word: str, *, alone: bool) -> str:
    general = lexicon.generic()
    if alone and word in general.short:
        return general.short[word]
    for suffix in general.suffixes:
        stem = word.removesuffix(suffix)
        if stem != word and stem and not _weak([stem]) and (len(stem) > 1 or suffix not in general.long_only):
            return _stem(stem, alone=alone)
    return word


def _weak(words: Words) -> bool:
    """Whether nothing that can stand alone is left, as of 非会员 or non member."""
    weak, opposing = lexicon.generic().weak, lexicon.opposing()
    return all(
        weak.issuperset(word) or opposing.get(word, ("",))[0] == "negation" or word in lexicon.small_words()
        for word in words
    )


FOLDS: Mapping[str, Callable[[Words], Words]] = {
    "accents": accents,
    "plural": plural,
    "small-words": small_words,
    "generic": generic,
}
EVERY = frozenset((*FOLDS, NUMERALS))


def apply(words: Words, names: Collection[str]) -> tuple[Words, tuple[str, ...]]:
    """The words after the folds named, in the order in which they build on each other, and which of these
    changed anything."""
    changed = []
    for name, fold in FOLDS.items():
        if name in names:
            folded = fold(words)
            if folded != words:
                changed.append(name)
                words = folded
    return words, tuple(changed)
