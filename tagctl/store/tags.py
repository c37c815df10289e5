"""taxonomy.yaml mirrored in the database: who is who across edits, and what a difference would do.

A tag keeps its id, and with it its history, as long as it can be recognised: by its name, else by an alias
that lists its old name. An alias taken from another live tag is a merge; a tag gone from the file becomes
undeclared. `plan` says what `sync` (store/syncing.py) would change; neither writes a YAML file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tagctl.model import Tag, Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.taxonomy import TaxonomyChange
from tagctl.sql import Sql, values
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

LIVE = ("declared", "undeclared", "value")


@record
class Stored:
    """A tag or dimension as the database has it. `dimension` is the dimension's name."""

    id: int
    name: str
    folded: str
    dimension: str = ""
    parent: int | None = None
    state: str = "declared"
    retired: int = 0
    replaced_by: int | None = None


class Members:
    """How many customers hold a tag now, from any source, also of those who are gone: an edit moves them too.
    Counted when asked, as big tags take time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: dict[int, int] = {}

    def __call__(self, tag: int) -> int:
        if tag not in self._counts:
            self._counts[tag] = int(
                self._store.value(
                    "SELECT count(DISTINCT customer) FROM assignments WHERE tag = ? AND lost_op IS NULL",
                    (tag,),
                )
            )
        return self._counts[tag]


@dataclass(slots=True)
class Matching:
    """Which stored tag is which declared one. Keys are declared names."""

    members: Members
    same: dict[str, Stored] = field(default_factory=dict)
    renamed: dict[str, Stored] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    merged: list[tuple[Stored, str]] = field(default_factory=list)
    gone: list[Stored] = field(default_factory=list)
    buried: list[tuple[Stored, str]] = field(default_factory=list)  # empty leftovers, their name taken
    dimensions: dict[str, str] = field(default_factory=dict)  # declared name → stored name

    def stored(self, tag: str) -> Stored | None:
        """The stored tag that a declared one continues."""
        return self.same.get(tag) or self.renamed.get(tag)


def ids(store: Store) -> dict[str, int]:
    """The ids of all tags that are not merged away, by name."""
    return dict(store.rows("SELECT name, id FROM tags WHERE state IN " + values(LIVE).text, LIVE))


def resolve(store: Store, label: str) -> tuple[int, str] | None:
    """The tag that a name or alias means, as (id, name)."""
    folded = identity(label)
    row = store.one("SELECT id, name FROM tags WHERE folded = ?", (folded,)) or store.one(
        "SELECT t.id, t.name FROM aliases a JOIN tags t ON t.id = a.tag WHERE a.folded = ?", (folded,)
    )
    return None if row is None else (int(row[0]), str(row[1]))


def ensure_values(op: Operation, dimension: str, names: Sequence[str]) -> dict[str, int]:
    """The ids of the tags that an `each: true` family gives, making those that are missing.

    Values that name a tag already, or an alias of one, get that tag: such a value is an alias like any other.
    """
    home = op.store.value("SELECT id FROM dimensions WHERE name = ?", (dimension,))
    if home is None:
        raise ValueError(f"there is no dimension {dimension}")
    found: dict[str, int] = {}
    for value in names:
        known = resolve(op.store, value)
        if known is None:
            cursor = op.store.execute(
                "INSERT INTO tags (name, folded, dimension, state, op) VALUES (?, ?, ?, 'value', ?)",
                (value.strip(), identity(value), home, op.number),
            )
            op.keep()
            found[value] = int(cursor.lastrowid or 0)
        else:
            found[value] = known[0]
            _revive(op, known[0])
    return found


def _revive(op: Operation, tag: int) -> None:
    """A value that had left the family, or a tag that had left the file, is given again."""
    where = Sql("id = ? AND state = 'undeclared'", (tag,))
    if journal.updating(op, "tags", where, ["state"]):
        op.store.execute(Sql("UPDATE tags SET state = 'value' WHERE ") + where)
        op.keep()


# ── recognition ──────────────────────────────────────────────────────────────────────────────────


def stored_tags(store: Store) -> list[Stored]:
    """All tags that are not merged away."""
    return [
        Stored(*row)
        for row in store.rows(
            "SELECT t.id, t.name, t.folded, d.name, t.parent, t.state, t.retired, t.replaced_by FROM tags t "
            "JOIN dimensions d ON d.id = t.dimension WHERE t.state <> 'merged' ORDER BY t.id"
        )
    ]


def match(store: Store, taxonomy: Taxonomy) -> Matching:
    """Recognise the stored tags and dimensions in the taxonomy."""
    found = Matching(Members(store))
    tags = stored_tags(store)
    by_name = {tag.folded: tag for tag in tags}
    declared = {identity(name) for name in taxonomy.tags}
    claimed: set[int] = set()
    for tag in taxonomy.tags.values():
        here = by_name.get(identity(tag.name))
        others = [
            by_name[alias]
            for alias in dict.fromkeys(identity(a) for a in tag.aliases)
            if alias in by_name and alias not in declared
        ]
        if here is not None and others and here.state == "undeclared" and not found.members(here.id):
            found.buried.append(
                (here, tag.name)
            )  # an empty leftover of that name does not stand in the way of a rename
            claimed.add(here.id)
            here = None
        if here is not None:
            found.same[tag.name] = here
            claimed.add(here.id)
        elif others:
            found.renamed[tag.name] = others[0]
            others = [other for other in others if other is not found.renamed[tag.name]]
            claimed.add(found.renamed[tag.name].id)
        else:
            found.new.append(tag.name)
        found.merged += [(other, tag.name) for other in others]
        claimed.update(other.id for other in others)
    found.gone = [tag for tag in tags if tag.id not in claimed and tag.state == "declared"]
    found.dimensions = _match_dimensions(store, taxonomy, found)
    return found


def _match_dimensions(store: Store, taxonomy: Taxonomy, found: Matching) -> dict[str, str]:
    """Dimensions by name, else by their tags: where all tags of one gone are in one new, it was renamed."""
    stored = {identity(name): name for (name,) in store.rows("SELECT name FROM dimensions")}
    known = {name: stored[identity(name)] for name in taxonomy.dimensions if identity(name) in stored}
    gone = set(stored.values()) - set(known.values())
    for dimension in taxonomy.dimensions.values():
        if dimension.name in known:
            continue
        homes = {tag.dimension for t in dimension.tags if (tag := found.stored(t)) is not None}
        if len(homes) == 1 and homes <= gone:
            old = homes.pop()
            leavers = {name for name in taxonomy.tags if _home(found, name) == old}
            if leavers <= set(dimension.tags):
                known[dimension.name] = old
                gone.discard(old)
    return known


def _home(found: Matching, name: str) -> str | None:
    tag = found.stored(name)
    return tag.dimension if tag else None


# ── what a difference would do ───────────────────────────────────────────────────────────────────


def plan(store: Store, taxonomy: Taxonomy) -> tuple[TaxonomyChange, ...]:
    """What `sync` would change. Breaking changes are those that a person should confirm."""
    return changes(store, taxonomy, match(store, taxonomy))


def changes(store: Store, taxonomy: Taxonomy, found: Matching) -> tuple[TaxonomyChange, ...]:
    """The differences, in the order of the file; first those of dimensions, last what is gone."""
    said: list[TaxonomyChange] = list(_dimension_changes(store, taxonomy, found))
    aliases = alias_owners(store)
    for tag in taxonomy.tags.values():
        here = found.stored(tag.name)
        if here is None:
            said.append(TaxonomyChange("add", tag.name))
            continue
        if tag.name in found.renamed:
            said.append(TaxonomyChange("rename", here.name, tag.name, found.members(here.id)))
        if found.dimensions.get(tag.dimension) != here.dimension:
            said.append(_breaking("move", here, tag.dimension, found))
        if edited(tag, here, found):
            said.append(TaxonomyChange("edit", tag.name, members=found.members(here.id)))
        hint = _alias_difference(tag, here, aliases)
        if hint:
            said.append(TaxonomyChange("alias", tag.name, members=found.members(here.id), hint=hint))
    said += [_breaking("merge", tag, into, found) for tag, into in found.merged]
    said += [_drop(tag, taxonomy, found) for tag in found.gone]
    return tuple(said)


def edited(tag: Tag, here: Stored, found: Matching) -> bool:
    """Whether the stored row of a recognised tag differs in spelling, parent, state or retirement."""
    parent = found.stored(tag.parent) if tag.parent else None
    other = found.stored(tag.replaced_by) if tag.replaced_by else None
    retired = (here.retired, here.replaced_by) != (tag.status == "deprecated", other.id if other else None)
    same_parent = here.parent == (parent.id if parent else None) and (parent is not None or not tag.parent)
    spelled = tag.name == here.name or tag.name in found.renamed
    return not spelled or not same_parent or here.state != "declared" or retired


def alias_owners(store: Store) -> dict[str, tuple[str, int]]:
    """The stored aliases: identity → (text, tag id)."""
    return {folded: (text, tag) for folded, text, tag in store.rows("SELECT folded, text, tag FROM aliases")}


def _alias_difference(tag: Tag, here: Stored, stored: Mapping[str, tuple[str, int]]) -> str:
    """Aliases that come and go, as `+潜客 -老客`."""
    wanted = {identity(alias): alias for alias in tag.aliases}
    comes = [text for folded, text in wanted.items() if stored.get(folded) != (text, here.id)]
    goes = [text for folded, (text, owner) in stored.items() if owner == here.id and folded not in wanted]
    return " ".join([*(f"+{text}" for text in comes), *(f"-{text}" for text in goes)])


def _dimension_changes(store: Store, taxonomy: Taxonomy, found: Matching) -> Iterable[TaxonomyChange]:
    rows = {
        name: (kind, exclusive, bool(declared))
        for name, kind, exclusive, declared in store.rows(
            "SELECT name, kind, exclusive, declared FROM dimensions ORDER BY id"
        )
    }
    for dimension in taxonomy.dimensions.values():
        old = found.dimensions.get(dimension.name)
        if old is None:
            yield TaxonomyChange("add", dimension.name)
            continue
        if old != dimension.name:
            yield TaxonomyChange("rename", old, dimension.name)
        if rows[old] != (dimension.kind, dimension.exclusive, True):
            yield TaxonomyChange("edit", dimension.name)
    kept = set(found.dimensions.values())
    for name, (_kind, _exclusive, declared) in rows.items():
        if declared and name not in kept:
            yield TaxonomyChange("drop", name)


def _breaking(kind: str, tag: Stored, into: str | None, found: Matching, hint: str = "") -> TaxonomyChange:
    """A change that a person should confirm where the tag has members."""
    count = found.members(tag.id)
    return TaxonomyChange(kind, tag.name, into, count, breaking=count > 0, hint=hint)


def _drop(tag: Stored, taxonomy: Taxonomy, found: Matching) -> TaxonomyChange:
    successor = likely_rename(tag, taxonomy, found) if found.members(tag.id) else None
    hint = "" if successor is None else f"{{name: {successor}, aliases: [{tag.name}]}}"
    return _breaking("drop", tag, successor, found, hint)


def likely_rename(gone: Stored, taxonomy: Taxonomy, found: Matching) -> str | None:
    """The new tag that a gone one has probably become: alike, or the only new one where only one is gone."""
    from difflib import SequenceMatcher

    home = {old: new for new, old in found.dimensions.items()}.get(gone.dimension)
    new = [name for name in found.new if taxonomy.tags[name].dimension == home]
    if not new:
        return None
    alike, best = max((SequenceMatcher(None, gone.folded, identity(name)).ratio(), name) for name in new)
    alone = len(new) == 1 and sum(tag.dimension == gone.dimension for tag in found.gone) == 1
    return best if alike >= 0.5 or alone else None


def sync(op: Operation, taxonomy: Taxonomy) -> tuple[TaxonomyChange, ...]:
    """Bring the database to what the taxonomy says; see store/syncing.py."""
    from tagctl.store import syncing

    return syncing.sync(op, taxonomy)
