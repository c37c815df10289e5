"""The taxonomy: checking taxonomy.yaml, showing it, and bringing the database to what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tagctl import rules
from tagctl.errors import GuardStop, Location, Problem
from tagctl.messages import _, ngettext
from tagctl.model import Taxonomy
from tagctl.reports.checking import CheckReport
from tagctl.reports.tables import Cell, Table
from tagctl.reports.taxonomy import TaxonomyChange, TaxonomyReport
from tagctl.store import labels, reading, tags
from tagctl.store.connection import Store
from tagctl.store.operations import Operation

COLUMNS = (
    "dimension",
    "kind",
    "exclusive",
    "tag",
    "parent",
    "aliases",
    "implies",
    "status",
    "expires",
    "review",
    "owner",
    "purpose",
    "action",
    "state",
    "members",
)


def check(data: bytes | None, file: str) -> CheckReport:
    """What is wrong in taxonomy.yaml, what could be better, and how much it declares."""
    taxonomy, problems, warnings = rules.read_taxonomy(data, file)
    counts = {
        "dimensions": len(taxonomy.dimensions),
        "tags": len(taxonomy.tags),
        "aliases": sum(len(tag.aliases) for tag in taxonomy.tags.values()),
        "conflicts": len(taxonomy.conflicts),
    }
    return CheckReport((file,), problems, warnings, counts)


def show(taxonomy: Taxonomy, store: Store | None = None) -> Table:
    """The tags in the order of the file; with a database their members, then tags that only it knows
    (state undeclared, or value for those of an `each: true` family)."""
    stored = {tag.name: tag for tag in tags.stored_tags(store)} if store else {}
    held = reading.members(store) if store else {}
    members = {name: held.get(name, 0) for name in stored} if store else None
    rows = [_row(taxonomy, name, members) for name in taxonomy.tags]
    rows += [
        (tag.dimension, None, None, name, *[None] * 9, tag.state, members[name])
        for name, tag in stored.items()
        if members and name not in taxonomy.tags and (members[name] or tag.state == "value")
    ]
    types = ("text",) * (len(COLUMNS) - 1) + ("number",)
    return Table(COLUMNS, types, tuple(rows), len(rows))


def _row(taxonomy: Taxonomy, name: str, members: Mapping[str, int] | None) -> tuple[Cell, ...]:
    tag = taxonomy.tags[name]
    dimension = taxonomy.dimensions[tag.dimension]
    return (
        dimension.name,
        dimension.kind,
        dimension.exclusive,
        tag.name,
        tag.parent,
        ", ".join(tag.aliases) or None,
        ", ".join(tag.implies) or None,
        tag.status,
        str(tag.expires) if tag.expires else None,
        str(tag.review) if tag.review else None,
        tag.owner,
        tag.purpose,
        tag.action,
        "declared",
        None if members is None else members.get(name, 0),
    )


def sync(op: Operation, taxonomy: Taxonomy, *, confirm: bool) -> TaxonomyReport:
    """Bring the database to what the taxonomy says, within the operation.

    With `confirm` false, edits that would merge, drop or move a tag with members raise GuardStop (exit 7)
    with the report of all changes, and nothing is written. Labels that a name or alias now resolves get
    their tag, and their customers with them.
    """
    changes = tags.plan(op.store, taxonomy)
    if not confirm:
        breaking = [change for change in changes if change.breaking]
        if breaking:
            raise GuardStop((_stop(change) for change in breaking), _report(taxonomy, changes, op))
    before = dict(op.counts)
    changes = tags.sync(op, taxonomy)
    labels.settle(op)
    gained, lost = (op.counts.get(n, 0) - before.get(n, 0) for n in ("tags_gained", "tags_lost"))
    return _report(taxonomy, changes, op, gained, lost)


def take_up(op: Operation, taxonomy: Taxonomy, file: Path, data: bytes, *, confirm: bool) -> TaxonomyReport:
    """`sync` with a file that a person has edited, which holds `data`: undoing the operation gives the file
    its former text back, or the next command would apply the edit again."""
    report = sync(op, taxonomy, confirm=confirm)
    if report.changes or op.kept:
        op.took_up(file, "taxonomy", data)
    return report


def sync_if_harmless(op: Operation, data: bytes, file: str) -> None:
    """Bring the database to a valid text that the operation writes, so that undoing it undoes both. An edit
    that would move customers is left to whoever applies it."""
    taxonomy, _problems, _warnings = rules.read_taxonomy(data, file)
    if not any(change.breaking for change in tags.plan(op.store, taxonomy)):
        sync(op, taxonomy, confirm=True)


def _report(
    taxonomy: Taxonomy, changes: Iterable[TaxonomyChange], op: Operation, gained: int = 0, lost: int = 0
) -> TaxonomyReport:
    return TaxonomyReport(
        operation=None,
        changes=tuple(changes),
        dimensions=len(taxonomy.dimensions),
        tags=len(taxonomy.tags),
        gained=gained,
        lost=lost,
        dry_run=op.dry_run,
    )


def _stop(change: TaxonomyChange) -> Problem:
    """A breaking change as a problem: what it would do to how many customers, and the two ways on."""
    place = {"tag": change.tag, "into": change.into, "members": change.members}
    if change.kind == "merge":
        what = ngettext(
            "“{tag}” would be merged into “{into}”: {members} customer moves.",
            "“{tag}” would be merged into “{into}”: {members} customers move.",
            change.members,
        )
    elif change.kind == "move":
        what = ngettext(
            "“{tag}” would move to the dimension “{into}” with its {members} customer.",
            "“{tag}” would move to the dimension “{into}” with its {members} customers.",
            change.members,
        )
    else:
        what = ngettext(
            "“{tag}” is gone from taxonomy.yaml, and {members} customer holds it.",
            "“{tag}” is gone from taxonomy.yaml, and {members} customers hold it.",
            change.members,
        )
    if change.hint:
        advice = _(
            "If it is now called “{into}”, keep its history with this line: {hint}\n"
            "Otherwise look and confirm with: tagctl taxonomy apply"
        ).format(into=change.into, hint=change.hint)
    else:
        advice = _("Look at it and confirm with: tagctl taxonomy apply")
    return Problem(f"taxonomy-{change.kind}", what.format(**place), advice, Location("taxonomy.yaml"))
