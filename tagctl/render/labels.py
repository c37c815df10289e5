"""Labels without a tag, and what became of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close, next_steps
from tagctl.render.exporting import show_export
from tagctl.render.tables import show_table
from tagctl.render.terminal import Styled, say
from tagctl.render.values import listed, word
from tagctl.reports.labels import LabelsReport
from tagctl.reports.tables import ExportReport, Table

_SHOWN = 30  # labels that became tags
_TITLES = {
    "label": N_("Label"),
    "customers": N_("Customers"),
    "file": N_("First in"),
    "sheet": N_("Sheet"),
    "row": N_("Row"),
    "nearest": N_("Most like"),
}


def show_unknown(table: Table, zone: ZoneInfo) -> None:
    """`tags unknown`: the labels, and what can be done about them."""
    if not table.rows:
        say(Styled(_("Every label is a tag."), "good"))
        return
    show_table(table, zone, _TITLES)
    next_steps(
        (_("tagctl tags add LABEL --as TAG"), _("another spelling of a tag")),
        (_("tagctl tags add LABEL --dimension NAME"), _("a new tag")),
        (_("tagctl tags ignore LABEL"), _("no tag at all")),
        (_("tagctl tags unknown labels.xlsx"), _("many at once: a table to fill in")),
    )


def show_written(report: ExportReport) -> None:
    """`tags unknown FILE`: how to fill it in."""
    show_export(report)
    say(
        _(
            "Fill in the column tag: the tag that a label is another spelling of, or a new tag with its "
            "dimension, or - for no tag at all. What stays empty stays open."
        )
    )
    next_steps((_("tagctl tags settle {file}").format(file=word(report.file)), _("do what it says")))


def show_labels(report: LabelsReport) -> None:
    """`tags add`, `ignore` and `settle`: what the labels are now, and whom it concerned."""
    told: set[str] = set()
    for one in report.declared[:_SHOWN]:
        text = (
            _("{label} is another spelling of {tag} now.")
            if one.alias or one.tag in told
            else _("{tag} is a tag of {dimension} now.")
        )
        say(text.format(label=one.label, tag=one.tag, dimension=one.dimension))
        told.add(one.tag)
    if len(report.declared) > _SHOWN:
        say(_("… and {count} more").format(count=len(report.declared) - _SHOWN))
    if report.declared:
        text = ngettext("{count} customer’s tag gained.", "{count} customers’ tags gained.", report.gained)
        say(text.format(count=f"{report.gained:,}"))
    if report.ignored:
        say(_("Ignored from now on: {labels}").format(labels=listed(report.ignored)))
        text = ngettext(
            "{count} customer has one of them.", "{count} customers have one of them.", report.customers
        )
        say(text.format(count=f"{report.customers:,}"))
    if report.done:
        text = ngettext("{count} label is so already.", "{count} labels are so already.", report.done)
        say(text.format(count=report.done))
    if report.left:
        text = ngettext("{count} label stays open.", "{count} labels stay open.", report.left)
        say(text.format(count=report.left))
    close(report.operation, dry_run=report.dry_run, nothing=_("Nothing to settle: nothing was written."))
