"""Operations: the history, an undo, a new project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.render.closing import close, next_steps
from tagctl.render.evidence import SOURCES
from tagctl.render.terminal import Styled, pairs, say, table
from tagctl.render.values import moment
from tagctl.reports import InitReport, OperationRow, UndoReport

_KINDS = {
    "init": N_("init"),
    "import": N_("import"),
    "run": N_("run"),
    "taxonomy": N_("taxonomy"),
    "undo": N_("undo"),
}


def show_history(rows: Sequence[OperationRow], zone: ZoneInfo) -> None:
    """`history`: who did what when, with counts; undone operations are marked."""
    if not rows:
        say(_("No operations yet."))
        return
    table(
        [_("No."), _("When"), _("Who"), _("What"), _("About"), _("Counts"), _("Remarks")],
        [
            [
                str(row.number),
                moment(row.at, zone),
                row.by,
                _(_KINDS[row.kind]) if row.kind in _KINDS else row.kind,
                row.what,
                _counts(row.counts),
                Styled(_remarks(row), "dim"),
            ]
            for row in rows
        ],
    )


def _remarks(row: OperationRow) -> str:
    remarks = [_change(*change) for change in row.changes]
    if row.undoes is not None:
        remarks.append(_("takes back {number}").format(number=row.undoes))
    if row.undone_by is not None:
        remarks.append(_("taken back by {number}").format(number=row.undone_by))
    if row.note:
        remarks.append(row.note)
    return "; ".join(remarks)


def _change(what: str, tag: str, source: str) -> str:
    origin = _(SOURCES[source]) if source in SOURCES else source
    return f"{'+' if what == 'gained' else '-'}{tag} ({origin})"


def _counts(counts: Mapping[str, object]) -> str:
    return ", ".join(
        f"{_(name.replace('_', ' '))} {count:,}"
        for name, count in counts.items()
        if isinstance(count, int) and count
    )


def show_undo(report: UndoReport) -> None:
    """`undo N`: what was taken back."""
    kind = _(_KINDS[report.kind]) if report.kind in _KINDS else report.kind
    text = (
        _("Would take back operation {number} ({kind}).")
        if report.dry_run
        else _("Took back operation {number} ({kind}).")
    )
    say(text.format(number=report.undone, kind=kind))
    pairs((_(name.replace("_", " ")), count) for name, count in report.counts.items() if count)
    for file in report.files:
        say("  ", _("Restored: {file}").format(file=file))
    close(report.operation, dry_run=report.dry_run)


def show_init(report: InitReport, *, dry_run: bool = False) -> None:
    """`init`: which files are there now, and the next commands."""
    say(Styled(_("A project in {folder}").format(folder=report.folder), "good"))
    for file in report.files:
        say("  ", file)
    say(_("Time zone: {zone} (in tagctl.toml)").format(zone=report.timezone))
    if dry_run:
        close(None, dry_run=True)
        return
    next_steps(
        ("tagctl import customers FILE.xlsx", _("bring your customers in")),
        ("tagctl run", _("let the rules decide their tags")),
    )
