"""One file from its rows to the database: read into the stage, united, written, its labels acted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from tagctl.errors import UsageProblem
from tagctl.io.cells import Converter, converter
from tagctl.io.headers import IGNORED, NO_FIELD, TAGS
from tagctl.io.table import TableFile
from tagctl.messages import N_, _
from tagctl.model import CUSTOMER
from tagctl.reports.importing import ColumnUse, FileReading
from tagctl.store import customers, events, readings, snapshots, staging
from tagctl.store.labels import Cells, Words
from tagctl.store.operations import Operation
from tagctl.store.readings import TagCounts
from tagctl.store.upserting import Counts
from tagctl.workflows.importing import correcting, identifying, tagcells
from tagctl.workflows.importing.accounting import Account
from tagctl.workflows.importing.currency import Currencies
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.mapping import ColumnMapping
from tagctl.workflows.importing.noting import cell_notes, difference_notes
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.reading import Pass, Tally, missing
from tagctl.workflows.importing.rejecting import Rejects, nothing_left
from tagctl.workflows.importing.unclear import no_key


@dataclass(frozen=True, slots=True)
class Money:
    """What cells mean: the zone of bare times, the project's currency with its rates, and the currency of
    bare amounts where a file has another one."""

    timezone: ZoneInfo
    currency: str | None
    rates: Mapping[str, float]
    written_in: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a file comes in: the feed, whether this is its first file, and the number of the import."""

    number: int
    new: bool
    import_: int


# Rows of assignments that are taken out: the role of the column at fault, the code, the sentence.
UNFIT = {
    "tag": ("tags", "missing-tag", N_("the tag is empty")),
    "label": ("tags", "unknown-label", N_("no tag is called {labels}")),
    "said": ("source", "bad-source", N_("{labels} is no source: import, manual or rule")),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file did. `back`: how many customers were gone until now."""

    reading: FileReading
    rejects: Rejects
    customers: Counts
    events: Counts
    tags: TagCounts
    tag_columns: int
    back: int


def load(
    op: Operation,
    subject: str,
    table: TableFile,
    mapping: ColumnMapping,
    feed: Feed,
    options: ImportOptions,
    money: Money,
    rejects: Rejects,
) -> Loaded:
    """Import one file whose fields are in place; what is not taken of it goes into `rejects`."""
    stage = staging.create(
        op.store,
        events=subject != CUSTOMER,
        values=len(mapping.values),
        cells=len(mapping.tags),
        clears=options.empty_clears,
    )
    words = Words(op.store)
    cells = Cells(op.store, tagcells.silence(mapping.tags, words))
    converters = converters_of(table, mapping, money)
    currencies = currencies_of(table, mapping, money)
    once = Pass(table, mapping, converters, stage, cells, rejects, currencies, strict=options.strict)
    tally = once.run()
    separators = tagcells.take_apart(op, cells, mapping.tags, words, refusing=options.unknown == "reject")
    refused: dict[int, str] = {}
    if options.unknown == "reject":
        refused = tagcells.refuse(stage, mapping.tags, rejects, tally, strict=options.strict)
    once.account.refused(rejects.cells[tagcells.UNKNOWN])
    notes = [*table.notes, *mapping.notes, *currencies.notes()]
    notes += cell_notes(subject, mapping, converters, currencies)
    customer_counts, event_counts, back = Counts(), Counts(), 0
    columns = [column.column for column in mapping.values]

    take_out(table, mapping, refused, rejects, once)
    if subject == CUSTOMER:
        matched = identifying.customers(stage, table, mapping, tally.suspects)
        take_out(table, mapping, matched.taken, rejects, once)
        differing = staging.unite_customers(stage)
        _check_guessed_key(table, mapping, tally, stage.rows())
        notes += difference_notes(mapping.values, differing)
        customer_counts = customers.upsert(op, stage, columns)
        back = snapshots.see(op, feed.number, new_feed=feed.new, snapshot=options.snapshot)
    else:
        taken = staging.unite_events(stage, [column.field for column in mapping.values])
        notes += correcting.line_notes(stage, mapping)
        matched = identifying.events(op, stage, table, mapping, options)
        take_out(table, mapping, taken | matched.taken, rejects, once)
        customer_counts = Counts(created=matched.created)
        event_counts, alike = events.upsert(op, stage, subject, columns, correct=options.correct)
        notes += correcting.notes(alike, mapping, op, corrected=options.correct)
    notes += matched.notes
    if tally.rejected and not tally.staged:
        raise nothing_left(table, rejects.examples)
    tags = TagCounts()
    if mapping.tags:
        tags = readings.read(
            op,
            feed.number,
            feed.import_,
            table.sheet,
            columns=len(mapping.tags),
            new_feed=feed.new,
            mode=options.mode,
        )
    staging.drop(op.store)
    return Loaded(
        reading_of(table, mapping, tally, separators, notes, once.account),
        rejects,
        customer_counts,
        event_counts,
        tags,
        len(mapping.tags),
        back,
    )


def converters_of(table: TableFile, mapping: ColumnMapping, money: Money) -> dict[int, Converter]:
    """What makes values of the cells of key, time and value columns."""
    typed = [mapping.key, *((mapping.at,) if mapping.at else ()), *mapping.values]
    return {column.index: _converter(table, column, money) for column in typed}


def currencies_of(table: TableFile, mapping: ColumnMapping, money: Money) -> Currencies:
    """What makes values of the amounts of rows in another currency."""

    def make(column: Column, currency: str) -> Converter:
        return _converter(table, column, money, currency)

    return Currencies(mapping, money.currency, money.rates, make)


def _converter(table: TableFile, column: Column, money: Money, written_in: str | None = None) -> Converter:
    return converter(
        column.type,
        money.timezone,
        role=column.role,
        format=column.format,
        guarded=table.guarded,
        currency=money.currency,
        rates=money.rates,
        written_in=written_in or money.written_in,
    )


def _check_guessed_key(table: TableFile, mapping: ColumnMapping, tally: Tally, distinct: int) -> None:
    """A key that was guessed from a sample must be filled and unique in the whole file."""
    filled = tally.filled.get(mapping.key.index, 0)
    rows = table.count - table.blank - tally.unread
    if mapping.guessed and (filled < rows or distinct < tally.staged):
        raise UsageProblem(no_key(table, mapping.key.header, (filled, rows, distinct)))


def take_out(
    table: TableFile, mapping: ColumnMapping, taken: Mapping[int, str], rejects: Rejects, once: Pass
) -> None:
    """Reject rows that were taken out of the stage; their text is read from the file again."""
    if not taken:
        return
    once.tally.rejected += len(taken)
    once.tally.staged -= len(taken)
    bad = rejects.cells_by_row()
    by_role = {column.role: column for column in mapping.values}
    for row in table.rows():
        why = taken.get(row.number)
        if why is None or row.error is not None:
            continue
        once.account.taken_out(row.texts, bad.get(row.number, 0))
        if why == tagcells.UNKNOWN:
            continue  # told with its labels
        column = mapping.at if why == "at" and mapping.at else mapping.key
        text = row.texts[column.index]
        if why in identifying.REASONS:
            code, reason = identifying.reason(why, text)
        elif why in UNFIT:
            role, code, sentence = UNFIT[why]
            column = by_role[role]
            text = row.texts[column.index]
            reason = _(sentence).format(labels=text)
        else:
            code, reason = missing(why)
        rejects.row(row.number, column.header, code, reason, text or rejects.lines(row.texts))


# ── the report of one file ───────────────────────────────────────────────────────────────────────


def reading_of(
    table: TableFile,
    mapping: ColumnMapping,
    tally: Tally,
    separators: Mapping[int, str | None],
    notes: Sequence[str],
    account: Account,
) -> FileReading:
    assert tally.staged + tally.rejected + table.blank == table.count, "rows must add up"
    return FileReading(
        file=table.path.name,
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        header_row=table.header_row,
        rows=table.count,
        imported=tally.staged,
        rejected=tally.rejected,
        blank=table.blank,
        columns=tuple(
            replace(
                used(column),
                filled=tally.filled.get(column.index, 0),
                bad=tally.bad.get(column.index, 0),
                separator=separators.get(column.index),
            )
            for column in mapping.columns()
        ),
        notes=tuple(notes),
        preset=mapping.preset,
        cells=account.counts(),
    )


def used(column: Column) -> ColumnUse:
    """A column as reports show it, before its cells are counted."""
    return ColumnUse(
        header=column.header,
        field=column.field if column.role not in (TAGS, IGNORED) else "",
        type=column.type if column.role not in NO_FIELD else "",
        role=column.role,
        examples=column.examples,
    )
