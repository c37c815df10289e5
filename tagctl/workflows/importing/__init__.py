"""Import: files of customers, events or assignments become what they say, in one operation.

Every cell read is stored, rejected with its place and reason, or reported. Importing the same bytes with
the same mapping and options again is a no-op that says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl.errors import Problem, UsageProblem
from tagctl.io.sources import chosen
from tagctl.messages import _
from tagctl.model import ASSIGNMENT, CUSTOMER
from tagctl.reports.importing import ImportReport
from tagctl.store import catalog as stored
from tagctl.store import feeds, rejected, snapshots
from tagctl.store.catalog import check_event_type
from tagctl.store.labels import Words
from tagctl.store.operations import Operation
from tagctl.store.readings import Mode
from tagctl.workflows.importing import assigning, lining, loading
from tagctl.workflows.importing.deciding import decide
from tagctl.workflows.importing.leaving import check_age, leave, taken_on
from tagctl.workflows.importing.loading import Feed, Loaded, Money
from tagctl.workflows.importing.mapping import check_headers, create_fields
from tagctl.workflows.importing.opening import Source, open_sources
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.proposing import propose
from tagctl.workflows.importing.rejecting import Limit, Rejects
from tagctl.workflows.importing.remembering import kin_notes, recall
from tagctl.workflows.importing.stated import check_stated, in_file
from tagctl.workflows.importing.summing import skipped, summed

__all__ = [
    "ImportOptions",
    "check_event_type",
    "import_assignments",
    "import_customers",
    "import_events",
    "propose",
]


def import_customers(
    op: Operation,
    files: Sequence[Path],
    options: ImportOptions,
    *,
    timezone: ZoneInfo,
    currency: str | None = None,
    rates: Mapping[str, float] | None = None,
) -> ImportReport:
    """Import files of customers. Tags resolve as the database knows them: sync the taxonomy before.

    Raises UsageProblem (a key that cannot be told, a header that is not there) and DataError (a file
    that cannot be read, or more rejects than allowed); then nothing is to be kept.
    """
    return _import(op, CUSTOMER, files, options, Money(timezone, currency, rates or {}))


def import_events(
    op: Operation,
    event_type: str,
    files: Sequence[Path],
    options: ImportOptions,
    *,
    timezone: ZoneInfo,
    currency: str | None = None,
    rates: Mapping[str, float] | None = None,
) -> ImportReport:
    """Import files of events of one type, which is made the first time; else like `import_customers`."""
    known = stored.ensure_event_type(op, event_type)  # also where its name is written otherwise
    return _import(op, known, files, options, Money(timezone, currency, rates or {}))


def import_assignments(
    op: Operation, files: Sequence[Path], options: ImportOptions, *, timezone: ZoneInfo
) -> ImportReport:
    """Import files with one customer and tag to a row; else like `import_customers`."""
    return _import(op, ASSIGNMENT, files, options, Money(timezone, None, {}))


def _import(
    op: Operation, subject: str, files: Sequence[Path], options: ImportOptions, money: Money
) -> ImportReport:
    check_stated(options, money)
    sources = open_sources(chosen(files), options)
    check_headers((source.table for source in sources), options)
    same_as = _already_imported(op, subject, sources, options, money)
    new = [source for index, source in enumerate(sources) if index not in same_as]
    remarks: dict[Path, list[str]] = {}
    if subject in (CUSTOMER, ASSIGNMENT):  # of events, an older file is one more month
        remarks = check_age(op, _by_feed(op, subject, new, options), options, money.timezone)
    snapshots.begin(op.store)
    rejected.create(op.store)
    limit = Limit(options.max_rejects, sum(source.table.count - source.table.blank for source in new))
    loaded: dict[int, Loaded] = {}
    for index, source in enumerate(sources):
        if index not in same_as:
            rejects = Rejects(op, source.table, index, limit)
            loaded[index] = _load(op, subject, source, options, money, rejects)
    if options.mode != "sync" and not all(one.tag_columns for one in loaded.values()):
        raise UsageProblem([_no_tags(sources[i], options.mode) for i in loaded if not loaded[i].tag_columns])
    if not loaded:
        return ImportReport(
            None,
            subject,
            tuple(skipped(source.table, same_as[index]) for index, source in enumerate(sources)),
            unchanged_file=True,
            same_as_operation=max(same_as.values(), default=None),
            dry_run=op.dry_run,
        )
    rejected_rows = sum((one.rejects.rows for one in loaded.values()), Counter[str]())
    left = leave(op, _by_feed(op, subject, new, options), rejected_rows, options)
    readings = []
    for index, source in enumerate(sources):
        if index in same_as:
            readings.append(skipped(source.table, same_as[index]))
            continue
        # Only now: an error in a later file must leave nothing behind.
        rejects_file = None if op.dry_run else loaded[index].rejects.write(op)
        reading = loaded[index].reading
        readings.append(
            replace(
                reading,
                rejects_file=rejects_file,
                notes=(*reading.notes, *remarks.get(source.table.path, ()), *left.notes),
            )
        )
    rejected.drop(op.store)
    report = summed(op, subject, list(loaded.values()), readings, options.mode)
    report = replace(report, customers_gone=left.gone)
    op.keep(
        ", ".join(sources[index].table.path.name for index in loaded),
        rows=sum(reading.rows for reading in readings),
        rejected=sum(reading.rejected for reading in readings),
        **{name: count for name in _COUNTS if (count := getattr(report, name))},
    )
    return report


_COUNTS = (
    "customers_created",
    "customers_updated",
    "events_created",
    "events_updated",
    "tags_gained",
    "tags_lost",
    "customers_gone",
    "customers_back",
)


def _by_feed(
    op: Operation, subject: str, sources: Sequence[Source], options: ImportOptions
) -> dict[int, list[Path]]:
    """The files of each feed that there is."""
    found: dict[int, list[Path]] = {}
    for source in sources:
        feed = recall(op.store, subject, source.feed_headers, options).feed
        if feed is not None:
            found.setdefault(feed, []).append(source.table.path)
    return found


def _already_imported(
    op: Operation, subject: str, sources: Sequence[Source], options: ImportOptions, money: Money
) -> dict[int, int]:
    """Index of each file that its feed's last operation read alike → that operation.

    The files of one feed count together: importing two months again is a no-op, importing the first
    of them again is not.
    """
    fields, words = stored.read_fields(op.store), Words(op.store)
    by_feed: dict[int, list[int]] = {}
    recalled = [recall(op.store, subject, source.feed_headers, options) for source in sources]
    for index, known in enumerate(recalled):
        if known.feed is not None and (not options.save_mapping or known.named):
            by_feed.setdefault(known.feed, []).append(index)
    found: dict[int, int] = {}
    for feed, indexes in by_feed.items():
        last = feeds.last_import(op.store, feed)
        if last is None or feeds.may_differ(op, last[0]) or snapshots.lost_since(op.store, feed, last[0]):
            continue
        if [read.sha256 for read in last[1]] != [sources[i].sha256 for i in indexes]:
            continue  # other bytes: no need to work out what they mean
        completed = recalled[indexes[0]].completed(options)
        mappings = [decide(sources[i].table, subject, fields, completed, words, recalled[i]) for i in indexes]
        read = [
            sources[i].bytes(mapping, completed, money) for i, mapping in zip(indexes, mappings, strict=True)
        ]
        if last[1] == read:
            found |= dict.fromkeys(indexes, last[0])
    return found


def _load(
    op: Operation,
    subject: str,
    source: Source,
    options: ImportOptions,
    money: Money,
    rejects: Rejects,
) -> Loaded:
    recalled = recall(op.store, subject, source.feed_headers, options)
    options = recalled.completed(options)
    money = in_file(money, options)
    mapping = decide(source.table, subject, stored.read_fields(op.store), options, Words(op.store), recalled)
    if subject != ASSIGNMENT and not mapping.lines:
        mapping = create_fields(op, subject, mapping)
    number, new = recalled.feed, recalled.feed is None
    kin: tuple[str, ...] = ()
    if new and mapping.tags:
        needed = [column.header for column in (mapping.key, *mapping.tags)]
        kin = kin_notes(op, subject, source.feed_headers, needed)
    if number is None:
        number, new = feeds.ensure(op, subject, source.feed_headers)
    path = source.table.path
    read, taken = source.bytes(mapping, options, money), taken_on(path, options)
    import_ = feeds.record(op, number, path.name, read, taken)
    feed = Feed(number, new, import_)
    if subject == ASSIGNMENT:
        loaded = assigning.load(op, source.table, mapping, feed, options, money, rejects)
    elif mapping.lines:
        loaded = lining.load(op, subject, source.table, mapping, money, rejects)
    else:
        loaded = loading.load(op, subject, source.table, mapping, feed, options, money, rejects)
    feeds.remember(op, number, recalled.learned(mapping.columns(), options), options.save_mapping)
    reading = replace(
        loaded.reading,
        mapping=options.save_mapping or recalled.named,
        notes=(*loaded.reading.notes, *kin),
    )
    feeds.record_counts(
        op,
        import_,
        {
            "rows": reading.rows,
            "imported": reading.imported,
            "rejected": reading.rejected,
            "blank": reading.blank,
        },
    )
    return replace(loaded, reading=reading)


def _no_tags(source: Source, mode: Mode) -> Problem:
    what = _("A tag column is needed for --mode {mode}, and there is none in {file}.")
    return Problem(
        "needs-tags",
        what.format(mode=mode, file=source.table.path.name),
        _("Name it with --tags HEADER, or --map 'HEADER=tag'."),
    )
