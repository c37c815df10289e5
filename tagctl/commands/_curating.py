"""How every curating command goes: previewed by doing it in an operation that is taken back, asked, done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tagctl.commands._session import Session, confirm, numbered, somebody_there
from tagctl.messages import _

if TYPE_CHECKING:
    from tagctl.workflows.curating import Curation, Draft

Edit = Callable[["Draft", Mapping[str, str]], Sequence["Curation"]]


def curate(
    session: Session, kind: str, edit: Edit, *, note: str | None, dry_run: bool, yes: bool, format_: str
) -> None:
    """`edit` is given the two files as a draft, and what only the database names (identity → name)."""
    from tagctl.render.curating import show_end, show_preview
    from tagctl.workflows import checking, curating
    from tagctl.workflows.curating import applying

    settings = session.settings
    session.require_file(settings.taxonomy_file)
    paths = applying.Paths(settings.taxonomy_file, settings.rules_file)
    with session.changing(kind, dry_run=True) as preview:
        draft = curating.draft(session.files, session.catalog(preview.store), session.zone)
        done = edit(draft, curating.known(preview.store))
        report = applying.apply(preview, done, paths)
    if format_ == "table":
        show_preview(report, checking.titles())
    if not dry_run:
        if kind != "tags-rename" or somebody_there():
            confirm(_("Do this?"), yes=yes)
        what = f"{', '.join(report.names)} → {', '.join(report.tags)}"
        with session.changing(kind, what=what, note=note) as operation:
            session.refuse_changed_files()
            report = applying.apply(operation, done, paths)
            checking.reconcile(operation, done[-1].after.taxonomy, None, session.as_of, session.zone)
        report = numbered(report, operation)
    session.emit(report, format_, show_end)
