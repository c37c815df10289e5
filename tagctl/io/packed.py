"""Tag cells: several labels packed into one cell.

One separator serves a whole column. `/` and `+` split only where every part is a known tag; separators other
than the column's where every part is a known tag or stands by itself elsewhere in the column. A cell that is
a known tag is never split. `维度:值` stays one label; `#VIP #新客户` are two, at the hashes. A word for
nothing (-, 无, 0 …) is no label, unless a tag is called so. Quotes say that a label is meant as it is.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tagctl.io.nothing import NO_TAGS
from tagctl.normalise import fold, identity

Known = Callable[[str], bool]

# In the order of preference when two serve a column equally well.
SEPARATORS = ("\n", "|", ";", "、", ",")
CAREFUL = ("/", "+")
_PATTERNS = {
    "\n": re.compile(r"[\r\n]+"),
    "|": re.compile(r"[|｜]"),
    ";": re.compile(r"[;；]"),
    "、": re.compile("、"),
    ",": re.compile(r"[,，]"),
    "/": re.compile(r"[/／]"),
    "+": re.compile(r"[+＋]"),
}
_MIXED = re.compile(r"[\r\n|｜;；、,，]+")
_WRAPS = {"[": "]", "{": "}", "【": "】", "［": "］", "“": "”", "「": "」", "『": "』", "‘": "’"}
_ITEM = r"""(?:'[^'\\]*'|"[^"\\]*")"""
_ITEMS = re.compile(rf"\[\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*\]")  # as Python writes a list
_HASHES = ("#", "＃")
_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*')
_SERIES = re.compile(r"(?:【[^【】]*】|\[[^\[\]]*\])(?:\s*(?:【[^【】]*】|\[[^\[\]]*\]))+")


def never(_label: str) -> bool:
    """Knows no tag: for files read without a taxonomy."""
    return False


def separator(texts: Iterable[str], known: Known = never) -> str | None:
    """The separator of a column, found over all its cells (texts may repeat); None where nothing is packed.

    A separator is better the more of the parts it makes are known, or occur in other cells too.
    """
    counts = Counter(text.strip() for text in texts)
    counts.pop("", None)
    cells = [_unwrap(text) for text in counts if not known(text)]
    best: tuple[float, int] | None = None
    chosen: str | None = None
    for rank, candidate in enumerate(SEPARATORS):
        split_cells = [parts for parts in (_parts(c, candidate) for c in cells) if len(parts) > 1]
        if not split_cells:
            continue
        seen = Counter(identity(p) for parts in split_cells for p in parts)
        whole = {identity(c) for c in cells}
        good = sum(
            1
            for parts in split_cells
            for p in parts
            if known(p) or seen[identity(p)] > 1 or identity(p) in whole
        )
        score = (good + 0.1 * len(split_cells), -rank)
        if best is None or score > best:
            best, chosen = score, candidate
    if chosen is None:
        for candidate in CAREFUL:
            if any(_all_known(_parts(c, candidate), known) for c in cells):
                return candidate
    return chosen


def alone(texts: Iterable[str], separator: str | None) -> frozenset[str]:
    """The labels (their identities) that stand by themselves in a column, next to no other separator."""
    parts = {part for text in set(texts) for part in _parts(_unwrap(text.strip()), separator)}
    return frozenset(identity(part) for part in parts if not _MIXED.search(part))


def split(
    text: str, separator: str | None, known: Known = never, own: frozenset[str] = frozenset()
) -> list[str]:
    """The labels in a cell, trimmed, empty and repeated ones (by identity) dropped, in their order. `own`
    are those that stand `alone` in the column."""
    stripped = text.strip()
    if not stripped:
        return []
    return _unique([stripped] if known(stripped) else _labels(stripped, separator, known, own))


def silent(text: str, known: Known = never) -> bool:
    """Whether a cell, or a part of one, is a word for nothing, and not a tag that is called so."""
    return fold(text) in NO_TAGS and not known(text.strip())


def pieces(label: str) -> list[str]:
    """A label taken apart at every separator that a column could have."""
    return [_unwrap_curly(piece.strip()) for piece in _MIXED.split(label) if piece.strip()]


def join(labels: Sequence[str], separator: str = ", ") -> str:
    """A cell that `split` takes apart again: labels that hold a separator or quote are quoted."""
    return separator.join(_quote(label) for label in labels)


def items(text: str, value: object, separator: str | None) -> list[str]:
    """The elements of a list field: those of an array as they are, else its parts (repeats kept out)."""
    if isinstance(value, list):
        return [str(item) for item in value]
    listed = _listed(text)
    if listed is not None:
        return listed
    inner = _unwrap(text.strip())
    return _unique(_parts(inner, separator or separator_of(inner)))


def separator_of(cell: str) -> str | None:
    """The separator of a single cell, where no column can be asked."""
    return next((s for s in (";", "|", "、", ",", "\n") if _PATTERNS[s].search(cell)), None)


def _labels(text: str, separator: str | None, known: Known, alone: frozenset[str]) -> list[str]:
    listed = _listed(text)
    if listed is not None:
        return [item.strip() for item in listed if not silent(item, known)]
    inner = _unwrap(text)
    if inner != text and known(inner):
        return [inner]
    own = None if separator in CAREFUL else separator  # careful ones are tried part by part
    parts = _parts(inner, own)
    if '"' not in inner:
        parts = [label for part in parts for label in _hashed(part, known) if not silent(label, known)]
    return [label for part in parts for label in _further(part, own, known, alone)]


def _hashed(part: str, known: Known) -> list[str]:
    """The labels of `#VIP #新客户` without their hashes; `#1` alone is a number."""
    if not part.startswith(_HASHES) or known(part):
        return [part]
    labels = [label.strip() for label in re.split("[#＃]", part) if label.strip()]
    return [part] if len(labels) == 1 and labels[0][0].isdigit() else labels


def _unique(labels: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for label in labels:
        if label:
            found.setdefault(identity(label), label)
    return list(found.values())


def _further(part: str, separator: str | None, known: Known, alone: frozenset[str]) -> list[str]:
    """A part split by other separators too, where all its parts are known, or labels of the column."""
    if known(part):
        return [part]
    for other in (*SEPARATORS, *CAREFUL):
        if other != separator:
            parts = _parts(part, other)
            if _all_known(parts, known):
                return parts
    if '"' not in part:
        parts = pieces(part)
        if _all_known(parts, lambda label: identity(label) in alone or known(label)):
            return parts
    return [part]


def _all_known(parts: Sequence[str], known: Known) -> bool:
    return len(parts) > 1 and all(known(part) for part in parts)


def _parts(text: str, separator: str | None) -> list[str]:
    """Parts outside double quotes, unquoted and trimmed, without empty ones."""
    pattern = _PATTERNS[separator] if separator else None
    if '"' in text:
        return _quoted_parts(text, pattern)
    pieces = pattern.split(text) if pattern else [text]
    return [_unwrap_curly(piece.strip()) for piece in pieces if piece.strip()]


def _quoted_parts(text: str, pattern: re.Pattern[str] | None) -> list[str]:
    parts: list[str] = []
    at = 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted and (
            quoted.end() == len(text) or (pattern is not None and pattern.match(text, quoted.end()))
        ):
            parts.append(quoted[1].replace('""', '"').strip())
            at = quoted.end()
        else:
            end = pattern.search(text, at) if pattern else None
            stop = end.start() if end else len(text)
            parts.append(text[at:stop].strip())
            at = stop
        following = pattern.match(text, at) if pattern else None
        if following:
            at = following.end()
        elif at < len(text):
            parts.append(text[at:].strip())
            break
    return [part for part in parts if part]


def _unwrap(text: str) -> str:
    """Without one pair of brackets or curly quotes around everything."""
    close = _WRAPS.get(text[:1])
    if close is None or not text.endswith(close) or len(text) < 2:
        return text
    inner = text[1:-1]
    return text if text[0] in inner or close in inner else inner.strip()


def _unwrap_curly(part: str) -> str:
    return _unwrap(part) if part[:1] in "“‘「『" else part


def _listed(text: str) -> list[str] | None:
    """The elements of a cell that says itself where they begin and end: a JSON array of texts and numbers, a
    list as Python writes it, or 【A】【B】; else None."""
    if _SERIES.fullmatch(text):
        return [part.strip() for part in re.split(r"[\[\]【】]", text) if part.strip()]
    if not (text.startswith("[") and text.endswith("]")):
        return None
    if "'" in text and _ITEMS.fullmatch(text):
        return [item[1:-1] for item in re.findall(_ITEM, text)]
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if isinstance(found, list) and all(isinstance(item, str | int | float) for item in found):
        return [str(item) for item in found]
    return None


def _quote(label: str) -> str:
    special = any(pattern.search(label) for pattern in _PATTERNS.values()) or label[:1] in _WRAPS
    if special or silent(label) or label.startswith(_HASHES) or '"' in label or label != label.strip():
        return '"' + label.replace('"', '""') + '"'
    return label
