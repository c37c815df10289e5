"""`tagctl taxonomy diff`: what another version of the two files says, and does to customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tagctl.commands._options import TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _

if TYPE_CHECKING:
    from tagctl.reports.diffing import DiffReport


def diff(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help=_("Another taxonomy.yaml, in place of the project's.")),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rules", metavar="FILE", help=_("Another rules.yaml, in place of the project's.")),
    ] = None,
    from_: Annotated[
        int | None,
        typer.Option("--from", metavar="OPERATION", min=1, help=_("As both were after it; else the last.")),
    ] = None,
    to: Annotated[
        int | None,
        typer.Option(
            "--to", metavar="OPERATION", min=1, help=_("As both were after it; else the files now.")
        ),
    ] = None,
    format_: TreeFormat = "table",
) -> None:
    """Reads only: what it does is tried within an operation that is taken back."""
    from tagctl.render.diffing import show_diff
    from tagctl.render.terminal import be_quiet

    be_quiet(False)  # the report is the answer
    session = Session(context)
    if to is not None and (file or rules):
        what = _("--to compares with an operation, not with another file.")
        raise UsageProblem(Problem("usage", what, _("Leave out one of the two.")))
    session.require_database()
    session.emit(_report(session, file, rules, from_, to), format_, show_diff)


def _report(
    session: Session, file: str | None, rules: str | None, from_: int | None, to: int | None
) -> DiffReport:
    from tagctl.render.progress import working
    from tagctl.workflows import diffing, running, segmenting

    with (
        working(_("Computing tags")),
        session.changing("taxonomy", dry_run=True, sync=False) as operation,
    ):
        store, zone = operation.store, session.zone
        catalog = session.catalog(store)
        now = diffing.as_of_operation(operation, None)[1]
        number, texts = diffing.as_of_operation(operation, from_)
        stored = (texts.taxonomy, texts.rules) == (now.taxonomy, now.rules)
        before = diffing.version(number, texts, catalog, zone, stored=stored)
        if to is not None:
            after = diffing.version(*diffing.as_of_operation(operation, to), catalog, zone)
        else:
            after = diffing.version(file or rules, diffing.others(session.files, file, rules), catalog, zone)
        report = diffing.compare(store, before, after, catalog, zone)
        if not report.differences or not before.stored:
            return report
        return diffing.effect(
            operation,
            report,
            before,
            after,
            lambda op, ruleset, taxonomy: running.run(
                op, ruleset, taxonomy, timezone=zone, engine="sqlite", backfill=True
            )[0],
            lambda op, ruleset, taxonomy: segmenting.sizes(
                op.store,
                segmenting.Asking(ruleset, taxonomy, session.catalog(op.store), session.as_of, zone),
            ),
        )


def register(app: typer.Typer) -> None:
    """Gives `tagctl taxonomy` this command."""
    add(
        app,
        diff,
        name="diff",
        help=_(
            "Compare taxonomy.yaml and rules.yaml with what the database holds, in words: tags and rules "
            "that come, go and change, which customers gain and lose what, how segments grow and shrink. Or "
            "compare two operations, or other files. Nothing is written."
        ),
        examples=(
            "tagctl taxonomy diff",
            "tagctl taxonomy diff --from 12 --to 40",
            "tagctl taxonomy diff taxonomy-new.yaml --rules rules-new.yaml --format json",
        ),
    )
