"""A curation in the database and the files, and what it does to customers, told by doing it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tagctl import checks, rules
from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.curating import ConflictCount, CurationReport, Holders, Mention, Unconfirmed
from tagctl.rules.curating import places
from tagctl.rules.curating.draft import Draft
from tagctl.rules.emit import question
from tagctl.sql import Sql, name
from tagctl.store import evaluate, findings, holding, labels, syncing, tags, transferring
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.value_tags import with_values
from tagctl.workflows.curating import Curation, Move

_CONFLICTS = ("exclusive-conflict", "tag-conflict")


@record
class Paths:
    """Where the two files are."""

    taxonomy: Path
    rules: Path


def apply(op: Operation, done: Sequence[Curation], paths: Paths) -> CurationReport:
    """Write the files as the last of these curations, each made on the one before, leaves them; bring the
    database after, in this operation. The report tells what came of it."""
    first, last = done[0], done[-1]
    before, after = first.before, last.after
    renamed = _renamed(done)
    names = tuple(dict.fromkeys(name for one in done for name in one.names))
    wanted = tuple(dict.fromkeys(renamed.get(tag, tag) for one in done for tag in one.tags))
    holders = [_holders(op.store, name) for name in dict.fromkeys((*names, *wanted))]
    several = _several(op.store, names, wanted)
    conflicts = _conflicts(op.store, before.taxonomy)
    counts = dict(op.counts)
    for one in done:
        if not one.alias:
            for old, new in one.renamed.items():
                syncing.rename(op, old, new)
    moves = [move for one in done for move in one.moves]
    _find_meeting(op, before, moves)
    changes = tags.sync(op, after.taxonomy)
    labels.settle(op)
    _move(op, moves)
    _respell_findings(op, after.taxonomy, renamed)
    _write(op, first, last, paths)
    gained, lost = (op.counts.get(name, 0) - counts.get(name, 0) for name in ("tags_gained", "tags_lost"))
    return CurationReport(
        operation=None,
        kind=first.kind,
        names=names,
        tags=wanted,
        changes=changes,
        holders=tuple(_afterwards(op.store, one) for one in holders),
        several=several,
        gained=gained,
        lost=lost,
        conflicts=_changed(conflicts, _conflicts(op.store, after.taxonomy), renamed, after.taxonomy),
        unconfirmed=tuple(_unconfirmed(op, after)),
        mentions=tuple(_mentions(after, {move.tag for move in moves if move.when or not move.into})),
        left_out=tuple(said for one in done for said in one.left_out),
        places=places.changed(before.files, after.files),
        dry_run=op.dry_run,
    )


def _mentions(after: Draft, about: Collection[str]) -> Iterator[Mention]:
    """The places that still name one of these tags, but for its own rule."""
    for one in after.references:
        place, own = one.location, (one.section, one.entry) == ("rules", one.tag)
        if one.tag in about and place.line is not None and not own:
            yield Mention(one.tag, place.file or "", place.line, one.section, one.entry)


# ── customers' tags ──────────────────────────────────────────────────────────────────────────────


def _meeting(number: int) -> str:
    """The temporary table of who meets the condition of a move."""
    return f"temp.meeting{number}"


def _find_meeting(op: Operation, draft: Draft, moves: Sequence[Move]) -> None:
    """Who meets the conditions, by the files and tags as they are before."""
    for number, move in enumerate(moves):
        if move.when is None:
            continue
        found = rules.condition(move.when, draft.taxonomy, draft.catalog, draft.timezone, draft.ruleset)
        ask = question.ask(
            draft.ruleset,
            tags.ids(op.store),
            op.as_of,
            draft.timezone,
            [found],
            taxonomy=with_values(op.store, draft.taxonomy),
            only_holding=True,
        )
        table = _meeting(number)
        with evaluate.answered(op.store, ask.steps, ask.tables):
            op.store.execute(f"DROP TABLE IF EXISTS {table}")
            op.store.execute(f"CREATE TEMP TABLE {table[5:]} (customer INTEGER PRIMARY KEY)")
            op.store.execute(f"INSERT INTO {table} SELECT customer FROM temp.{name(question.ANSWER)}")


def _move(op: Operation, moves: Sequence[Move]) -> None:
    known = tags.ids(op.store)
    for number, move in enumerate(moves):
        if move.into is None:
            transferring.end(op, known[move.tag])
        elif move.when is None:
            transferring.transfer(op, known[move.tag], known[move.into])
        else:
            transferring.copy_bans(op, known[move.tag], known[move.into])
            meeting = Sql(f"SELECT customer FROM {_meeting(number)}")
            transferring.transfer(op, known[move.tag], known[move.into], meeting)


def _write(op: Operation, first: Curation, last: Curation, paths: Paths) -> None:
    was, now = first.before.files, last.after.files
    if now.taxonomy != was.taxonomy:
        op.write_file(paths.taxonomy, now.taxonomy)
        op.texts(taxonomy=now.taxonomy)
    if now.rules != was.rules:
        op.write_file(paths.rules, now.rules)
        op.texts(rules=now.rules)


def _renamed(done: Iterable[Curation]) -> dict[str, str]:
    """What each tag that is no more is called in the end."""
    found: dict[str, str] = {}
    for one in done:
        found = {old: one.renamed.get(new, new) for old, new in found.items()} | dict(one.renamed)
    return found


# ── customers ────────────────────────────────────────────────────────────────────────────────────


def _holders(store: Store, name: str) -> Holders:
    known = tags.resolve(store, name)
    if known is None:
        return Holders(name, holding.waiting(store, identity(name)), 0)
    return Holders(name, tags.Members(store)(known[0]), 0, *holding.overrides(store, known[0]))


def _afterwards(store: Store, one: Holders) -> Holders:
    """With those who hold what goes by exactly this name now: an alias holds nobody."""
    known = tags.resolve(store, one.name)
    mine = known is not None and identity(known[1]) == identity(one.name)
    return replace(one, after=tags.Members(store)(known[0]) if known and mine else 0)


def _several(store: Store, names: Sequence[str], wanted: Sequence[str]) -> int:
    found = {known[0] for name in (*names, *wanted) if (known := tags.resolve(store, name)) is not None}
    return holding.several(store, sorted(found)) if len(found) > 1 else 0


def _unconfirmed(op: Operation, after: Draft) -> Iterator[Unconfirmed]:
    """What this operation brought that a later run may take: a rule's without a rule, and an import's that a
    rule takes over."""
    files, declared = after.files, after.taxonomy.tags
    given = rules.given_tags(files.rules, files.rules_name, after.taxonomy)
    deciding = {one.tag for one in after.ruleset.rules if not one.keep_imported}
    for tag, source, count in holding.brought(op.store, op.number):
        if tag in declared and source == "rule" and tag not in given:
            yield Unconfirmed(tag, count, ruled=False)
        elif tag in deciding and source == "import" and declared[tag].status != "draft":
            yield Unconfirmed(tag, count, ruled=True)


# ── conflicts and findings ───────────────────────────────────────────────────────────────────────


Conflicts = Mapping[tuple[str, tuple[str, ...]], int]


def _conflicts(store: Store, taxonomy: Taxonomy) -> Conflicts:
    """(code, subject) → customers, of tags that must not meet."""
    context = checks.Context(taxonomy, tags.ids(store))
    found: dict[tuple[str, tuple[str, ...]], int] = {}
    for code in _CONFLICTS:
        check = checks.by_code(code)
        query = check.sql(context) if check is not None and check.sql is not None else None
        if query is not None:
            found |= {(code, subject): count for subject, count in findings.counted(store, query)}
    return found


def _changed(
    before: Conflicts, after: Conflicts, renamed: Mapping[str, str], taxonomy: Taxonomy
) -> tuple[ConflictCount, ...]:
    """Conflicts that come, go, grow or shrink, by the names of afterwards; settled ones by their own."""
    was: dict[tuple[str, tuple[str, ...]], int] = {}
    for (code, subject), count in before.items():
        new = _respelled(code, subject, renamed, taxonomy)
        key = (code, subject if len(set(new)) < len(new) else new)
        was[key] = was.get(key, 0) + count
    return tuple(
        ConflictCount(*key, was.get(key, 0), after.get(key, 0))
        for key in dict.fromkeys((*was, *after))
        if was.get(key, 0) != after.get(key, 0)
    )


def _respelled(
    code: str, subject: tuple[str, ...], renamed: Mapping[str, str], taxonomy: Taxonomy
) -> tuple[str, ...]:
    """A finding's subject with the tags as they are called now, in the order in which checks name them."""
    check = checks.by_code(code)
    about = check.tags(subject) if check is not None and check.tags is not None else ()
    order = {tag: place for place, tag in enumerate(taxonomy.tags)}
    named = [renamed.get(tag, tag) for tag in about]
    if code in _CONFLICTS:
        named.sort(key=lambda tag: order.get(tag, -1))
    return (*subject[: len(subject) - len(about)], *named)


def _respell_findings(op: Operation, taxonomy: Taxonomy, renamed: Mapping[str, str]) -> None:
    """What was found, and accepted, about a tag stays so under its new name."""
    for check in checks.CHECKS:
        subjects = {row.subject for row in findings.rows(op.store, (), (check.code,))}
        new = {subject: _respelled(check.code, subject, renamed, taxonomy) for subject in subjects}
        findings.respell(op, check.code, {old: said for old, said in new.items() if old != said})
