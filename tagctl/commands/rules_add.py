"""`tagctl rules add TAG`: a new rule, asked for or by flags, shown with whom it would tag, then written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tagctl.commands._options import By, DryRun, Note, ReportFormat, When, Yes
from tagctl.commands._session import Session, confirm, numbered, somebody_there
from tagctl.commands._tree import add
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog
from tagctl.reports.simulating import AdditionReport

if TYPE_CHECKING:
    from tagctl.workflows.adding import Addition

_FIRST_KEYS = 5


def add_rule(
    context: typer.Context,
    tag: Annotated[str, typer.Argument(metavar="TAG", help=_("The tag, by its name or an alias."))],
    when: When = None,
    comment: Annotated[
        str | None,
        typer.Option(
            "--comment",
            metavar="TEXT",
            help=_("The comment above the rule (default: the tag’s purpose, the note, or who and when)."),
        ),
    ] = None,
    dimension: Annotated[
        str | None,
        typer.Option("--dimension", metavar="NAME", help=_("For a tag that is new: its dimension.")),
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """Previews by a run that is taken back, asks, then writes both files in one operation."""
    from tagctl.render.adding import show_end, show_rule
    from tagctl.workflows import adding, tagging

    session = Session(context, by=by)
    session.require_file(session.settings.taxonomy_file)
    if when is None and not somebody_there():
        what = _("The rule has no condition, and there is nobody to ask.")
        advice = _("Write it like: --when '{count: order, at_least: 3}'")
        raise UsageProblem(Problem("needs-when", what, advice))
    addition, catalog = _written(session, tag, when, comment, dimension, note)
    report = replace(_previewed(session, addition, catalog), dry_run=dry_run)
    if format_ == "table":
        show_rule(report)
    if not dry_run:
        confirm(_("Write this rule?"), yes=yes)
        with session.changing("rules", what=addition.home.tag, note=note) as operation:
            session.refuse_changed_files()
            tagging.sync(operation, addition.home.taxonomy, confirm=False)
            adding.apply(operation, addition, session.settings)
        report = numbered(report, operation)
    session.emit(report, format_, show_end)


def _written(
    session: Session,
    tag: str,
    when: str | None,
    comment: str | None,
    dimension: str | None,
    note: str | None,
) -> tuple[Addition, Catalog]:
    """The new texts of both files; what is not given is asked for."""
    from tagctl.workflows import adding

    catalog = session.known_catalog(answers=False)
    ruleset = session.ruleset(catalog)
    files = session.files
    taxonomy = session.taxonomy
    if dimension is None and not adding.declared(taxonomy, tag) and taxonomy.dimensions and somebody_there():
        from tagctl.commands import _asking

        names = list(taxonomy.dimensions)
        question = _("{tag} is new. In which dimension?").format(tag=tag)
        dimension = names[_asking.choice(question, names)]
    home = adding.home(files, taxonomy, tag, dimension)
    adding.refuse_second(ruleset, home)
    remark = comment or home.taxonomy.tags[home.tag].purpose or note or session.signature()
    if when is None:
        from tagctl.commands import _asking

        when = _asking.condition(
            ruleset, catalog, lambda part: adding.check(part, home, ruleset, catalog, session.zone)
        )
        if comment is None:
            remark = _asking.text(_("A comment for the file: why this rule"), remark)
    return adding.write(files, home, when, remark, ruleset, catalog, session.zone), catalog


def _previewed(session: Session, addition: Addition, catalog: Catalog) -> AdditionReport:
    """Whom the next run would give the tag: a run of the rules with the new one, taken back."""
    from tagctl.commands._trial import run_of
    from tagctl.workflows import adding, simulating, tagging

    home = addition.home
    with session.changing("rules", dry_run=True) as operation:
        tagging.sync(operation, home.taxonomy, confirm=False)
        rulesets = [session.ruleset(catalog), addition.ruleset]
        now, before, after = simulating.tried(operation, home.tag, rulesets, run_of(session, home.taxonomy))
    effect = simulating.effect(home.tag, now, before, after, keys=_FIRST_KEYS)
    assert after.run is not None
    return adding.report(addition, effect, after.run)


def register(app: typer.Typer) -> None:
    """Gives `tagctl rules` this command."""
    add(
        app,
        add_rule,
        name="add",
        help=_(
            "Add a rule for a tag. On a terminal its condition is asked for, from the fields, events and "
            "metrics of the project. Whom it would tag is shown first; then it is written into rules.yaml, "
            "and a new tag into taxonomy.yaml, both as they are otherwise. Tags change at the next run."
        ),
        examples=(
            "tagctl rules add 忠实客户",
            "tagctl rules add 大客户 --dimension 价值 --when '{sum: order.amount, above: 10000}' --yes",
        ),
    )
