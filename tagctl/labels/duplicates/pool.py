"""The labels among which duplicates are looked for, each spelling taken apart once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from tagctl.labels import lexicon
from tagctl.labels.duplicates.forms import Form, form
from tagctl.record import record

Pair = tuple[int, int]  # numbers of two labels, the smaller first


class Label(NamedTuple):
    """A label as people write it. `aliases` are other spellings that mean it already. `rule`: what its rule
    says (equal for rules that say the same). `kind`: tag, unknown or label."""

    text: str
    kind: str = "label"
    customers: int | None = None
    aliases: tuple[str, ...] = ()
    rule: str | None = None


class Pool:
    """What witnesses look at: `forms` are the different spellings, aliases too, `owners` whose they are."""

    def __init__(
        self,
        labels: Sequence[Label],
        shared: Mapping[frozenset[str], int] | None = None,
        synonyms: Sequence[Sequence[str]] = (),
        least: float = 0.0,
    ) -> None:
        self.labels = labels
        self.synonyms = synonyms
        self.least = least  # what is less sure is of no interest
        self.voices = [tuple(form(text) for text in (label.text, *label.aliases)) for label in labels]
        first: dict[str, tuple[Form, int]] = {}
        for number, spellings in enumerate(self.voices):
            for spelling in spellings:
                first.setdefault(spelling.key, (spelling, number))
        self.forms = [spelling for spelling, _number in first.values()]
        self.owners = [number for _spelling, number in first.values()]
        self._shared = shared or {}

    def pair(self, a: int, b: int) -> Pair | None:
        """Two forms as the pair of labels whose they are; None where it is one label."""
        one, other = self.owners[a], self.owners[b]
        return None if one == other else (min(one, other), max(one, other))

    @cached_property
    def shared(self) -> dict[Pair, int]:
        """How many customers have both labels."""
        numbers = {label.text: number for number, label in enumerate(self.labels)}
        found: dict[Pair, int] = {}
        for texts, customers in self._shared.items():
            known = sorted(numbers[text] for text in texts if text in numbers)
            if len(known) == 2:
                found[known[0], known[1]] = customers
        return found

    def meanings(self, groups: Sequence[Sequence[str]]) -> dict[str, list[int]]:
        """By the key of a label, the numbers of the groups that it is in."""
        found: dict[str, list[int]] = {}
        for number, group in enumerate(groups):
            for key in {form(text).key for text in group}:
                found.setdefault(key, []).append(number)
        return found

    @cached_property
    def senses(self) -> list[frozenset[str]]:
        """What each label means by the words of the user and the lexicon: where two have one in common,
        guards have nothing to say."""
        known = {key: {f"user {n}" for n in found} for key, found in self.meanings(self.synonyms).items()}
        for key, found in self.meanings(lexicon.synonyms()).items():
            known.setdefault(key, set()).update(f"lexicon {n}" for n in found)
        nothing: frozenset[str] = frozenset()
        return [
            nothing.union(*meant)
            if (meant := [known[one.key] for one in spellings if one.key in known])
            else nothing
            for spellings in self.voices
        ]


@record
class Witness:
    """`speak` names the pairs of labels that it speaks for, with how sure it is (0 to 1)."""

    code: str
    speak: Callable[[Pool], Iterable[tuple[Pair, float]]]
