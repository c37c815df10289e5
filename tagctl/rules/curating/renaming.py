"""A tag under another name. The old one stays as an alias, so that files that still have it mean the tag."""

from __future__ import annotations

from tagctl.normalise import identity
from tagctl.rules import rewrite
from tagctl.rules.curating import entries
from tagctl.rules.curating.draft import Draft, free, respelled, with_names


def rename(draft: Draft, label: str, new: str, *, alias: bool = True) -> Draft:
    """The draft with the tag renamed everywhere. UsageProblem where the new name is not free."""
    tag = draft.tag(label)
    new = free(draft, new, tag)
    if new == tag.name:
        return draft
    draft = respelled(draft, tag.name, new)
    text = draft.taxonomy_text
    name = rewrite.declared(entries.spot(text, tag.name).node)
    draft = draft.having(taxonomy=with_names(text, [name], new))
    own = [number for number, other in enumerate(tag.aliases) if identity(other) == identity(new)]
    for number in reversed(own):  # it was an alias: now it is the name
        draft = entries.drop_listed(draft, new, "aliases", number)
    if alias and identity(new) != identity(tag.name):
        draft = draft.having(
            taxonomy=rewrite.add_alias(draft.files.taxonomy, draft.files.taxonomy_name, new, tag.name)
        )
    return draft.checked()
