"""A tag's entry in taxonomy.yaml, and its rule in rules.yaml: found, changed, taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from tagctl.normalise import identity
from tagctl.record import record
from tagctl.rules import rewrite, written
from tagctl.rules.curating.cuts import cut, cut_among, cut_key, standing
from tagctl.rules.curating.draft import Draft
from tagctl.rules.nodes import Node
from tagctl.rules.rewrite import Text


@record
class Spot:
    """Where a tag is declared: the item of a list under a key (`tags` or `children`) of its parent."""

    parent: Node
    key: str
    index: int
    node: Node


def spot(text: Text, tag: str) -> Spot:
    """Where the tag is declared, by its exact name."""
    return next(found for found in _spots(text.root) if rewrite.name_of(found.node) == tag)


def _spots(root: Node) -> Iterator[Spot]:
    dimensions = root.get("dimensions")
    for dimension in dimensions.items if dimensions else ():
        yield from _below(dimension, "tags")


def _below(parent: Node, key: str) -> Iterator[Spot]:
    section = parent.get(key)
    for index, node in enumerate(section.items if section else ()):
        yield Spot(parent, key, index, node)
        yield from _below(node, "children")


def dimension_node(text: Text, name: str) -> Node:
    """The entry of a dimension."""
    section = text.root.get("dimensions")
    assert section is not None
    return next(node for node in section.items if rewrite.name_of(node) == name)


# ── changed ──────────────────────────────────────────────────────────────────────────────────────


def as_mapping(draft: Draft, tag: str) -> Draft:
    """The draft in which the tag's entry is a mapping, which can hold more than the name."""
    text = draft.taxonomy_text
    found = spot(text, tag)
    if found.node.kind == "map":
        return draft
    start, end = text.extent(found.node)
    section = found.parent.get(found.key)
    name = f"name: {text.text[start:end]}"
    flow = section is not None and section.flow
    return draft.having(taxonomy=text.replaced(start, end, f"{{{name}}}" if flow else name))


def put(draft: Draft, tag: str, key: str, value: str) -> Draft:
    """The draft in which the tag's entry has a key with this value, written in one line."""
    draft = as_mapping(draft, tag)
    text = draft.taxonomy_text
    node = spot(text, tag).node
    given = node.get(key)
    if given is None:
        return draft.having(taxonomy=text.after_name(node, f"{key}: {value}"))
    start, end = standing(text, node, key)
    gap = "" if text.text[start - 1].isspace() else " "
    return draft.having(taxonomy=text.replaced(start, end, gap + value))


def drop(draft: Draft, tag: str, key: str) -> Draft:
    """The draft in which the tag's entry has no such key."""
    node = spot(draft.taxonomy_text, tag).node
    if node.get(key) is None:
        return draft
    return draft.having(taxonomy=cut_key(draft.taxonomy_text, node, key))


def add_listed(draft: Draft, tag: str, key: str, words: Sequence[str]) -> Draft:
    """The draft in which the tag's aliases (or what it implies) have these words, too."""
    for word in words:
        data = rewrite.add_listed(draft.files.taxonomy, draft.files.taxonomy_name, tag, key, word)
        draft = draft.having(taxonomy=data)
    return draft


def drop_listed(draft: Draft, tag: str, key: str, index: int) -> Draft:
    """The draft in which a list of the tag's has one item less; an empty list goes."""
    text = draft.taxonomy_text
    node = spot(text, tag).node
    given = node.get(key)
    assert given is not None
    data = cut_among(text, given, index) if len(given.items) > 1 else cut_key(text, node, key)
    return draft.having(taxonomy=data)


def without_tag(draft: Draft, tag: str, moved: Callable[[Node], Sequence[Node]]) -> Draft:
    """The draft without the tag's entry; comments in what of it is `moved` go along."""
    text = draft.taxonomy_text
    found = spot(text, tag)
    section, away = found.parent.get(found.key), moved(found.node)
    if found.key == "children" and section is not None and len(section.items) == 1:
        return draft.having(taxonomy=cut_key(text, found.parent, "children", away))
    return draft.having(taxonomy=cut(text, found.parent, found.key, found.index, away))


def takes_lines(parent: Node, key: str) -> bool:
    """Whether a new item of this list comes in lines of its own, with its comments; in braces it does not."""
    section = parent.get(key)
    return not (section.flow if section is not None and section.items else parent.flow)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────


@record
class RuleSpot:
    """A tag's rule: an item of `rules:` of its own, or a member of a family (of its bands or its map)."""

    index: int
    node: Node
    family: Literal["", "bands", "map"] = ""
    member: int = 0


def rule_of(draft: Draft, tag: str) -> RuleSpot | None:
    """The rule that gives the tag, if there is one. A tag of an `each: true` family has none of its own."""
    section = draft.rules_text.root.get("rules")
    names = draft.taxonomy.names

    def is_it(node: Node | None) -> bool:
        return node is not None and names.get(identity(node.text)) == tag

    for index, node in enumerate(section.items if section else ()):
        if is_it(node.get("tag")):
            return RuleSpot(index, node)
        bands, mapped = node.get("bands"), node.get("map")
        for number, band in enumerate(bands.items if bands else ()):
            if is_it(band.get("tag")):
                return RuleSpot(index, node, "bands", number)
        for number, (key, _values) in enumerate(mapped.entries if mapped else ()):
            if is_it(key):
                return RuleSpot(index, node, "map", number)
    return None


def without_rule(draft: Draft, found: RuleSpot, moved: Sequence[Node] = ()) -> Draft:
    """The draft without a rule; a family goes with its last member."""
    text = draft.rules_text
    members = found.node.get(found.family) if found.family else None
    if members is not None and len(members.items or members.entries) > 1:
        return draft.having(rules=cut(text, found.node, found.family, found.member, moved))
    return draft.having(rules=cut(text, text.root, "rules", found.index, moved))


def word(name: str) -> str:
    """A name as it is written into the file."""
    return written.text(name)
