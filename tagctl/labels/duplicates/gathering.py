"""From what is said about pairs to clusters with a verdict."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tagctl.labels.duplicates import explaining, guards
from tagctl.labels.duplicates.pool import Pair, Pool
from tagctl.labels.duplicates.witnesses import SPELT, Evidence
from tagctl.normalise import identity
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember, Verdict

SAME = 0.85  # what must speak for a pair, all witnesses together
# Who only relates labels: however many of them speak, two labels are not the same.
RELATING = frozenset({"near", "contained", "extra-word", "family"})
# Of two labels of which one only adds words, what may be said beside that for it to be a kind of the other.
PARTING = frozenset({"extra-word", "contained", "ending", "same-customers"})
CROWD = 12  # labels that neighbours of neighbours make at most one cluster of
# A person has said so: guards are not asked.
SAID = frozenset({"synonym", "decided"})


class Link(NamedTuple):
    """A pair of labels that something speaks for."""

    pair: Pair
    verdict: Verdict
    score: float
    witnesses: tuple[str, ...]
    guards: tuple[str, ...]


def gather(
    pool: Pool, evidence: Evidence, verdicts: Mapping[frozenset[str], str]
) -> tuple[DuplicateCluster, ...]:
    """The clusters, as `clusters` promises."""
    return _Gathering(pool, evidence, verdicts).clusters()


def guarded(pool: Pool, a: int, b: int) -> tuple[str, ...]:
    """The guards against a pair of labels: those that all their spellings have against each other. None where
    a list of synonyms says that they mean the same."""
    if pool.senses[a] & pool.senses[b]:
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


class _Gathering:
    def __init__(self, pool: Pool, evidence: Evidence, verdicts: Mapping[frozenset[str], str]) -> None:
        self.pool = pool
        self.apart: defaultdict[int, set[int]] = defaultdict(set)  # a person keeps them apart
        self._decide(evidence, verdicts)
        self.links = sorted(
            (
                self._link(pair, said)
                for pair, said in evidence.items()
                if pair[1] not in self.apart.get(pair[0], ()) and together(said.values()) >= pool.least
            ),
            key=lambda link: (-link.score, link.pair),
        )
        self.group = {n: [n] for n in range(len(pool.labels))}  # labels that are the same share one list

    def _decide(self, evidence: Evidence, verdicts: Mapping[frozenset[str], str]) -> None:
        if not verdicts:
            return
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for number, label in enumerate(self.pool.labels):
            numbers[identity(label.text)].append(number)
        for pair, verdict in verdicts.items():
            if len(pair) != 2:
                continue
            one, other = pair
            for a in numbers.get(one, ()):
                for b in numbers.get(other, ()):
                    if verdict == "same":
                        evidence[min(a, b), max(a, b)]["decided"] = 1.0
                    else:
                        self.apart[a].add(b)
                        self.apart[b].add(a)

    def _link(self, pair: Pair, said: Mapping[str, float]) -> Link:
        codes = tuple(said)
        sure = together(score for code, score in said.items() if code not in RELATING)
        if SPELT in said or not SAID.isdisjoint(codes):
            return Link(pair, "same", sure, codes, ())
        against = guarded(self.pool, *pair)
        if sure >= SAME and not against:
            return Link(pair, "same", sure, codes, ())
        if "extra-word" in said and said.keys() <= PARTING and not against:
            return Link(pair, "parent", min(together(said.values()), SAME - 0.01), codes, ())
        return Link(pair, "related", min(max(sure, *said.values()), SAME - 0.01), codes, against)

    def clusters(self) -> tuple[DuplicateCluster, ...]:
        used = [link for link in self.links if link.verdict == "same" and self._join(link)]
        found = [self._cluster("same", members, links) for members, links in self._same(used)]
        found += [self._cluster("parent", m, links) for m, links in self._parents()]
        found += [self._cluster("related", m, links) for m, links in self._related()]
        found = [cluster for cluster in found if cluster.score >= self.pool.least]
        order = {"same": 0, "parent": 1, "related": 2}
        return tuple(sorted(found, key=lambda c: (order[c.verdict], -c.score, -_customers(c), c.canonical)))

    # ── the same ─────────────────────────────────────────────────────────────────────────────────

    def _join(self, link: Link) -> bool:
        """Make one group of two, unless two labels of them must stay apart. A link within a group is told as
        well."""
        one, other = (self.group[number] for number in link.pair)
        if one is other:
            return False
        if any(
            not self._may(a, b) for a in one for b in other if (a, b) != link.pair and (b, a) != link.pair
        ):
            return False
        one.extend(other)
        for number in other:
            self.group[number] = one
        return True

    def _may(self, a: int, b: int) -> bool:
        return b not in self.apart.get(a, ()) and not guarded(self.pool, a, b)

    def _same(self, used: Iterable[Link]) -> Iterator[tuple[list[int], list[Link]]]:
        by_group: defaultdict[int, list[Link]] = defaultdict(list)
        for link in used:
            by_group[id(self.group[link.pair[0]])].append(link)
        for links in by_group.values():
            yield self._ordered(self.group[links[0].pair[0]]), links

    # ── parents and relatives ────────────────────────────────────────────────────────────────────

    def _between(self, verdict: Verdict) -> Iterator[Link]:
        """Links of a verdict between different groups; what was to be the same and must not is related."""
        for link in self.links:
            one, other = (self.group[number] for number in link.pair)
            if one is other or any(b in self.apart.get(a, ()) for a in one for b in other):
                continue
            if link.verdict == verdict or (verdict == "related" and link.verdict == "same"):
                yield link

    def _parents(self) -> Iterator[tuple[list[int], list[Link]]]:
        children: defaultdict[int, list[Link]] = defaultdict(list)
        for link in self._between("parent"):
            children[self._shorter(link.pair)].append(link)
        for parent, links in children.items():
            members = {n for link in links for n in link.pair} - {parent}
            yield [parent, *self._ordered(members)], links

    def _shorter(self, pair: Pair) -> int:
        return min(pair, key=lambda number: (len(self.pool.voices[number][0].key), number))

    def _related(self) -> Iterator[tuple[list[int], list[Link]]]:
        root: dict[int, int] = {}

        def find(group: int) -> int:
            while root.setdefault(group, group) != group:
                root[group] = root[root[group]]
                group = root[group]
            return group

        links = list(self._between("related"))
        groups = {id(self.group[n]): self.group[n] for link in links for n in link.pair}
        size = dict.fromkeys(groups, 1)
        used = []
        for link in sorted(links, key=lambda link: "family" not in link.witnesses):  # families stay whole
            a, b = (find(id(self.group[number])) for number in link.pair)
            if a == b or "family" in link.witnesses or size[a] + size[b] <= CROWD:
                used.append(link)
                if a != b:
                    root[a] = b
                    size[b] += size[a]
        members: defaultdict[int, list[int]] = defaultdict(list)
        for key, group in groups.items():
            members[find(key)] += group
        told: defaultdict[int, list[Link]] = defaultdict(list)
        for link in used:
            told[find(id(self.group[link.pair[0]]))].append(link)
        for key, labels in members.items():
            if told[key]:
                ordered = self._ordered(labels)
                decided = self.apart.get(ordered[0], set())  # of the canonical one; it waits for another time
                yield [number for number in ordered if number not in decided], told[key]

    # ── a cluster ────────────────────────────────────────────────────────────────────────────────

    def _ordered(self, numbers: Iterable[int]) -> list[int]:
        """First the label that should stay: the most customers, then declared, then the cleanest."""
        return sorted(numbers, key=self._rank)

    def _rank(self, number: int) -> tuple[object, ...]:
        label = self.pool.labels[number]
        text = label.text
        odd = 0 if text.isalnum() else sum(not c.isalnum() for c in text)
        odd += not text.isascii() and unicodedata.normalize("NFKC", text) != text
        return -(label.customers or 0), label.kind != "tag", odd, len(text), number

    def _cluster(self, verdict: Verdict, numbers: list[int], links: list[Link]) -> DuplicateCluster:
        witnesses: dict[str, None] = {}
        scores: list[float] = []
        for link in links:
            codes = dict.fromkeys(link.witnesses)
            score = link.score
            if SPELT in codes:
                spelt = explaining.spelt(self.pool, link.pair)
                score = min(spelt.values())
                codes = {**dict.fromkeys(spelt), **{c: None for c in codes if c in SAID}}
            witnesses |= codes
            scores.append(score)
        return DuplicateCluster(
            canonical=self.pool.labels[numbers[0]].text,
            labels=tuple(self.pool.labels[number].text for number in numbers),
            verdict=verdict,
            score=round(min(scores) if verdict == "same" else max(scores), 2),
            witnesses=tuple(witnesses),
            guards=tuple(dict.fromkeys(code for link in links for code in link.guards)),
            members=tuple(self._member(number, numbers[0]) for number in numbers),
        )

    def _member(self, number: int, canonical: int) -> DuplicateMember:
        label = self.pool.labels[number]
        pair = (min(number, canonical), max(number, canonical))
        shared = label.customers if number == canonical else self.pool.shared.get(pair, 0)
        return DuplicateMember(
            label.text, label.kind, label.customers, None if label.customers is None else shared
        )


def _customers(cluster: DuplicateCluster) -> int:
    return sum(member.customers or 0 for member in cluster.members)
