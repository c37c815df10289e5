"""What `rules check` advises, beside errors: rules that say nothing, too much, the same, or what another
outranks. Each piece names its rules, what meets, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, islice
from zoneinfo import ZoneInfo

from tagctl.errors import Location, Problem
from tagctl.messages import _
from tagctl.model import All, AnyOf, Condition, Dimension, HasTag, Not, Rule, Ruleset, Segment, Taxonomy, walk
from tagctl.rules import explain
from tagctl.rules.checking.examples import Examples, described
from tagctl.rules.checking.proofs import Prover
from tagctl.rules.readiness import inputs

PAIRS = 5_000  # of rules of one kind that are compared with each other; further ones are not
_LONGEST = 160  # of a condition that is quoted


def review(
    ruleset: Ruleset, taxonomy: Taxonomy, timezone: ZoneInfo, as_of: int, data: bytes
) -> tuple[Problem, ...]:
    """See tagctl.rules.review."""
    prover = Prover(taxonomy, ruleset.metrics, timezone)
    found = _Review(ruleset, taxonomy, prover, as_of).problems()
    lines = data.decode("utf-8-sig", "replace").splitlines()
    return tuple(_with_excerpt(problem, lines) for problem in sorted(found, key=_place))


class _Review:
    """Looks at one ruleset; `problems` is what it found."""

    def __init__(self, ruleset: Ruleset, taxonomy: Taxonomy, prover: Prover, as_of: int) -> None:
        self.ruleset = ruleset
        self.taxonomy = taxonomy
        self.prover = prover
        self.examples = Examples(prover, ruleset, as_of)
        self._found: dict[tuple[str, str], Problem] = {}
        self._silent: set[str] = set()  # tags of rules that hold for nobody or for everybody

    def problems(self) -> tuple[Problem, ...]:
        for rule in self.ruleset.rules:
            self._condition(rule)
            for extra in (rule.leave, rule.pilot):
                if extra is not None:
                    self._parts(extra)
            self._leave(rule)
        for segment in self.ruleset.segments:
            self._parts(segment.when)
        for layer in self.ruleset.layers:
            self._parts(layer.when, everybody=False)  # the last layer may take all that are left
        self._layers()
        paired = self._same()
        for dimension in self.taxonomy.dimensions.values():
            if dimension.exclusive != "none":
                self._exclusive(dimension, paired)
        return tuple(self._found.values())

    def _tell(self, at: Location | None, code: str, what: str, next: str) -> None:
        """Once for each place and code: what is named in several rules is told once."""
        self._found.setdefault((code, str(at)), Problem(code, what, next, at))

    # ── one condition ────────────────────────────────────────────────────────────────────────────

    def _condition(self, rule: Rule) -> None:
        when, pilot = rule.when, () if rule.pilot is None else (rule.pilot,)
        told = self._each_part(when)
        text = _short(explain.text(when, self.prover.zone))
        code, what, advice = "never-true", "", _loosen()
        if self.prover.never(when):
            what = _("Nobody can meet the condition of {tag}: {text}.")
        elif self.prover.never(when, *pilot):
            what = _("Nobody in the pilot of {tag} can meet its condition: {text}.")
        elif self.prover.never(when, *pilot, apart=True):
            what = _(
                "{tag} asks for several choices of an exclusive dimension, which meet only while a conflict "
                "is open: {text}."
            )
        elif self.prover.always(when):
            code, advice = "always-true", _narrow()
            what = _("Everybody meets the condition of {tag}: {text}.")
        if what:
            self._silent.add(rule.tag)
        if what and not told:
            self._tell(rule.location, code, what.format(tag=rule.tag, text=text), advice)

    def _parts(self, condition: Condition, *, everybody: bool = True) -> bool:
        """Tell the smallest parts that never or, if so asked, always hold; whether there was one."""
        if self._each_part(condition, everybody=everybody):
            return True
        if len(_items(condition)) == 1 or condition.location is None:
            return False
        text = _short(explain.text(condition, self.prover.zone))
        if self.prover.never(condition):
            self._tell(
                condition.location, "never-true", _("{text} never holds.").format(text=text), _loosen()
            )
        elif everybody and self.prover.always(condition):
            what = _("{text} always holds.").format(text=text)
            self._tell(condition.location, "always-true", what, _narrow())
        else:
            return False
        return True

    def _each_part(self, condition: Condition, *, everybody: bool = True) -> bool:
        told = [self._parts(item, everybody=everybody) for item in _items(condition)]
        return any(told)

    def _leave(self, rule: Rule) -> None:
        if rule.leave is None or rule.tag in self._silent:
            return
        at = rule.leave.location or rule.location
        if self.prover.never(rule.leave):
            return  # told with its parts
        if self.prover.implies((rule.leave,), rule.when):
            what = _("{tag} can never be lost: whoever meets `leave` meets `when` as well.").format(
                tag=rule.tag
            )
            self._tell(at, "leave-never", what, _("Make `leave` hold for some who no longer meet `when`."))
        elif self.prover.implies((rule.when,), rule.leave):
            what = _("`leave` of {tag} already holds when the tag is given.").format(tag=rule.tag)
            self._tell(
                at, "leave-at-once", what, _("Turn it round: `leave` says when the tag is taken away.")
            )
        elif self.prover.exhausted(rule.when, rule.leave):
            what = _("`leave` of {tag} changes nothing: it holds whenever `when` does not.").format(
                tag=rule.tag
            )
            self._tell(at, "leave-idle", what, _("Remove it, or let it ask for more."))

    # ── two conditions ───────────────────────────────────────────────────────────────────────────

    def _same(self) -> set[frozenset[str]]:
        """Tell rules that mean the same; the pairs of their tags."""
        found: set[frozenset[str]] = set()
        alike: dict[object, list[Rule]] = {}
        for rule in self.ruleset.rules:
            if rule.tag not in self._silent:
                alike.setdefault(self._reads(rule), []).append(rule)
        for one, other in _pairs(alike.values()):
            if self.prover.implies((one.when,), other.when) and self.prover.implies((other.when,), one.when):
                found.add(frozenset((one.tag, other.tag)))
                what = _("{tag} and {other} hold for the same customers.").format(
                    tag=other.tag, other=_named(one)
                )
                advice = _("Keep one of them, with the other name as its alias, or change one of the rules.")
                self._tell(other.location, "same-rule", what, advice)
        return found

    def _reads(self, rule: Rule) -> object:
        """What a rule reads: rules of equal meaning mostly read the same."""
        read = inputs(self.ruleset, [rule.when])
        tags = (tag for leaf in walk(rule.when) if isinstance(leaf, HasTag) for tag in leaf.tags)
        return frozenset((*(s.type for s in read.sources), *read.fields, *tags)), rule.pilot

    def _exclusive(self, dimension: Dimension, paired: set[frozenset[str]]) -> None:
        members = [rule for rule in self.ruleset.rules if self._competes(rule, dimension)]
        unordered: set[str] = set()
        for one, other in _pairs([members]):
            if self._choice(one) == self._choice(other) or frozenset((one.tag, other.tag)) in paired:
                continue
            low, high = self._ranked(one, other, dimension)
            if self._shadows(high, low):
                what = _("Whoever meets {tag} meets {other}, too, which outranks it in {dimension}.").format(
                    tag=low.tag, other=_named(high), dimension=dimension.name
                )
                advice = _("Narrow the condition of {other}, or rank {tag} higher.").format(
                    tag=low.tag, other=high.tag
                )
                self._tell(low.location, "shadowed", what, advice)
            elif (
                dimension.exclusive == "one"
                and one.priority == other.priority
                and other.tag not in unordered  # once for each rule
                and self._meet(one, other, dimension)
            ):
                unordered.add(other.tag)

    def _competes(self, rule: Rule, dimension: Dimension) -> bool:
        tag = self.taxonomy.tags.get(rule.tag)
        return (
            tag is not None
            and tag.dimension == dimension.name
            and tag.status != "draft"
            and rule.tag not in self._silent
        )

    def _choice(self, rule: Rule) -> str:
        return self.taxonomy.tags[rule.tag].choice

    def _ranked(self, one: Rule, other: Rule, dimension: Dimension) -> tuple[Rule, Rule]:
        """The two with the outranked one first."""
        if dimension.exclusive == "ordered":
            tags = self.taxonomy.tags
            return (one, other) if tags[one.tag].position < tags[other.tag].position else (other, one)
        return (one, other) if one.priority < other.priority else (other, one)  # equal: the first of the file

    def _shadows(self, high: Rule, low: Rule) -> bool:
        """Whether the rule `high` gives its tag to everybody to whom `low` does."""
        given = low.when if low.leave is None else AnyOf((low.when, Not(low.leave)))
        limits = () if low.pilot is None else (low.pilot,)
        wanted = high.when if high.pilot is None else All((high.when, high.pilot))
        return self.prover.implies((given, *limits), wanted, apart=True)

    def _meet(self, one: Rule, other: Rule, dimension: Dimension) -> bool:
        """Tell two rules that a customer can meet at once, with that customer."""
        limits = [rule.pilot for rule in (one, other) if rule.pilot is not None]
        customer = self.examples.meeting(one.when, other.when, *limits)
        if customer is None:
            return False
        what = _(
            "{tag} and {other} can hold at once, and nothing in {dimension} says which wins. "
            "A customer who meets both: {example}."
        ).format(
            tag=other.tag,
            other=_named(one),
            dimension=dimension.name,
            example=described(customer, self.examples),
        )
        advice = _(
            "Give one of them a `priority`, make {dimension} `exclusive: ordered`, or narrow a condition."
        )
        self._tell(other.location, "no-order", what, advice.format(dimension=dimension.name))
        return True

    def _layers(self) -> None:
        for one, other in combinations(self.ruleset.layers, 2):
            if self.prover.implies((other.when,), one.when):
                what = _("Nobody gets into the layer {name}: {other} before it takes them all.").format(
                    name=other.name, other=_named(one)
                )
                self._tell(
                    other.location, "shadowed", what, _("Put it before the other, or narrow that one.")
                )


def _loosen() -> str:
    return _("Loosen one of its comparisons, or remove it.")


def _narrow() -> str:
    return _("Narrow it, or remove it.")


def _named(thing: Rule | Segment) -> str:
    name = thing.tag if isinstance(thing, Rule) else thing.name
    return f"{name} ({thing.location})" if thing.location is not None else name


def _items(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, All | AnyOf):
        return condition.items
    return (condition.item,) if isinstance(condition, Not) else ()


def _pairs(groups: Iterable[list[Rule]]) -> Iterator[tuple[Rule, Rule]]:
    """The pairs within each group, up to a limit."""
    return islice((pair for group in groups for pair in combinations(group, 2)), PAIRS)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _with_excerpt(problem: Problem, lines: list[str]) -> Problem:
    """The problem with its line, underlined to the end."""
    at = problem.location
    if at is None or not at.line or at.line > len(lines):
        return problem
    line = lines[at.line - 1]
    return replace(problem, excerpt=line, width=max(len(line.rstrip()) - (at.column or 1) + 1, 1))


def _place(problem: Problem) -> tuple[int, int]:
    at = problem.location or Location()
    return at.line or 0, at.column or 0
