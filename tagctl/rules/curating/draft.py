"""Both files under edit: what they declare, who names a tag where, and names spelled anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Ruleset, Tag, Taxonomy
from tagctl.normalise import identity, nameable
from tagctl.rules import Files, references, rewrite, ruleset, taxonomy, written
from tagctl.rules.nodes import Node
from tagctl.rules.problems import meant
from tagctl.rules.rewrite import Text


class Draft:
    """The two files as they are to be. An edit gives another draft; `checked` says whether it is sound."""

    def __init__(self, files: Files, catalog: Catalog, timezone: ZoneInfo) -> None:
        self.files = files
        self.catalog = catalog
        self.timezone = timezone

    def having(self, *, taxonomy: bytes | None = None, rules: bytes | None = None) -> Draft:
        """The draft with another text of one file or of both."""
        now = self.files
        texts = (now.taxonomy if taxonomy is None else taxonomy, now.rules if rules is None else rules)
        return Draft(Files(*texts, now.taxonomy_name, now.rules_name), self.catalog, self.timezone)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """What taxonomy.yaml declares; on the way to a sound text, as far as it can be understood."""
        return taxonomy.read(self.files.taxonomy, self.files.taxonomy_name)[0]

    @cached_property
    def ruleset(self) -> Ruleset:
        """What rules.yaml says, as far as it can be understood."""
        files = self.files
        return ruleset.compile_rules(
            files.rules, files.rules_name, self.taxonomy, self.catalog, self.timezone
        ).ruleset

    @cached_property
    def references(self) -> tuple[references.Reference, ...]:
        """Every place that names a tag. ConfigError where a file is not valid."""
        return references.find(self.files, self.catalog, self.timezone)

    @cached_property
    def taxonomy_text(self) -> Text:
        return Text(self.files.taxonomy, self.files.taxonomy_name)

    @cached_property
    def rules_text(self) -> Text:
        return Text(self.files.rules, self.files.rules_name)

    def tag(self, label: str) -> Tag:
        """The tag of this name or alias; UsageProblem with the nearest where there is none."""
        name = self.taxonomy.names.get(identity(label))
        if name is None:
            what = _("There is no tag {name} in the taxonomy.").format(name=label)
            known = [*self.taxonomy.tags, *self.taxonomy.names]
            raise UsageProblem(Problem("unknown-tag", what, meant(label, known)))
        return self.taxonomy.tags[name]

    def validate(self) -> None:
        """ConfigError where a file is not valid."""
        _found = self.references  # reading them all is the check

    def checked(self) -> Draft:
        """This draft, if both files are valid; else ConfigError, with places in the text as it would be."""
        with sound():
            self.validate()
        return self


@contextmanager
def sound() -> Iterator[None]:
    """Where an edit finds that its text would not be valid, it is said that this is about the text to be."""
    try:
        yield
    except ConfigError as error:
        if error.problems[0].code == "not-possible":
            raise
        what = _("That cannot be: the files would not be valid afterwards.")
        advice = _("What would be wrong follows; its lines are those of the new text.")
        raise ConfigError((Problem("not-possible", what, advice), *error.problems)) from None


def free(draft: Draft, name: str, tag: Tag | None = None) -> str:
    """The name trimmed, if it can be a tag's (it may be this one's already); UsageProblem otherwise."""
    if not nameable(name):
        what = _("“{label}” cannot be a name.").format(label=name)
        raise UsageProblem(Problem("bad-name", what, _("A name is one line of text, and not empty.")))
    owner = draft.taxonomy.names.get(identity(name))
    if owner is not None and (tag is None or owner != tag.name):
        what = _("{label} is the tag {tag} already.").format(label=name.strip(), tag=owner)
        advice = _("To make two tags one: tagctl tags merge A B --into C")
        raise UsageProblem(Problem("already-a-tag", what, advice))
    return name.strip()


def respelled(draft: Draft, tag: str, new: str, *, aliases: bool = False) -> Draft:
    """The draft in which every place that names the tag by its name has another name. Places that name it by
    an alias stay as they are, but for `aliases`."""
    nodes = [
        one.node
        for one in draft.references
        if one.tag == tag
        and (aliases or identity(one.node.text) == identity(tag))
        and one.node.text.strip() != new
    ]
    declared = {_at(rewrite.declared(node)) for node in rewrite.tag_nodes(draft.taxonomy_text.root)}
    repeated = [n for n in nodes if n.source.file == draft.files.taxonomy_name and _at(n) in declared]
    if repeated:
        what = _("{name} stands here, and is repeated elsewhere with `*name`.").format(name=tag)
        raise UsageProblem(repeated[0].problem("aliased-value", what, _("Write it out at each place.")))
    return _spelled(draft, nodes, new)


def _at(node: Node) -> tuple[int, int]:
    return (node.line, node.column)


def _spelled(draft: Draft, nodes: Iterable[Node], new: str) -> Draft:
    found = list(nodes)
    files = draft.files
    for text, name in ((draft.taxonomy_text, files.taxonomy_name), (draft.rules_text, files.rules_name)):
        data = with_names(text, [node for node in found if node.source.file == name], new)
        draft = draft.having(taxonomy=data) if name == files.taxonomy_name else draft.having(rules=data)
    return draft


def with_names(text: Text, nodes: Iterable[Node], new: str) -> bytes:
    """The file with a name in the place of these scalars, in the quotes that each has."""
    whole = text.text
    for start, end in sorted((text.extent(node) for node in nodes), reverse=True):
        whole = whole[:start] + _quoted_like(whole[start:end], new) + whole[end:]
    return text.mark + whole.encode()


def _quoted_like(old: str, new: str) -> str:
    if old.startswith('"'):
        return json.dumps(new, ensure_ascii=False)
    return written.quoted(new) if old.startswith("'") else written.text(new)
