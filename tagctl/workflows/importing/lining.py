"""Files with nothing but the lines of events: no customer, no time, and the id of an event in every row."""

from __future__ import annotations

from dataclasses import replace

from tagctl.io import vocabulary
from tagctl.io.guard import unguard
from tagctl.io.headers import IGNORED, recognise
from tagctl.io.table import TableFile
from tagctl.model import CUSTOMER
from tagctl.normalise import identity
from tagctl.store import lines, staging
from tagctl.store.labels import Cells
from tagctl.store.operations import Operation
from tagctl.store.readings import TagCounts
from tagctl.store.upserting import Counts
from tagctl.workflows.importing import mapping
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.loading import (
    Loaded,
    Money,
    converters_of,
    currencies_of,
    reading_of,
    take_out,
)
from tagctl.workflows.importing.mapping import ColumnMapping, StoredFields
from tagctl.workflows.importing.noting import cell_notes
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.reading import Pass
from tagctl.workflows.importing.rejecting import Rejects, nothing_left


def decide(
    table: TableFile, subject: str, fields: StoredFields, options: ImportOptions
) -> ColumnMapping | None:
    """The mapping of a file of lines, its key being the events' id; None where it is none: where events of
    the type have no ids, or the file has a column of customers or times. Cells are of the type of the field
    of their name, else text, and need no field."""
    known = {identity(field.name): field for field in fields.get(subject, ())}
    own = next((field for field in known.values() if field.role == "id"), None)
    people = {identity(field.name) for field in fields.get(CUSTOMER, ()) if field.role == "key"}
    if own is None or options.key is not None or options.match is not None:
        return None
    there = {identity(header) for header in table.headers}
    times = vocabulary.roles("event")["at"]
    columns = []
    for index, guess in enumerate(recognise(table.headers, table.sample, subject)):
        field = known.get(identity(guess.header))
        role = "key" if identity(guess.header) in people else field.role if field else guess.role
        if role == "id" and field is not own and identity(own.name) in there:
            role = None
        if role == "at" and field is None and vocabulary.form(guess.header) not in times:
            role = None  # a date of something else, told by its cells only
        type_ = field.type if field else "text"
        examples = tuple(map(unguard, guess.examples)) if table.guarded else guess.examples
        columns.append(
            Column(index, guess.header, guess.header, type_, role, guess.format, examples=examples)
        )
    columns = mapping.overrule(columns, options)
    named = [column for column in columns if column.role == "id"]
    if len(named) != 1 or any(column.role in ("key", "at") for column in columns):
        return None
    rest = [column for column in columns if column is not named[0]]
    return ColumnMapping(
        key=replace(named[0], type="text", field=own.name),
        at=None,
        values=tuple(replace(column, role=None) for column in rest if column.role != IGNORED),
        tags=(),
        ignored=tuple(column for column in rest if column.role == IGNORED),
        lines=True,
    )


def load(
    op: Operation, subject: str, table: TableFile, mapping: ColumnMapping, money: Money, rejects: Rejects
) -> Loaded:
    """Import one file of lines, as loading.load does one of customers or events."""
    stage = staging.create(op.store, events=False, values=len(mapping.values), cells=0)
    converters, currencies = converters_of(table, mapping, money), currencies_of(table, mapping, money)
    once = Pass(table, mapping, converters, stage, Cells(op.store), rejects, currencies, strict=False)
    tally = once.run()
    take_out(table, mapping, lines.take_unknown(stage, subject), rejects, once)
    if tally.rejected and not tally.staged:
        raise nothing_left(table, rejects.examples)
    attached = lines.attach(
        op, stage, subject, mapping.key.field, [column.field for column in mapping.values]
    )
    staging.drop(op.store)
    notes = [*table.notes, *mapping.notes, *cell_notes(subject, mapping, converters, currencies)]
    reading = reading_of(table, mapping, tally, {}, notes, once.account)
    return Loaded(reading, rejects, Counts(), attached, TagCounts(), tag_columns=0, back=0)
