"""Collecting what is wrong in a YAML file, and finding the word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from tagctl.errors import Location, Problem
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.rules.nodes import Node

_SHOWN = 8
_LONGEST = 100  # of a word that may be a misspelling


class Problems:
    """Errors and warnings of one file. The same problem at the same place is told once.

    `named`: every place that names a tag, with the tag's declared name, as they are resolved (`references`).
    """

    def __init__(self) -> None:
        self.named: list[tuple[Node, str]] = []
        self._errors: dict[tuple[str, str, str], Problem] = {}
        self._warnings: dict[tuple[str, str, str], Problem] = {}

    def error(self, at: Node, code: str, what: str, next: str = "") -> None:
        """Something that must be mended. `what` and `next` are translated sentences."""
        _keep(self._errors, at.problem(code, what, next))

    def warning(self, at: Node, code: str, what: str, next: str = "") -> None:
        """Advice: the file works as it is."""
        _keep(self._warnings, at.problem(code, what, next))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """All errors, in the order of the file."""
        return tuple(sorted(self._errors.values(), key=_place))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """All warnings, in the order of the file."""
        return tuple(sorted(self._warnings.values(), key=_place))


def _keep(found: dict[tuple[str, str, str], Problem], problem: Problem) -> None:
    found.setdefault((problem.code, str(problem.location), problem.what), problem)


def _place(problem: Problem) -> tuple[int, int]:
    location = problem.location or Location()
    return (location.line or 0, location.column or 0)


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known words that look most like this one, best first; case, width and script folded. Words much
    less alike than the best are left out."""
    if len(word) > _LONGEST:
        return []
    from difflib import SequenceMatcher

    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(identity(name), name)
    matcher = SequenceMatcher(b=identity(word))
    likeness: dict[str, float] = {}
    for label, name in folded.items():
        matcher.set_seq1(label)
        likeness[name] = matcher.ratio()
    least = max(0.5 if len(word) <= 3 else 0.6, max(likeness.values(), default=0) - 0.15)
    return sorted((n for n in likeness if likeness[n] >= least), key=lambda n: -likeness[n])[:count]


def meant(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the nearest known ones, else a list of those that there are."""
    names = list(dict.fromkeys(known))
    close = nearest(word, names)
    if close:
        return _("Did you mean {names}?").format(names=listed(close))
    if names:
        return _("Known are: {names}.").format(names=listed(names))
    return _("There are none yet.")


def listed(names: Iterable[str]) -> str:
    """Names for a sentence, cut where there are many."""
    found = list(names)
    text = ", ".join(found[:_SHOWN])
    return f"{text}, …" if len(found) > _SHOWN else text
