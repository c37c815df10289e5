"""A tag that is not used any more: its entry stays, deprecated, its rule goes; another may take its place."""

from __future__ import annotations

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.rules.curating import entries
from tagctl.rules.curating.draft import Draft, respelled
from tagctl.rules.curating.merging import tidied


def retire(draft: Draft, label: str, other: str | None = None) -> Draft:
    """The draft in which the tag is deprecated. With another tag in its place, every place that named it
    names that one; without, nothing implies it any more, and other places stay as they are."""
    tag = draft.tag(label)
    target = draft.tag(other).name if other is not None else None
    if tag.status == "deprecated" and tag.replaced_by == target:
        what = _("{tag} is retired already.").format(tag=tag.name)
        raise UsageProblem(Problem("already-retired", what))
    if target == tag.name:
        what = _("{tag} cannot take its own place.").format(tag=tag.name)
        raise UsageProblem(Problem("replaced-by-itself", what))
    found = entries.rule_of(draft, tag.name)
    draft = entries.drop(draft, tag.name, "pilot")
    if found is not None:
        draft = entries.without_rule(draft, found)
    if target is not None:
        draft = tidied(respelled(draft, tag.name, target, aliases=True), target)
    else:
        draft = _without_givers(draft, tag.name)
    draft = entries.put(draft, tag.name, "status", "deprecated")
    if target is not None:
        return entries.put(draft, tag.name, "replaced_by", entries.word(target)).checked()
    return entries.drop(draft, tag.name, "replaced_by").checked()


def _without_givers(draft: Draft, tag: str) -> Draft:
    """The draft in which no tag implies this one, or has it in its place."""
    names = draft.taxonomy.names
    for other in draft.taxonomy.tags.values():
        if other.replaced_by == tag:
            draft = entries.drop(draft, other.name, "replaced_by")
        if tag in other.implies:
            node = entries.spot(draft.taxonomy_text, other.name).node.get("implies")
            there = [names.get(identity(item.text)) for item in node.items] if node is not None else []
            for index in (number for number in reversed(range(len(there))) if there[number] == tag):
                draft = entries.drop_listed(draft, other.name, "implies", index)
    return draft
