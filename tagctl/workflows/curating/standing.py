"""The verdicts that stand: listed, and removed."""

from __future__ import annotations

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.reports.deciding import VerdictRow
from tagctl.rules.problems import meant
from tagctl.store import verdicts
from tagctl.store.connection import Store
from tagctl.store.operations import Operation


def listed(store: Store) -> list[VerdictRow]:
    """All of them, the newest first."""
    return verdicts.listed(store)


def remove(op: Operation, one: str, other: str) -> int:
    """Forget what was decided about two labels. UsageProblem where nothing was."""
    given = verdicts.read(op.store)
    if not verdicts.remove(op, one, other):
        what = _("Nothing was decided about {one} and {other}.").format(one=one, other=other)
        known = list(dict.fromkeys(name for said in given for name in (said.label, said.canonical)))
        near = "\n".join(meant(name, known) for name in (one, other) if name not in known)
        raise UsageProblem(Problem("no-verdict", what, near or _("See: tagctl tags verdicts")))
    op.keep(f"{one} / {other}")
    return 1
