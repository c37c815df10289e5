"""`tagctl rules`: check, and what has a module of its own."""

from __future__ import annotations

import typer

from tagctl.commands import rules_add, rules_explain, rules_simulate, rules_test
from tagctl.commands._options import TreeFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add, group
from tagctl.errors import ExitCode
from tagctl.messages import _
from tagctl.render import taxonomies


def check(context: typer.Context, format_: TreeFormat = "table") -> int:
    """Against the taxonomy and, where there is a database, the fields and events that imports brought."""
    session = Session(context)
    session.require_file(session.settings.rules_file)
    report = session.check_rules()
    session.emit(report, format_, taxonomies.show_check)
    return ExitCode.CONFIG if report.problems else ExitCode.OK


app = group(_("Check, test and explain rules.yaml."))
add(
    app,
    check,
    name="check",
    help=_(
        "Check rules.yaml. It is read against the taxonomy and, where there is a database, against the "
        "fields and events that imports brought; all that is wrong is listed at once, with line and column. "
        "It also advises about conditions that nobody or everybody meets, rules that mean the same, and "
        "rules that meet without an order."
    ),
    examples=("tagctl rules check",),
)
rules_test.register(app)
rules_explain.register(app)
rules_add.register(app)
rules_simulate.register(app)
