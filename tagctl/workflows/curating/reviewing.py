"""Clusters walked through one label at a time: what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tagctl.reports.deciding import Verdict
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember
from tagctl.workflows.curating.plans import Row, prefilled


class Question(NamedTuple):
    """Is the label the same as the canonical one of its cluster? `place` counts clusters, from 0."""

    place: int
    cluster: DuplicateCluster
    member: DuplicateMember
    canonical: DuplicateMember


class Review:
    """Where a person stands in the clusters, and what they said so far."""

    def __init__(self, clusters: Iterable[DuplicateCluster]) -> None:
        self.names: dict[int, str] = {}  # of clusters whose canonical label gets another name
        self._answers: dict[int, Verdict | None] = {}
        self._at = 0
        self.questions = [
            Question(place, cluster, member, cluster.members[0])
            for place, (cluster, members) in enumerate(prefilled(clusters))
            for member, verdict in members
            if verdict is not None and member.label != cluster.canonical
        ]

    @property
    def question(self) -> Question | None:
        """What is asked now; None after the last."""
        return self.questions[self._at] if self._at < len(self.questions) else None

    @property
    def name(self) -> str:
        """What the canonical label of the cluster is to be called."""
        question = self.questions[self._at]
        return self.names.get(question.place, question.cluster.canonical)

    @property
    def clusters(self) -> int:
        return len({question.place for question in self.questions})

    def answer(self, verdict: Verdict | None, *, rest: bool = False) -> None:
        """Say it of the label, or with `rest` of all that are left of its cluster; None leaves them open."""
        place = self.questions[self._at].place
        while True:
            self._answers[self._at] = verdict
            self._at += 1
            question = self.question
            if not rest or question is None or question.place != place:
                return

    def rename(self, name: str) -> None:
        """Give the canonical label of the cluster another name."""
        if name.strip():
            self.names[self.questions[self._at].place] = name.strip()

    def back(self) -> None:
        """To the label before."""
        self._at = max(0, self._at - 1)

    def rows(self) -> list[Row]:
        """What was decided, as the rows of a plan. A label that was gone back over has its last answer."""
        said = {at: verdict for at, verdict in self._answers.items() if verdict is not None}
        found = [
            Row(one.member.label, one.cluster.canonical, verdict)
            for at, verdict in said.items()
            for one in (self.questions[at],)
        ]
        names = {self.questions[at].place for at in said} & self.names.keys()
        canonical = {one.place: one.cluster.canonical for one in self.questions}
        return [*found, *(Row(canonical[place], self.names[place], "same") for place in sorted(names))]
