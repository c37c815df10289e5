"""Decisions about labels, checked whole and carried out: merges, children, and verdicts to remember."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tagctl.errors import Problem, TagctlError, UsageProblem
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.deciding import Decision, DecisionsReport, Union
from tagctl.rules.curating import adding
from tagctl.rules.curating.draft import Draft
from tagctl.store import verdicts
from tagctl.store.operations import Operation
from tagctl.workflows.curating import Curation, applying, known, merge, move
from tagctl.workflows.curating.applying import Paths
from tagctl.workflows.curating.plans import Row
from tagctl.workflows.curating.weighing import Plan


@record
class Decided:
    """Decisions as edits of the two files, and as verdicts; the rest is as in DecisionsReport."""

    curations: tuple[Curation, ...] = ()
    verdicts: tuple[Decision, ...] = ()
    unions: tuple[Union, ...] = ()
    waiting: tuple[Decision, ...] = ()
    done: int = 0
    left: int = 0


def decide(op: Operation, draft: Draft, rows: Sequence[Row]) -> Decided:
    """What the rows of a plan ask for. UsageProblem with everything that contradicts itself, the project or
    an earlier verdict, each at its row."""
    plan = Plan(draft, rows, known(op.store), verdicts.read(op.store))
    if plan.problems:
        raise UsageProblem(plan.problems)
    carried = _Carried(plan)
    if carried.problems:
        raise UsageProblem(carried.problems)
    return Decided(
        tuple(carried.curations),
        tuple(plan.decisions()),
        tuple(carried.unions),
        tuple(carried.waiting),
        plan.done + carried.done,
        plan.left,
    )


def apply(op: Operation, decided: Decided, paths: Paths) -> DecisionsReport:
    """Carry it out and remember the verdicts, all in this operation."""
    report = applying.apply(op, decided.curations, paths) if decided.curations else None
    return DecisionsReport(
        None,
        decided.unions,
        decided.waiting,
        verdicts.put(op, decided.verdicts),
        decided.done,
        decided.left,
        replace(report, kind="plan", several=0) if report is not None else None,
        op.dry_run,
    )


class _Carried:
    """The edits, one after the other; what cannot be is told at the row that asks for it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.draft = plan.draft
        self.problems: list[Problem] = []
        self.curations: list[Curation] = []
        self.unions: list[Union] = []
        self.waiting: list[Decision] = []
        self.done = 0
        for rows in plan.groups().values():
            self._try(self._merge, rows)
        below: dict[str, list[Row]] = {}
        for row in plan.below.values():
            below.setdefault(plan.root(row.canonical), []).append(row)
        for rows in below.values():
            self._try(self._adopt, rows)

    def _try(self, edit: Callable[[Sequence[Row]], None], rows: Sequence[Row]) -> None:
        try:
            edit(rows)
        except TagctlError as error:
            at = rows[0].at
            self.problems += [replace(one, location=one.location or at) for one in error.problems]

    def _did(self, curation: Curation) -> None:
        self.curations.append(curation)
        self.draft = curation.after

    def _merge(self, rows: Sequence[Row]) -> None:
        into = self._spelt(rows)
        labels = list(dict.fromkeys(row.label for row in rows))
        names = self.draft.taxonomy.names
        if any(identity(name) in names for name in (into, *labels)):
            self._did(merge(self.draft, labels, into, known=self.plan.known))
            self.unions.append(Union(self.draft.taxonomy.names[identity(into)], tuple(labels)))
        else:
            self._wait(rows, into)

    def _adopt(self, rows: Sequence[Row]) -> None:
        into = self.plan.root(rows[0].canonical)
        parent = self.draft.taxonomy.names.get(into)
        if parent is None:
            self._wait(rows, rows[0].canonical)
            return
        children = []
        for row in rows:
            name = self.draft.taxonomy.names.get(self.plan.root(row.label))
            if name is None:
                name = row.label.strip()
                after = adding.child(self.draft, name, parent)
                self._did(Curation("add", (name,), (name,), self.draft, after))
            elif self.draft.taxonomy.tags[name].parent != parent:
                self._did(move(self.draft, name, None, parent))
            else:
                self.done += 1
                continue
            children.append(name)
        if children:
            self.unions.append(Union(parent, tuple(children), below=True))

    def _wait(self, rows: Sequence[Row], into: str) -> None:
        if identity(into) not in self.plan.known:
            what = _("{into} is not a tag yet, and none of {names} is.")
            advice = _("Make it one first: tagctl tags add {into} --dimension NAME").format(into=into)
            what = what.format(into=into, names=", ".join(row.label for row in rows))
            raise UsageProblem(Problem("needs-tag", what, advice))
        self.waiting += [
            Decision(row.label, into, row.verdict, row.note) for row in rows if row.verdict is not None
        ]

    def _spelt(self, rows: Sequence[Row]) -> str:
        """The name that stays, as it is written in the row that names it."""
        root = self.plan.root(rows[0].label)
        return next(row.canonical for row in rows if identity(row.canonical) == root)
