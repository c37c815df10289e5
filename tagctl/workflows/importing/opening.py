"""The files of an import: opened, and told apart by their bytes and by what these mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

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


def open_source(path: Path, options: ImportOptions) -> Source:
    """Open a file as the options say. Raises what `open_table` does."""
    table = open_table(
        path,
        encoding=options.encoding,
        delimiter=options.delimiter,
        sheet=options.sheet,
        header_row=options.header_row,
        no_header=options.no_header,
    )
    return Source(table, table.sha256())
