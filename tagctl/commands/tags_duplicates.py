"""`tagctl tags duplicates`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tagctl.commands._comparing import LEAST, of_project
from tagctl.commands._options import ReadFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.messages import _
from tagctl.reports.duplicates import DuplicateLine, DuplicatesReport


def duplicates(
    context: typer.Context,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help=_("A list of labels instead of the project: a text file with one a line, or a table."),
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="HEADER", help=_("The column of --labels that has them.")),
    ] = None,
    synonyms: Annotated[
        Path | None,
        typer.Option(
            "--synonyms",
            metavar="FILE",
            help=_("Labels that are the same, a group a line: VIP = big spender"),
        ),
    ] = None,
    min_score: Annotated[
        float,
        typer.Option(
            "--min-score", min=0.0, max=1.0, metavar="SCORE", help=_("Leave out what is less sure.")
        ),
    ] = LEAST,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help=_("Write them here (.xlsx or .yaml) to be decided about, for `tags merge --plan`."),
        ),
    ] = None,
    format_: ReadFormat = "table",
) -> None:
    """Reads only."""
    from tagctl.render.duplicates import show_duplicates
    from tagctl.reports.duplicates import lines
    from tagctl.workflows import comparing

    session = Session(context)
    if labels is not None:
        report = comparing.in_list(labels, column=column, synonyms=synonyms, least=min_score)
    else:
        report = of_project(session, synonyms, min_score)
    if plan is not None:
        _write_plan(session, report, plan, format_)
    elif format_ == "csv":
        session.emit_rows(lines(report), DuplicateLine, format_, lambda: None)
    else:
        session.emit(report, format_, show_duplicates)


def _write_plan(session: Session, report: DuplicatesReport, path: Path, format_: str) -> None:
    from tagctl.render import duplicates as drawing
    from tagctl.render.deciding import show_plan
    from tagctl.workflows.curating import plans

    named = (
        {code: _(text) for code, text in words.items()}
        for words in (drawing.KINDS, drawing.WITNESSES, drawing.GUARDS)
    )
    written = plans.write(report, path, plans.Words(*named), session.zone)
    session.emit(written, format_, show_plan)


def register(app: typer.Typer) -> None:
    """Add `duplicates` to `tags`."""
    add(
        app,
        duplicates,
        name="duplicates",
        help=_(
            "Find labels that mean the same. Each cluster has a verdict (same, related, or kinds of one "
            "tag), the name that should stay, how sure it is, what speaks for it and what against. "
            "Opposites, grades and other numbers are never the same. Nothing is changed. With --labels it "
            "works on any list, without a project. What was decided before is not proposed again. --plan "
            "writes a file to decide in."
        ),
        examples=(
            "tagctl tags duplicates",
            "tagctl tags duplicates --plan merges.xlsx",
            "tagctl tags duplicates --labels labels.txt",
            "tagctl tags duplicates --labels tags.xlsx --column 标签 --synonyms synonyms.txt --format csv",
        ),
    )
