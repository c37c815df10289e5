"""The rows of a plan, weighed against each other, the project and earlier verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tagctl.errors import Problem
from tagctl.labels import replaying
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.reports.deciding import Decision, Verdict
from tagctl.rules.curating.draft import Draft
from tagctl.rules.problems import meant
from tagctl.workflows.curating.plans import Row, in_words


class Plan:
    """The rows, checked against each other and the project. Labels go by their identities; `into` is what a
    label becomes, `below` whose child it is to be."""

    def __init__(
        self, draft: Draft, rows: Sequence[Row], known: Mapping[str, str], given: Sequence[Decision]
    ) -> None:
        self.draft = draft
        self.problems: list[Problem] = []
        self.done = 0
        self.left = sum(row.verdict is None and not _itself(row) for row in rows)
        self.known = known
        self._given = replaying.standing(given, draft.taxonomy.names)
        self.rows = [row for row in rows if row.verdict is not None and self._stands(row)]
        self.into: dict[str, Row] = {}
        self.below: dict[str, Row] = {}
        self._join()
        if not self.problems:
            self._compare()

    def _problem(self, row: Row, code: str, what: str, next: str = "") -> None:
        self.problems.append(Problem(code, what, next, row.at))

    # ── each row by itself ───────────────────────────────────────────────────────────────────────

    def _stands(self, row: Row) -> bool:
        """Whether the row is about two labels that there are and that are not one yet."""
        if _itself(row):
            if row.verdict != "same":
                what = _("{label} is compared with itself.").format(label=row.label)
                self._problem(row, "about-itself", what, _("Give the verdict in the row of the other label."))
            return False
        names = self.draft.taxonomy.names
        label, canonical = (names.get(identity(name)) for name in (row.label, row.canonical))
        if label is not None and label == canonical:
            if row.verdict == "same":
                self.done += 1
            else:
                what = _("{label} and {canonical} are one tag by now.")
                self._changed(row, what.format(label=row.label, canonical=row.canonical))
            return False
        sound = [self._current(row, row.label), self._current(row, row.canonical, row.verdict == "same")]
        return all(sound) and self._agrees(row)

    def _current(self, row: Row, name: str, may_be_new: bool = False) -> bool:
        tag = self.draft.taxonomy.names.get(identity(name))
        if tag is None and identity(name) not in self.known and not may_be_new:
            what = _("There is no tag and no label {name}.").format(name=name)
            near = meant(name, [*self.draft.taxonomy.tags, *self.known.values()])
            self._problem(row, "unknown-label", what, near)
            return False
        if tag is not None and identity(tag) != identity(name):
            what = _("{label} is another spelling of {tag} by now.").format(label=name, tag=tag)
            self._changed(row, what)
            return False
        return True

    def _changed(self, row: Row, what: str) -> None:
        advice = _("Delete the row, or write the plan anew: tagctl tags duplicates --plan FILE")
        self._problem(row, "changed-since", what, advice)

    def _agrees(self, row: Row) -> bool:
        earlier = self._given.get(frozenset((identity(row.label), identity(row.canonical))))
        if earlier is None or earlier == row.verdict:
            return True
        what = _("{label} and {canonical} were decided otherwise before: {verdict}.")
        advice = _("Delete the row, or forget that: tagctl tags verdicts --remove {label} {canonical}")
        self._problem(
            row,
            "decided-otherwise",
            what.format(label=row.label, canonical=row.canonical, verdict=in_words(earlier)),
            advice.format(label=row.label, canonical=row.canonical),
        )
        return False

    # ── rows together ────────────────────────────────────────────────────────────────────────────

    def _join(self) -> None:
        for row in self._saying("same"):
            other = self.into.setdefault(identity(row.label), row)
            if identity(other.canonical) != identity(row.canonical):
                what = _("{label} is to become {one} and {other}.")
                what = what.format(label=row.label, one=other.canonical, other=row.canonical)
                self._problem(row, "contradiction", what, _("Keep one of them."))
        for label, row in self.into.items():
            seen, now = {label}, identity(row.canonical)
            while now in self.into and now not in seen:
                seen.add(now)
                now = identity(self.into[now].canonical)
            if now == label:
                what = _("{label} is to become itself, by way of {canonical}.")
                what = what.format(label=row.label, canonical=row.canonical)
                self._problem(row, "contradiction", what, _("Which of the names is to stay?"))

    def _compare(self) -> None:
        said: dict[frozenset[str], Row] = {}
        for row in self.rows:
            if row.verdict == "same":
                continue
            pair = frozenset((self.root(row.label), self.root(row.canonical)))
            other = said.setdefault(pair, row)
            if len(pair) == 1:
                what = _("{label} and {canonical} become one tag by other rows.")
                what = what.format(label=row.label, canonical=row.canonical)
                self._problem(row, "contradiction", what, _("Decide for one of the two."))
            elif other.verdict != row.verdict:
                what = _("{label} and {canonical}: two verdicts, {one} and {other}.")
                names = {"label": row.label, "canonical": row.canonical}
                what = what.format(**names, one=in_words(other.verdict), other=in_words(row.verdict))
                self._problem(row, "contradiction", what, _("Keep one of them."))
            elif row.verdict == "parent":
                self._adopt(row)

    def _adopt(self, row: Row) -> None:
        other = self.below.setdefault(self.root(row.label), row)
        if self.root(other.canonical) != self.root(row.canonical):
            what = _("{label} is to have two parents, {one} and {other}.")
            what = what.format(label=row.label, one=other.canonical, other=row.canonical)
            self._problem(row, "contradiction", what, _("Keep one of them."))
        elif (above := self.below.get(self.root(row.canonical))) is not None and self.root(
            above.canonical
        ) == self.root(row.label):
            what = _("{label} and {canonical} are to be below each other.")
            what = what.format(label=row.label, canonical=row.canonical)
            self._problem(row, "contradiction", what, _("Keep one of them."))

    def _saying(self, verdict: Verdict) -> list[Row]:
        return [row for row in self.rows if row.verdict == verdict]

    # ── what it comes to ─────────────────────────────────────────────────────────────────────────

    def root(self, label: str) -> str:
        """What a label becomes in the end, as an identity."""
        now = identity(label)
        while now in self.into:
            now = identity(self.into[now].canonical)
        return now

    def groups(self) -> dict[str, list[Row]]:
        """The rows of labels that become one tag, by what they become."""
        found: dict[str, list[Row]] = {}
        for row in self.into.values():
            found.setdefault(self.root(row.label), []).append(row)
        return found

    def decisions(self) -> Iterator[Decision]:
        """The verdicts to remember. Labels that are compared with one canonical label, and not the same as
        it, were seen together: where nothing is said of two of them they are related, or different if both
        are."""
        told = {frozenset((identity(row.label), identity(row.canonical))) for row in self.rows}
        told |= self._given.keys()
        beside: dict[str, list[Row]] = {}
        for row in self.rows:
            assert row.verdict is not None
            yield Decision(row.label, row.canonical, row.verdict, row.note)
            if row.verdict != "same":
                beside.setdefault(identity(row.canonical), []).append(row)
        for rows in beside.values():
            for number, row in enumerate(rows):
                for other in rows[:number]:
                    pair = frozenset((identity(row.label), identity(other.label)))
                    if pair not in told and self.root(row.label) != self.root(other.label):
                        told.add(pair)
                        apart = row.verdict == other.verdict == "different"
                        yield Decision(row.label, other.label, "different" if apart else "related")


def _itself(row: Row) -> bool:
    return identity(row.label) == identity(row.canonical)
