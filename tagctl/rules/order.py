"""In which order tags are decided: rules run after those whose tags they read, and no circle is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tagctl.messages import _
from tagctl.model import Rule, Ruleset, Taxonomy
from tagctl.rules import reading, relations
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems


def node_of(tag: str, taxonomy: Taxonomy) -> str:
    """What is decided at once: the tag's exclusive dimension with all its tags, else the tag alone."""
    dimension = taxonomy.dimensions[taxonomy.tags[tag].dimension]
    return f"[{dimension.name}]" if dimension.exclusive != "none" else tag


def no_circles(
    rules: Iterable[tuple[Rule, Node]], ruleset: Ruleset, taxonomy: Taxonomy, root: Node, problems: Problems
) -> None:
    """Tell each circle of rules that read each other's tags, implications included, at one of its rules.

    `rules` come with their places in the file; a circle of implications alone is told in the taxonomy.
    """
    edges: dict[str, dict[str, Node | None]] = {}
    for rule, place in rules:
        for tag in reading.rule_reads(rule, ruleset).tags:
            edges.setdefault(node_of(rule.tag, taxonomy), {})[node_of(tag, taxonomy)] = place
    for holder in taxonomy.tags.values():
        for implied in holder.implies:
            edges.setdefault(node_of(implied, taxonomy), {}).setdefault(node_of(holder.name, taxonomy), None)
    for path in relations.cycles({node: tuple(targets) for node, targets in edges.items()}):
        places = [step for a, b in pairwise(path) if (step := edges[a][b]) is not None]
        what = _("Rules read each other's tags in a circle: {path}.").format(path=" → ".join(path))
        advice = _("Let one of them read fields or events instead. In [ ] stands an exclusive dimension.")
        problems.error(places[0] if places else root, "tag-cycle", what, advice)
