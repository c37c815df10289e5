"""Labels that no tag answers to: listing them, making tags or aliases of them, ignoring them.

What becomes a tag is written into taxonomy.yaml, everything else in it staying as it is, and the customers
who have the label get the tag within the same operation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from tagctl import rules
from tagctl.errors import ConfigError, Problem, UsageProblem
from tagctl.labels import replaying
from tagctl.messages import _
from tagctl.model import Taxonomy
from tagctl.normalise import identity, nameable
from tagctl.record import record
from tagctl.reports.labels import DeclaredTag, LabelsReport
from tagctl.reports.tables import Table
from tagctl.rules import rewrite
from tagctl.rules.problems import meant, nearest
from tagctl.store import labels, tags, verdicts
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

COLUMNS = ("label", "customers", "file", "sheet", "row", "nearest")
_TYPES = ("text", "number", "text", "text", "number", "text")
_ALIKE = 0.6  # of two characters one is not enough: 铂金 is not 黑金
_EMPTY = b"version: 1\n"


@record
class File:
    """taxonomy.yaml as read: where it is, what it is called in messages, its bytes (None: not there)."""

    path: Path
    name: str
    data: bytes | None


@record
class Declared:
    """taxonomy.yaml as it is to be, what it means then, and what is new in it."""

    data: bytes
    taxonomy: Taxonomy
    tags: tuple[DeclaredTag, ...]


def unknown(store: Store, taxonomy: Taxonomy, limit: int) -> Table:
    """The labels that wait for a tag: how many customers have each, where it was first read, the tag most
    like it. `limit` 0: all."""
    found = labels.unknown(store)
    shown = found[:limit] if limit else found
    apart = apart_of(store, taxonomy)
    rows = tuple(
        (one.label, one.customers, one.file, one.sheet, one.row, like(one.label, taxonomy, apart))
        for one in shown
    )
    return Table(COLUMNS, _TYPES, rows, len(found))


def like(label: str, taxonomy: Taxonomy, apart: Collection[frozenset[str]] = ()) -> str | None:
    """The tag whose name or alias is most like the label. `apart`: pairs of label and tag of which it was
    decided that they are not the same."""
    value = parts(label)[1]
    known = [n for n in spellings(taxonomy) if _pair(label, taxonomy.names[identity(n)]) not in apart]
    found = nearest(value, known, 1)
    if not found or SequenceMatcher(None, identity(value), identity(found[0])).ratio() < _ALIKE:
        return None
    return taxonomy.names[identity(found[0])]


def apart_of(store: Store, taxonomy: Taxonomy) -> frozenset[frozenset[str]]:
    """Pairs of identities of which it was decided that they are not the same."""
    given = replaying.standing(verdicts.read(store), taxonomy.names)
    return frozenset(pair for pair, verdict in given.items() if verdict != "same")


def _pair(one: str, other: str) -> frozenset[str]:
    return frozenset((identity(one), identity(other)))


def spellings(taxonomy: Taxonomy) -> list[str]:
    return [name for tag in taxonomy.tags.values() for name in (tag.name, *tag.aliases)]


# ── what a label becomes ─────────────────────────────────────────────────────────────────────────


def add(
    file: File, taxonomy: Taxonomy, wanted: Sequence[str], dimension: str | None, alias_of: str | None
) -> Declared:
    """The labels as tags of a dimension (else of that which `维度:值` names), or as aliases of a tag.
    UsageProblem for what cannot be."""
    problems = [problem for label in wanted if (problem := not_free(label, taxonomy)) is not None]
    if problems:
        raise UsageProblem(problems)
    if alias_of is not None:
        if dimension is not None:
            what = _("--as and --dimension exclude each other: an alias is where its tag is.")
            raise UsageProblem(Problem("usage", what, _("Leave out --dimension.")))
        tag = taxonomy.names.get(identity(alias_of))
        if tag is None:
            what = _("There is no tag {name}.").format(name=alias_of)
            raise UsageProblem(Problem("unknown-tag", what, meant(alias_of, spellings(taxonomy))))
        home = taxonomy.tags[tag].dimension
        return declare(file, [DeclaredTag(label.strip(), tag, home, alias=True) for label in wanted])
    named = _dimension(taxonomy, dimension) if dimension is not None else None
    return declare(file, [_as_tag(label, taxonomy, named) for label in wanted])


def homeless(wanted: Iterable[str], taxonomy: Taxonomy) -> bool:
    """Whether one of the labels does not name the dimension it belongs to."""
    homes = {identity(name) for name in taxonomy.dimensions}
    return any(identity(parts(label)[0]) not in homes for label in wanted)


def not_free(label: str, taxonomy: Taxonomy) -> Problem | None:
    if not nameable(label):
        what = _("“{label}” cannot be a name.").format(label=label)
        return Problem("bad-name", what, _("A name is one line of text, and not empty."))
    tag = taxonomy.names.get(identity(label))
    if tag is None:
        return None
    what = _("{label} is the tag {tag} already.").format(label=label, tag=tag)
    return Problem("already-a-tag", what, _("See: tagctl taxonomy show"))


def _as_tag(label: str, taxonomy: Taxonomy, named: str | None) -> DeclaredTag:
    prefix, name = parts(label)
    own = next((d for d in taxonomy.dimensions if prefix and identity(d) == identity(prefix)), None)
    home = named or own
    if home is None:
        what = _("{label} needs a dimension.").format(label=label)
        advice = _("Name one: --dimension {names}\nOr the tag that it is another spelling of: --as TAG")
        near = like(label, taxonomy)
        if near is not None:
            advice = _("Most like it is {tag}: --as {tag}").format(tag=near) + "\n" + advice
        raise UsageProblem(
            Problem("needs-dimension", what, advice.format(names=" | ".join(taxonomy.dimensions)))
        )
    tag = taxonomy.names.get(identity(name))
    if tag is not None:
        what = _("{label} is the tag {tag} already.").format(label=name, tag=tag)
        raise UsageProblem(
            Problem("already-a-tag", what, _("To give it this spelling: --as {tag}").format(tag=tag))
        )
    return DeclaredTag(label.strip(), name, home)


def _dimension(taxonomy: Taxonomy, label: str) -> str:
    found = next((name for name in taxonomy.dimensions if identity(name) == identity(label)), None)
    if found is None:
        what = _("There is no dimension {name}.").format(name=label)
        raise UsageProblem(Problem("unknown-dimension", what, meant(label, taxonomy.dimensions)))
    return found


def parts(label: str) -> tuple[str, str]:
    """`维度:值` as dimension and value; a label without a dimension has none. Times and addresses of web
    pages are no such pair."""
    prefix, colon, value = label.replace("：", ":").strip().partition(":")
    prefix, value = prefix.strip(), value.strip()
    if not colon or not value or not nameable(prefix) or prefix.isdecimal() or value.startswith("//"):
        return "", label.strip()
    return prefix, value


def declare(file: File, declared: Sequence[DeclaredTag]) -> Declared:
    """taxonomy.yaml with these tags and aliases. ConfigError where it would not be valid then."""
    data = _EMPTY if file.data is None else file.data
    there, _problems, _warnings = rules.read_taxonomy(data, file.name)
    homes: dict[str, list[str]] = {}
    for one in declared:
        if not one.alias:
            homes.setdefault(one.dimension, []).append(one.tag)
    for dimension, names in homes.items():
        edit = rewrite.add_tags if dimension in there.dimensions else rewrite.add_dimension
        data = edit(data, file.name, dimension, list(dict.fromkeys(names)))
    for one in declared:
        if one.alias or not _resolves(one):
            data = rewrite.add_alias(data, file.name, one.tag, one.label)
    taxonomy, problems, _warnings = rules.read_taxonomy(data, file.name)
    if problems:
        raise ConfigError(problems)
    return Declared(data, taxonomy, tuple(declared))


def _resolves(one: DeclaredTag) -> bool:
    """Whether the label means the new tag without an alias: by its name, or as `维度:值` with its home."""
    prefix, value = parts(one.label)
    same = identity(one.label) == identity(one.tag)
    return same or (identity(value) == identity(one.tag) and identity(prefix) == identity(one.dimension))


# ── within an operation ──────────────────────────────────────────────────────────────────────────


def apply(op: Operation, file: File, declared: Declared) -> LabelsReport:
    """Write taxonomy.yaml and give the customers with these labels their tags."""
    op.write_file(file.path, declared.data)
    op.texts(taxonomy=declared.data)
    tags.sync(op, declared.taxonomy)
    gained = labels.settle(op)
    op.keep(", ".join(one.label for one in declared.tags))
    return LabelsReport(None, declared.tags, gained=gained, dry_run=op.dry_run)


def ignore(op: Operation, wanted: Sequence[str], taxonomy: Taxonomy) -> LabelsReport:
    """Pass these labels over from now on. UsageProblem where one is a tag."""
    problems = []
    for label in wanted:
        tag = taxonomy.names.get(identity(label))
        if tag is not None:
            what = _("{label} is the tag {tag}; only labels without a tag can be ignored.")
            problems.append(Problem("already-a-tag", what.format(label=label, tag=tag)))
    if problems:
        raise UsageProblem(problems)
    customers = labels.ignore(op, [label.strip() for label in wanted])
    if op.kept:
        op.keep(", ".join(wanted))
    return LabelsReport(None, ignored=tuple(wanted), customers=customers, dry_run=op.dry_run)
