"""The files of an import: opened, and told apart by their bytes and by what these mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tagctl.errors import UsageProblem
from tagctl.io.headers import REJECT_HEADERS
from tagctl.io.registry import open_table
from tagctl.io.table import TableFile
from tagctl.store import feeds
from tagctl.workflows.importing.loading import Money
from tagctl.workflows.importing.mapping import ColumnMapping
from tagctl.workflows.importing.options import ImportOptions


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file and the hash of its bytes."""

    table: TableFile
    sha256: str

    @property
    def feed_headers(self) -> list[str]:
        """The headers that make the feed: a corrected rejects file belongs to the feed it came from."""
        return [header for header in self.table.headers if header not in REJECT_HEADERS]

    def bytes(self, mapping: ColumnMapping, options: ImportOptions, money: Money) -> feeds.Bytes:
        """The hash, and everything else that decides what these bytes mean."""
        reading: dict[str, object] = {"options": options.as_given(), "columns": mapping.as_used()}
        if options.timezone is None and any(column.type == "datetime" for column in mapping.columns()):
            reading["timezone"] = money.timezone.key
        if any(column.type == "money" for column in mapping.columns()):
            reading["money"] = [money.currency, money.rates]
        return feeds.Bytes(self.sha256, json.dumps(reading, ensure_ascii=False, sort_keys=True))


def open_sources(paths: Sequence[Path], options: ImportOptions) -> list[Source]:
    """Open files as the options say; the sheet that they name is that of the files which have sheets.
    Raises what `open_table` does, and no-sheets where none of them has any."""
    sources: list[Source] = []
    sheetless: UsageProblem | None = None
    for path in paths:
        try:
            sources.append(_open(path, options))
        except UsageProblem as problem:
            if problem.problems[0].code != "no-sheets":
                raise
            sheetless = sheetless or problem
            sources.append(_open(path, replace(options, sheet=None)))
    if sheetless is not None and all(source.table.sheet is None for source in sources):
        raise sheetless
    return sources


def _open(path: Path, options: ImportOptions) -> Source:
    table = open_table(
        path,
        encoding=options.encoding,
        delimiter=options.delimiter,
        sheet=options.sheet,
        header_row=options.header_row,
        no_header=options.no_header,
    )
    return Source(table, table.sha256())
