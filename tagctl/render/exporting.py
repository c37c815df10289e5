"""What was written where."""

from __future__ import annotations

from tagctl.messages import _, ngettext
from tagctl.render.terminal import note, say
from tagctl.reports.tables import ExportReport

STDOUT = "-"


def show_export(report: ExportReport) -> None:
    """One line, to stderr where the data itself went to stdout."""
    tell = note if report.file == STDOUT else say
    text = ngettext("{rows} row written to {file}.", "{rows} rows written to {file}.", report.rows)
    place = _("standard output") if report.file == STDOUT else report.file
    tell(text.format(rows=f"{report.rows:,}", file=place))
    if report.guarded:
        tell(
            ngettext(
                "{count} cell looked like a formula and got an apostrophe in front.",
                "{count} cells looked like formulas and got an apostrophe in front.",
                report.guarded,
            ).format(count=report.guarded)
        )
