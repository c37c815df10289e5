"""A tag with its children in another dimension, or below another tag."""

from __future__ import annotations

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Dimension, Tag
from tagctl.normalise import identity
from tagctl.rules.curating import cuts, entries
from tagctl.rules.curating.draft import Draft
from tagctl.rules.nodes import Node
from tagctl.rules.problems import meant


def move(draft: Draft, label: str, dimension: str | None, under: str | None = None) -> Draft:
    """The draft in which the tag is the last of a dimension, or of a tag's children."""
    tag = draft.tag(label)
    above = draft.tag(under) if under is not None else None
    home = named(draft, dimension) if dimension is not None else None
    if above is not None and home is not None and above.dimension != home.name:
        what = _("{tag} is a tag of {own}, not of {dimension}.").format(
            tag=above.name, own=above.dimension, dimension=home.name
        )
        raise UsageProblem(Problem("wrong-dimension", what, _("Leave out --to, or name its dimension.")))
    if above is not None and above.name in draft.taxonomy.children(tag.name):
        what = _("{parent} is {tag} itself or below it.").format(parent=above.name, tag=tag.name)
        raise UsageProblem(Problem("under-itself", what))
    if above is None and home is None:
        raise UsageProblem(
            Problem(
                "needs-dimension", _("It is not said where to."), _("Write --to DIMENSION or --under TAG.")
            )
        )
    to = above.dimension if above is not None else home.name if home is not None else ""
    if (tag.dimension, tag.parent) == (to, above.name if above is not None else None):
        return draft
    text = draft.taxonomy_text
    item = cuts.copied(text, entries.spot(text, tag.name).node)
    along = entries.takes_lines(*_target(draft, to, above))
    draft = entries.without_tag(draft, tag.name, lambda node: [node] if along else [])
    if above is not None:
        draft = entries.as_mapping(draft, above.name)
    data = draft.taxonomy_text.with_item(*_target(draft, to, above), item)
    return draft.having(taxonomy=data).checked()


def _target(draft: Draft, dimension: str, above: Tag | None) -> tuple[Node, str]:
    """Whose list the tag goes into, and which one it is."""
    if above is not None:
        return entries.spot(draft.taxonomy_text, above.name).node, "children"
    return entries.dimension_node(draft.taxonomy_text, dimension), "tags"


def named(draft: Draft, label: str) -> Dimension:
    """The dimension of this name; UsageProblem with the nearest where there is none."""
    known = draft.taxonomy.dimensions
    found = next((one for name, one in known.items() if identity(name) == identity(label)), None)
    if found is None:
        what = _("There is no dimension {name}.").format(name=label)
        raise UsageProblem(Problem("unknown-dimension", what, meant(label, known)))
    return found
