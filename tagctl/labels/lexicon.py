"""The words of customer tags, Chinese and English (data/lexicon.json): to which dimension a label belongs,
which column headers name a dimension, which words mean the same, nearly the same, or the opposite."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from tagctl.normalise import identity
from tagctl.record import record

_DATA = Path(__file__).parent / "data" / "lexicon.json"
_JOINTS = re.compile(r"[\s_\-]+")
_GENERAL = re.compile(r"[\s_\-:：]*(标签|(?<![a-z])(?:tags?|labels?)(?![a-z]))[\s_\-:：]*", re.IGNORECASE)


@record
class Kind:
    """A dimension that labels are often about. `single`: a customer is in one of its tags only."""

    names: Mapping[str, str]  # by language
    kind: str
    single: bool
    headers: frozenset[str]
    words: frozenset[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]


def kinds() -> tuple[Kind, ...]:
    """All of them, in the order in which a taxonomy has them."""
    return _kinds()


def of_label(label: str) -> Kind | None:
    """What a label is about, by its word, with or without 客户 or “customer” behind it."""
    form = _form(label)
    written = {_word(form), _word(_stem(form))}
    for kind in _kinds():
        if not written.isdisjoint(kind.words):
            return kind
    return next((k for k in _kinds() if _longer(form, k)), None)


def of_header(header: str) -> Kind | None:
    """The dimension that a column's header names (客户等级, Lifecycle Stage), or None."""
    form = _form(header)
    return next((kind for kind in _kinds() if form in kind.headers), None)


def named_by(header: str) -> str | None:
    """What a column of labels is about by its header: 兴趣 of 兴趣标签; None for 标签 or 客户标签."""
    rest = _GENERAL.sub("", header).strip()
    return rest if rest and _form(rest) not in _data()["general_headers"] else None


def unsorted(language: str) -> str:
    """The name of the dimension for labels that nothing is known about."""
    return str(_data()["unsorted"][language])


def is_unsorted(dimension: str) -> bool:
    """Whether a dimension is that one, in either language."""
    return identity(dimension) in {identity(name) for name in _data()["unsorted"].values()}


def event_type(name: str) -> str:
    """What the events of a file are called, by a name such as the file's: login, view … else order."""
    form = _form(name)
    words = set(form.split())
    for type_, found in _data()["events"].items():
        if any(word in (form if not word.isascii() else words) for word in found):
            return str(type_)
    return "order"


# ── for finding duplicates ───────────────────────────────────────────────────────────────────────


@record
class Generic:
    """Words that say only that a label is about customers: whole words, ends of Chinese words (`long_only`:
    not after a single character), short forms with what they stand for. `weak` characters cannot be all
    that is left."""

    words: frozenset[str]
    suffixes: tuple[str, ...]
    long_only: frozenset[str]
    weak: frozenset[str]
    short: Mapping[str, str]


@cache
def generic() -> Generic:
    """The generic words."""
    found = _data()["generic"]
    return Generic(
        frozenset((*found["words"], *found["suffixes"])),
        tuple(sorted(found["suffixes"], key=len, reverse=True)),
        frozenset(found["long_only"]),
        frozenset(found["weak"]),
        found["short"],
    )


def plurals() -> Mapping[str, str]:
    """Irregular plurals with their singulars, and words that only look like a plural."""
    return cast("Mapping[str, str]", _data()["plurals"])


@cache
def small_words() -> frozenset[str]:
    """English words that say nothing between two others."""
    return frozenset(_data()["small_words"])


def synonyms() -> Sequence[Sequence[str]]:
    """Groups of labels that mean the same."""
    return cast("Sequence[Sequence[str]]", _data()["synonyms"])


def near() -> Sequence[Sequence[str]]:
    """Groups of labels that mean nearly the same; each stands for its synonyms too."""
    return cast("Sequence[Sequence[str]]", _data()["near"])


@cache
def opposing() -> Mapping[str, tuple[str, str]]:
    """Words and Chinese characters that must not differ between two labels that are one: the kind of
    difference, and what the word stands for (its group's first word)."""
    return {
        word: (kind, group[0])
        for kind, groups in _data()["guards"].items()
        for group in groups
        for word in group
    }


@cache
def opposing_han() -> re.Pattern[str]:
    """Finds those of them that are Chinese within a word, the longest first."""
    words = sorted((word for word in opposing() if not word.isascii()), key=len, reverse=True)
    return re.compile("|".join(words))


@cache
def vocabulary() -> frozenset[str]:
    """Every English word of the lexicon, also the codes of countries."""
    labels = [word for entry in _data()["dimensions"] for word in entry["words"]]
    labels += [word for group in (*synonyms(), *near()) for word in group]
    return frozenset(part for label in labels for part in _form(label).split() if part.isascii())


def _form(text: str) -> str:
    return _JOINTS.sub(" ", identity(text)).strip()


def _word(form: str) -> str:
    """News-letter is newsletter: what a word is about does not depend on how it is joined."""
    return form.replace(" ", "")


def _stem(form: str) -> str:
    for suffix in _data()["suffixes"]:
        if form.endswith(suffix) and form != suffix:
            return form.removesuffix(suffix).strip()
    return form


def _longer(form: str, kind: Kind) -> bool:
    """Whether a label begins or ends as this kind's do, and says more than that."""
    found = next((s for s in kind.starts if form.startswith(s)), None)
    found = found or next((e for e in kind.ends if form.endswith(e)), None)
    return found is not None and len(form) > len(found)


@cache
def _kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(
            {"zh": entry["zh"], "en": entry["en"]},
            entry["kind"],
            entry.get("single", False),
            frozenset(_form(header) for header in entry["headers"]),
            frozenset(_word(f) for word in entry["words"] for f in (_form(word), _stem(_form(word)))),
            tuple(entry.get("starts", ())),
            tuple(entry.get("ends", ())),
        )
        for entry in _data()["dimensions"]
    )


@cache
def _data() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(_DATA.read_text("utf-8")))
