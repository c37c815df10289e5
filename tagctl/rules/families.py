"""Families of rules, many in one entry: bands of a value, a map from values to tags, each value a tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tagctl.messages import _
from tagctl.model import (
    All,
    AnyOf,
    Compare,
    Condition,
    EachRule,
    Literal_,
    Rule,
    Ruleset,
    Taxonomy,
    Value,
)
from tagctl.normalise import fold, identity
from tagctl.rules import literals, operands, otherwords, shape, values
from tagctl.rules.nodes import Node
from tagctl.rules.operators import OPERATORS
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

FAMILY = ("dimension", "of", "bands", "map", "by", "each", "priority", "keep_imported")
_SHAPES = ("bands", "map", "each")
_BY = ("is", "starts_with", "contains")

Member = tuple[str, Condition, Node]  # tag, condition, its place


def read(found: shape.Entries, order: int, scope: Scope) -> tuple[list[tuple[Rule, Node]], EachRule | None]:
    """The rules of an entry with `dimension`, each with the place of its tag; or an EachRule."""
    problems = scope.problems
    dimension_node = found.values["dimension"]
    text = literals.name(dimension_node, problems, _("the name of a dimension"))
    dimension = scope.dimension(text, dimension_node) if text is not None else None
    of = found.get("of")
    if of is None:
        shape.missing(found.node, "of", problems, _("the value that decides, such as {field: 年龄}"))
    value = values.read(of, scope) if of is not None else None
    present = [key for key in _SHAPES if key in found]
    if len(present) != 1:
        what = _("A family has exactly one of: {names}.").format(names=listed(_SHAPES))
        at = found.keys[present[1]] if present else found.node
        problems.error(at, "bad-family", what, _("Write for example bands: [{tag: …, at_least: 18}]."))
        return [], None
    if "by" in found and present[0] != "map":
        problems.error(
            found.keys["by"], "misplaced-word", _("`by` goes with `map` only."), _("Leave it out.")
        )
    priority = read_priority(found, scope)
    keep = read_keep(found, scope)
    if dimension is None or value is None or found.broken:
        return [], None
    if present[0] == "each":
        if not _each_holds(found, value, of or found.node, scope):
            return [], None
        return [], EachRule(dimension, dimension, value, order, priority, location=found.node.location)
    members = (_bands if present[0] == "bands" else _map)(found.values[present[0]], value, found, scope)
    rules: list[tuple[Rule, Node]] = []
    for tag, condition, place in members:
        if _in_dimension(tag, dimension, place, scope):
            rule = Rule(
                dimension, tag, condition, order + len(rules), None, priority, keep, "", place.location
            )
            rules.append((rule, place))
    return rules, None


def read_priority(found: shape.Entries, scope: Scope) -> int:
    """`priority`: a whole number, higher wins; 0 where there is none."""
    node = found.get("priority")
    if node is None:
        return 0
    return literals.whole(node, scope.problems, -1_000_000) or 0


def read_keep(found: shape.Entries, scope: Scope) -> bool:
    """`keep_imported: true` leaves imported assignments of the tag."""
    node = found.get("keep_imported")
    return bool(literals.flag(node, scope.problems)) if node is not None else False


def _in_dimension(tag: str, dimension: str, at: Node, scope: Scope) -> bool:
    own = scope.taxonomy.tags[tag].dimension
    if own != dimension:
        what = _("{tag} is a tag of {own}, not of {dimension}.").format(tag=tag, own=own, dimension=dimension)
        scope.problems.error(at, "wrong-dimension", what, _("Move the tag, or name its dimension here."))
    return own == dimension


def _each_holds(found: shape.Entries, value: Value, of: Node, scope: Scope) -> bool:
    if "keep_imported" in found:
        what = _("`keep_imported` does not go with `{subject}`.").format(subject="each")
        scope.problems.error(found.keys["keep_imported"], "misplaced-word", what, _("Leave it out."))
    node = found.values["each"]
    wanted = literals.flag(node, scope.problems)
    if wanted is False:
        what = _("`each` can only be true.")
        scope.problems.error(node, "bad-family", what, _("Leave it out, and write bands: or map:."))
    if value.type != "text":
        what = _("`each` makes tags of texts, but {subject} is {type}.").format(
            subject=operands.described(value), type=value.type
        )
        scope.problems.error(of, "operator-type", what, _("Write bands: for numbers and dates."))
        return False
    return bool(wanted)


# ── bands and maps ───────────────────────────────────────────────────────────────────────────────


def _bands(node: Node, value: Value, _found: shape.Entries, scope: Scope) -> list[Member]:
    """`{tag: 18-24岁, at_least: 18, below: 25}`: all its comparisons hold."""
    members: list[Member] = []
    for item in shape.items(node, scope.problems, _("bands, each with its tag")):
        band = shape.entries(
            item,
            ("tag", *OPERATORS),
            scope.problems,
            _("a band: a tag and comparisons"),
            otherwords.advice,
        )
        if band is None or band.broken:
            continue
        tag_node = band.get("tag")
        if tag_node is None:
            shape.missing(item, "tag", scope.problems, _("the tag of the band"))
            continue
        text = literals.name(tag_node, scope.problems, _("the name of a tag"))
        tag = scope.tag(text, tag_node) if text is not None else None
        words = [key for key in band.values if key in OPERATORS]
        if not words:
            what = _("The band compares nothing.")
            advice = _("Write for example `at_least: 18, below: 25`.")
            scope.problems.error(item, "no-operator", what, advice)
        parts = [operands.compare(value, OPERATORS[w], band.values[w], band, scope, None) for w in words]
        understood = tuple(part for part in parts if part is not None)
        if tag is not None and understood and len(understood) == len(parts):
            whole = understood[0] if len(understood) == 1 else All(understood, item.location)
            members.append((tag, whole, tag_node))
    return members


def _map(node: Node, value: Value, found: shape.Entries, scope: Scope) -> list[Member]:
    """`华东: [上海, 杭州]`: the value is, starts with or contains one of them."""
    by = shape.choice(found.get("by"), _BY, "is", scope.problems)
    if by != "is" and value.type not in OPERATORS[by].types:
        what = _("`{operator}` does not fit {subject}, which is {type}.").format(
            operator=by, subject=operands.described(value), type=value.type
        )
        scope.problems.error(found.values["by"], "operator-type", what, _("Leave `by` out."))
        return []
    members: list[Member] = []
    for name, key, wanted in shape.named(node, scope.problems, _("tags, each with its values")):
        tag = scope.tag(name, key)
        items = wanted.items if wanted.kind == "list" else (wanted,)
        read_items = [literals.literal(i, value.type, scope.timezone, scope.problems) for i in items]
        understood = tuple(item for item in read_items if item is not None)
        if not items:
            what = _("{tag} has no values.").format(tag=name)
            scope.problems.error(wanted, "missing-value", what, _("Name at least one value."))
        elif tag is not None and len(understood) == len(items):
            members.append((tag, _one_of(value, by, understood, key), key))
    return members


def _one_of(value: Value, by: str, wanted: tuple[Literal_, ...], at: Node) -> Condition:
    if by == "is" and value.type == "list":
        return Compare(value, "any_of", wanted, at.location)
    if by == "is" and value.type == "bool":
        return AnyOf(tuple(Compare(value, "is", item, at.location) for item in wanted), at.location)
    if by == "is":
        return Compare(value, "in", wanted, at.location)
    parts = tuple(Compare(value, by, item, at.location) for item in wanted)
    return parts[0] if len(parts) == 1 else AnyOf(parts, at.location)


# ── each value a tag ─────────────────────────────────────────────────────────────────────────────


def expand(ruleset: Ruleset, found: Mapping[str, Sequence[str]], taxonomy: Taxonomy) -> Ruleset:
    """See tagctl.rules.expand."""
    rules = list(ruleset.rules)
    ruled = {rule.tag for rule in rules}
    for each in ruleset.each:
        spellings: dict[str, dict[str, str]] = {}  # tag → folded → as written
        named: dict[str, str] = {}  # identity → the tag of values that are not declared: as first written
        for text in found.get(each.id, ()):
            if not text.strip():
                continue
            label = identity(text)
            declared = taxonomy.names.get(label)  # by name or alias: several values may be one tag
            if declared is not None and taxonomy.tags[declared].dimension != each.dimension:
                continue
            tag = declared or named.setdefault(label, text.strip())
            spellings.setdefault(tag, {}).setdefault(fold(text), text.strip())
        for tag, written in spellings.items():
            if tag in ruled:  # its own rule decides
                continue
            when = Compare(each.of, "in", tuple(written.values()), each.location)
            rule = Rule(each.id, tag, when, each.order, None, each.priority, False, "", each.location)
            rules.append(replace(rule, hash=each.hash))
    return replace(ruleset, rules=tuple(rules), each=())
