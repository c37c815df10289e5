"""What a person's decision about a tag did, and what the next run makes of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import _, ngettext
from tagctl.render.closing import close
from tagctl.render.terminal import Styled, pairs, say
from tagctl.render.values import commas, day, labelled, moment
from tagctl.reports.by_hand import HandReport, Meeting


def show_decision(report: HandReport, zone: ZoneInfo) -> None:
    """assign, unassign, pin, ban: how many customers, what changed for them, what stays to be said."""
    say(Styled(report.tag, "strong"), f"  {_headline(report, zone)}" if report.changed else "")
    if report.people:
        names = commas(f"{key} {called}" if called else key for key, called in report.people)
        more = report.changed - len(report.people)
        tail = (
            ngettext(" and {count} more", " and {count} more", more).format(count=f"{more:,}") if more else ""
        )
        say("  ", Styled(names + tail, "dim"))
    pairs(_counts(report))
    for line in _remarks(report):
        say(Styled(line, "warn"))
    say()
    close(report.operation, dry_run=report.dry_run, nothing=_nothing(report))


def question(report: HandReport) -> str:
    """What is asked before many customers change."""
    texts = {
        "assign": ngettext(
            "Assign it to {count} customer?", "Assign it to {count} customers?", report.changed
        ),
        "unassign": ngettext(
            "Take it from {count} customer?", "Take it from {count} customers?", report.changed
        ),
        "pin": ngettext("Pin it for {count} customer?", "Pin it for {count} customers?", report.changed),
        "ban": ngettext("Ban it for {count} customer?", "Ban it for {count} customers?", report.changed),
    }
    return texts[report.verb].format(count=f"{report.changed:,}")


def _headline(report: HandReport, zone: ZoneInfo) -> str:
    many = report.changed
    texts = {
        "assign": ngettext("assigned to {count} customer", "assigned to {count} customers", many),
        "unassign": ngettext("taken from {count} customer", "taken from {count} customers", many),
        "pin": ngettext("pinned for {count} customer", "pinned for {count} customers", many),
        "ban": ngettext("banned for {count} customer", "banned for {count} customers", many),
    }
    text = texts[report.verb].format(count=f"{many:,}")
    if report.until is not None:
        end = moment(report.until, zone)
        text = _("{what} until {when}").format(
            what=text, when=day(report.until, zone) if end.endswith("23:59:59") else end
        )
    return labelled(text, report.reason) if report.reason else text


def _counts(report: HandReport) -> list[tuple[str, str]]:
    """What changed, where the headline alone does not say it."""
    rows = (
        (_("Gained the tag"), report.gained),
        (_("Lost the tag"), report.lost),
        (_("Had it from a file, now by hand"), report.taken_over),
        (_("Had it by hand, now dated anew"), report.restarted),
        (_("Pins lifted"), report.unpinned),
        (_("Bans lifted"), report.unbanned),
        (_("Nothing to change"), report.customers - report.changed),
    )
    return [(text, f"{count:,}") for text, count in rows if count]


def _remarks(report: HandReport) -> list[str]:
    found = []
    if report.verb == "unassign" and report.by_rule:
        text = ngettext(
            "A rule gives it to {count} of them, who keeps it. To overrule the rule: tagctl ban",
            "A rule gives it to {count} of them, who keep it. To overrule the rule: tagctl ban",
            report.by_rule,
        )
        found.append(text.format(count=f"{report.by_rule:,}"))
    if report.outranked:
        ended = commas(f"{tag} {count:,}" for tag, count in report.outranked.items())
        found.append(_("Outranked, so these tags of rules ended: {tags}").format(tags=ended))
    if report.below and report.verb in ("unassign", "ban"):
        held = commas(f"{tag} {count:,}" for tag, count in report.below.items())
        found.append(_("Child tags that they hold stay: {tags}").format(tags=held))
    return found + [_meeting(report.tag, one) for one in report.meets]


def _meeting(tag: str, other: Meeting) -> str:
    texts = {
        "stays": ngettext(
            "{count} customer also holds {other}: both stay, and the next run opens a finding.",
            "{count} customers also hold {other}: both stay, and the next run opens a finding.",
            other.customers,
        ),
        "ends": ngettext(
            "{count} customer also holds {other}, which the next run ends.",
            "{count} customers also hold {other}, which the next run ends.",
            other.customers,
        ),
        "loses": ngettext(
            "{count} customer also holds {other}, to which {tag} loses in the next run; a pin wins.",
            "{count} customers also hold {other}, to which {tag} loses in the next run; a pin wins.",
            other.customers,
        ),
    }
    return texts[other.outcome].format(count=f"{other.customers:,}", other=other.tag, tag=tag)


def _nothing(report: HandReport) -> str:
    if report.verb == "unassign" and not report.by_rule:
        return _("None of them has it from a file or by hand, so nothing was written.")
    return ""
