"""How assign, unassign, pin and ban go: one way to name the customers, one way to ask, one report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tagctl.commands._options import When
from tagctl.commands._session import Session, confirm, instant, numbered, somebody_there
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.record import record
from tagctl.render.by_hand import question, show_decision
from tagctl.reports.by_hand import HandReport, Verb
from tagctl.sql import Sql
from tagctl.store.operations import Operation
from tagctl.workflows import by_hand, segmenting

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


@record
class Who:
    """The customers, in the way in which the command line names them."""

    names: tuple[str, ...] = ()
    when: str | None = None
    file: str | None = None
    column: str | None = None


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
    _one_way(who)
    session.require_database()
    end = _end(session, until)

    def act(operation: Operation) -> HandReport:
        about = by_hand.subject(operation.store, session.taxonomy, verb, tag, who.names)
        with _chosen(session, operation, who) as customers:
            return by_hand.decide(
                operation, verb, about, customers, timezone=session.zone, until=end, reason=reason
            )

    if somebody_there() and not (yes or dry_run) and (len(who.names) > _FEW or not who.names):
        with session.changing(verb, dry_run=True) as preview:
            planned = act(preview)
        if planned.changed > _FEW:
            show_decision(planned, session.zone)
            confirm(question(planned), yes=False)
    with session.changing(verb, what=tag, note=note or reason, dry_run=dry_run) as operation:
        report = act(operation)
    session.emit(numbered(report, operation), format_, lambda done: show_decision(done, session.zone))


def _one_way(who: Who) -> None:
    ways = [bool(who.names), who.when is not None, who.file is not None]
    if sum(ways) == 1 and (who.column is None or who.file is not None):
        return
    what = (
        _("--column is for --from FILE.")
        if sum(ways) == 1
        else _("The customers are named in more than one way.")
        if any(ways)
        else _("It is not said which customers.")
    )
    advice = _("Name them after the tag, or say --when CONDITION, or --from FILE.")
    raise UsageProblem(Problem("which-customers", what, advice))


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


@contextmanager
def _chosen(session: Session, operation: Operation, who: Who) -> Iterator[Sql]:
    """A query of the customers, good within the block."""
    if who.when is not None:
        with segmenting.chosen(operation.store, session.asking(operation.store), who.when) as customers:
            yield customers
    elif who.file is not None:
        yield by_hand.listed(operation.store, who.file, who.column)
    else:
        yield by_hand.named(operation.store, who.names)
