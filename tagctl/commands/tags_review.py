"""`tagctl tags review|verdicts`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from tagctl.commands._options import By, DryRun, Note, ReadFormat, ReportFormat, Yes
from tagctl.commands._session import Session, numbered
from tagctl.commands._tree import add
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.reports.deciding import RemovedReport, VerdictRow

if TYPE_CHECKING:
    from tagctl.workflows.curating.reviewing import Review


def review(
    context: typer.Context,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Nothing is written before the end; then everything, in one operation."""
    from tagctl.commands._comparing import of_project
    from tagctl.commands._deciding import carry_out
    from tagctl.render import deciding as drawing
    from tagctl.workflows.curating.reviewing import Review

    session = Session(context, by=by)
    session.require_file(session.settings.taxonomy_file)
    walk = Review(of_project(session).clusters)
    if not walk.questions:
        drawing.show_no_questions()
        return
    with suppress(KeyboardInterrupt, EOFError, typer.Abort):  # as with q: what was decided is kept
        _walk(walk)
    rows = walk.rows()
    if not rows:
        drawing.show_undecided()
        return
    what = ", ".join(dict.fromkeys(row.label for row in rows))
    carry_out(session, "tags-review", rows, what=what, note=note, dry_run=dry_run, yes=yes, format_=format_)


def _walk(walk: Review) -> None:
    """Ask until there is nothing left, or enough."""
    from tagctl.commands import _asking
    from tagctl.render import asking, deciding
    from tagctl.workflows.curating.plans import KEYS

    while (question := walk.question) is not None:
        at = f"{question.place + 1}/{walk.clusters}"
        deciding.ask(question.cluster, question.member, question.canonical, walk.name, at)
        key = _asking.key()
        if key is None or key in "qQ":
            return
        if key.lower() in KEYS:
            walk.answer(KEYS[key.lower()], rest=key.isupper())
        elif key in "bB":
            walk.back()
        elif key in "nN":
            walk.rename(_asking.text(_("Name"), default=walk.name))
        else:
            asking.show_remark(_("“{key}” is none of the keys.").format(key=key))


def verdicts(
    context: typer.Context,
    remove: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--remove",
            metavar="LABEL LABEL",
            help=_("Forget what was decided about these two."),
        ),
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    format_: ReadFormat = "table",
) -> None:
    """Lists, or with --remove removes in one operation."""
    from tagctl.render import deciding as drawing
    from tagctl.workflows.curating import standing

    session = Session(context, by=by)
    if not remove:
        with session.reading() as store:
            rows = standing.listed(store)
        session.emit_rows(rows, VerdictRow, format_, lambda: drawing.show_verdicts(rows, session.zone))
        return
    if format_ == "csv":
        what = _("--format csv is for the list.")
        raise UsageProblem(Problem("usage", what, _("Use --format json, or none.")))
    session.require_database()
    with session.changing("tags-verdicts", note=note, dry_run=dry_run) as operation:
        removed = standing.remove(operation, *remove)
    report = numbered(RemovedReport(None, removed, dry_run), operation)
    session.emit(report, format_, drawing.show_removed)


def register(app: typer.Typer) -> None:
    """Gives `tagctl tags` these commands."""
    add(
        app,
        review,
        name="review",
        help=_(
            "Decide about labels that may be the same, one key each: s the same, r related, p below the "
            "first, d different, k skip, n another name for what stays, b back, q quit. A capital letter "
            "says it of all labels of the group. At the end, also after q, everything is shown, asked, and "
            "done in one operation; what was decided is not asked again, the rest is next time. Keys can "
            "come through a pipe."
        ),
        examples=("tagctl tags review", "tagctl tags review --dry-run"),
    )
    add(
        app,
        verdicts,
        name="verdicts",
        help=_(
            "List what was decided about labels: by whom, when and why. Labels that are different or related "
            "are not proposed again, those that are the same are one tag in later imports. --remove makes "
            "two labels undecided."
        ),
        examples=("tagctl tags verdicts", "tagctl tags verdicts --remove 潜在客户 意向客户"),
    )
