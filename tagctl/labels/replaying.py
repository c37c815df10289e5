"""What was decided about labels, said of labels that come later. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tagctl.normalise import identity
from tagctl.reports.deciding import Decision, Verdict


def standing(decisions: Iterable[Decision], names: Mapping[str, str]) -> dict[frozenset[str], Verdict]:
    """The verdicts by pair of identities, labels that have become another tag's spelling under that tag's
    name; `names` are those of the taxonomy. Of two about one pair the last counts."""
    found: dict[frozenset[str], Verdict] = {}
    for one in decisions:
        pair = frozenset(identity(names.get(identity(label), label)) for label in (one.label, one.canonical))
        if len(pair) == 2:
            found[pair] = one.verdict
    return found


class Replay:
    """Which tag a label is another spelling of, by what was decided."""

    def __init__(self, decisions: Iterable[Decision], names: Mapping[str, str]) -> None:
        from tagctl.labels.duplicates.forms import form

        self._form = form
        self._names = names
        given = list(decisions)
        self._apart = {pair for pair, verdict in standing(given, names).items() if verdict != "same"}
        self._root: dict[str, str] = {}
        spelt: list[tuple[str, str]] = []  # key of the form, identity
        for one in given:
            if one.verdict == "same":
                label, canonical = identity(one.label), identity(one.canonical)
                self._root[self._find(label)] = self._find(canonical)
                key = form(one.label).key
                if key == form(one.canonical).key:
                    spelt.append((key, label))
        self._tags: dict[str, set[str]] = {}  # by group
        for label in list(self._root):
            if label in names:
                self._tags.setdefault(self._find(label), set()).add(names[label])
        self._spelt = dict(spelt)

    def tag(self, label: str) -> str | None:
        """The tag, or None: the label itself was decided to be the same, or it differs from labels that were
        in nothing but what these differ in from each other (沉默人群, after 沉默客户 and 沉默用户). Two tags
        of one group, or another verdict about the two, say nothing."""
        folded = identity(label)
        known = folded if folded in self._root else self._spelt.get(self._form(label).key)
        tags = self._tags.get(self._find(known), set()) if known is not None else set()
        if len(tags) != 1:
            return None
        [tag] = tags
        return None if frozenset((folded, identity(tag))) in self._apart else tag

    def _find(self, label: str) -> str:
        while self._root.setdefault(label, label) != label:
            label = self._root[label]
        return label
