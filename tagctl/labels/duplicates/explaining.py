"""By which differences two spellings of one label differ: the witnesses that a reader is told."""

from __future__ import annotations

from collections.abc import Mapping

from tagctl.labels.duplicates.folds import EVERY
from tagctl.labels.duplicates.forms import Form, form
from tagctl.labels.duplicates.pool import Pair, Pool
from tagctl.normalise import fold, identity

# How sure each leaves us.
SURE: Mapping[str, float] = {
    "identity": 1.0,
    "script": 0.99,
    "alias": 1.0,
    "separators": 0.98,
    "accents": 0.98,
    "plural": 0.95,
    "numerals": 0.95,
    "word-order": 0.93,
    "small-words": 0.92,
    "generic": 0.92,
}


def spelt(pool: Pool, pair: Pair) -> dict[str, float]:
    """The codes for two labels that are equal when folded."""
    one, other = (pool.voices[number] for number in pair)
    for first in one:
        for second in other:
            if _equal(first, second):
                codes = _codes(first, second)
                if first is not one[0] or second is not other[0]:
                    codes.append("alias")
                return {code: SURE[code] for code in codes}
    return {}


def _equal(a: Form, b: Form) -> bool:
    return not {a.key, a.bare}.isdisjoint((b.key, b.bare)) or (a.order is not None and a.order == b.order)


def _codes(a: Form, b: Form) -> list[str]:
    if identity(a.text) == identity(b.text):
        return ["identity"] if "".join(fold(a.text).split()) == "".join(fold(b.text).split()) else ["script"]
    codes = []
    # Only a fold that changed something can be what makes them equal.
    for name in dict.fromkeys((*a.folded, *b.folded)):
        without = EVERY - {name}
        if not _equal(form(a.text, without), form(b.text, without)):
            codes.append(name)
    if {a.key, a.bare}.isdisjoint((b.key, b.bare)):
        return [*codes, "word-order"]
    return ["separators", *codes] if a.words != b.words or not codes else codes
