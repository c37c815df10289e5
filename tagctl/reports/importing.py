"""What an import read and wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tagctl.errors import Location
from tagctl.record import record


@record
class ColumnUse:
    """What became of one column of a file. `role` "tags" marks a tag column, "ignored" an ignored one."""

    header: str
    field: str
    type: str
    role: str | None = None
    filled: int = 0
    bad: int = 0
    separator: str | None = None
    examples: tuple[str, ...] = ()


@record
class CellCounts:
    """The cells of a file's rows, blank rows left out. read == stored + rejected + ignored + blank, always.

    Cells of rejected rows are rejected, as are those that cannot be read; `ignored` stand in columns left
    out; `blank` are empty or hold a word for nothing.
    """

    read: int = 0
    stored: int = 0
    rejected: int = 0
    ignored: int = 0
    blank: int = 0

    def row(self) -> tuple[int, int, int, int, int]:
        return self.read, self.stored, self.rejected, self.ignored, self.blank


@record
class FileReading:
    """How one file was read: what was decided and how many rows it held. `preset`: the product whose export
    it was recognised as; `mapping`: the named mapping by which it was read or under which it is saved.

    rows == imported + rejected + blank, always.
    """

    file: str
    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rows: int = 0
    imported: int = 0
    rejected: int = 0
    blank: int = 0
    columns: tuple[ColumnUse, ...] = ()
    notes: tuple[str, ...] = ()
    rejects_file: str | None = None
    preset: str | None = None
    mapping: str | None = None
    cells: CellCounts = CellCounts()


@record
class MappingProposal:
    """How a file would be taken. `known`: as earlier files of its kind were, or by a mapping named."""

    file: str
    columns: tuple[ColumnUse, ...]
    notes: tuple[str, ...]
    known: bool


@record
class Reject:
    """One row or cell that was not taken: where, its text, and why (a stable code and a sentence)."""

    location: Location
    code: str
    reason: str
    text: str = ""
    whole_row: bool = True


@record
class ImportReport:
    """rows_in = the sum of the files' rows. Customers: created, updated, unchanged. Events likewise."""

    operation: int | None
    subject: str
    files: tuple[FileReading, ...]
    unchanged_file: bool = False  # same bytes, mapping and options as the feed's last import: a no-op
    same_as_operation: int | None = None
    customers_created: int = 0
    customers_updated: int = 0
    customers_unchanged: int = 0
    events_created: int = 0
    events_updated: int = 0
    events_unchanged: int = 0
    tags_gained: int = 0
    tags_lost: int = 0
    customers_gone: int = 0  # whom a snapshot does not have any more
    customers_back: int = 0  # who were gone, and are in a file again
    tags_withheld: int = 0  # kept from customers by a ban
    retired_tags: Mapping[str, int] = field(default_factory=dict)  # deprecated tag in the files → customers
    tags_created: tuple[str, ...] = ()  # tags made of labels that were unknown
    labels_decided: Mapping[str, str] = field(default_factory=dict)  # label → the tag it was decided to be
    mode: str = "sync"
    unknown_labels: Mapping[str, int] = field(default_factory=dict)  # most frequent spelling → customers
    suggestions: Mapping[str, str] = field(default_factory=dict)  # unknown label → the tag most like it
    rejects: tuple[Reject, ...] = ()  # the first of them; all are in the rejects files
    rejected_cells: int = 0  # single cells
    rejects_by_code: Mapping[str, int] = field(
        default_factory=dict
    )  # rows and cells, the most frequent first
    rejects_file: str | None = None
    dry_run: bool = False
