"""The tags that `each: true` families have made: they are in the database, not in taxonomy.yaml."""

from __future__ import annotations

from dataclasses import replace

from tagctl.model import Tag, Taxonomy
from tagctl.normalise import identity
from tagctl.store.connection import Store


def with_values(store: Store, taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with the tags that `each: true` families have made, after the declared ones."""
    found = dict(taxonomy.tags)
    names = dict(taxonomy.names)
    members: dict[str, list[str]] = {}
    for tag, dimension in store.rows(
        "SELECT t.name, d.name FROM tags AS t JOIN dimensions AS d ON d.id = t.dimension "
        "WHERE t.state = 'value' ORDER BY t.id"
    ):
        home = taxonomy.dimensions.get(dimension)
        if home is None or tag in found:
            continue
        tags_here = members.setdefault(dimension, list(home.tags))
        found[tag] = Tag(tag, dimension, choice=tag, position=len(tags_here))
        names[identity(tag)] = tag
        tags_here.append(tag)
    if not members:
        return taxonomy
    dimensions = {
        dimension.name: replace(dimension, tags=tuple(members.get(dimension.name, dimension.tags)))
        for dimension in taxonomy.dimensions.values()
    }
    return replace(taxonomy, tags=found, names=names, dimensions=dimensions)
