"""`tagctl rules test`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.errors import ExitCode
from tagctl.messages import _
from tagctl.render.terminal import be_quiet


def test(
    context: typer.Context,
    which: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEST", help=_("Only these: by number, by name, or by a tag that they name.")),
    ] = None,
    format_: TreeFormat = "table",
) -> int:
    """In a database of its own, which is gone afterwards."""
    from tagctl.render.rules import show_tests
    from tagctl.workflows import explaining, running, testing_rules

    session = Session(context)
    session.require_file(session.settings.rules_file)
    zone = session.zone
    judge = testing_rules.Judge(
        compile=session.ruleset,
        run=lambda op, ruleset, taxonomy: running.run(op, ruleset, taxonomy, timezone=zone, engine="sqlite"),
        why=lambda store, ruleset, taxonomy, catalog, key, tag, as_of: explaining.why(
            store, ruleset, taxonomy, catalog, key, tag, as_of=as_of, timezone=zone
        ),
    )
    known = session.known_catalog()
    report = testing_rules.run_tests(
        judge, session.taxonomy, known, which or (), now=session.now, timezone=zone
    )
    be_quiet(False)
    tag = next(iter(session.taxonomy.tags), "VIP")
    session.emit(report, format_, lambda found: show_tests(found, zone, tag))
    return ExitCode.FINDINGS if report.failed else ExitCode.OK


def register(app: typer.Typer) -> None:
    """Add the command to `tagctl rules`."""
    add(
        app,
        test,
        name="test",
        help=_(
            "Run the tests of rules.yaml. Each is a made-up customer with their events, and the tags that "
            "the rules must and must not give. It runs as `run` would, in a database of its own; for a tag "
            "that is not as expected the proof is printed, and the exit code is 1. All that the rules read "
            "counts as imported, and in time."
        ),
        examples=("tagctl rules test", "tagctl rules test 3", "tagctl rules test VIP"),
    )
