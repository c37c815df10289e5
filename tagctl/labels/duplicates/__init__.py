"""Finding labels that mean the same. Pure.

*Witnesses* speak for a pair of labels (witnesses.py lists them, each with its code), *guards* against one
(guards.py). A pair for which enough speaks and nothing against is `same`; what is vetoed or not sure enough
is `related`; a label that only adds words to another, of whose customers it has some, has it as `parent`.
Blocks, not all pairs, are compared: every witness names the pairs that it speaks for.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field

from tagctl.labels.duplicates.pool import Label, Pair, Pool, Witness
from tagctl.record import record
from tagctl.reports.duplicates import DuplicateCluster

__all__ = ["Given", "Label", "Pair", "Witness", "clusters"]


@record
class Given:
    """What the caller knows beside the labels. `shared`: customers with both, by pair of label texts.
    `synonyms`: groups of labels that a person says are the same. `verdicts`: a person's decisions, `same`,
    `related`, `parent` or `different`, by pair of identities. `witnesses`: plug-ins."""

    shared: Mapping[frozenset[str], int] = field(default_factory=dict)
    synonyms: Sequence[Sequence[str]] = ()
    verdicts: Mapping[frozenset[str], str] = field(default_factory=dict)
    witnesses: Sequence[Witness] = ()


def clusters(
    labels: Iterable[Label], given: Given | None = None, *, least: float = 0.0
) -> tuple[DuplicateCluster, ...]:
    """Clusters of labels with a verdict each: first what is the same, the surest first, then parents, then
    what is related; none whose score is below `least`."""
    from tagctl.labels.duplicates import gathering, witnesses

    given = given or Given()
    with _no_collection():
        pool = Pool(tuple(labels), given.shared, given.synonyms, least)
        evidence = witnesses.heard(pool, given.witnesses)
        return gathering.gather(pool, evidence, given.verdicts)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of small objects, none in circles: looking for circles among them, over and over, makes ten
    times the labels take 15 times the time instead of 12."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
