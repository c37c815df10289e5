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
    return [plain(word) for word in words]


def plural(words: Words) -> Words:
    """Bots is bot, 宝妈们 is 宝妈."""
    return [singular(word) for word in words]


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
    found = [w for i, w in enumerate(words) if w not in small or i in (0, len(words) - 1)]
    return [
        w if w.isascii() or "的" not in w[1:-1] else w[0] + w[1:-1].replace("的", "") + w[-1] for w in found
    ]


def generic(words: Words) -> Words:
    """沉默用户 is 沉默, VIP customers is vip: words that say only that it is about customers."""
    general = lexicon.generic()
    found = list(words)
    while (
        len(found) > 1
        and not _weak(found[:-1])
        and (found[-1] in general.words or found[-1] in general.suffixes)
    ):
        found.pop()
    if found and not found[-1].isascii():
        found[-1] = _stem(found[-1], alone=len(found) == 1)
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
    """Whether nothing that can stand alone is left, as of 非会员."""
    return all(c in lexicon.generic().weak for word in words for c in word) or not any(words)


FOLDS: Mapping[str, Callable[[Words], Words]] = {
    "accents": accents,
    "plural": plural,
    "small-words": small_words,
    "generic": generic,
}
EVERY = frozenset((*FOLDS, NUMERALS))


def apply(words: Words, names: Collection[str]) -> Words:
    """The words after the folds named, in the order in which they build on each other."""
    for name, fold in FOLDS.items():
        if name in names:
            words = fold(words)
    return words
