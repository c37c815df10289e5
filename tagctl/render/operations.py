"""Operations: the history, an undo, a new project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.render.changes import change_in_words
from tagctl.render.closing import close, next_steps
from tagctl.render.counts import in_words
from tagctl.render.terminal import Styled, pairs, say, table
from tagctl.render.values import commas, moment, semicolons
from tagctl.reports.drafting import InitReport
from tagctl.reports.kinds import kind_name
from tagctl.reports.operations import OperationRow, UndoReport


def show_history(rows: Sequence[OperationRow], zone: ZoneInfo, *, one: bool = False) -> None:
    """`history`: who did what when, with counts, or of `one` customer or tag with what happened to it; undone
    operations are marked."""
    if not rows:
        say(_("No operations yet.") if not one else _("Nothing has happened to it."))
        return
    table(
        [
            _("No."),
            _("When"),
            _("Who"),
            _("What"),
            _("About"),
            _("What happened") if one else _("Counts"),
            _("Remarks"),
        ],
        [
            [
                str(row.number),
                moment(row.at, zone),
                row.by,
                kind_name(row.kind),
                row.what,
                semicolons(map(change_in_words, row.changes)) if one else _counts(row.counts),
                Styled(_remarks(row), "dim"),
            ]
            for row in rows
        ],
    )


def _remarks(row: OperationRow) -> str:
    remarks = []
    if row.undoes is not None:
        numbers = commas(map(str, (row.undoes, *row.along)))
        remarks.append(_("takes back {number}").format(number=numbers))
    if row.undone_by is not None:
        remarks.append(_("taken back by {number}").format(number=row.undone_by))
    if row.note:
        remarks.append(row.note)
    return semicolons(remarks)


def _counts(counts: Mapping[str, object]) -> str:
    return commas(f"{name} {count:,}" for name, count in in_words(counts))


def show_undo(report: UndoReport) -> None:
    """`undo N`: what was taken back."""
    kind = kind_name(report.kind)
    text = (
        _("Would take back operation {number} ({kind}).")
        if report.dry_run
        else _("Took back operation {number} ({kind}).")
    )
    say(text.format(number=report.undone, kind=kind))
    _show_also(report)
    pairs(in_words(report.counts))
    for file in report.files:
        say("  ", _("Restored: {file}").format(file=file))
    close(report.operation, dry_run=report.dry_run)


def show_planned(report: UndoReport) -> None:
    """Before the question: what would go with it, and which files change."""
    _show_also(report)
    for file in report.files:
        say("  ", _("{file} goes back to its former text.").format(file=file))


def _show_also(report: UndoReport) -> None:
    for row in report.also:
        named = {"number": row.number, "kind": kind_name(row.kind), "what": row.what, "by": row.by}
        say("  ", _("with it operation {number}: {kind} {what} ({by})").format(**named))


def show_init(report: InitReport, *, dry_run: bool = False) -> None:
    """`init`: which files are there now, and the next commands."""
    say(Styled(_("A project in {folder}").format(folder=report.folder), "good"))
    for file in report.files:
        say("  ", file)
    say(_("Time zone: {zone} (in tagctl.toml)").format(zone=report.timezone))
    if report.draft is not None:
        from tagctl.render.drafting import show_found

        show_found(report.draft)
    if dry_run:
        close(None, dry_run=True)
    elif report.draft is None:
        next_steps(
            (_("tagctl import customers FILE.xlsx"), _("bring your customers in")),
            ("tagctl run", _("let the rules decide their tags")),
        )
