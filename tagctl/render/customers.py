"""One customer: fields, tags with where they come from, events."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import _, ngettext
from tagctl.render.evidence import origin, source
from tagctl.render.terminal import Styled, heading, pairs, say, table
from tagctl.render.values import day, listed, moment, shown
from tagctl.reports.customers import CustomerReport


def show_customer(report: CustomerReport, zone: ZoneInfo) -> None:
    """`show CUSTOMER`."""
    say(Styled(report.key, "strong"), f"  {report.name}" if report.name else "")
    if report.known_as:
        earlier = listed([text for _kind, text in report.known_as], 20)
        say(_("Also known by: {keys}").format(keys=earlier))
    if report.gone is not None:
        operation, at = report.gone
        text = _("Gone since {date} (operation {number}): no rule, segment or export counts this customer.")
        say(Styled(text.format(date=day(at, zone), number=operation), "warn"))
    if report.sharing:
        text = ngettext(
            "{count} other customer has what you asked for, too: {keys}. See: tagctl customers duplicates",
            "{count} other customers have what you asked for, too: {keys}. See: tagctl customers duplicates",
            len(report.sharing),
        )
        say(Styled(text.format(count=len(report.sharing), keys=listed(report.sharing, 5)), "warn"))
    filled = [(name, shown(value, type_, zone)) for name, type_, value in report.fields if value is not None]
    if filled:
        heading(_("Fields"))
        pairs(filled)
    heading(_("Tags"))
    if report.tags:
        table(
            [_("Dimension"), _("Tag"), _("Source"), _("Since"), _("From")],
            [
                [
                    report.dimensions.get(tag.tag, ""),
                    Styled(tag.tag, "name"),
                    source(tag),
                    day(tag.since, zone),
                    origin(tag),
                ]
                for tag in report.tags
            ],
        )
        say(_("Ask about one with: tagctl why {customer} TAG").format(customer=report.key))
    else:
        say("  ", _("none"))
    if report.bans:
        heading(_("Banned"))
        pairs((ban.tag, origin(ban)) for ban in report.bans)
    if report.unknown_labels:
        heading(_("Labels that are no tag yet"))
        say("  ", listed(report.unknown_labels, 20))
    if report.events:
        heading(_("Events"))
        table(
            [_("Type"), _("Count"), _("First"), _("Last")],
            [
                [
                    type_,
                    count,
                    "" if first is None else moment(first, zone),
                    "" if last is None else moment(last, zone),
                ]
                for type_, count, first, last in report.events
            ],
        )
