"""The report of an import: what its files did, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.reports.importing import FileReading, ImportReport
from tagctl.store.operations import Operation
from tagctl.store.readings import Mode
from tagctl.workflows.importing.loading import Loaded


def skipped(table: TableFile, operation: int) -> FileReading:
    """A file that was read before: none of its rows counts."""
    note = _("Imported before, by operation {number}: same bytes, mapping and options.").format(
        number=operation
    )
    return FileReading(
        file=table.path.name,
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        header_row=table.header_row,
        notes=(note,),
    )


def summed(
    op: Operation, subject: str, loaded: Sequence[Loaded], readings: Sequence[FileReading], mode: Mode
) -> ImportReport:
    """The report of files that were loaded; `readings` of all files."""
    rows = sum((one.rejects.rows for one in loaded), Counter[str]())
    cells = sum((one.rejects.cells for one in loaded), Counter[str]())
    files = [reading.rejects_file for reading in readings if reading.rejects_file]
    return ImportReport(
        operation=None if op.dry_run else op.number,
        subject=subject,
        files=tuple(readings),
        customers_created=sum(one.customers.created for one in loaded),
        customers_updated=sum(one.customers.updated for one in loaded),
        customers_unchanged=sum(one.customers.unchanged for one in loaded),
        events_created=sum(one.events.created for one in loaded),
        events_updated=sum(one.events.updated for one in loaded),
        events_unchanged=sum(one.events.unchanged for one in loaded),
        tags_gained=sum(one.tags.gained for one in loaded),
        tags_lost=sum(one.tags.lost for one in loaded),
        customers_back=sum(one.back for one in loaded),
        tags_withheld=sum(one.tags.withheld for one in loaded),
        retired_tags=dict(sum((Counter(one.tags.retired) for one in loaded), Counter[str]())),
        mode=mode,
        unknown_labels=_united(one.tags.unknown for one in loaded),
        rejects=tuple(reject for one in loaded for reject in one.rejects.examples),
        rejected_cells=cells.total(),
        rejects_by_code=dict((rows + cells).most_common()),
        rejects_file=", ".join(files) or None,
        dry_run=op.dry_run,
    )


def _united(found: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The unknown labels of several files, spellings of one label together under the most frequent."""
    spelt: dict[str, Counter[str]] = {}
    for labels in found:
        for label, count in labels.items():
            spelt.setdefault(identity(label), Counter())[label] += count
    ordered = sorted(spelt.values(), key=Counter.total, reverse=True)
    return {spellings.most_common(1)[0][0]: spellings.total() for spellings in ordered}
