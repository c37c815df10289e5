"""`tagctl init`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tagctl import settings
from tagctl.commands._invocation import Invocation
from tagctl.commands._options import By, DryRun, LabelColumns, ReportFormat, Yes
from tagctl.commands._session import agreed, emit, read_clock
from tagctl.commands._tree import single
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _, language
from tagctl.render.operations import show_init
from tagctl.reports.drafting import DraftReport
from tagctl.settings import RULES, TAXONOMY, Settings
from tagctl.workflows import initialising

if TYPE_CHECKING:
    from tagctl.workflows.drafting import Draft

_TEMPLATES = {"zh": "retail", "en": "retail-en"}  # what a draft in a language starts from


def init(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help=_("With --from: your files of customers and events.")),
    ] = None,
    from_: Annotated[
        bool,
        typer.Option(
            "--from", help=_("Propose the tags from the labels in these files, and offer to import them.")
        ),
    ] = False,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="NAME",
            help=_("The taxonomy and rules to start from (retail; with --from in the language in use)."),
        ),
    ] = None,
    tags: LabelColumns = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    by: By = None,
    format_: ReportFormat = "table",
) -> None:
    """In --project or the working directory; never in a project further up."""
    invocation = context.obj if isinstance(context.obj, Invocation) else Invocation()
    folder = Path(invocation.project or os.environ.get("TAGCTL_PROJECT") or ".").resolve()
    known = settings.of_folder(folder, invocation.db)
    if from_ != bool(files):
        raise UsageProblem(_half(files or []))
    template = template or (_TEMPLATES[language()] if from_ else "retail")
    draft = _draft(known, files, template, tags or [], invocation.project) if files else None
    report = initialising.init(
        folder,
        template,
        timezone=known.timezone.key,
        now=read_clock(known.timezone),
        by=by or known.by,
        database=known.database,
        drafted={TAXONOMY: draft.text} if draft else None,
        dry_run=dry_run,
    )
    report = replace(report, draft=draft.report if draft else None)
    emit(report, format_, known.timezone, lambda found: show_init(found, dry_run=dry_run))
    if draft and not dry_run:
        _offer_import(context, draft.report, by, format_, yes=yes)


def _half(files: list[str]) -> Problem:
    """What is wrong with --from without files, or files without --from."""
    if files:
        what = _("Files belong to --from.")
        return Problem("usage", what, _("Write: tagctl init --from {files}").format(files=" ".join(files)))
    return Problem("usage", _("--from needs a file."), _("Write it like: tagctl init --from customers.xlsx"))


def _draft(known: Settings, files: list[str], template: str, tags: list[str], project: str | None) -> Draft:
    from tagctl.render.progress import working
    from tagctl.workflows import drafting

    initialising.refuse_project(known.database)
    taxonomy, rules = initialising.base(known.folder, template)
    with working(_("Reading {files}").format(files=", ".join(Path(file).name for file in files))):
        found = drafting.draft(files, taxonomy, TAXONOMY, language(), tags=tags, project=project)
        return drafting.starting(found, rules, TAXONOMY, RULES, known.timezone)


def _offer_import(
    context: typer.Context,
    report: DraftReport,
    by: str | None,
    format_: Literal["table", "json"],
    *,
    yes: bool,
) -> None:
    """Import the files after one question, each as an operation of its own; else name the commands."""
    from tagctl.render.drafting import show_ways_on

    ready = [file for file in report.files if file.key is not None]
    imported = len(ready) == len(report.files) and agreed(_("Import these files now?"), yes=yes)
    if imported:
        from tagctl.commands import import_

        for file in ready:
            tags = list(file.tags)
            if file.event_type is None:
                import_.customers(context, [file.path], tags=tags, yes=True, by=by, format_=format_)
            else:
                type_, names = file.event_type, [file.path]
                import_.events(context, type_, names, tags=tags, yes=True, by=by, format_=format_)
    if format_ == "table":
        show_ways_on(report, imported=imported)


app = single(
    init,
    help=_(
        "Make a project in this folder. It gets taxonomy.yaml and rules.yaml to start from, tagctl.toml with "
        "the time zone, and an empty database. Files that are there already stay as they are. With --from, "
        "the tags come from the labels in your own files, counted, beside those that the rules give."
    ),
    examples=("tagctl init", "tagctl init --from 客户.xlsx 订单.csv", "tagctl init --project shop"),
)
