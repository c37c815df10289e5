"""Bringing the stored taxonomy to what taxonomy.yaml says, history kept, everything journaled."""

from __future__ import annotations

from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.reports.taxonomy import TaxonomyChange
from tagctl.sql import Scalar, Sql, values
from tagctl.store import journal, transferring
from tagctl.store.operations import Operation
from tagctl.store.tags import Matching, alias_owners, changes, match


def sync(op: Operation, taxonomy: Taxonomy) -> tuple[TaxonomyChange, ...]:
    """Apply every difference, breaking ones included (the caller has asked); returns what was changed.

    Keeps the operation when there was a difference.
    """
    found = match(op.store, taxonomy)
    said = changes(op.store, taxonomy, found)
    if not said:
        return ()
    homes = _dimensions(op, taxonomy, found)
    for tag, name in found.buried:
        _update(
            op, "tags", tag.id, state="merged", merged_into=found.renamed[name].id, folded=_buried(tag.id)
        )
    tag_ids = _tags(op, taxonomy, found, homes)
    for tag, into in found.merged:
        merge(op, tag.id, tag_ids[into])
    for tag in found.gone:
        _update(op, "tags", tag.id, state="undeclared", parent=None)
    _replacements(op, taxonomy, tag_ids)
    _aliases(op, taxonomy, tag_ids)
    op.keep(taxonomy_changes=len(said))
    return said


def rename(op: Operation, old: str, new: str) -> None:
    """Give a tag another name, before taxonomy.yaml is applied in which nothing tells of the old one."""
    number = op.store.value("SELECT id FROM tags WHERE folded = ? AND state <> 'merged'", (identity(old),))
    if number is not None:
        _update(op, "tags", int(number), name=new, folded=identity(new))
        op.keep(taxonomy_changes=1)


def merge(op: Operation, tag: int, into: int) -> None:
    """Move everything of one tag to another, `since` carried."""
    transferring.transfer(op, tag, into)
    for table in ("labels", "aliases"):
        where = Sql("tag = ?", (tag,))
        if journal.updating(op, table, where, ["tag"]):
            op.store.execute(Sql(f"UPDATE {table} SET tag = ? WHERE ", (into,)) + where)
    children = Sql("parent = ?", (tag,))
    if journal.updating(op, "tags", children, ["parent"]):
        op.store.execute(Sql("UPDATE tags SET parent = NULL WHERE ") + children)
    _update(op, "tags", tag, state="merged", merged_into=into, folded=_buried(tag), parent=None)


def _buried(tag: int) -> str:
    """What stands for the identity of a tag that has given its name away: nothing a label can fold to."""
    return f"\x1f{tag}"


def _dimensions(op: Operation, taxonomy: Taxonomy, found: Matching) -> dict[str, int]:
    """Add, rename, edit and drop dimensions; the ids of the declared ones by name."""
    stored = {
        name: (int(number), (kind, exclusive, declared))
        for number, name, kind, exclusive, declared in op.store.rows(
            "SELECT id, name, kind, exclusive, declared FROM dimensions"
        )
    }
    homes: dict[str, int] = {}
    for dimension in taxonomy.dimensions.values():
        old = found.dimensions.get(dimension.name)
        wanted = (dimension.kind, dimension.exclusive, 1)
        if old is None:
            cursor = op.store.execute(
                "INSERT INTO dimensions (name, kind, exclusive, op) VALUES (?, ?, ?, ?)",
                (dimension.name, dimension.kind, dimension.exclusive, op.number),
            )
            homes[dimension.name] = int(cursor.lastrowid or 0)
            continue
        number, now = stored.pop(old)
        homes[dimension.name] = number
        if (old, now) != (dimension.name, wanted):
            _update(
                op,
                "dimensions",
                number,
                name=dimension.name,
                kind=dimension.kind,
                exclusive=dimension.exclusive,
                declared=1,
            )
    for number, (_kind, _exclusive, declared) in stored.values():
        if declared:
            _update(op, "dimensions", number, declared=0)
    return homes


def _tags(op: Operation, taxonomy: Taxonomy, found: Matching, homes: dict[str, int]) -> dict[str, int]:
    """Add and edit tags, parents before children as in the file; the ids of the declared ones by name."""
    tag_ids: dict[str, int] = {}
    for tag in taxonomy.tags.values():
        here = found.stored(tag.name)
        wanted: dict[str, Scalar] = {
            "name": tag.name,
            "folded": identity(tag.name),
            "dimension": homes[tag.dimension],
            "parent": tag_ids[tag.parent] if tag.parent else None,
            "state": "declared",
            "retired": int(tag.status == "deprecated"),
        }
        if here is None:
            cursor = op.store.execute(
                "INSERT INTO tags (name, folded, dimension, parent, state, retired, op) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*wanted.values(), op.number),
            )
            tag_ids[tag.name] = int(cursor.lastrowid or 0)
            continue
        tag_ids[tag.name] = here.id
        query = "SELECT name, folded, dimension, parent, state, retired FROM tags WHERE id = ?"
        now = op.store.one(query, (here.id,))
        if now != tuple(wanted.values()):
            _update(op, "tags", here.id, **wanted)
    return tag_ids


def _replacements(op: Operation, taxonomy: Taxonomy, tag_ids: dict[str, int]) -> None:
    """Note what stands in the place of deprecated tags; labels that meant these mean that from now on."""
    known: dict[int, int | None] = dict(op.store.rows("SELECT id, replaced_by FROM tags"))
    for tag in taxonomy.tags.values():
        number, wanted = tag_ids[tag.name], tag_ids[tag.replaced_by] if tag.replaced_by else None
        if known[number] == wanted:
            continue
        _update(op, "tags", number, replaced_by=wanted)
        labels = Sql("tag = ?", (number,))
        if wanted is not None and journal.updating(op, "labels", labels, ["tag"]):
            op.store.execute(Sql("UPDATE labels SET tag = ? WHERE ", (wanted,)) + labels)


def _aliases(op: Operation, taxonomy: Taxonomy, tag_ids: dict[str, int]) -> None:
    """Mirror the aliases of the file; those of merged tags among them."""
    stored = alias_owners(op.store)
    wanted = {
        identity(alias): (alias, tag_ids[tag.name]) for tag in taxonomy.tags.values() for alias in tag.aliases
    }
    extra = Sql("folded IN ") + values(folded for folded in stored if folded not in wanted)
    if journal.deleting(op, "aliases", extra):
        op.store.execute(Sql("DELETE FROM aliases WHERE ") + extra)
    for folded, (text, tag) in wanted.items():
        if folded not in stored:
            op.store.execute(
                "INSERT INTO aliases (folded, text, tag, op) VALUES (?, ?, ?, ?)",
                (folded, text, tag, op.number),
            )
        elif stored[folded] != (text, tag):
            journal.updating(op, "aliases", Sql("folded = ?", (folded,)), ["text", "tag"])
            op.store.execute("UPDATE aliases SET text = ?, tag = ? WHERE folded = ?", (text, tag, folded))


def _update(op: Operation, table: str, row: int, **columns: Scalar) -> None:
    """One row of the taxonomy, journaled. Column names are ours."""
    journal.updating(op, table, Sql("id = ?", (row,)), columns)
    sets = ", ".join(f"{column} = ?" for column in columns)
    op.store.execute(f"UPDATE {table} SET {sets} WHERE id = ?", (*columns.values(), row))
