"""`tagctl rules simulate TAG`: who would gain and lose with other numbers; nothing is written."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import AsOf, ReadFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.reports.simulating import Effect, SimulationReport


def simulate(
    context: typer.Context,
    tag: Annotated[str, typer.Argument(metavar="TAG", help=_("The tag, by its name or an alias."))],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help=_(
                "Another value in the rule: when.0.at_least=4, or from the top: metrics.NAME.within=90d; "
                "can be repeated."
            ),
        ),
    ] = None,
    vary: Annotated[
        str | None,
        typer.Option(
            "--vary",
            metavar="PATH=FROM..TO",
            help=_("Several values: within=30d..90d, at_least=2..10, top=10%..30%."),
        ),
    ] = None,
    steps: Annotated[
        int, typer.Option("--steps", min=2, max=100, metavar="N", help=_("With --vary: how many values."))
    ] = 5,
    list_: Annotated[
        bool, typer.Option("--list", help=_("Also list the customers who would gain or lose the tag."))
    ] = False,
    as_of: AsOf = None,
    format_: ReadFormat = "table",
) -> None:
    """Runs all the rules, as they are and changed, within an operation that is taken back."""
    from tagctl.render.simulating import show_simulation
    from tagctl.render.terminal import be_quiet

    be_quiet(False)  # the report is the answer
    session = Session(context, as_of=as_of)
    report = _simulated(session, tag, set_ or [], vary, steps, list_)
    if format_ == "csv":
        session.emit_rows(report.effects, Effect, format_, lambda: None)
    else:
        session.emit(report, format_, lambda found: show_simulation(found, session.zone))


def _simulated(
    session: Session, tag: str, sets: list[str], vary: str | None, count: int, keys: bool
) -> SimulationReport:
    from tagctl.commands._trial import run_of
    from tagctl.render.progress import working
    from tagctl.workflows import simulating

    changes = [simulating.setting(text, "--set") for text in sets]
    span = simulating.setting(vary, "--vary") if vary else None
    if not changes and span is None:
        what = _("It is not said what to change.")
        advice = _("Write it like: --set when.at_least=4, or: --vary within=30d..90d")
        raise UsageProblem(Problem("nothing-to-change", what, advice))
    values = simulating.steps(span[1], count) if span else ()
    session.require_database()
    with (
        working(_("Computing tags")),
        session.changing("rules", dry_run=True) as operation,
    ):
        catalog = session.catalog(operation.store)
        ruleset = session.ruleset(catalog)
        found = simulating.subject(operation.store, ruleset, session.taxonomy, tag)
        text = session.rules_text or b""
        varied = simulating.written_at(text, session.settings, found.entry, span[0]) if span else None
        variants = [(*changes, (varied[0], value)) for value in values] if varied else [tuple(changes)]
        taxonomy = simulating.active(session.taxonomy, found.tag)
        rulesets = [
            simulating.changed(text, session.settings, found.entry, variant, taxonomy, catalog)
            for variant in variants
        ]
        now, before, *after = simulating.tried(
            operation, found.tag, [ruleset, *rulesets], run_of(session, taxonomy)
        )
    effects = [
        simulating.effect(
            found.tag, now, before, one, value=variant[-1][1] if varied else None, keys=None if keys else 0
        )
        for variant, one in zip(variants, after, strict=True)
    ]
    return simulating.report(found, now, before, effects, changes, varied)


def register(app: typer.Typer) -> None:
    """Gives `tagctl rules` this command."""
    add(
        app,
        simulate,
        name="simulate",
        help=_(
            "Try a rule with other numbers: who would gain and lose its tag. All rules are computed, as they "
            "are and changed; nothing is written."
        ),
        examples=(
            "tagctl rules simulate VIP --set when.0.top=10%",
            "tagctl rules simulate 高频互动 --vary within=30d..90d --steps 7",
        ),
    )
