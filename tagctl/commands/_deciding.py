"""How decisions about labels are carried out: previewed by doing it in an operation that is taken back, then
asked, done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tagctl.commands._session import Session, confirm, numbered
from tagctl.messages import _

if TYPE_CHECKING:
    from tagctl.workflows.curating.plans import Row


def carry_out(
    session: Session,
    kind: str,
    rows: Sequence[Row],
    *,
    what: str,
    note: str | None,
    dry_run: bool,
    yes: bool,
    format_: str,
) -> None:
    """Merges, children and verdicts in one operation. UsageProblem with all that cannot be."""
    from tagctl.render.deciding import show_decisions, show_end
    from tagctl.workflows import checking, curating
    from tagctl.workflows.curating import applying, deciding

    settings = session.settings
    session.require_file(settings.taxonomy_file)
    paths = applying.Paths(settings.taxonomy_file, settings.rules_file)
    with session.changing(kind, dry_run=True) as preview:
        draft = curating.draft(session.files, session.catalog(preview.store), session.zone)
        decided = deciding.decide(preview, draft, rows)
        report = deciding.apply(preview, decided, paths)
    if format_ == "table":
        show_decisions(report, checking.titles())
    if not dry_run:
        if decided.curations:
            confirm(_("Do this?"), yes=yes)
        with session.changing(kind, what=what, note=note) as operation:
            session.refuse_changed_files()
            report = deciding.apply(operation, decided, paths)
            if decided.curations:
                after = decided.curations[-1].after.taxonomy
                checking.reconcile(operation, after, None, session.as_of, session.zone)
            if operation.kept:
                operation.keep(what)
        report = numbered(report, operation)
    session.emit(report, format_, show_end)
