"""What differs between two versions of taxonomy and rules, and what that does, for people."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.messages import N_, _, ngettext
from tagctl.render.terminal import Figure, Styled, heading, say, table
from tagctl.render.values import commas
from tagctl.reports.diffing import Difference, DiffReport, SegmentEffect, TagEffect

_SECTIONS = {
    "tag": N_("tag"),
    "dimension": N_("dimension"),
    "conflict": N_("conflict"),
    "rule": N_("rule"),
    "metric": N_("metric"),
    "condition": N_("condition"),
    "events": N_("events"),
    "period": N_("period"),
    "segment": N_("segment"),
    "action": N_("action"),
}
_SIGNS = {"added": "+", "removed": "-"}
_STYLES = {"added": "good", "removed": "bad"}


def show_diff(report: DiffReport) -> None:
    """`taxonomy diff`: what differs, what it does, whether it breaks anything."""
    say(Styled(f"{_version(report.before)} → {_version(report.after)}", "strong"))
    if not report.differences:
        say(_("They say the same."))
        return
    say()
    for one in report.differences:
        _show(one)
    if report.computed:
        _show_effect(report.tags, report.segments)
    else:
        say()
        say(_("What it does to customers is computed only from the version that the database holds now."))
    say()
    count = sum(one.breaking for one in report.differences)
    if count:
        text = ngettext("{count} of these breaks something.", "{count} of these break something.", count)
        say(Styled(text.format(count=count), "bad"))
    else:
        say(Styled(_("Nothing that others build on goes."), "good"))


def _version(name: int | str | None) -> str:
    if name is None:
        return _("the files")
    return name if isinstance(name, str) else _("operation {number}").format(number=name)


def _show(one: Difference) -> None:
    sign = _SIGNS.get(one.kind, "~")
    section = _(_SECTIONS.get(one.section, one.section))
    name = f"{one.name} · {one.part}" if one.part else one.name
    say(Styled(f"{sign} ", _STYLES.get(one.kind, "")), f"{section} ", Styled(name, "name"), _about(one))
    if one.kind not in ("renamed", "merged", "moved") and one.part != "aliases":
        if one.before is not None and one.before != one.name:
            say("    - ", one.before)
        if one.after is not None and one.after != one.name:
            say("    + ", one.after)
    for place in one.used_in:
        say("    ", Styled(_("used in {place}").format(place=place), "bad"))


def _about(one: Difference) -> str:
    texts = {
        "renamed": _(": renamed to {after}"),
        "merged": _(": merged into {after}"),
        "moved": _(": moved to {after}"),
    }
    text = texts[one.kind].format(after=one.after) if one.kind in texts else ""
    if one.part == "aliases":
        text = f": {one.after}"
    if one.section == "tag" and one.customers and one.kind in ("removed", "merged", "moved", "renamed"):
        many = ngettext("{count} customer has it", "{count} customers have it", one.customers)
        text += f" ({many.format(count=f'{one.customers:,}')})"
    return text


def _show_effect(tags: Sequence[TagEffect], segments: Sequence[SegmentEffect]) -> None:
    heading(_("What it does, by a run with each"))
    if not tags and not segments:
        say(_("No customer gains or loses a tag."))
        return
    if tags:
        table(
            [_("Tag"), _("Before"), _("After"), _("Gain it"), _("Lose it")],
            [
                [
                    Styled(one.tag, "name"),
                    one.before,
                    one.after,
                    Figure(f"+{one.gained:,}" if one.gained else ""),
                    Figure(f"-{one.lost:,}" if one.lost else ""),
                ]
                for one in tags
            ],
        )
    if segments:
        table(
            [_("Segment"), _("Before"), _("After")],
            [[Styled(one.segment, "name"), one.before, one.after] for one in segments],
        )
    say(_in_a_sentence(tags, segments))


def _in_a_sentence(tags: Sequence[TagEffect], segments: Sequence[SegmentEffect]) -> str:
    """“12 customers lose VIP, 3 segments shrink.”"""
    parts = []
    for one in tags:
        if one.lost:
            text = ngettext("{count} customer loses {tag}", "{count} customers lose {tag}", one.lost)
            parts.append(text.format(count=f"{one.lost:,}", tag=one.tag))
        if one.gained:
            text = ngettext("{count} customer gains {tag}", "{count} customers gain {tag}", one.gained)
            parts.append(text.format(count=f"{one.gained:,}", tag=one.tag))
    both = [(one.before, one.after) for one in segments if one.before is not None and one.after is not None]
    if shrink := sum(after < before for before, after in both):
        parts.append(
            ngettext("{count} segment shrinks", "{count} segments shrink", shrink).format(count=shrink)
        )
    if grow := sum(after > before for before, after in both):
        text = ngettext("{count} segment grows", "{count} segments grow", grow)
        parts.append(text.format(count=grow))
    return _("{sentence}.").format(sentence=commas(parts))
