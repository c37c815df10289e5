"""`--fix` of `rules check` and `taxonomy check`: shown, confirmed, written, checked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tagctl.commands._session import Session, confirm
from tagctl.errors import ExitCode, Problem, UsageProblem
from tagctl.messages import _, ngettext
from tagctl.render import fixing as drawing
from tagctl.reports.checking import CheckReport
from tagctl.workflows import fixing, tagging


def fix(
    session: Session,
    file: Path,
    kind: Literal["taxonomy", "rules"],
    check: Callable[[bytes], CheckReport],
    *,
    dry_run: bool,
    yes: bool,
    note: str | None,
    format_: str,
) -> int:
    """Mend the file; the exit code tells whether it is valid then."""
    before = file.read_bytes()
    after, report = fixing.plan(before, session.place(file), check)
    report = replace(report, dry_run=dry_run)
    if after != before and not dry_run:
        if not yes:
            drawing.show_changes(report)
            question = ngettext("Mend {count} place?", "Mend {count} places?", len(report.mended))
            confirm(question.format(count=len(report.mended)), yes=False)
        if session.settings.database.exists():
            with session.changing("fix", what=file.name, note=note, sync=False) as operation:
                fixing.write(file, before, after, kind, operation)
                if kind == "taxonomy" and not report.check.problems:
                    tagging.sync_if_harmless(operation, after, session.place(file))
            report = replace(report, operation=operation.result)
        else:
            report = replace(report, backup=fixing.write(file, before, after, kind, None))
    session.emit(report, format_, lambda done: drawing.show_fix(done, changes=yes or dry_run))
    return ExitCode.CONFIG if report.check.problems else ExitCode.OK


def refuse_without_fix(*options: object) -> None:
    """--dry-run, --yes, --note and --by mean nothing where nothing is written."""
    if any(options):
        raise UsageProblem(
            Problem(
                "needs-fix",
                _("--dry-run, --yes, --note and --by go with --fix only."),
                _("A check writes nothing; leave them out, or add --fix."),
            )
        )
