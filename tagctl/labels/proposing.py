"""A list of labels, as found in files, becomes proposals: dimensions with tags, aliases of known tags.

Labels that are one by identity are one tag under its most used spelling. A dimension comes from the column
that a label stands in, from what it begins with (`来源-抖音`), or from the lexicon; the rest is unsorted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tagctl.labels import lexicon
from tagctl.labels.lexicon import Kind
from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.drafting import DraftDimension, DraftTag

_COLON = re.compile(r"\s*([^:：]{1,20}?)\s*[:：]\s*(?!//)(\S.*)", re.DOTALL)
_DASH = re.compile(r"\s*([^-－_＿—–:：]{1,20}?)\s*[-－_＿—–]+\s*(\S.*)", re.DOTALL)
_HAN = re.compile("[\u3400-\u9fff]")


@record
class Column:
    """Where labels stand. `whole`: a cell is one tag of the dimension that the header names."""

    file: str
    header: str
    whole: bool = False


@record
class Label:
    """One label by identity, its spellings (the most used first) and the keys of those who have it."""

    spellings: tuple[str, ...]
    customers: frozenset[str]
    column: Column

    @property
    def text(self) -> str:
        """Its most used spelling."""
        return self.spellings[0]

    @property
    def said(self) -> str:
        """What an import will look up: in a whole column, `维度:值`."""
        if not self.column.whole or _begins(self.text, self.column.header):
            return self.text
        return f"{self.column.header}:{self.text}"


def _begins(text: str, dimension: str) -> bool:
    prefix, colon, _value = text.replace("：", ":").partition(":")
    return bool(colon) and identity(prefix) == identity(dimension)


@record
class Proposal:
    """What a taxonomy lacks for the labels: tags by dimension (new or there already), other names for tags
    that it has, and who holds which of these."""

    dimensions: tuple[DraftDimension, ...]
    aliases: Mapping[str, tuple[str, ...]]
    held: Mapping[str, frozenset[str]]


def propose(labels: Iterable[Label], taxonomy: Taxonomy, language: str) -> Proposal:
    """The proposals for labels that differ by identity (within a whole column, by column and identity)."""
    found = sorted(labels, key=lambda label: (-len(label.customers), label.text))
    draft = _Draft(taxonomy, language, _prefixes(found))
    # What says where it belongs decides for the others that are called alike.
    for label in sorted(found, key=lambda label: draft.explicit(label) is None):
        draft.take(label)
    return draft.proposal()


def _prefixes(labels: Sequence[Label]) -> Counter[str]:
    """How many labels begin with the same prefix, by its identity."""
    split = (_split(label.text) for label in labels if not label.column.whole)
    return Counter(identity(parts[0]) for parts in split if parts)


def _split(text: str) -> tuple[str, str, bool] | None:
    """Prefix and value of `维度:值` or `来源-抖音`, and whether a colon parts them."""
    for pattern, colon in ((_COLON, True), (_DASH, False)):
        match = pattern.fullmatch(text)
        if match and not match[1].isdigit():
            return match[1], match[2].strip(), colon
    return None


@record
class _Home:
    """The dimension for a label, and the tag's name there."""

    dimension: str
    name: str
    origin: str
    kind: Kind | None
    column: Column


@dataclass(slots=True)
class _Tag:
    name: str
    dimension: str
    customers: set[str] = field(default_factory=set)
    aliases: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Dimension:
    home: _Home
    origins: set[str] = field(default_factory=set)
    tags: list[_Tag] = field(default_factory=list)


class _Draft:
    """A taxonomy with what is proposed so far."""

    def __init__(self, taxonomy: Taxonomy, language: str, prefixes: Counter[str]) -> None:
        self.taxonomy = taxonomy
        self.language = language
        self.prefixes = prefixes
        self.known = {identity(name): name for name in taxonomy.dimensions}
        self.there = {name: _Tag(name, tag.dimension) for name, tag in taxonomy.tags.items()}
        self.names = {key: self.there[name] for key, name in taxonomy.names.items()}
        self.new: dict[str, _Dimension] = {}  # by identity of the name

    # ── taking labels in ─────────────────────────────────────────────────────────────────────────

    def take(self, label: Label) -> None:
        """Give the label to the tag that it names, or make it one."""
        said = label.said
        owner = self._resolved(said)
        if owner is None:
            home = self._home(label)
            owner = self.names.get(identity(home.name))
            if owner is None:
                owner = _Tag(home.name, home.dimension)
                self.names[identity(home.name)] = owner
                dimension = self.new.setdefault(identity(home.dimension), _Dimension(home))
                dimension.origins.add(home.origin)
                dimension.tags.append(owner)
            if self._resolved(said) is not owner:
                owner.aliases.append(said)
                self.names[identity(said)] = owner
        owner.customers |= label.customers
        same = (text for text in label.spellings if identity(text) == identity(owner.name))
        owner.also += [text for text in same if text not in (owner.name, *owner.also)]

    def _resolved(self, label: str) -> _Tag | None:
        """The tag that an import would give: by name, alias or `dimension:value`."""
        form = identity(label)
        found = self.names.get(form)
        prefix, colon, value = form.partition(":")
        if found is None and colon:
            tag = self.names.get(value.strip())
            found = tag if tag and identity(tag.dimension) == prefix.strip() else None
        return found

    # ── where a label belongs ────────────────────────────────────────────────────────────────────

    def explicit(self, label: Label) -> _Home | None:
        """The home that a label itself or its column names."""
        column = label.column
        if column.whole:
            name = self.known.get(identity(column.header), column.header)
            return _Home(name, label.text, "column", lexicon.of_header(column.header), column)
        parts = _split(label.text)
        if parts is None:
            return None
        prefix, value, colon = parts
        kind = lexicon.of_header(prefix)
        shared = self.prefixes[identity(prefix)] > 1
        clear = colon or _HAN.search(prefix) is not None  # an English word may have a hyphen
        known = kind is not None or identity(prefix) in self.known
        if not (known or shared) or not (clear or (known and shared)):
            return None
        name = self.known.get(identity(prefix)) or (self._of_kind(kind) if kind else prefix)
        return _Home(name, value, "prefix", kind, column)

    def _home(self, label: Label) -> _Home:
        found = self.explicit(label)
        if found is not None:
            return found
        about = lexicon.named_by(label.column.header)
        if about is not None:
            kind = lexicon.of_header(about)
            name = self.known.get(identity(about)) or (self._of_kind(kind) if kind else about)
            return _Home(name, label.text, "column", kind, label.column)
        kind = lexicon.of_label(label.text)
        if kind is not None:
            return _Home(self._of_kind(kind), label.text, "words", kind, label.column)
        unsorted = next((name for name in self.known.values() if lexicon.is_unsorted(name)), None)
        name = unsorted or lexicon.unsorted(self.language)
        return _Home(name, label.text, "unsorted", None, label.column)

    def _of_kind(self, kind: Kind) -> str:
        """The dimension for labels of a kind: by its name, else the only one of the kind, else a new one."""
        names = {identity(name) for name in kind.names.values()}
        for dimension in self.taxonomy.dimensions.values():
            if names & {identity(dimension.name), identity(dimension.name_en or "")}:
                return dimension.name
        alike = [d.name for d in self.taxonomy.dimensions.values() if d.kind == kind.kind != "attribute"]
        return alike[0] if len(alike) == 1 else kind.names[self.language]

    # ── the result ───────────────────────────────────────────────────────────────────────────────

    def proposal(self) -> Proposal:
        order = [identity(kind.names[self.language]) for kind in lexicon.kinds()]

        def place(item: tuple[str, _Dimension]) -> tuple[bool, int]:
            key, dimension = item
            return dimension.home.origin == "unsorted", order.index(key) if key in order else len(order)

        return Proposal(
            tuple(self._dimension(dimension) for _key, dimension in sorted(self.new.items(), key=place)),
            {tag.name: tuple(tag.aliases) for tag in self.there.values() if tag.aliases},
            {tag.name: frozenset(tag.customers) for tag in self.there.values() if tag.customers},
        )

    def _dimension(self, dimension: _Dimension) -> DraftDimension:
        home = dimension.home
        tags = sorted(dimension.tags, key=lambda tag: (-len(tag.customers), tag.name))
        kind = home.kind or _most_common(tags)
        alone = len(tags) > 1 and not _meet(tags)
        single = home.column.whole if home.origin == "column" else bool(kind and kind.single)
        known = home.dimension in self.taxonomy.dimensions
        return DraftDimension(
            name=home.dimension,
            kind=kind.kind if kind and home.origin != "unsorted" else "attribute",
            exclusive="one" if alone and (single or (kind is not None and kind.single)) else "none",
            tags=tuple(
                DraftTag(tag.name, len(tag.customers), tuple(tag.aliases), tuple(tag.also)) for tag in tags
            ),
            origin="known" if known else home.origin if len(dimension.origins) == 1 else "words",
            file=home.column.file,
            header=home.column.header,
        )


def _most_common(tags: Sequence[_Tag]) -> Kind | None:
    """What most of the labels are about, if the lexicon knows half of them."""
    kinds = [lexicon.of_label(tag.name) for tag in tags]
    named = Counter(kind.names["en"] for kind in kinds if kind is not None).most_common(1)
    if not named or named[0][1] * 2 < len(tags):
        return None
    return next(kind for kind in kinds if kind is not None and kind.names["en"] == named[0][0])


def _meet(tags: Sequence[_Tag]) -> bool:
    """Whether some customer has two of the tags."""
    return sum(len(tag.customers) for tag in tags) > len(set().union(*(tag.customers for tag in tags)))
