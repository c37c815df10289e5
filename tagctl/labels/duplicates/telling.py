"""A cluster as its reader is told of it: which label should stay, what speaks for it and against."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from tagctl.labels.duplicates import explaining
from tagctl.labels.duplicates.links import SAID, Link
from tagctl.labels.duplicates.pool import Pool
from tagctl.labels.duplicates.witnesses import SPELT
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember, Verdict


def ordered(pool: Pool, numbers: Iterable[int]) -> list[int]:
    """First the label that should stay: the most customers, then declared, then the cleanest and shortest."""

    def rank(number: int) -> tuple[object, ...]:
        label = pool.labels[number]
        text = label.text
        odd = 0 if text.isalnum() else sum(not c.isalnum() for c in text)
        odd += not text.isascii() and unicodedata.normalize("NFKC", text) != text
        return -(label.customers or 0), label.kind != "tag", odd, len(text), number

    return sorted(numbers, key=rank)


def cluster(pool: Pool, verdict: Verdict, numbers: Sequence[int], links: Iterable[Link]) -> DuplicateCluster:
    """The labels (the canonical one first) with what their links say. The weakest link tells how sure it is
    that all are the same, the strongest that there is something to decide."""
    witnesses: dict[str, None] = {}
    guards: dict[str, None] = {}
    scores: list[float] = []
    for link in links:
        score, codes = _told(pool, link)
        scores.append(score)
        witnesses |= dict.fromkeys(codes)
        guards |= dict.fromkeys(link.guards)
    return DuplicateCluster(
        canonical=pool.labels[numbers[0]].text,
        labels=tuple([pool.labels[number].text for number in numbers]),
        verdict=verdict,
        score=round(min(scores) if verdict == "same" else max(scores), 2),
        witnesses=tuple(witnesses),
        guards=tuple(guards),
        members=tuple([_member(pool, number, numbers[0]) for number in numbers]),
    )


def _told(pool: Pool, link: Link) -> tuple[float, Iterable[str]]:
    """Of what is equal when folded, only what the folding took, and what a person said."""
    if SPELT not in link.witnesses:
        return link.score, link.witnesses
    spelt = explaining.spelt(pool, link.pair)
    return min(spelt.values()), (*spelt, *(code for code in link.witnesses if code in SAID))


def _member(pool: Pool, number: int, canonical: int) -> DuplicateMember:
    label = pool.labels[number]
    if label.kind == "label":  # of a bare list: it may have counts, but nobody knows of whom
        return DuplicateMember(label.text, label.kind, label.customers)
    pair = (min(number, canonical), max(number, canonical))
    shared = label.customers if number == canonical else pool.shared.get(pair, 0)
    return DuplicateMember(label.text, label.kind, label.customers, shared)
