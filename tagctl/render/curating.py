"""What a curating command would do, or did: conflicts, customers, then every place in the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close, next_steps
from tagctl.render.terminal import Styled, say, table
from tagctl.render.values import labelled, listed
from tagctl.reports.curating import CurationReport, Place

_TITLES = {
    "rename": N_("{names} is to be called {tags}."),
    "merge": N_("{names}: one tag, {tags}."),
    "move": N_("{names} is to move."),
    "retire": N_("{names} is to be retired."),
    "split": N_("{names} is to be split: {tags}."),
}


def show_preview(report: CurationReport, titles: Mapping[str, str]) -> None:
    """What a command does, and everything that changes; `titles` as in show_changes."""
    say(
        Styled(_(_TITLES[report.kind]).format(names=listed(report.names), tags=listed(report.tags)), "strong")
    )
    show_changes(report, titles)


def show_changes(report: CurationReport, titles: Mapping[str, str]) -> None:
    """Everything that changes; `titles` says in words what the codes of conflicts mean."""
    _show_conflicts(report, titles)
    if report.several:
        text = ngettext(
            "{count} customer holds more than one of them, and keeps one.",
            "{count} customers hold more than one of them, and keep one.",
            report.several,
        )
        say(text.format(count=f"{report.several:,}"))
    say()
    _show_holders(report)
    _show_unconfirmed(report)
    for said in report.left_out:
        text = _("Not taken over from {tag}: {said}")
        say(Styled(text.format(tag=said.tag, said=labelled(said.key, said.value)), "warn"))
    _show_places(report)
    _show_mentions(report)
    say()


def _show_conflicts(report: CurationReport, titles: Mapping[str, str]) -> None:
    if not report.conflicts:
        return
    say()
    table(
        [_("Conflict"), _("Tags"), _("Customers now"), _("Afterwards")],
        [
            [
                titles.get(one.code, one.code),
                listed(one.subject),
                one.before,
                Styled(f"{one.after:,}", "bad" if one.after > one.before else "good"),
            ]
            for one in report.conflicts
        ],
    )


def _show_holders(report: CurationReport) -> None:
    table(
        [_("Tag"), _("Customers now"), _("Afterwards"), _("Pins"), _("Bans")],
        [[one.name, one.before, one.after, one.pins or None, one.bans or None] for one in report.holders],
    )


def _show_unconfirmed(report: CurationReport) -> None:
    """What the numbers above do not say: whom a run takes the tag from again."""
    for one in report.unconfirmed:
        if one.ruled:
            text = ngettext(
                "{tag} has a rule, which decides about {count} new customer once it runs.",
                "{tag} has a rule, which decides about {count} new customers once it runs.",
                one.customers,
            )
        else:
            text = ngettext(
                "No rule gives {tag}: the next run takes it from {count} customer who had it by a rule.",
                "No rule gives {tag}: the next run takes it from {count} customers who had it by a rule.",
                one.customers,
            )
        say(Styled(text.format(tag=one.tag, count=f"{one.customers:,}"), "warn"))


def _show_places(report: CurationReport) -> None:
    """Each place as `file:line`, with the line before and after."""
    say()
    if not report.places:
        say(_("No line of the files changes."))
    for place in report.places:
        say(Styled(f"{place.file}:{place.line}", "dim"))
        _show_lines(place)


def _show_lines(place: Place) -> None:
    for mark, lines, style in (("-", place.before, "bad"), ("+", place.after, "good")):
        for line in lines.split("\n") if lines else ():
            say(Styled(f"  {mark} {line}", style))


def _show_mentions(report: CurationReport) -> None:
    """What still names a tag that fewer have, and may want another one."""
    if not report.mentions:
        return
    say()
    say(Styled(_("These stay as they are, and mean fewer customers from now on:"), "warn"))
    for one in report.mentions:
        say(f"  {one.file}:{one.line}  ", labelled(one.section, one.entry or one.tag))


def show_end(report: CurationReport) -> None:
    """What was done, and how to take it back."""
    if report.operation is not None:
        text = _("Customers’ tags: {gained} gained, {lost} lost. Lines changed: {lines}.")
        say(
            text.format(gained=f"{report.gained:,}", lost=f"{report.lost:,}", lines=f"{len(report.places):,}")
        )
    close(report.operation, dry_run=report.dry_run)
    if report.operation is not None and (steps := list(_next(report))):
        next_steps(*steps)


def _next(report: CurationReport) -> Iterator[tuple[str, str]]:
    sections = {place.section for place in report.places}
    if report.kind != "rename" and not sections.isdisjoint(("rules", "segments", "layers", "conditions")):
        yield "tagctl rules check", _("see whether the changed conditions can still hold")
    if report.gained or report.lost or "rules" in sections:
        yield "tagctl run --dry-run", _("see what the rules make of it")
