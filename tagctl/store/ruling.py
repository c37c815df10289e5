"""The table `rules`: what gave each tag when it last ran, for the exemptions of the blast radius."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.program import Given
from tagctl.sql import Sql, values
from tagctl.store import journal
from tagctl.store.connection import Store
from tagctl.store.operations import Operation


def known_hashes(store: Store) -> dict[str, str]:
    """Tag → the hash of what gave it when it last ran."""
    return dict(store.rows("SELECT name, hash FROM rules"))


def remember_rules(op: Operation, given: Sequence[Given]) -> bool:
    """Remember what ran now, and forget what gives a tag no more. Whether anything changed."""
    known = known_hashes(op.store)
    ran = [entry for entry in given if entry.state == "ran"]
    gone = [name for name in known if name not in {entry.tag for entry in given}]
    where = Sql("name IN ") + values(gone)
    if gone and journal.deleting(op, "rules", where):
        op.store.execute(Sql("DELETE FROM rules WHERE ") + where)
    other = [entry for entry in ran if known.get(entry.tag, entry.hash) != entry.hash]
    journal.updating(op, "rules", Sql("name IN ") + values(entry.tag for entry in other), ["hash"])
    for entry in other:
        op.store.execute("UPDATE rules SET hash = ? WHERE name = ?", (entry.hash, entry.tag))
    new = [entry for entry in ran if entry.tag not in known]
    op.store.executemany(
        "INSERT INTO rules (name, hash, op) VALUES (?, ?, ?)",
        [(entry.tag, entry.hash, op.number) for entry in new],
    )
    return bool(gone or other or new)
