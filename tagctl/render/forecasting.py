"""What the coming days will change: per day and tag on screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, ngettext
from tagctl.render.terminal import Cell, Figure, Styled, say, table
from tagctl.render.values import day, listed, moment, semicolons
from tagctl.reports.forecasting import ForecastDay, ForecastFlip, ForecastReport
from tagctl.reports.why import Turned, Turning

_REASONS = {
    "rule": N_("its rule"),
    "expired": N_("expiry"),
    "pin-ended": N_("a pin ends"),
    "ban-ended": N_("a ban ends"),
}


def show_forecast(report: ForecastReport, zone: ZoneInfo, *, with_customers: bool) -> None:
    """`run --forecast`: a line per day, tag and direction; with the customers' keys where asked for."""
    say(
        ngettext(
            "If no data come in, nightly runs until {day} would change this for {count} customer:",
            "If no data come in, nightly runs until {day} would change this for {count} customers:",
            report.customers,
        ).format(day=day(report.until, zone), count=f"{report.customers:,}")
    )
    say()
    rows = _rows(_("due now"), report.due, with_customers)
    for night in report.days:
        rows += _rows(day(night.at, zone), night, with_customers)
    if rows:
        last = _("Customers") if with_customers else _("Why")
        table([_("Day"), _("Tag"), _("Gained"), _("Lost"), last], rows)
    else:
        say(_("Nothing: time alone changes no tag until {when}.").format(when=moment(report.until, zone)))
    if report.resting:
        say()
        text = _("Rules that wait for data or whose data is late; their tags stay as they are: {tags}")
        say(Styled(text.format(tags=listed(report.resting)), "warn"))
    say(_("Nothing was written."))


def _rows(when: str, night: ForecastDay, with_customers: bool) -> list[list[Cell]]:
    by_tag: dict[str, list[ForecastFlip]] = {}
    for flip in night.flips:
        by_tag.setdefault(flip.tag, []).append(flip)
    rows: list[list[Cell]] = []
    for tag, flips in by_tag.items():
        gained = [flip for flip in flips if flip.gained]
        lost = [flip for flip in flips if not flip.gained]
        parts = (("+", gained), ("-", lost)) if with_customers else ()
        words = [f"{sign}{listed([f.customer for f in some], len(some))}" for sign, some in parts if some]
        rows.append(
            [
                when,
                Styled(tag, "name"),
                Figure(f"+{len(gained):,}" if gained else "0"),
                Figure(f"-{len(lost):,}" if lost else "0"),
                semicolons(words) if with_customers else _why(flips),
            ]
        )
    return rows


def _why(flips: list[ForecastFlip]) -> str:
    """The reasons, the most frequent first; with numbers where there are several."""
    counted = Counter(reason(flip.reason, flip.other, flip.gained) for flip in flips)
    if len(counted) == 1:
        return next(iter(counted))
    return semicolons(f"{text} {count:,}" for text, count in counted.most_common())


def reason(code: str, other: str | None, gained: bool) -> str:
    """Why a tag comes or goes, in a word."""
    if code == "instead":
        text = _("in place of {tag}") if gained else _("gives way to {tag}")
        return text.format(tag=other)
    if code == "implied":
        text = _("comes with {tag}") if gained else _("goes with {tag}")
        return text.format(tag=other)
    return _(_REASONS[code])


# ── why --next ───────────────────────────────────────────────────────────────────────────────────


def turning_lines(turning: Turning, zone: ZoneInfo) -> Iterator[str]:
    """When time alone gives or takes the tag, by what, and what would prevent it."""
    if turning.at is None:
        yield _("Time alone never changes it (looked until {day}).").format(day=day(turning.until, zone))
        if turning.ranks:
            yield _("Ranks among customers are taken as they are today.")
        return
    unless = tuple(dict.fromkeys(event for leaf in turning.turned for event in leaf.unless))
    when = moment(turning.at, zone)
    if turning.due:
        text = _("The next run gives it.") if turning.gained else _("The next run takes it away.")
    elif turning.gained:
        text = _("Gains it on {when} unless {events}.") if unless else _("Gains it on {when}.")
    else:
        text = _("Loses it on {when} unless {events}.") if unless else _("Loses it on {when}.")
    yield text.format(when=when, events=listed(unless))
    yield _("Why: {reason}").format(reason=reason(turning.reason, turning.other, turning.gained))
    yield from (_leaf(leaf) for leaf in turning.turned)
    if turning.late is not None and turning.late_at is not None:
        text = _("If no newer {type} events are imported, its rule stands still from {day} on.")
        yield text.format(type=turning.late, day=day(turning.late_at, zone))
    if turning.ranks:
        yield _("Ranks among customers are taken as they are today.")


def _leaf(leaf: Turned) -> str:
    text = _("{tag}: from then on {leaf} holds") if leaf.holds else _("{tag}: from then on {leaf} fails")
    place = f"  {leaf.location}" if leaf.location else ""
    return text.format(tag=leaf.tag, leaf=leaf.text) + place
