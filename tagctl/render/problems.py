"""The one layout of errors: where, which, what; the line with a caret; what to do next.

rules.yaml:12:11: error[unknown-field]: There is no field “spnd”.
   12 |   when: {field: spnd, at_least: 500}
      |                 ^^^^
  next: Did you mean “spend”?
"""

from __future__ import annotations

from collections.abc import Iterable

from tagctl.errors import Problem
from tagctl.messages import _
from tagctl.render.safe import safe
from tagctl.render.terminal import Piece, Styled, complain
from tagctl.render.width import width

_LONGEST = 100  # columns of an excerpt that are shown


def show_problems(problems: Iterable[Problem], *, warnings: bool = False) -> None:
    """All problems on stderr, one after the other, an empty line between those with an excerpt."""
    for index, problem in enumerate(problems):
        if index and (problem.excerpt is not None or problem.next):
            complain()
        for line in lines(problem, warning=warnings):
            complain(*line)


def lines(problem: Problem, *, warning: bool = False) -> list[tuple[Piece, ...]]:
    """The lines of one problem, as pieces with styles."""
    label = _("warning") if warning else _("error")
    place = str(problem.location) if problem.location else ""
    first: list[Piece] = [Styled(f"{place}: ", "strong")] if place else []
    first += [Styled(f"{label}[{problem.code}]", "warn" if warning else "bad"), f": {problem.what}"]
    shown: list[tuple[Piece, ...]] = [tuple(first)]
    if problem.excerpt is not None:
        shown += _excerpt(problem)
    if problem.next:
        head, *rest = problem.next.split("\n")
        label = _("next:")
        gap = "" if label.endswith("：") else " "  # a full-width colon has its own
        shown.append(("  ", Styled(label, "good"), gap, head))
        shown += [("        ", line) for line in rest]
    return shown


def _excerpt(problem: Problem) -> list[tuple[Piece, ...]]:
    """The source line and, where the column is known, carets under the part that is meant."""
    assert problem.excerpt is not None
    location = problem.location
    number = str(location.line or location.row or "") if location else ""
    margin = f"{number:>5} | "
    empty = " " * 5 + " | "
    column = location.column if location else None
    if column is None:
        return [(Styled(margin, "dim"), _cut(problem.excerpt))]
    before = problem.excerpt[: column - 1]
    meant = problem.excerpt[column - 1 : column - 1 + max(1, problem.width)]
    text, dropped = problem.excerpt, ""
    if width(safe(before)) > _LONGEST - 20:  # a long line: begin shortly before the place
        dropped = "…"
        before = before[-30:]
        text = before + problem.excerpt[column - 1 :]
    indent = " " * width(dropped + safe(before))
    carets = "^" * max(1, min(width(safe(meant)), _LONGEST))
    return [
        (Styled(margin, "dim"), dropped + _cut(text)),
        (Styled(empty, "dim"), indent, Styled(carets, "bad")),
    ]


def _cut(text: str) -> str:
    from tagctl.render.width import cut

    return cut(safe(text), _LONGEST + 20)
