"""From what is said about a pair of labels to a verdict about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagctl.labels.duplicates import guards
from tagctl.labels.duplicates.pool import Pair, Pool
from tagctl.labels.duplicates.witnesses import SPELT, Evidence
from tagctl.reports.duplicates import Verdict

SAME = 0.85  # what must speak for a pair, all witnesses together
# Who only relates labels: however many of them speak, two labels are not the same.
RELATING = frozenset({"near", "contained", "extra-word", "family"})
# Of two labels of which one only adds words, what may be said beside that for it to be a kind of the other.
PARTING = frozenset({"extra-word", "contained", "ending", "same-customers"})
# A person has said so: guards are not asked.
DECIDED = "decided"
SAID = frozenset({"synonym", DECIDED})


class Link(NamedTuple):
    """A pair of labels that something speaks for."""

    pair: Pair
    verdict: Verdict
    score: float
    witnesses: tuple[str, ...]
    guards: tuple[str, ...]

    @property
    def said(self) -> bool:
        """Whether a person has said that they are the same."""
        return not SAID.isdisjoint(self.witnesses)


def links(pool: Pool, evidence: Evidence, apart: Mapping[int, set[int]]) -> list[Link]:
    """The pairs worth telling, the surest first; without those that a person keeps `apart`."""
    found = [
        _link(pool, pair, said)
        for pair, said in evidence.items()
        if pair[1] not in apart.get(pair[0], ()) and together(said.values()) >= pool.least
    ]
    return sorted(found, key=lambda link: (-link.score, link.pair))


def _link(pool: Pool, pair: Pair, said: Mapping[str, float]) -> Link:
    codes = tuple(said)
    sure = together(score for code, score in said.items() if code not in RELATING)
    if SPELT in said or not SAID.isdisjoint(codes):
        return Link(pair, "same", sure, codes, ())
    against = guarded(pool, *pair)
    if sure >= SAME and not against:
        return Link(pair, "same", sure, codes, ())
    if "extra-word" in said and said.keys() <= PARTING and not against:
        return Link(pair, "parent", min(together(said.values()), SAME - 0.01), codes, ())
    return Link(pair, "related", min(max(sure, *said.values()), SAME - 0.01), codes, against)


def guarded(pool: Pool, a: int, b: int) -> tuple[str, ...]:
    """The guards against a pair of labels: those that all their spellings have against each other. None where
    a list of synonyms says that they mean the same."""
    if not pool.senses[a].isdisjoint(pool.senses[b]):
        return ()
    found: tuple[str, ...] = ()
    for one in pool.voices[a]:
        for other in pool.voices[b]:
            found = guards.against(one, other)
            if not found:
                return ()
    return found


def together(scores: Iterable[float]) -> float:
    """How sure independent witnesses leave us."""
    doubt = 1.0
    for score in scores:
        doubt *= 1.0 - score
    return 1.0 - doubt
