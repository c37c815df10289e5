"""Where the two files name a tag. There is no list of such places: the readers of the files tell, as they
resolve each name, so a new word of the language that takes a tag is found without a change here."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Location
from tagctl.model import Catalog
from tagctl.record import record
from tagctl.rules import Files, rewrite, ruleset, source, taxonomy
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems

_NAMES = ("name", "tag", "dimension", "gained", "lost")  # what tells an entry of a list from others


@record
class Reference:
    """A place that names a tag (its declaration and its aliases are none). `section` is the key at the top
    of the file that it is under, `entry` the tag, rule, segment … there in which it stands."""

    tag: str
    node: Node
    section: str
    entry: str

    @property
    def location(self) -> Location:
        return self.node.location


def find(files: Files, catalog: Catalog, timezone: ZoneInfo) -> tuple[Reference, ...]:
    """All places of both files, in their order, each once. ConfigError where a file is not valid."""
    problems = Problems()
    declared, _errors, _warnings = taxonomy.read(files.taxonomy, files.taxonomy_name, problems)
    ruleset.compile_rules(files.rules, files.rules_name, declared, catalog, timezone, problems)
    if problems.errors:
        raise ConfigError(problems.errors)
    roots = {
        files.taxonomy_name: source.load(files.taxonomy, files.taxonomy_name),
        files.rules_name: source.load(files.rules, files.rules_name),
    }
    order = list(roots)
    places = {
        (order.index(node.source.file), node.line, node.column): (node, tag) for node, tag in problems.named
    }
    return tuple(
        Reference(tag, node, *_where(roots[node.source.file], node))
        for _place, (node, tag) in sorted(places.items(), key=lambda item: item[0])
    )


def _where(root: Node, node: Node) -> tuple[str, str]:
    """The section of a place, and what the entry there is called."""
    key, section = [pair for pair in root.entries if _at(pair[0]) <= _at(node)][-1]
    if key.text == "dimensions":
        return key.text, rewrite.name_of(
            [tag for tag in rewrite.tag_nodes(root) if _at(tag) <= _at(node)][-1]
        )
    above = [pair[0] for pair in section.entries if _at(pair[0]) <= _at(node)]
    if above:
        return key.text, above[-1].text
    items = [item for item in section.items if _at(item) <= _at(node)]
    names = [found.text for name in _NAMES if items and (found := items[-1].get(name)) is not None]
    return key.text, names[0].strip() if names else ""


def _at(node: Node) -> tuple[int, int]:
    return (node.line, node.column)
