"""What `--fix` mends: the changed lines, before and after."""

from __future__ import annotations

from tagctl.messages import _, ngettext
from tagctl.render.closing import close
from tagctl.render.taxonomies import show_check
from tagctl.render.terminal import Styled, say
from tagctl.reports.checking import FixReport

_ENCODINGS = ("gbk", "not-utf8")


def show_fix(report: FixReport, *, changes: bool) -> None:
    """What was mended (with the changed lines, if wanted), what is still wrong, and how to take it back."""
    if changes:
        show_changes(report)
    if report.mended:
        count = len(report.mended)
        text = ngettext("{file}: {count} place mended.", "{file}: {count} places mended.", count)
        say(text.format(file=report.file, count=count))
    show_check(report.check)
    if report.backup:
        say(Styled(_("The old text is kept in {file}.").format(file=report.backup), "good"))
    elif report.operation is not None or report.dry_run:
        close(report.operation, dry_run=report.dry_run)
    elif not report.mended:
        say(_("There was nothing that --fix could mend."))


def show_changes(report: FixReport) -> None:
    """The changed lines as in a diff, with their numbers."""
    if any(problem.code in _ENCODINGS for problem in report.mended):
        say(_("{file} is saved as UTF-8.").format(file=report.file))
    for number, before, after in report.lines:
        say(Styled(f"{number:>5} - ", "dim"), Styled(before, "bad"))
        say(Styled(f"{number:>5} + ", "dim"), Styled(after, "good"))
