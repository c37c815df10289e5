"""What an import read and wrote; the counts add up to the last row."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.messages import _
from tagctl.render.closing import close
from tagctl.render.terminal import Styled, pairs, say, table
from tagctl.render.values import commas, listed, word
from tagctl.reports.importing import ColumnUse, FileReading, ImportReport, MappingProposal, Reject

_SHOWN_REJECTS = 5
_SHOWN_LABELS = 12
_EXAMPLE = 24  # characters


def show_import(report: ImportReport, *, columns: bool = True, cells: bool = False) -> None:
    """Per file how it was read (its `columns`, where they were not shown before, and where its `cells` went),
    then what changed, what was rejected, the operation."""
    if report.unchanged_file:
        for file in report.files:
            say(Styled(file.file, "strong"))
        say(
            _("Already imported by operation {number}: same bytes, same options. Nothing changed.").format(
                number=report.same_as_operation
            )
        )
        return
    for file in report.files:
        _show_file(file, columns=columns)
        if cells:
            _show_cells(file)
    say()
    _show_counts(report)
    _show_unknown(report)
    _show_rejects(report)
    say()
    close(
        report.operation,
        dry_run=report.dry_run,
        nothing=_("All of it was here already: nothing changed, nothing was written."),
    )


def show_proposals(proposals: Sequence[MappingProposal]) -> None:
    """How files would be taken, column by column, before anything is written."""
    for proposal in proposals:
        say(Styled(proposal.file, "strong"))
        table(
            [_("Column"), _("Field"), _("Role"), _("Type"), _("Examples")],
            [
                [*_taken(column), commas(shortened(text) for text in column.examples)]
                for column in proposal.columns
            ],
        )
        for remark in proposal.notes:
            say("  ", Styled(remark, "dim"))
    say(_("Other roles or types: --key, --tags, --ignore, --map 'HEADER=role:type'."))


def shortened(text: str) -> str:
    """An example in few characters, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _EXAMPLE else text[: _EXAMPLE - 1] + "…"


def _show_file(file: FileReading, *, columns: bool) -> None:
    how = [file.format]
    if file.encoding:
        how.append(file.encoding)
    if file.delimiter:
        how.append(_("separator {character}").format(character=_visible(file.delimiter)))
    if file.sheet:
        how.append(_("sheet {name}").format(name=file.sheet))
    if file.header_row:
        how.append(_("headers in row {row}").format(row=file.header_row))
    if file.mapping:
        how.append(_("mapping {name}").format(name=file.mapping))
    say(Styled(file.file, "strong"), "  ", Styled(commas(how), "dim"))
    if columns and file.columns:
        table(
            [_("Column"), _("Field"), _("Role"), _("Type"), _("Filled"), _("Not readable")],
            [_column(column) for column in file.columns],
        )
    for remark in file.notes:
        say("  ", Styled(remark, "dim"))
    say(
        _("{rows} rows = {imported} imported + {rejected} rejected + {blank} blank").format(
            rows=f"{file.rows:,}",
            imported=f"{file.imported:,}",
            rejected=f"{file.rejected:,}",
            blank=f"{file.blank:,}",
        )
    )


def _show_cells(file: FileReading) -> None:
    heads = [_("Cells read"), _("Stored"), _("Rejected"), _("In ignored columns"), _("Blank")]
    table(heads, [list(file.cells.row())])


def _column(column: ColumnUse) -> list[str | int | Styled]:
    return [*_taken(column), column.filled, column.bad]


def _taken(column: ColumnUse) -> list[str | Styled]:
    """Header, field, role, type."""
    header, field = shortened(column.header), shortened(column.field)
    if column.role == "ignored":
        return [header, Styled(_("ignored"), "dim"), "", ""]
    role = column.role or ""
    if column.role == "tag":
        return [header, field, _("a tag: yes or no"), ""]
    if column.role == "dimension" and column.field and not column.separator:
        return [header, field, _("tags of the dimension"), ""]
    if column.role == "tags" or (column.role == "dimension" and column.separator):
        role = (
            _("tags, separated by {character}").format(character=_visible(column.separator))
            if column.separator
            else _("tags")
        )
    return [header, field, role, column.type]


def _visible(separator: str) -> str:
    return {"\t": _("tab"), " ": _("space"), "\n": _("line break")}.get(separator, f"“{separator}”")


def _show_counts(report: ImportReport) -> None:
    counted = _("{total} = {created} new + {updated} changed + {unchanged} unchanged")
    rows = []
    customers = (report.customers_created, report.customers_updated, report.customers_unchanged)
    events = (report.events_created, report.events_updated, report.events_unchanged)
    for name, (created, updated, unchanged) in ((_("Customers"), customers), (_("Events"), events)):
        total = created + updated + unchanged
        if total:
            rows.append(
                (
                    name,
                    counted.format(
                        total=f"{total:,}",
                        created=f"{created:,}",
                        updated=f"{updated:,}",
                        unchanged=f"{unchanged:,}",
                    ),
                )
            )
    if report.customers_gone or report.customers_back:
        rows.append(
            (
                _("Snapshot"),
                _("{gone} customers gone, {back} back").format(
                    gone=f"{report.customers_gone:,}", back=f"{report.customers_back:,}"
                ),
            )
        )
    if report.tags_gained or report.tags_lost or report.tags_withheld:
        rows.append((_("Tags"), _tag_counts(report)))
    pairs(rows, indent=0)


def _tag_counts(report: ImportReport) -> str:
    text = _("{gained} gained, {lost} lost").format(
        gained=f"{report.tags_gained:,}", lost=f"{report.tags_lost:,}"
    )
    if not report.tags_withheld:
        return text
    withheld = _("{count} withheld by bans").format(count=f"{report.tags_withheld:,}")
    return commas([text, withheld])


def _show_unknown(report: ImportReport) -> None:
    if report.retired_tags:
        names = [f"{tag} ({count})" for tag, count in report.retired_tags.items()]
        text = _("Retired tags in the file, given to nobody: {tags}").format(tags=listed(names))
        say()
        say(Styled(text, "warn"))
    if report.tags_created:
        say()
        text = _("Made tags, in taxonomy.yaml too: {tags}")
        say(text.format(tags=listed(report.tags_created, _SHOWN_LABELS)))
    if report.labels_decided:
        say()
        text = _("Other spellings of tags, as decided before: {labels}")
        names = [f"{label} → {tag}" for label, tag in report.labels_decided.items()]
        say(text.format(labels=listed(names, _SHOWN_LABELS)))
    if not report.unknown_labels:
        return
    ordered = sorted(report.unknown_labels.items(), key=lambda item: (-item[1], item[0]))
    names = [f"{label} ({count})" for label, count in ordered]
    say()
    text = _("Labels that are no tag yet, kept aside: {labels}").format(labels=listed(names, _SHOWN_LABELS))
    say(Styled(text, "warn"))
    for label, tag in list(report.suggestions.items())[:_SHOWN_LABELS]:
        say("  ", _("tagctl tags add {label} --as {tag}").format(label=word(label), tag=word(tag)))
    say("  ", _("See them with: tagctl tags unknown. To make one a tag or another spelling: tagctl tags add"))


def _show_rejects(report: ImportReport) -> None:
    if not report.rejects:
        return
    rows = sum(file.rejected for file in report.files)
    say()
    say(
        Styled(
            _("Rejected: {rows} rows; {cells} single cells left empty.").format(
                rows=f"{rows:,}", cells=f"{report.rejected_cells:,}"
            ),
            "warn",
        )
    )
    for reject in report.rejects[:_SHOWN_REJECTS]:
        say("  ", _reject(reject))
    more = sum(report.rejects_by_code.values()) - _SHOWN_REJECTS
    if more > 0:
        say("  ", _("… and {count} more").format(count=f"{more:,}"))
        say("  ", commas(f"[{code}] {count:,}" for code, count in report.rejects_by_code.items()))
    if report.rejects_file:
        say("  ", _("All of them, with their text and reason: {file}").format(file=report.rejects_file))


def _reject(reject: Reject) -> str:
    """Where, the code and why; the text too, where the reason does not quote it already."""
    said = f"{reject.location}: [{reject.code}] {reject.reason}"
    return said if not reject.text or reject.text in reject.reason else f"{said} “{reject.text}”"
