"""`tagctl init`."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from tagctl import settings
from tagctl.commands._import_options import (
    Delimiter,
    Encoding,
    HeaderRow,
    Key,
    NoHeader,
    Sheet,
    called,
)
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


class _Read(NamedTuple):
    """How the files are to be read, as typed."""

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: str | None
    no_header: bool


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
    key: Key = None,
    tags: LabelColumns = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
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
    read = _Read(encoding, delimiter, sheet, header_row, no_header)
    draft = _draft(known, files, template, tags or [], key, read, invocation.project) if files else None
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
        _offer_import(context, draft.report, read, by, format_, yes=yes)


def _half(files: list[str]) -> Problem:
    """What is wrong with --from without files, or files without --from."""
    if files:
        what = _("Files belong to --from.")
        return Problem("usage", what, _("Write: tagctl init --from {files}").format(files=" ".join(files)))
    return Problem("usage", _("--from needs a file."), _("Write it like: tagctl init --from customers.xlsx"))


def _draft(
    known: Settings,
    files: list[str],
    template: str,
    tags: list[str],
    key: str | None,
    read: _Read,
    project: str | None,
) -> Draft:
    from tagctl.commands._importing import opening_of
    from tagctl.render.progress import working
    from tagctl.workflows import drafting

    initialising.refuse_project(known.database)
    taxonomy, rules = initialising.base(known.folder, template)
    opening = opening_of(*read)
    with working(_("Reading {files}").format(files=called(files))):
        found = drafting.draft(
            files, taxonomy, TAXONOMY, language(), tags=tags, key=key, opening=opening, project=project
        )
        return drafting.starting(found, rules, TAXONOMY, RULES, known.timezone)


def _offer_import(
    context: typer.Context,
    report: DraftReport,
    read: _Read,
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
            bring_in = import_.customers
            if file.event_type is not None:
                bring_in = partial(import_.events, type_=file.event_type)
            bring_in(
                context,
                files=[file.path],
                key=file.said_key,
                tags=list(file.tags),
                **read._asdict(),
                yes=True,
                by=by,
                format_=format_,
            )
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
