"""taxonomy.yaml to a `Taxonomy`: dimensions, tags, their names and relations, all checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from tagctl.errors import Problem
from tagctl.messages import _
from tagctl.model import KINDS, Dimension, Duration, Exclusive, Limits, OnConflict, Status, Tag, Taxonomy
from tagctl.normalise import identity
from tagctl.rules import literals, relations, shape, source
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems

_ROOT = ("version", "limits", "naming", "dimensions", "conflicts")
_DIMENSION = ("name", "kind", "exclusive", "on_conflict", "tags", "name_en")
_TAG = (
    "name", "aliases", "implies", "children", "expires", "review",
    "purpose", "owner", "action", "status", "replaced_by", "name_en", "pilot",
)  # fmt: skip
_STATUSES = ("draft", "pilot", "active", "deprecated")


def read(
    data: bytes | None, file: str, problems: Problems | None = None
) -> tuple[Taxonomy, tuple[Problem, ...], tuple[Problem, ...]]:
    """The taxonomy of a file's bytes, with its problems and warnings; they go to `problems` where given."""
    problems = problems or Problems()
    node = source.read(data or b"", file, problems)
    taxonomy = _read(node, problems)
    return taxonomy, problems.errors, problems.warnings


def parse(node: Node) -> tuple[Taxonomy, tuple[Problem, ...], tuple[Problem, ...]]:
    """The taxonomy of a file read by `source.load`, with its problems and warnings."""
    problems = Problems()
    return _read(node, problems), problems.errors, problems.warnings


@dataclass(slots=True)
class _Draft:
    """What is read so far. `spelt` tells where each name and alias stands, for messages."""

    problems: Problems
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    spelt: dict[str, Node] = field(default_factory=dict)
    aliases: list[tuple[str, str, Node]] = field(default_factory=list)
    implies: list[tuple[str, str, Node]] = field(default_factory=list)
    replaced: list[tuple[str, str, Node]] = field(default_factory=list)


def _read(root: Node, problems: Problems) -> Taxonomy:
    top = shape.root(root, _ROOT, "dimensions", problems, _("the taxonomy"))
    if top is None:
        return Taxonomy()
    shape.version(top, problems)
    draft = _Draft(problems)
    dimensions = top.get("dimensions")
    if dimensions is not None:
        for node in shape.items(dimensions, problems, _("the dimensions")):
            _dimension(node, draft)
    _alias_names(draft)
    relations.implications(draft.implies, draft.dimensions, draft.tags, draft.names, problems)
    relations.replacements(draft.replaced, draft.tags, draft.names, problems)
    conflicts = relations.conflicts(top.get("conflicts"), draft.names, problems)
    limits = _limits(top, problems)
    taxonomy = Taxonomy(draft.dimensions, draft.tags, draft.names, conflicts, limits)
    _within_limits(taxonomy, root, draft.spelt, problems)
    return taxonomy


# ── dimensions and tags ──────────────────────────────────────────────────────────────────────────


def _dimension(node: Node, draft: _Draft) -> None:
    problems = draft.problems
    found = shape.entries(node, _DIMENSION, problems, _("a dimension with name, kind and tags"))
    if found is None:
        return
    name = _name(found, draft, _("the dimension's name"))
    if name is None:
        return
    same = next((other for other in draft.dimensions if identity(other) == identity(name)), None)
    if same is not None:
        what = _("The dimension {name} is declared twice.").format(name=same)
        problems.error(found.values["name"], "duplicate-dimension", what, _("Put all its tags under one."))
        return
    exclusive = shape.choice(found.get("exclusive"), ("none", "one", "ordered"), "none", problems)
    on_conflict = shape.choice(found.get("on_conflict"), ("flag", "later", "newest"), "flag", problems)
    if on_conflict == "later" and exclusive != "ordered":
        what = _("`on_conflict: later` needs an order: the dimension must be `exclusive: ordered`.")
        advice = _("Write `exclusive: ordered`, or `on_conflict: newest`.")
        problems.error(found.values["on_conflict"], "later-needs-ordered", what, advice)
        on_conflict = "flag"
    kind = shape.choice(found.get("kind"), KINDS, "attribute", problems)
    dimension = Dimension(name, kind, cast(Exclusive, exclusive), cast(OnConflict, on_conflict))
    draft.dimensions[name] = dimension  # known to its tags from here on
    before = len(draft.tags)
    tags = found.get("tags")
    if tags is not None:
        for position, item in enumerate(shape.items(tags, problems, _("the dimension's tags"))):
            _tag(item, dimension, None, position, draft)
    draft.dimensions[name] = Dimension(
        name,
        kind,
        dimension.exclusive,
        dimension.on_conflict,
        tuple(draft.tags)[before:],
        shape.text(found.get("name_en"), problems, _("the English name")),
        location=node.location,
    )


def _tag(node: Node, dimension: Dimension, parent: Tag | None, position: int, draft: _Draft) -> None:
    """A tag and its children: `- VIP`, or a mapping with a name."""
    problems = draft.problems
    if node.empty:
        what = _("There is no tag here: to YAML `{text}` is nothing.").format(text=node.text or "- ")
        advice = _(
            "Write the tag's name after the dash, or remove the line; a name like `null` needs quotes."
        )
        problems.error(node, "empty-tag", what, advice)
        return
    if node.kind == "scalar":
        name = literals.name(node, problems, _("the tag's name"))
        found, at = shape.Entries(node), node
    else:
        entries = shape.entries(node, _TAG, problems, _("a tag with its name"))
        if entries is None:
            return
        found, name = entries, _name(entries, draft, _("the tag's name"))
        at = entries.get("name") or node
    if name is None or _taken(name, at, draft):
        return
    tag = Tag(
        name,
        dimension.name,
        parent.name if parent else None,
        choice=parent.choice if parent else name,
        position=position,
        aliases=tuple(_aliases(found, name, draft)),
        implies=(),
        name_en=shape.text(found.get("name_en"), problems, _("the English name")),
        purpose=shape.text(found.get("purpose"), problems, _("the purpose")),
        owner=shape.text(found.get("owner"), problems, _("the owner")),
        action=shape.text(found.get("action"), problems, _("the action")),
        status=cast(Status, shape.choice(found.get("status"), _STATUSES, "active", problems)),
        expires=_optional(found, "expires", problems),
        review=_optional(found, "review", problems),
        location=node.location,
        pilot=_pilot(found.get("pilot"), problems),
    )
    draft.tags[name] = tag
    other = found.get("replaced_by")
    text = literals.name(other, problems, _("the tag in its place")) if other is not None else None
    if other is not None and text is not None:
        draft.replaced.append((name, text, other))
    implied = found.get("implies")
    if implied is not None:
        for text, item in shape.names(implied, problems, _("the tags that it implies")):
            draft.implies.append((name, text, item))
    children = found.get("children")
    if children is not None:
        for child in shape.items(children, problems, _("the child tags")):
            _tag(child, dimension, tag, position, draft)


def _pilot(node: Node | None, problems: Problems) -> Node | None:
    """The condition of `pilot: {when: …}`, to be read together with rules.yaml."""
    if node is None:
        return None
    found = shape.entries(node, ("when",), problems, _("{when: a condition}"))
    if found is None or found.broken:
        return None
    if "when" not in found:
        shape.missing(node, "when", problems, _("the condition of the customers whom the rule is for"))
    return found.get("when")


def _name(found: shape.Entries, draft: _Draft, wanted: str) -> str | None:
    node = found.get("name")
    if node is None:
        if not found.broken:
            shape.missing(found.node, "name", draft.problems, wanted)
        return None
    return literals.name(node, draft.problems, wanted)


def _optional(found: shape.Entries, key: str, problems: Problems) -> Duration | None:
    node = found.get(key)
    return literals.duration(node, problems) if node is not None else None


# ── names ────────────────────────────────────────────────────────────────────────────────────────


def _taken(name: str, at: Node, draft: _Draft) -> bool:
    """Whether a tag of this name stands already (told); otherwise the name is now this tag's."""
    key = identity(name)
    if key in draft.names:
        other = draft.names[key]
        what = _("The tag {name} is declared twice; the first is in line {line}.").format(
            name=other if other == name else f"{name} (= {other})", line=draft.spelt[key].line
        )
        advice = _("Keep one; names are equal after folding case, width, spaces and traditional characters.")
        draft.problems.error(at, "duplicate-tag", what, advice)
        return True
    draft.names[key] = name
    draft.spelt[key] = at
    return False


def _aliases(found: shape.Entries, name: str, draft: _Draft) -> Iterator[str]:
    """A tag's aliases; whether each is free is known only when all tags are read."""
    node = found.get("aliases")
    if node is None:
        return
    for text, item in shape.names(node, draft.problems, _("the tag's other names")):
        if identity(text) == identity(name):
            what = _("The alias {alias} is the tag's own name.").format(alias=text)
            draft.problems.warning(item, "alias-is-name", what, _("Leave it out."))
            continue
        draft.aliases.append((text, name, item))
        yield text


def _alias_names(draft: _Draft) -> None:
    """Give each alias to its tag; one that is another tag's name or alias is told."""
    for text, tag, item in draft.aliases:
        key = identity(text)
        owner = draft.names.setdefault(key, tag)
        first = draft.spelt.setdefault(key, item)
        if owner != tag:
            what = _("The alias {alias} of {tag} is also a name of {other} (line {line}).").format(
                alias=text, tag=tag, other=owner, line=first.line
            )
            advice = _("A spelling can lead to one tag only: remove one of the two.")
            draft.problems.error(item, "alias-taken", what, advice)
        elif first is not item:
            what = _("The alias {alias} stands twice.").format(alias=text)
            draft.problems.warning(item, "alias-twice", what, _("Leave one out."))


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


def _limits(top: shape.Entries, problems: Problems) -> Limits:
    found: dict[str, int | None] = {}
    for section, known in (("limits", ("dimensions", "tags")), ("naming", ("max_length",))):
        node = top.get(section)
        if node is None or node.empty:
            continue
        entries = shape.entries(node, known, problems, section)
        if entries is not None:
            found.update((key, literals.whole(value, problems, 1)) for key, value in entries.values.items())
    return Limits(**found)


def _within_limits(taxonomy: Taxonomy, root: Node, spelt: dict[str, Node], problems: Problems) -> None:
    """Warnings: too many dimensions or tags (attributes apart), names that are too long."""
    limits = taxonomy.limits
    counted = [d for d in taxonomy.dimensions.values() if d.kind != "attribute"]
    tags = sum(len(dimension.tags) for dimension in counted)
    at = root.get("limits") or root
    if limits.dimensions is not None and len(counted) > limits.dimensions:
        what = _("{number} dimensions, more than the limit of {limit} (kind attribute not counted).").format(
            number=len(counted), limit=limits.dimensions
        )
        problems.warning(at, "too-many-dimensions", what, _("Merge some, or raise the limit."))
    if limits.tags is not None and tags > limits.tags:
        what = _("{number} tags, more than the limit of {limit} (kind attribute not counted).").format(
            number=tags, limit=limits.tags
        )
        problems.warning(at, "too-many-tags", what, _("Merge or retire some, or raise the limit."))
    if limits.max_length is not None:
        for name in taxonomy.tags:
            if len(name) > limits.max_length:
                what = _("The name {name} has {number} characters, more than {limit}.").format(
                    name=name, number=len(name), limit=limits.max_length
                )
                problems.warning(spelt[identity(name)], "name-too-long", what, _("Find a shorter name."))
