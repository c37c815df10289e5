"""Labels without a tag, and what became of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close, next_steps
from tagctl.render.tables import show_table
from tagctl.render.terminal import Styled, say
from tagctl.render.values import listed
from tagctl.reports.labels import LabelsReport
from tagctl.reports.tables import Table

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
    )


def show_labels(report: LabelsReport) -> None:
    """`tags add` and `tags ignore`: what the labels are now, and whom it concerned."""
    for one in report.declared:
        text = (
            _("{label} is another spelling of {tag} now.")
            if one.alias
            else _("{tag} is a tag of {dimension} now.")
        )
        say(text.format(label=one.label, tag=one.tag, dimension=one.dimension))
    if report.declared:
        text = ngettext("{count} customer’s tag gained.", "{count} customers’ tags gained.", report.gained)
        say(text.format(count=f"{report.gained:,}"))
    if report.ignored:
        say(_("Ignored from now on: {labels}").format(labels=listed(report.ignored)))
        text = ngettext(
            "{count} customer has one of them.", "{count} customers have one of them.", report.customers
        )
        say(text.format(count=f"{report.customers:,}"))
    close(report.operation, dry_run=report.dry_run)
