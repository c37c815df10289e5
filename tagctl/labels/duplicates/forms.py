"""A label taken apart: its words, its numbers, and the marks that mean something."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from tagctl.labels import lexicon
from tagctl.labels.duplicates import folds
from tagctl.labels.duplicates.folds import EVERY, NUMERALS
from tagctl.normalise import identity

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN = re.compile(f"[{_HAN}]")
# A number keeps its decimal point (1.5万 is not 15万); other letters are those of any script but Han.
_PARTS = re.compile(rf"(\d+(?:[.,]\d+)*)|([{_HAN}]+)|([^\W\d_{_HAN}]+)|(\++(?![^\W\d])|(?<=\d)\+)|([^\s])")
_ONE_WORD = re.compile(rf"[a-z]{{2,}}|[{_HAN}]+")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_NUMERALS = re.compile("(?<![0-9.])(?!一般)[零〇一二两三四五六七八九十百千万亿]+")
_LOOSE = frozenset("-_.,:;/\\|'\"`()[]{}*!@^&、。，；：·•‧・《》〈〉「」『』【】“”‘’…—–‐‑～~+")
_DIRECTIONS = frozenset({"to", "from", "vs", "than", "转", "到", "比", "带", "→", "<", ">"})


class Form(NamedTuple):
    """`bare`: the words run together, adjacent numbers kept apart; `key`: the same after folding. `order`:
    the same whatever their order; None where the order says something, or there is one word only. `senses`:
    the words that oppose others, by kind, with what each stands for. `folded`: the folds that changed it."""

    text: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    marks: str
    bare: str
    key: str
    order: str | None
    senses: tuple[tuple[str, str], ...]
    folded: tuple[str, ...]


@lru_cache(maxsize=4096)  # the lexicon's words come again and again
def form(text: str, applied: frozenset[str] = EVERY) -> Form:
    """The form of a label, after the folds named."""
    plain = identity(text if text.islower() or text.isupper() else _CAMEL.sub(" ", text))
    counted = plain
    if NUMERALS in applied and not plain.isascii():
        counted = _NUMERALS.sub(_in_digits, plain)
    words, marks = _split(counted)
    if not words:  # nothing but marks is only like itself
        return Form(text, (), (), plain, plain, plain, None, (), ())
    bare = _joined(words) + marks
    words, folded = folds.apply(words, applied)
    key = _joined(words) + marks if folded else bare
    if counted != plain:
        folded = (NUMERALS, *folded)
    numbers = tuple([word for word in words if word[0].isdigit()])
    order = _ordered(words, numbers, marks)
    return Form(text, tuple(words), numbers, marks, bare, key, order, _senses(words), folded)


def _senses(words: Iterable[str]) -> tuple[tuple[str, str], ...]:
    opposing = lexicon.opposing()
    found: list[tuple[str, str]] = []
    for word in words:
        if word in opposing:
            found.append(opposing[word])
        elif not word.isascii():
            found += [opposing[part] for part in lexicon.opposing_han().findall(word)]
    return tuple(sorted(found)) if len(found) > 1 else tuple(found)


def _split(text: str) -> tuple[list[str], str]:
    """The words of a folded label, and its marks in order."""
    if _ONE_WORD.fullmatch(text):
        return [text], ""
    words: list[str] = []
    marks = ""
    letters = ""  # V.I.P. is one word
    for number, han, word, plus, other in _PARTS.findall(text):
        if len(word) == 1:
            letters += word
            continue
        if other and (other in _LOOSE or _is_joint(other)):
            continue
        if letters:
            words.append(letters)
            letters = ""
        if plus or other:
            marks += plus or (other if words or other != "#" else "")
        else:
            words.append(_ungrouped(number) if number else han or word)
    if letters:
        words.append(letters)
    return words, "".join(sorted(marks))


def _ungrouped(number: str) -> str:
    """1,000 is 1000; 1,5 stays as it is."""
    return number.replace(",", "") if _GROUPED.fullmatch(number) else number


def _is_joint(character: str) -> bool:
    """Whether it only joins or decorates: punctuation and format characters other than % and ?"""
    return character == "_" or (
        character not in "%％?#&"
        and unicodedata.category(character) in ("Po", "Pd", "Ps", "Pe", "Pi", "Pf", "Cf", "Mn")
    )


def _in_digits(match: re.Match[str]) -> str:
    """双十一 is 双11, 九零后 is 90后; a unit alone (百货, 万科) is no number."""
    text = match[0]
    if all(character in "百千万亿" for character in text):
        return text
    values = [2 if character == "两" else int(unicodedata.numeric(character)) for character in text]
    if max(values) < 10:
        return "".join(map(str, values))
    total = section = digit = 0
    for value in values:
        if value < 10:
            digit = value
        elif value >= 10_000:
            total += (section + digit) * value
            section = digit = 0
        else:
            section += (digit or 1) * value
            digit = 0
    return str(total + section + digit)


def _joined(words: Iterable[str]) -> str:
    text = ""
    for word in words:
        text += f"|{word}" if text[-1:].isdigit() and word[0].isdigit() else word
    return text


def _ordered(words: list[str], numbers: tuple[str, ...], marks: str) -> str | None:
    if len(words) < 2 or not _DIRECTIONS.isdisjoint((*words, *marks)):
        return None
    return " ".join(sorted(words)) + "|".join(("", *numbers)) + marks
