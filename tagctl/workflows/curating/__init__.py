"""Curating the list of tags: rename, merge, move, retire, split.

Each function takes the two files as a `Draft` and gives a `Curation`: the files as they are to be. Several
follow each other on the `after` of the one before. `apply` writes them and brings the database after, in one
operation; in a dry run its report is the preview.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog
from tagctl.normalise import identity, nameable
from tagctl.record import record
from tagctl.reports.curating import LeftOut
from tagctl.rules import Files, readiness
from tagctl.rules.curating import entries, merging, moving, renaming, retiring, splitting
from tagctl.rules.curating.draft import Draft as Draft
from tagctl.rules.curating.draft import sound
from tagctl.rules.problems import meant
from tagctl.store import holding
from tagctl.store.connection import Store

Given = ParamSpec("Given")
Edit = Callable[Concatenate[Draft, Given], "Curation"]
_OWN = ("name_en", "purpose", "owner", "action", "expires", "review")  # what two tags cannot both say


@record
class Move:
    """What customers have of a tag goes to another one (None: it ends); with `when`, that of those for whom
    the condition holds."""

    tag: str
    into: str | None = None
    when: str | None = None


@record
class Curation:
    """One edit: both files before and after. `renamed`: what tags that are no more are called afterwards;
    `names`: the tags and labels it is about, `tags`: what they are then."""

    kind: str
    names: tuple[str, ...]
    tags: tuple[str, ...]
    before: Draft
    after: Draft
    renamed: Mapping[str, str] = field(default_factory=dict)
    alias: bool = True
    left_out: tuple[LeftOut, ...] = ()
    moves: tuple[Move, ...] = ()


def draft(files: Files, catalog: Catalog, timezone: ZoneInfo) -> Draft:
    """The two files as they are, to be edited."""
    return Draft(files, catalog, timezone)


def known(store: Store) -> dict[str, str]:
    """What only the database names, by identity: labels that files hold, tags that are not declared."""
    return holding.named(store)


def _told(edit: Edit[Given]) -> Edit[Given]:
    """What is wrong with the files as they are is told first, apart from what an edit would make wrong."""

    @wraps(edit)
    def edited(draft: Draft, /, *given: Given.args, **named: Given.kwargs) -> Curation:
        draft.validate()
        with sound():
            return edit(draft, *given, **named)

    return edited


@_told
def rename(draft: Draft, label: str, new: str, *, alias: bool = True) -> Curation:
    """The tag under another name; without `alias` the old name means nothing any more."""
    old = draft.tag(label).name
    after = renaming.rename(draft, old, new, alias=alias)
    name = new.strip()
    return Curation("rename", (old,), (name,), draft, after, {old: name}, alias)


@_told
def move(draft: Draft, label: str, dimension: str | None, under: str | None = None) -> Curation:
    """The tag, with its children, as the last of a dimension or below another tag."""
    tag = draft.tag(label).name
    return Curation("move", (tag,), (tag,), draft, moving.move(draft, tag, dimension, under))


@_told
def merge(
    draft: Draft,
    names: Sequence[str],
    into: str,
    *,
    known: Mapping[str, str] | None = None,
    rule: str | None = None,
) -> Curation:
    """These tags and labels as one tag, `into`; where that is new, the first tag named is renamed to it.

    `known`: labels and tags that only the database has, by identity (`known`); they become
    aliases. `rule`: whose rule stays, where several tags have one. UsageProblem for what cannot be.
    """
    declared, labels = _sorted(draft, names, known or {})
    target = draft.taxonomy.names.get(identity(into))
    keep = _keeper(draft, rule, [*declared, *([target] if target else [])])
    after, renamed = draft, {}
    if target is None:
        target = into.strip()
        if not declared:
            raise UsageProblem(_no_tag(target, names))
        after = renaming.rename(draft, declared[0], target)
        renamed[declared[0]] = target
    left_out: list[LeftOut] = []
    for name in declared:
        if name == target or name in renamed:
            continue
        left_out += _left_out(after, name, target)
        after = merging.merge(after, name, target, rule=renamed.get(keep or "", keep))
        renamed[name] = target
    aliases = {identity(one): one for one in labels if identity(one) not in after.taxonomy.names}
    after = entries.add_listed(after, target, "aliases", list(aliases.values())).checked()
    if after.files == draft.files:
        what = _("{names} mean {tag} already.").format(names=", ".join(names), tag=target)
        raise UsageProblem(Problem("already-one", what))
    about = tuple(dict.fromkeys([*declared, *aliases.values()]))
    return Curation("merge", about, (target,), draft, after, renamed, left_out=tuple(left_out))


@_told
def retire(draft: Draft, label: str, other: str | None = None) -> Curation:
    """The tag deprecated, its rule gone; who holds it loses it, or gets the one in its place."""
    tag = draft.tag(label).name
    after = retiring.retire(draft, tag, other)
    target = after.taxonomy.tags[tag].replaced_by
    tags = (tag,) if target is None else (tag, target)
    return Curation("retire", (tag,), tags, draft, after, moves=(Move(tag, target),))


@_told
def split(draft: Draft, label: str, into: str, when: str, other: str | None = None) -> Curation:
    """Who holds the tag and meets the condition has `into` instead; the rest keeps it, or has `other`."""
    tag = draft.tag(label).name
    read = rules.condition(when, draft.taxonomy, draft.catalog, draft.timezone, draft.ruleset)
    missing = readiness.not_supplied(readiness.inputs(draft.ruleset, [read]))
    if missing:
        what = _("No import has brought {names}: nobody would meet the condition.")
        raise UsageProblem(Problem("not-imported", what.format(names=", ".join(missing))))
    after = splitting.split(draft, tag, into, when, other)
    parts = [after.tag(name).name for name in ((into,) if other is None else (into, other))]
    moves = (Move(tag, parts[0], when), *(Move(tag, name) for name in parts[1:]))
    return Curation("split", (tag,), (tag, *parts), draft, after, moves=moves)


def _sorted(draft: Draft, names: Sequence[str], known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The declared tags that are meant, and the labels that are none. UsageProblem for what nobody knows."""
    declared: dict[str, None] = {}
    labels: list[str] = []
    problems = []
    for name in names:
        tag = draft.taxonomy.names.get(identity(name))
        if tag is not None:
            declared[tag] = None
        elif identity(name) in known and nameable(name):
            labels.append(name.strip())
        else:
            what = _("There is no tag and no label {name}.").format(name=name)
            near = meant(name, [*draft.taxonomy.tags, *draft.taxonomy.names, *known.values()])
            problems.append(Problem("unknown-tag", what, near))
    if problems:
        raise UsageProblem(problems)
    return list(declared), labels


def _keeper(draft: Draft, rule: str | None, tags: Sequence[str]) -> str | None:
    """The tag whose rule stays."""
    if rule is None:
        return None
    tag = draft.tag(rule).name
    if tag not in tags or entries.rule_of(draft, tag) is None:
        what = _("{tag} is none of the tags that become one, or has no rule.").format(tag=tag)
        with_rule = [name for name in tags if entries.rule_of(draft, name) is not None]
        raise UsageProblem(Problem("no-such-rule", what, meant(rule, with_rule)))
    return tag


def _no_tag(into: str, names: Sequence[str]) -> Problem:
    what = _("{into} is not a tag yet, and none of {names} is.").format(into=into, names=", ".join(names))
    return Problem(
        "needs-tag", what, _("Make it one first: tagctl tags add {into} --dimension NAME").format(into=into)
    )


def _left_out(draft: Draft, name: str, into: str) -> list[LeftOut]:
    tag, other = draft.taxonomy.tags[name], draft.taxonomy.tags[into]
    said = {key: getattr(tag, key) for key in _OWN}
    return [
        LeftOut(name, key, str(value))
        for key, value in said.items()
        if value is not None and value != getattr(other, key)
    ]
