"""`tagctl taxonomy check|show|apply|diff|draft`."""

from __future__ import annotations

from dataclasses import replace

import typer

from tagctl.commands import taxonomy_diff, taxonomy_draft
from tagctl.commands._fixing import fix as mend
from tagctl.commands._fixing import refuse_without_fix
from tagctl.commands._options import By, DryRun, Fix, Note, ReadFormat, ReportFormat, TreeFormat, Yes
from tagctl.commands._session import Session, confirm, numbered
from tagctl.commands._tree import add, group
from tagctl.errors import ExitCode
from tagctl.messages import _, ngettext
from tagctl.render import taxonomies
from tagctl.workflows import checking, tagging


def check(
    context: typer.Context,
    fix: Fix = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    note: Note = None,
    by: By = None,
    format_: TreeFormat = "table",
) -> int:
    """Reads the file only; needs no database."""
    session = Session(context, by=by)
    file = session.settings.taxonomy_file
    session.require_file(file)
    if fix:
        place = session.place(file)
        return mend(
            session,
            file,
            "taxonomy",
            lambda data: tagging.check(data, place),
            dry_run=dry_run,
            yes=yes,
            note=note,
            format_=format_,
        )
    refuse_without_fix(dry_run, yes, note, by)
    report = tagging.check(session.taxonomy_text, session.place(file))
    session.emit(report, format_, taxonomies.show_check)
    return ExitCode.CONFIG if report.problems else ExitCode.OK


def show(context: typer.Context, format_: ReadFormat = "table") -> None:
    """With a database, how many customers hold each."""
    session = Session(context)
    if session.settings.database.exists():
        with session.reading() as store:
            table = tagging.show(session.taxonomy, store)
    else:
        session.require_file(session.settings.taxonomy_file)
        table = tagging.show(session.taxonomy)
    if format_ == "table":
        taxonomies.show_tags(table)
    else:
        session.emit_table(table, format_)


def apply(
    context: typer.Context,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Previews, asks where customers' tags would move, then applies."""
    session = Session(context, by=by)
    session.require_file(session.settings.taxonomy_file)
    with session.changing("taxonomy", note=note, dry_run=True, sync=False) as preview:
        planned = tagging.sync(preview, session.taxonomy, confirm=True)
    breaking = [change for change in planned.changes if change.breaking]
    if breaking and not dry_run and not yes:
        taxonomies.show_changes(tuple(breaking))
        members = sum(change.members for change in breaking)
        question = ngettext(
            "This moves the tags of {count} customer. Apply it?",
            "This moves the tags of {count} customers. Apply it?",
            members,
        )
        confirm(question.format(count=members), yes=yes)
    if dry_run:
        session.emit(replace(planned, dry_run=True), format_, taxonomies.show_taxonomy_changes)
        return
    data, file = session.taxonomy_text or b"", session.settings.taxonomy_file
    with session.changing("taxonomy", what=file.name, note=note, sync=False) as operation:
        report = tagging.take_up(operation, session.taxonomy, file, data, confirm=True)
        checking.reconcile(operation, session.taxonomy, None, session.as_of, session.zone)
    session.emit(numbered(report, operation), format_, taxonomies.show_taxonomy_changes)


app = group(_("Check, show, compare, apply or draft taxonomy.yaml."))
add(
    app,
    check,
    name="check",
    help=_(
        "Check taxonomy.yaml. All that is wrong is listed at once, with line and column. --fix mends what "
        "only looks right, shows it and asks."
    ),
    examples=("tagctl taxonomy check", "tagctl taxonomy check --fix"),
)
add(
    app,
    show,
    name="show",
    help=_("Show the tags by dimension, with how many customers hold each."),
    examples=("tagctl taxonomy show", "tagctl taxonomy show --format csv"),
)
add(
    app,
    apply,
    name="apply",
    help=_(
        "Bring the database to what taxonomy.yaml says. Other changing commands do this by themselves, but "
        "stop where an edit would merge, drop or move a tag that customers hold; here that is shown and "
        "confirmed."
    ),
    examples=("tagctl taxonomy apply --dry-run", "tagctl taxonomy apply --yes"),
)
taxonomy_diff.register(app)
taxonomy_draft.register(app)
