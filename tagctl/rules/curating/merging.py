"""Two tags that become one: names, implications, children, the rule, and every place that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Tag
from tagctl.normalise import identity
from tagctl.rules import rewrite, written
from tagctl.rules.curating import cuts, entries, uniting
from tagctl.rules.curating.draft import Draft, respelled
from tagctl.rules.nodes import Node

_ALIVE = ("active", "pilot", "draft", "deprecated")  # the first of two statuses is that of both together


def merge(draft: Draft, tag: str, into: str, *, rule: str | None = None) -> Draft:
    """The draft in which a declared tag is part of another one, its name an alias of that. `rule`: whose rule
    stays where several have one. UsageProblem where a person has to decide first."""
    one, other = draft.taxonomy.tags[tag], draft.taxonomy.tags[into]
    if into in draft.taxonomy.children(tag):
        what = _("{into} is a child of {tag}, which cannot become a part of it.").format(into=into, tag=tag)
        advice = _("Move it first: tagctl tags move {into} --to {dimension}")
        raise UsageProblem(
            Problem("merge-into-child", what, advice.format(into=into, dimension=other.dimension))
        )
    draft = _one_rule(draft, one, other, rule)
    draft = respelled(draft, tag, into)
    draft, along = _adopted(draft, tag, into)
    draft = entries.without_tag(draft, tag, lambda node: _listed(node, "children") if along else ())
    known = {identity(into), *(identity(alias) for alias in other.aliases)}
    draft = entries.add_listed(
        draft, into, "aliases", [name for name in (tag, *one.aliases) if identity(name) not in known]
    )
    implied = [name for name in one.implies if name not in (into, *other.implies)]
    return tidied(entries.add_listed(draft, into, "implies", implied), into).checked()


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────


def _one_rule(draft: Draft, tag: Tag, into: Tag, keep: str | None) -> Draft:
    """At most one of the two has a rule afterwards, and the tag that stays has what limits it."""
    found, other = entries.rule_of(draft, tag.name), entries.rule_of(draft, into.name)
    if found is not None and other is not None:
        if keep == tag.name:
            return _limited(entries.without_rule(draft, other), tag, into)
        if keep is not None:
            return entries.without_rule(draft, found)
        uniting.refuse_undecided(draft, tag.name, into.name)
        return uniting.united(draft, found, other)
    if found is not None:
        return _limited(draft, tag, into)
    if other is None and _ALIVE.index(tag.status) < _ALIVE.index(into.status):
        return _with_status(draft, into, tag.status)
    return draft


def _limited(draft: Draft, tag: Tag, into: Tag) -> Draft:
    """A rule that goes to another tag takes along the status and the pilot that it was written under."""
    if tag.status != into.status:
        draft = _with_status(draft, into, tag.status)
    draft = entries.drop(draft, into.name, "pilot")
    text = draft.taxonomy_text
    pilot = entries.spot(text, tag.name).node.get("pilot")
    return draft if pilot is None else entries.put(draft, into.name, "pilot", written.inline(pilot))


def _with_status(draft: Draft, tag: Tag, status: str) -> Draft:
    if status != "deprecated":
        draft = entries.drop(draft, tag.name, "replaced_by")
    if status == "active":
        return entries.drop(draft, tag.name, "status")
    return entries.put(draft, tag.name, "status", status)


# ── the entry ────────────────────────────────────────────────────────────────────────────────────


def _adopted(draft: Draft, tag: str, into: str) -> tuple[Draft, bool]:
    """The children of a tag, copied below another one; and whether their comments came along."""
    text = draft.taxonomy_text
    away = [cuts.copied(text, child) for child in _listed(entries.spot(text, tag).node, "children")]
    along = True
    for item in away:
        draft = entries.as_mapping(draft, into)
        text = draft.taxonomy_text
        parent = entries.spot(text, into).node
        along = along and entries.takes_lines(parent, "children")
        draft = draft.having(taxonomy=text.with_item(parent, "children", item))
    return draft, along


def _listed(node: Node, key: str) -> tuple[Node, ...]:
    section = node.get(key)
    return section.items if section is not None else ()


# ── what is said twice ───────────────────────────────────────────────────────────────────────────


def tidied(draft: Draft, tag: str) -> Draft:
    """The draft in which nothing implies the tag twice, the tag implies not itself, no set of conflicts has
    it twice, is alone or stands there already, and no test both wants the tag and wants it not."""
    while (smaller := _one_less(draft, tag) or _expected(draft, tag)) is not None:
        draft = smaller
    return draft


def _one_less(draft: Draft, tag: str) -> Draft | None:
    text, names = draft.taxonomy_text, draft.taxonomy.names
    for node in rewrite.tag_nodes(text.root):
        name = rewrite.name_of(node)
        double = list(_doubles(node.get("implies"), tag, names, already=name == tag))
        if double:
            return entries.drop_listed(draft, name, "implies", double[-1])
    seen: list[set[str]] = []
    for index, group in enumerate(_listed(text.root, "conflicts")):
        there = _named(group, names)
        double = list(_doubles(group, tag, names))
        if tag in there and (len(there) < 2 or there in seen):
            return draft.having(taxonomy=cuts.cut(text, text.root, "conflicts", index))
        if double:
            return draft.having(taxonomy=cuts.cut_among(text, group, double[-1]))
        seen.append(there)
    return None


def _expected(draft: Draft, tag: str) -> Draft | None:
    """A test that told two tags apart expects what it did of either of them."""
    text, names = draft.rules_text, draft.taxonomy.names
    for test in _listed(text.root, "tests"):
        wanted, unwanted = test.get("expect"), test.get("expect_not")
        if wanted is None or unwanted is None or tag not in _named(wanted, names):
            continue
        for index in _doubles(unwanted, tag, names, already=True):
            among = len(unwanted.items) > 1
            data = cuts.cut_among(text, unwanted, index) if among else cuts.cut_key(text, test, "expect_not")
            return draft.having(rules=data)
    return None


def _named(group: Node, names: Mapping[str, str]) -> set[str]:
    return {names.get(identity(item.text), item.text) for item in group.items}


def _doubles(
    section: Node | None, tag: str, names: Mapping[str, str], *, already: bool = False
) -> Iterator[int]:
    """Which items of a list name the tag again."""
    for index, item in enumerate(section.items if section else ()):
        if names.get(identity(item.text)) == tag:
            if already:
                yield index
            already = True
