"""How assign, unassign, pin and ban go: one way to name the customers, one way to ask, one report."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import When
from tagctl.commands._session import Session, confirm, instant, numbered, somebody_there
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.render.by_hand import question, show_decision
from tagctl.reports.by_hand import Verb
from tagctl.workflows import by_hand, segmenting
from tagctl.workflows.by_hand.who import Who, ways

Tag = Annotated[str, typer.Argument(metavar="TAG", help=_("The tag, by its name or an alias."))]
Customers = Annotated[
    list[str] | None,
    typer.Argument(metavar="CUSTOMER", help=_("Each by key, phone, e-mail or another identifier.")),
]
FromFile = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="FILE", help=_("The customers in a column of a file: csv, xlsx …, or - for stdin.")
    ),
]
Column = Annotated[
    str | None,
    typer.Option("--column", metavar="NAME", help=_("With --from: the column; else it is recognised.")),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DATE",
        help=_("When it ends by itself: a date (its last second), or a time from now such as 30d."),
    ),
]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help=_("Why; shown wherever the tag is explained."))
]

__all__ = ["Column", "Customers", "FromFile", "Reason", "Tag", "Until", "When", "Who", "decide"]

_FEW = 5  # customers about whom nothing is asked


def decide(
    session: Session,
    verb: Verb,
    tag: str,
    who: Who,
    *,
    until: str | None = None,
    reason: str | None = None,
    note: str | None,
    dry_run: bool,
    yes: bool,
    format_: str,
) -> None:
    """Does it, or tells what it would do; on a terminal it asks first where it concerns many."""
    ways(who)
    session.require_database()
    order = by_hand.Order(
        verb,
        tag,
        who,
        session.taxonomy,
        session.zone,
        lambda store, when: segmenting.chosen(store, session.asking(store), when),
        _end(session, until),
        reason,
    )
    if somebody_there() and not (yes or dry_run) and (len(who.names) > _FEW or not who.names):
        with session.changing(verb, dry_run=True) as preview:
            planned = by_hand.carry_out(preview, order)
        if planned.changed > _FEW:
            show_decision(planned, session.zone)
            confirm(question(planned), yes=False)
    with session.changing(verb, what=tag, note=note or reason, dry_run=dry_run) as operation:
        report = by_hand.carry_out(operation, order)
    session.emit(numbered(report, operation), format_, lambda done: show_decision(done, session.zone))


def _end(session: Session, text: str | None) -> int | None:
    """--until as Unix seconds; it lies ahead."""
    if text is None:
        return None
    end = by_hand.until(text, session.now, session.zone) or instant(text, session.zone, "--until")
    if end <= session.now:
        what = _("--until: {text} is over already.").format(text=text)
        raise UsageProblem(
            Problem("until-is-over", what, _("Name a day to come, or a duration such as 30d."))
        )
    return end
