"""Who is who: possible duplicates, and what a merge unites."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close
from tagctl.render.terminal import Styled, pairs, say, table
from tagctl.render.values import listed, shown
from tagctl.reports.customers import DuplicateRow, MergedField, MergeReport

CUSTOMER_TITLES = {
    "key": N_("Key"),
    "name": N_("Name"),
    "phone": N_("Phone"),
    "phone_e164": N_("Phone, one form"),
    "email": N_("E-mail"),
    "earlier_keys": N_("Earlier keys"),
    "tags": N_("Tags"),
}
_SHOWN = 30  # clusters on screen


def show_duplicates(rows: Sequence[DuplicateRow]) -> None:
    """`customers duplicates`: each cluster with what speaks for it."""
    clusters = [list(members) for _number, members in groupby(rows, key=lambda row: row.cluster)]
    if not clusters:
        say(_("No two customers look like the same person."))
        return
    for members in clusters[:_SHOWN]:
        say(Styled(f"{members[0].cluster}  ", "dim"), Styled(listed(members[0].witnesses, 5), "strong"))
        pairs(((row.customer, row.name or "") for row in members), indent=4)
    say()
    text = ngettext("{count} person, maybe", "{count} persons, maybe", len(clusters))
    say(text.format(count=len(clusters)))
    if len(clusters) > _SHOWN:
        say(_("The first {count} are shown; all with --format csv.").format(count=_SHOWN))
    say(_("To unite some: tagctl customers merge A B --dry-run; or all who share a phone: … merge PHONE"))


def show_merge(report: MergeReport, zone: ZoneInfo) -> None:
    """`customers merge`: the values kept and those that lost, what moved, what the next run settles."""
    say(Styled(report.customer, "strong"), f"  {report.name}" if report.name else "")
    say(_("Also known by: {keys}").format(keys=listed(report.merged, 20)))
    if report.fields:
        table(
            [_("Field"), _("Kept"), _("From"), _("Not kept")],
            [
                [
                    field.field,
                    shown(field.value, field.type, zone),
                    field.customer,
                    listed(_lost(field, zone), 5),
                ]
                for field in report.fields
            ],
        )
    moved = []
    if report.tags_gained:
        moved.append((_("Tags gained"), listed(report.tags_gained, 20)))
    if report.events_moved:
        moved.append((_("Events moved"), f"{report.events_moved:,}"))
    pairs(moved)
    for text in report.exclusive:
        say(Styled(_("These exclude each other; the next run settles it: {tags}").format(tags=text), "warn"))
    if report.banned:
        tags = listed(report.banned, 20)
        say(Styled(_("Banned, so the next run takes them: {tags}").format(tags=tags), "warn"))
    say()
    close(report.operation, dry_run=report.dry_run)


def _lost(field: MergedField, zone: ZoneInfo) -> list[str]:
    return [f"{shown(value, field.type, zone)} ({key})" for key, value in field.others]
