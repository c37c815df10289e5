"""A new tag below one that is there."""

from __future__ import annotations

from tagctl.rules import written
from tagctl.rules.curating import entries
from tagctl.rules.curating.draft import Draft, free
from tagctl.rules.rewrite import Item


def child(draft: Draft, label: str, under: str) -> Draft:
    """The draft in which a label that is no tag yet is the last child of a tag."""
    name = written.text(free(draft, label))
    draft = entries.as_mapping(draft, under)
    text = draft.taxonomy_text
    node = entries.spot(text, under).node
    return draft.having(taxonomy=text.with_item(node, "children", Item((f"- {name}",), name))).checked()
