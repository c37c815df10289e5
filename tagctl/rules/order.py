"""In which order tags are decided: rules run after those whose tags they read, and no circle is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from tagctl.messages import _
from tagctl.model import HasTag, Rule, Taxonomy, walk
from tagctl.rules import relations
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems


def node_of(tag: str, taxonomy: Taxonomy) -> str:
    """What is decided at once: the tag's exclusive dimension with all its tags, else the tag alone."""
    dimension = taxonomy.dimensions[taxonomy.tags[tag].dimension]
    return f"[{dimension.name}]" if dimension.exclusive != "none" else tag


def no_circles(
    rules: Iterable[tuple[Rule, Node]], taxonomy: Taxonomy, root: Node, problems: Problems
) -> None:
    """Tell each circle of rules that read each other's tags, implications included, at one of its rules.

    `rules` come with their places in the file; a circle of implications alone is told in the taxonomy.
    """
    edges: dict[str, dict[str, Node | None]] = {}
    for rule, place in rules:
        for tag in _tags_read(rule):
            edges.setdefault(node_of(rule.tag, taxonomy), {})[node_of(tag, taxonomy)] = place
    for holder in taxonomy.tags.values():
        for implied in holder.implies:
            reads = edges.setdefault(node_of(implied, taxonomy), {})
            for tag in taxonomy.children(holder.name):  # who holds a child holds the tag
                if tag != implied:
                    reads.setdefault(node_of(tag, taxonomy), None)
    for path in relations.cycles({node: tuple(targets) for node, targets in edges.items()}):
        places = [step for a, b in pairwise(path) if (step := edges[a][b]) is not None]
        what = _("Rules read each other's tags in a circle: {path}.").format(path=" → ".join(path))
        advice = _("Let one of them read fields or events instead. In [ ] stands an exclusive dimension.")
        problems.error(places[0] if places else root, "tag-cycle", what, advice)


def _tags_read(rule: Rule) -> Iterator[str]:
    """The tags of its `tag` and `dimension` leaves, descendants included, the pilot's among them."""
    for condition in (rule.when, rule.leave, rule.pilot):
        for leaf in walk(condition) if condition is not None else ():
            if isinstance(leaf, HasTag):
                yield from leaf.tags
