"""One file of assignments, a customer and a tag to a row: read into the stage, looked up, given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from tagctl.io import packed
from tagctl.io.table import TableFile
from tagctl.messages import _, ngettext
from tagctl.model import ASSIGNMENT, SOURCES
from tagctl.normalise import fold, identity
from tagctl.sql import Sql, values
from tagctl.store import assigning, labels, staging
from tagctl.store.assigning import Places
from tagctl.store.labels import Cells, Words
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage
from tagctl.store.upserting import Counts
from tagctl.workflows.importing import identifying, tagcolumns
from tagctl.workflows.importing.loading import (
    Feed,
    Loaded,
    Money,
    converters_of,
    currencies_of,
    reading_of,
    take_out,
)
from tagctl.workflows.importing.mapping import ColumnMapping
from tagctl.workflows.importing.noting import cell_notes
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.reading import Pass
from tagctl.workflows.importing.rejecting import Rejects, nothing_left

# How people write where a tag comes from.
_SAID: Final = {source: source for source in SOURCES} | {
    "导入": "import", "文件": "import", "imported": "import",
    "手动": "manual", "手工": "manual", "人工": "manual", "manually": "manual",
    "规则": "rule", "自动": "rule", "automatic": "rule",
}  # fmt: skip


def load(
    op: Operation,
    table: TableFile,
    mapping: ColumnMapping,
    feed: Feed,
    options: ImportOptions,
    money: Money,
    rejects: Rejects,
) -> Loaded:
    """Import one file of assignments, as loading.load does one of customers or events."""
    stage = staging.create(op.store, events=False, values=len(mapping.values), cells=0)
    cells, words = Cells(op.store), Words(op.store)
    converters, currencies = converters_of(table, mapping, money), currencies_of(table, mapping, money)
    once = Pass(table, mapping, converters, stage, cells, rejects, currencies, strict=options.strict)
    tally = once.run()
    at = {column.role: place for place, column in enumerate(mapping.values)}
    places = Places(at["tags"], at.get("dimension"), at.get("source"), at.get("at"))
    _reject_future(op, stage, places, table, mapping, rejects, once, money)
    said = {text: source for text in assigning.sources(stage, places) if (source := _SAID.get(fold(text)))}
    taken = _unfit(stage, places, said)
    named = {number: _label(words, tag, home) for number, tag, home in assigning.meet(stage, places)}
    nothing = [n for n, text in named.items() if packed.silent(text) and words.tag(text) is None]
    taken |= staging.take(stage, assigning.naming(places, nothing), "tag")
    named = {number: text for number, text in named.items() if number not in nothing}
    if options.unknown == "reject":
        passed_over = labels.ignored(op.store)
        wanting = [
            n for n, text in named.items() if words.tag(text) is None and identity(text) not in passed_over
        ]
        taken |= staging.take(stage, assigning.naming(places, wanting), "label")
        named = {number: text for number, text in named.items() if number not in wanting}
    matched = identifying.events(op, stage, table, mapping, options)
    take_out(table, mapping, taken | matched.taken, rejects, once)
    if tally.rejected and not tally.staged:
        raise nothing_left(table, rejects.examples)
    numbers = labels.ensure(op, named.values(), words.tag)
    moved = assigning.collect(
        op,
        stage,
        places,
        cells,
        {number: numbers[text] for number, text in named.items()},
        said,
        {tag for name in options.ruled if (tag := words.tag(name)) is not None},
    )
    given = assigning.give(op, feed.number, feed.import_, table.sheet, new_feed=feed.new, mode=options.mode)
    staging.drop(op.store)
    taken_away = cell_notes(ASSIGNMENT, mapping, converters, currencies)
    notes = [*table.notes, *mapping.notes, *taken_away, *matched.notes]
    return Loaded(
        reading_of(table, mapping, tally, {}, [*notes, *_moved_notes(moved)], once.account),
        rejects,
        Counts(created=matched.created),
        Counts(),
        given,
        tag_columns=1,
        back=0,
    )


def _label(words: Words, tag: str, dimension: str | None) -> str:
    """The label that a row means: `维度:值` where it names a dimension."""
    return tagcolumns.qualified(dimension, words)(tag) if dimension else tag


def _unfit(stage: Stage, places: Places, said: Mapping[str, str]) -> dict[int, str]:
    """Take out rows without a tag and those whose source is none: line → one of loading.UNFIT."""
    taken = staging.take(stage, Sql(f"{places.sql(places.tag)} IS NULL"), "tag")
    if places.source is None:
        return taken
    cell = places.sql(places.source)
    wrong = Sql(f"{cell} IS NOT NULL AND {cell} NOT IN ") + values(list(said))
    return taken | staging.take(stage, wrong, "said")


def _reject_future(
    op: Operation,
    stage: Stage,
    places: Places,
    table: TableFile,
    mapping: ColumnMapping,
    rejects: Rejects,
    once: Pass,
    money: Money,
) -> None:
    """Nobody has gained a tag at a time that is still to come: the cell is rejected, the row is not."""
    if places.at is None:
        return
    column = mapping.values[places.at]
    for line, at in assigning.clear_future(op, stage, places):
        text = datetime.fromtimestamp(at, money.timezone).isoformat(" ")
        rejects.cell(line, column.header, "future-time", _("the time is still to come"), text)
        once.account.refused(1)
        once.tally.bad[column.index] = once.tally.bad.get(column.index, 0) + 1


def _moved_notes(moved: Mapping[str, int]) -> Iterator[str]:
    """Rule assignments that no rule could keep are told."""
    if moved:
        names: Sequence[str] = [f"{tag} ({count})" for tag, count in moved.items()]
        yield ngettext(
            "{count} row has the source rule, but no rule here gives the tag; it is imported: {tags}.",
            "{count} rows have the source rule, but no rule here gives the tag; they are imported: {tags}.",
            sum(moved.values()),
        ).format(count=sum(moved.values()), tags=", ".join(names))
