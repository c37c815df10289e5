"""The keys of OpenRefine's clustering: labels with the same key are candidates."""

from __future__ import annotations

import re
import unicodedata

from tagctl.labels.duplicates.folds import plain

_PUNCTUATION = re.compile(r"[^\w\s]|[_\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")


def fingerprint(text: str) -> str:
    """The different words in alphabetical order: `the multi multi word test` is `multi test the word`."""
    words = _PUNCTUATION.sub("", _plain(text)).split()
    return " ".join(sorted(set(words)))


def ngram_fingerprint(text: str, size: int = 2) -> str:
    """The different n-grams in alphabetical order: `hello` with size 1 is `ehlo`."""
    return ngrams(_SPACES.sub("", _PUNCTUATION.sub("", _plain(text))), size)


def ngrams(run: str, size: int = 2) -> str:
    """The n-gram fingerprint of letters that are plain already."""
    return "".join(sorted({run[i : i + size] for i in range(len(run) - size + 1)}))


def _plain(text: str) -> str:
    text = text.strip().lower()
    return text if text.isascii() else plain(unicodedata.normalize("NFKC", text).casefold())
