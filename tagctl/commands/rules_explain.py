"""`tagctl rules explain`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from tagctl.commands._options import AsOf, TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.messages import _
from tagctl.model import Catalog
from tagctl.render.terminal import be_quiet


def explain(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="TAG", help=_("Only the rules of these tags or dimensions; default all.")),
    ] = None,
    sql: Annotated[
        bool, typer.Option("--sql", help=_("The SQL that a run executes for each rule, to run yourself."))
    ] = False,
    as_of: AsOf = None,
    format_: TreeFormat = "table",
) -> None:
    """Works without a database, too."""
    from tagctl.render.rules import show_rules, show_sql
    from tagctl.workflows import describing_rules

    session = Session(context, as_of=as_of)
    session.require_file(session.settings.rules_file)
    with ExitStack() as stack:
        there = session.settings.database.exists()
        store = stack.enter_context(session.reading()) if there else None
        report = describing_rules.explain(
            session.ruleset,
            session.taxonomy,
            session.catalog(store) if store else Catalog(),
            store,
            names or (),
            sql=sql,
            as_of=session.as_of,
            timezone=session.zone,
        )
    be_quiet(False)
    show = (lambda found: show_sql(found, session.as_of, session.zone)) if sql else show_rules
    session.emit(report, format_, show)


def register(app: typer.Typer) -> None:
    """Add the command to `tagctl rules`."""
    add(
        app,
        explain,
        name="explain",
        help=_(
            "Print rules as sentences, and what they mention by name: metrics, conditions, parts of events, "
            "periods. With a database it says which rules wait for data; with --sql the statements that a "
            "run executes for a rule are printed as a script."
        ),
        examples=("tagctl rules explain", "tagctl rules explain VIP", "tagctl rules explain VIP --sql"),
    )
