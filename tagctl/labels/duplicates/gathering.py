"""From pairs of labels to clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tagctl.labels.duplicates import telling
from tagctl.labels.duplicates.links import DECIDED, Link, guarded, links
from tagctl.labels.duplicates.pool import Pair, Pool
from tagctl.labels.duplicates.witnesses import Evidence
from tagctl.normalise import identity
from tagctl.reports.duplicates import DuplicateCluster, Verdict

CROWD = 12  # labels that neighbours of neighbours make at most one cluster of
_ORDER = ("same", "parent", "related")
_NOBODY: frozenset[int] = frozenset()
Looks = tuple[str, ...]  # the keys of a label's spellings
Found = Iterator[tuple[list[int], list[Link]]]  # labels and the links between them


def gather(
    pool: Pool, evidence: Evidence, verdicts: Mapping[frozenset[str], str]
) -> tuple[DuplicateCluster, ...]:
    """The clusters, as `clusters` promises."""
    apart = _decide(pool, evidence, verdicts)
    return _Gathering(pool, links(pool, evidence, apart), apart).clusters()


def _decide(pool: Pool, evidence: Evidence, verdicts: Mapping[frozenset[str], str]) -> Mapping[int, set[int]]:
    """Add what a person found the same to the evidence; whom a person keeps apart from whom."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(pool.labels if verdicts else ()):
        numbers[identity(label.text)].append(number)
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for identities, verdict in verdicts.items():
        found = [numbers.get(name, []) for name in identities]
        for a, b in [(a, b) for a in found[0] for b in found[-1] if len(found) == 2]:
            if verdict == "same":
                evidence[min(a, b), max(a, b)][DECIDED] = 1.0
            else:
                apart[a].add(b)
                apart[b].add(a)
    return apart


class _Group:
    """Labels that are the same. `faces`: one of them for each different look."""

    __slots__ = ("faces", "labels")

    def __init__(self, number: int, looks: Looks) -> None:
        self.labels = [number]
        self.faces = {looks: number}


class _Gathering:
    def __init__(self, pool: Pool, links: list[Link], apart: Mapping[int, set[int]]) -> None:
        self.pool = pool
        self.links = links
        self.apart = apart
        self.looks = [tuple([form.key for form in spellings]) for spellings in pool.voices]
        self.group = [_Group(number, looks) for number, looks in enumerate(self.looks)]
        self.said = {self._looks(link.pair) for link in links if link.said}

    def clusters(self) -> tuple[DuplicateCluster, ...]:
        used = [link for link in self.links if link.verdict == "same" and self._join(link)]
        kinds: dict[Verdict, Found] = {
            "same": self._same(used),
            "parent": self._parents(),
            "related": self._related(),
        }
        found = [
            telling.cluster(self.pool, verdict, labels, linked)
            for verdict, clusters in kinds.items()
            for labels, linked in clusters
        ]
        told = [cluster for cluster in found if cluster.score >= self.pool.least]
        return tuple(
            sorted(told, key=lambda c: (_ORDER.index(c.verdict), -c.score, -_customers(c), c.canonical))
        )

    # ── the same ─────────────────────────────────────────────────────────────────────────────────

    def _join(self, link: Link) -> bool:
        """Make one group of two, unless labels of them must stay apart."""
        one, other = (self.group[number] for number in link.pair)
        if one is other or not self._may(one, other, link.pair):
            return False
        one.labels.extend(other.labels)
        one.faces |= other.faces
        for number in other.labels:
            self.group[number] = one
        return True

    def _may(self, one: _Group, other: _Group, linked: Pair) -> bool:
        if self._decided(one, other):
            return False
        pairs = ((min(a, b), max(a, b)) for a in one.faces.values() for b in other.faces.values())
        return not any(
            guarded(self.pool, *pair) and self._looks(pair) not in self.said
            for pair in pairs
            if pair != linked
        )

    def _decided(self, one: _Group, other: _Group) -> bool:
        """Whether a person keeps labels of the two groups apart, and with them the groups."""
        if not self.apart:
            return False
        return any(not self.apart.get(a, _NOBODY).isdisjoint(other.labels) for a in one.labels)

    def _looks(self, pair: Pair) -> frozenset[Looks]:
        return frozenset(self.looks[number] for number in pair)

    def _first(self, number: int) -> int:
        """Stands for a label's group."""
        return self.group[number].labels[0]

    def _same(self, used: Iterable[Link]) -> Found:
        linked: defaultdict[int, list[Link]] = defaultdict(list)
        for link in used:
            linked[self._first(link.pair[0])].append(link)
        for first, found in linked.items():
            yield telling.ordered(self.pool, self.group[first].labels), found

    # ── parents and relatives ────────────────────────────────────────────────────────────────────

    def _between(self, *verdicts: Verdict) -> list[Link]:
        """Links between different groups about which nothing is decided."""
        found = []
        for link in self.links:
            one, other = (self.group[number] for number in link.pair)
            if link.verdict in verdicts and one is not other and not self._decided(one, other):
                found.append(link)
        return found

    def _parents(self) -> Found:
        """A label with the kinds of it."""
        children: defaultdict[int, list[Link]] = defaultdict(list)
        for link in self._between("parent"):
            parent = min(link.pair, key=lambda number: (len(self.pool.voices[number][0].key), number))
            children[parent].append(link)
        for parent, linked in children.items():
            members = {number for link in linked for number in link.pair} - {parent}
            yield [parent, *telling.ordered(self.pool, members)], linked

    def _related(self) -> Found:
        """Groups that are related, with all their labels. Families stay whole; beyond them a cluster grows to
        a crowd at most. What was to be the same and must not is related, too."""
        root: dict[int, int] = {}
        size: dict[int, int] = {}
        used: list[Link] = []
        for link in sorted(self._between("related", "same"), key=lambda link: "family" not in link.witnesses):
            a, b = (_root(root, self._first(number)) for number in link.pair)
            both = size.get(a, 1) + size.get(b, 1)
            if a == b or "family" in link.witnesses or both <= CROWD:
                used.append(link)
                if a != b:
                    root[a] = b
                    size[b] = both
        linked: defaultdict[int, list[Link]] = defaultdict(list)
        groups: defaultdict[int, dict[int, None]] = defaultdict(dict)
        for link in used:
            place = _root(root, self._first(link.pair[0]))
            linked[place].append(link)
            groups[place] |= dict.fromkeys(self._first(number) for number in link.pair)
        for place, firsts in groups.items():
            members = (number for first in firsts for number in self.group[first].labels)
            ordered = telling.ordered(self.pool, members)
            decided = self.apart.get(ordered[0], _NOBODY)  # not beside the canonical one again
            yield [number for number in ordered if number not in decided], linked[place]


def _root(root: dict[int, int], group: int) -> int:
    while root.setdefault(group, group) != group:
        root[group] = root[root[group]]
        group = root[group]
    return group


def _customers(cluster: DuplicateCluster) -> int:
    return sum(member.customers or 0 for member in cluster.members)
