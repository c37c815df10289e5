"""Which tags rules.yaml gives, read without compiling it: an import must know also where a rule names a field
that no import has brought yet."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.rules import source
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems


def tags(data: bytes | None, file: str, taxonomy: Taxonomy) -> frozenset[str]:
    """The declared tags that a rule, a family of rules or an implication gives."""
    root = source.read(data or b"", file, Problems())
    section = root.get("rules")
    rules = section.items if section is not None else ()
    texts = {text for rule in rules for text in _named(rule, taxonomy)}
    found = {taxonomy.names[identity(text)] for text in texts if identity(text) in taxonomy.names}
    return frozenset(found.union(*(tag.implies for tag in taxonomy.tags.values())))


def _named(rule: Node, taxonomy: Taxonomy) -> Iterator[str]:
    bands, mapped, each = rule.get("bands"), rule.get("map"), rule.get("each")
    for entry in (rule, *(bands.items if bands is not None else ())):
        tag = entry.get("tag")
        if tag is not None:
            yield tag.text
    if mapped is not None:
        yield from (key.text for key, _values in mapped.entries)
    dimension = rule.get("dimension")
    if each is not None and dimension is not None:
        homes = {identity(name): home for name, home in taxonomy.dimensions.items()}
        home = homes.get(identity(dimension.text))
        yield from home.tags if home is not None else ()
