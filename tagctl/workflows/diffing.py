"""`taxonomy diff`: two versions of taxonomy.yaml and rules.yaml compared in words, and by what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import ConfigError, Problem, UsageProblem
from tagctl.io import sources
from tagctl.messages import _
from tagctl.model import Catalog, Ruleset, Taxonomy
from tagctl.record import record
from tagctl.reports.diffing import Difference, DiffReport, Kind, SegmentEffect, TagEffect
from tagctl.reports.running import RunReport
from tagctl.reports.taxonomy import TaxonomyChange
from tagctl.rules import Files, inventory, references
from tagctl.store import flips, reading, tags, texts
from tagctl.store.connection import Store, open_private
from tagctl.store.operations import Operation, following, operate

Run = Callable[[Operation, Ruleset, Taxonomy], RunReport]
Sizes = Callable[[Operation, Ruleset, Taxonomy], Mapping[str, int]]

_KINDS: dict[str, Kind] = {
    "add": "added",
    "drop": "removed",
    "rename": "renamed",
    "merge": "merged",
    "move": "moved",
    "alias": "changed",
    "edit": "changed",
}
_COLUMNS: tuple[texts.Column, ...] = ("taxonomy", "rules")
_BREAKING = ("segment", "metric", "condition")  # sections in which what goes may be missed outside


@record
class Version:
    """Both files as they were or are, understood: after an operation, in a file of this name, or (None) in
    the project's files. `stored`: it is what the database agrees with now."""

    name: int | str | None
    files: Files
    taxonomy: Taxonomy
    ruleset: Ruleset
    stored: bool = False


def version(
    name: int | str | None, files: Files, catalog: Catalog, timezone: ZoneInfo, *, stored: bool = False
) -> Version:
    """A version by its texts; ConfigError with all that is wrong in them."""
    taxonomy, problems, _warnings = rules.read_taxonomy(files.taxonomy, files.taxonomy_name)
    if problems:
        raise ConfigError(problems)
    compiled = rules.compile(files.rules, files.rules_name, taxonomy, catalog, timezone)
    if compiled.problems:
        raise ConfigError(compiled.problems)
    return Version(name, files, taxonomy, compiled.ruleset, stored)


def as_of_operation(op: Operation, number: int | None) -> tuple[int, Files]:
    """The texts with which the database agreed after an operation, or after the last one before `op`; with
    its number. UsageProblem where there is no such operation."""
    known = op.store.value(
        "SELECT max(number) FROM operations WHERE number < ? AND (? IS NULL OR number = ?)",
        (op.number, number, number),
    )
    if known is None:
        what = _("There is no operation {number}.").format(number=number)
        raise UsageProblem(Problem("unknown-operation", what, _("See them all with: tagctl history")))
    taxonomy, rules_ = (_text(op.store, column, known) for column in _COLUMNS)
    return int(known), Files(taxonomy, rules_, f"taxonomy.yaml@{known}", f"rules.yaml@{known}")


def others(files: Files, taxonomy: str | None, rules: str | None) -> Files:
    """The project's files, or others in their place. UsageProblem where one is not there."""
    if taxonomy is not None:
        files = replace(files, taxonomy=_bytes(taxonomy), taxonomy_name=taxonomy)
    if rules is not None:
        files = replace(files, rules=_bytes(rules), rules_name=rules)
    return files


def _bytes(file: str) -> bytes:
    return sources.local(Path(file)).read_bytes()


def _text(store: Store, column: texts.Column, number: int) -> bytes:
    hashed = texts.newest_hash(store, column, number + 1)
    return (texts.get(store, hashed) if hashed else None) or b""


# ── what differs ─────────────────────────────────────────────────────────────────────────────────


def compare(
    store: Store, before: Version, after: Version, catalog: Catalog, timezone: ZoneInfo
) -> DiffReport:
    """What differs, in words, in the order of the files: tags first, then what is said about them, then
    rules."""
    members = reading.members(store)
    changes = _tag_changes(before, after)
    renamed = {change.tag: change.into or "" for change in changes if change.kind in ("rename", "merge")}
    used = _used(before, catalog, timezone)
    found = [
        _of_tag(change, _section(change, before, after), members, used)
        for change in changes
        if not _told_elsewhere(change, before, renamed)
    ]
    found += _entries(
        inventory.taxonomy_entries(before.taxonomy), inventory.taxonomy_entries(after.taxonomy), renamed
    )
    found += _entries(
        inventory.rules_entries(before.ruleset, before.taxonomy, timezone),
        inventory.rules_entries(after.ruleset, after.taxonomy, timezone),
        renamed,
    )
    breaking = any(one.breaking for one in found)
    return DiffReport(before.name, after.name, tuple(found), breaking, computed=False)


def _tag_changes(before: Version, after: Version) -> tuple[TaxonomyChange, ...]:
    """As a database that holds the one would take up the other."""
    with open_private() as made:
        with operate(made, "taxonomy", now=0, by="") as op:
            tags.sync(op, before.taxonomy)
            op.keep()
        return tags.plan(made, after.taxonomy)


def _told_elsewhere(change: TaxonomyChange, before: Version, renamed: Mapping[str, str]) -> bool:
    """Whether it is the alias that a rename leaves behind, or an edit of which each part is told by itself (a
    new spelling is no such part)."""
    if change.kind == "alias":
        return change.hint in {f"+{old}" for old, new in renamed.items() if new == change.tag}
    return change.kind == "edit" and change.tag in {**before.taxonomy.tags, **before.taxonomy.dimensions}


def _section(change: TaxonomyChange, before: Version, after: Version) -> str:
    tagged = any(change.tag in version.taxonomy.tags for version in (before, after))
    return "tag" if tagged else "dimension"


def _of_tag(
    change: TaxonomyChange, section: str, members: Mapping[str, int], used: Mapping[str, list[str]]
) -> Difference:
    held = members.get(change.tag, 0)
    gone = change.kind == "drop"
    places = tuple(used.get(change.tag, ())) if gone else ()
    return Difference(
        _KINDS[change.kind],
        section,
        change.tag,
        part="aliases" if change.kind == "alias" else "",
        after=change.hint or None if change.kind == "alias" else change.into,
        customers=held,
        breaking=gone and bool(held or places),
        used_in=places,
    )


def _used(version: Version, catalog: Catalog, timezone: ZoneInfo) -> dict[str, list[str]]:
    """Tag → the places that use it, its own rule and tests apart."""
    found: dict[str, list[str]] = {}
    for one in references.find(version.files, catalog, timezone):
        if one.section != "tests" and (one.section, one.entry) != ("rules", one.tag):
            found.setdefault(one.tag, []).append(f"{one.section} {one.entry} ({one.location})")
    return found


def _entries(
    before: Iterable[inventory.Entry], after: Iterable[inventory.Entry], renamed: Mapping[str, str]
) -> Iterator[Difference]:
    """Entries that come, go and change. What says the same of a tag under its new name does not."""
    was = {(one.section, _renamed(one.name, renamed), one.part): one for one in before}
    now = {(one.section, one.name, one.part): one for one in after}
    owners_before, owners_after = ({key[:2] for key in side} for side in (was, now))
    for key in dict.fromkeys((*was, *now)):
        old, new = was.get(key), now.get(key)
        if old is not None and new is not None and new.text in (old.text, _respelled(old.text, renamed)):
            continue
        section, name, part = key
        whole = key[:2] not in owners_before or key[:2] not in owners_after
        if section in ("tag", "dimension") and whole:
            continue  # told as a tag that comes or goes
        if section == "segment" and whole and part:
            continue  # goes or comes with its segment
        kind: Kind = "changed" if old and new else "added" if new else "removed"
        breaking = kind == "removed" and (section in _BREAKING and (not part or part.startswith("column ")))
        yield Difference(
            "changed" if section in ("tag", "dimension") or part == "strategy" else kind,
            section,
            name,
            part,
            old.text if old else None,
            new.text if new else None,
            breaking=breaking,
        )


def _renamed(name: str, renamed: Mapping[str, str]) -> str:
    """What an entry is called by the new names: a tag, the tags of a conflict, the tag of an action."""
    event, space, tag = name.partition(" ")
    if event in ("gained", "lost") and space:
        return f"{event} {renamed.get(tag, tag)}"
    return " / ".join(renamed.get(one, one) for one in name.split(" / "))


def _respelled(text: str, renamed: Mapping[str, str]) -> str:
    for old, new in renamed.items():
        text = text.replace(old, new)
    return text


# ── what it does ─────────────────────────────────────────────────────────────────────────────────


def effect(
    op: Operation, report: DiffReport, before: Version, after: Version, run: Run, sizes: Sizes
) -> DiffReport:
    """The report with who gains and loses what, and how segments grow and shrink: by a run with each version,
    within a dry run. `before` is what the database agrees with."""
    run(op, before.ruleset, before.taxonomy)
    held, shrunk = reading.members(op.store), sizes(op, before.ruleset, before.taxonomy)
    step = following(op, op.as_of)
    tags.sync(step, after.taxonomy)
    run(step, after.ruleset, after.taxonomy)
    now, grown = reading.members(op.store), sizes(step, after.ruleset, after.taxonomy)
    moved = flips.counted(step)
    order = {tag: number for number, tag in enumerate((*after.taxonomy.tags, *before.taxonomy.tags))}
    renamed = {one.name: one.after for one in report.differences if one.kind == "renamed"}
    held = {renamed.get(tag) or tag: count for tag, count in held.items()}
    effects = (
        TagEffect(tag, held.get(tag, 0), now.get(tag, 0), *moved[tag])
        for tag in sorted(moved, key=lambda tag: order.get(tag, len(order)))
    )
    segments = (
        SegmentEffect(name, shrunk.get(name), grown.get(name))
        for name in dict.fromkeys((*shrunk, *grown))
        if shrunk.get(name) != grown.get(name)
    )
    return replace(report, computed=True, tags=tuple(effects), segments=tuple(segments))
