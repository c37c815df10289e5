"""What a changed rule would do: counts with bars, who gains and loses, which other tags change with it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import _, ngettext
from tagctl.render.closing import close
from tagctl.render.terminal import Cell, Figure, Styled, bar, heading, say, table
from tagctl.render.values import commas, listed, moment, percent
from tagctl.reports.simulating import CountChange, Effect, SimulationReport

_BAR = 24  # columns of the longest bar


def show_simulation(report: SimulationReport, zone: ZoneInfo) -> None:
    """The rule as it is and changed, one line each, then the details."""
    text = ngettext(
        "{tag} as of {when}, {count} customer. {held} hold it now.",
        "{tag} as of {when}, {count} customers. {held} hold it now.",
        report.customers,
    )
    when = moment(report.as_of, zone)
    say(text.format(tag=report.tag, when=when, count=f"{report.customers:,}", held=f"{report.held:,}"))
    show_state(report.state, report.needs)
    if report.path and report.settings:
        say(_("With {settings}").format(settings=_settings(report)))
    say()
    show_effects(report)
    for effect in report.effects:
        _show_details(effect, report)
    if report.reads_today:
        text = _("Customer fields keep no past; these rules read them as they are today: {rules}")
        say(Styled(text.format(rules=listed(report.reads_today)), "warn"))
    say()
    close(None, dry_run=True)


def show_effects(report: SimulationReport) -> None:
    """A line for the rule as it is, and one for each change."""
    most = max([report.members, *(effect.members for effect in report.effects)])
    as_is = report.written or _("as it is")
    first: list[Cell] = [
        Styled(_("{value} (now)").format(value=as_is) if report.written else as_is, "dim"),
        report.members,
        Figure(percent(report.members, report.customers)),
        Figure(""),
        Figure(""),
        bar(report.members, most, _BAR),
    ]
    table(
        [report.path or _("Rule"), _("Customers"), _("Share"), _("Gained"), _("Lost"), ""],
        [first, *(_row(effect, report, most) for effect in report.effects)],
    )


def show_state(state: str, needs: Sequence[str]) -> None:
    """That a rule cannot be judged yet, and what it waits for."""
    if state in ("waiting", "late"):
        text = _("The rule waits for data ({needs}): until then its tag stays as it is.")
        say(Styled(text.format(needs=listed(needs)), "warn"))
    elif state == "draft":
        say(Styled(_("The tag is a draft: its rule is only counted, and gives nothing."), "warn"))


def show_others(others: Sequence[CountChange]) -> None:
    """Further tags whose number of customers changes."""
    if others:
        changes = commas(f"{other.tag} {other.before:,} → {other.after:,}" for other in others)
        say(_("Other tags that change with it: {changes}").format(changes=changes))


def _row(effect: Effect, report: SimulationReport, most: int) -> list[Cell]:
    return [
        Styled(effect.value or _settings(report), "name"),
        effect.members,
        Figure(percent(effect.members, report.customers)),
        Figure(f"+{effect.gained:,}" if effect.gained else "0"),
        Figure(f"-{effect.lost:,}" if effect.lost else "0"),
        bar(effect.members, most, _BAR),
    ]


def _show_details(effect: Effect, report: SimulationReport) -> None:
    from_now = (effect.gained_from_now, effect.lost_from_now)
    if not (
        effect.others or effect.gained_keys or effect.lost_keys or from_now != (effect.gained, effect.lost)
    ):
        return
    heading(effect.value or _settings(report))
    if from_now != (effect.gained, effect.lost):
        text = _("Against what is held now: {gained} gain it, {lost} lose it.")
        say(text.format(gained=f"{effect.gained_from_now:,}", lost=f"{effect.lost_from_now:,}"))
    if effect.gained_keys:
        say(_("Gain it: {keys}").format(keys=commas(effect.gained_keys)))
    if effect.lost_keys:
        say(_("Lose it: {keys}").format(keys=commas(effect.lost_keys)))
    show_others(effect.others)


def _settings(report: SimulationReport) -> str:
    return commas(f"{path}={value}" for path, value in report.settings)
