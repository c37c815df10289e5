"""A new rule: its block, whom it would tag, where it is written."""

from __future__ import annotations

from tagctl.messages import _, ngettext
from tagctl.render.closing import close, next_steps
from tagctl.render.problems import show_problems
from tagctl.render.simulating import show_others, show_state
from tagctl.render.terminal import Styled, say
from tagctl.render.values import listed, percent
from tagctl.reports.simulating import AdditionReport


def show_rule(report: AdditionReport) -> None:
    """The block, and what the next run would do with it."""
    say(Styled(str(report.location), "strong"))
    for line in report.block.split("\n"):
        say("  ", line)
    if report.dimension:
        text = _("{tag} is a new tag of the dimension {dimension}, and goes into taxonomy.yaml.")
        say(text.format(tag=report.tag, dimension=report.dimension))
    say()
    effect = report.effect
    text = ngettext(
        "{members} of {count} customer would have {tag}{share}: {gained} gain it, {lost} lose it.",
        "{members} of {count} customers would have {tag}{share}: {gained} gain it, {lost} lose it.",
        report.customers,
    )
    share = percent(effect.members, report.customers)
    say(
        text.format(
            members=f"{effect.members:,}",
            count=f"{report.customers:,}",
            tag=report.tag,
            share=f" ({share})" if share else "",
            gained=f"{effect.gained:,}",
            lost=f"{effect.lost:,}",
        )
    )
    if effect.gained_keys:
        gain = _("The first: {keys}")
        say(gain.format(keys=listed(effect.gained_keys)))
    show_state(report.state, report.needs)
    show_others(effect.others)
    show_problems(report.warnings, warnings=True)
    say()


def show_end(report: AdditionReport) -> None:
    """Where it was written, the operation and what comes next; or that nothing was written."""
    if report.operation is None:
        close(None, dry_run=report.dry_run)
        return
    text = _("The rule for {tag} is written: {place}")
    say(Styled(text.format(tag=report.tag, place=report.location), "good"))
    close(report.operation)
    next_steps(("tagctl run --dry-run", _("see what changes")), ("tagctl run", _("give the tag")))
