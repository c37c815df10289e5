"""A tag that becomes two: those of its customers for whom a condition holds get a new one."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.rules import source, written
from tagctl.rules.curating import cuts, entries
from tagctl.rules.curating.draft import Draft, free, with_names
from tagctl.rules.curating.uniting import combined
from tagctl.rules.nodes import Node
from tagctl.rules.rewrite import Item

_ALIKE = ("owner", "implies", "expires", "review", "status", "pilot")  # what holds for both parts


def split(draft: Draft, label: str, into: str, when: str, other: str | None = None) -> Draft:
    """The draft with a tag for those who meet the condition, beside the tag or declared before. With `other`,
    the rest has a tag of its own, too, and the tag itself is deprecated.

    A rule of the tag's becomes one of both: with the condition, and without it.
    """
    tag = draft.tag(label).name
    parts = [_part(draft, name, tag) for name in ((into,) if other is None else (into, other))]
    if len(set(map(identity, parts))) < len(parts):
        what = _("{tag} is named twice.").format(tag=parts[0])
        raise UsageProblem(Problem("same-part", what))
    rule = _own_rule(draft, tag, parts)
    for name in reversed(parts):
        if name not in draft.taxonomy.tags:
            draft = _in_conflict(_beside(draft, tag, name), tag, name)
    if rule is not None:
        draft = _two_rules(draft, rule, parts[0], when)
    if other is None:
        return draft.checked()
    if rule is not None:
        draft = _for_tag(draft, rule, parts[1])
    draft = entries.drop(draft, tag, "pilot")
    return entries.put(draft, tag, "status", "deprecated").checked()


def _part(draft: Draft, label: str, tag: str) -> str:
    """The name of a part: a tag that is declared, other than the one split, or a new name."""
    known = draft.taxonomy.names.get(identity(label))
    if known == tag:
        what = _("{tag} cannot become a part of itself.").format(tag=tag)
        raise UsageProblem(Problem("same-part", what, _("Name another tag, or a new one.")))
    return known or free(draft, label)


def _own_rule(draft: Draft, tag: str, parts: list[str]) -> int | None:
    """The place of the tag's rule. UsageProblem where it cannot be made two."""
    found = entries.rule_of(draft, tag)
    home = draft.taxonomy.tags[tag].dimension
    if (found is not None and found.family) or any(each.dimension == home for each in draft.ruleset.each):
        what = _("{tag} is given by a family of rules, which cannot be split by a condition.").format(tag=tag)
        raise UsageProblem(Problem("split-family", what, _("Add bands or values to it in rules.yaml.")))
    for name in parts:
        if found is not None and entries.rule_of(draft, name) is not None:
            what = _("{tag} has a rule of its own already.").format(tag=name)
            raise UsageProblem(Problem("has-rule", what, _("Name a tag without a rule, or a new one.")))
    return None if found is None else found.index


def _beside(draft: Draft, tag: str, name: str) -> Draft:
    """The draft with a new tag right after another one, with what holds for both."""
    text = draft.taxonomy_text
    found = entries.spot(text, tag)
    section = found.parent.get(found.key)
    assert section is not None
    said = [(key, value) for key in _ALIKE if (value := found.node.get(key)) is not None and not value.empty]
    shown = entries.word(name)
    lines = [f"name: {shown}", *(line for key, value in said for line in written.entry(key, value))]
    inline = ", ".join([f"name: {shown}", *(f"{key}: {written.inline(value)}" for key, value in said)])
    item = Item(tuple(written.dashed(lines)), f"{{{inline}}}") if said else Item((f"- {shown}",), shown)
    return draft.having(taxonomy=cuts.insert_after(text, section, found.index, item))


def _in_conflict(draft: Draft, tag: str, name: str) -> Draft:
    """The draft in which what must not meet a tag must not meet the new one, either."""
    names, section = draft.taxonomy.names, draft.taxonomy_text.root.get("conflicts")
    groups = [
        [names[identity(item.text)] for item in group.items] for group in (section.items if section else ())
    ]
    for index in reversed(range(len(groups))):
        if tag in groups[index]:
            words = [entries.word(name if other == tag else other) for other in groups[index]]
            inline = f"[{', '.join(words)}]"
            text = draft.taxonomy_text
            there = text.root.get("conflicts") or text.root
            draft = draft.having(
                taxonomy=cuts.insert_after(text, there, index, Item((f"- {inline}",), inline))
            )
    return draft


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────


def _rule(draft: Draft, index: int) -> Node:
    section = draft.rules_text.root.get("rules")
    assert section is not None
    return section.items[index]


def _two_rules(draft: Draft, index: int, into: str, when: str) -> Draft:
    """A copy of the rule for the new tag, and the condition in both: in one as it is, in the other not."""
    text = draft.rules_text
    section, rule = text.root.get("rules"), _rule(draft, index)
    assert section is not None
    item = Item(tuple(written.dashed(written.block(rule))), written.inline(rule), spaced=True)
    draft = draft.having(rules=cuts.insert_after(text, section, index, item))
    draft = _for_tag(draft, index + 1, into)
    condition = source.load(when.encode(), "--when")
    for place, holds in ((index, False), (index + 1, True)):
        for key, connective, wanted in _keys(draft, place, holds):
            lines, inline = _written(condition, holds=wanted)
            data = combined(draft.rules_text, _rule(draft, place), key, connective, lines, inline)
            draft = draft.having(rules=data)
    return draft


def _for_tag(draft: Draft, index: int, tag: str) -> Draft:
    """The draft in which a rule is another tag's."""
    name = _rule(draft, index).get("tag")
    assert name is not None
    return draft.having(rules=with_names(draft.rules_text, [name], tag))


def _keys(draft: Draft, place: int, holds: bool) -> Iterator[tuple[str, str, bool]]:
    """Where the condition goes: who enters must meet it (or not), and who does not any more leaves."""
    yield "when", "all", holds
    if _rule(draft, place).get("leave") is not None:
        yield "leave", "any", not holds


def _written(condition: Node, *, holds: bool) -> tuple[list[str], str]:
    """The condition or its opposite, in lines and in one line."""
    inline = written.inline(condition)
    if not holds:
        inline = f"{{not: {inline}}}"
    return ([inline] if not holds or condition.kind == "list" else written.block(condition)), inline
