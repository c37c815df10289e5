"""`tagctl rules`: check, and what has a module of its own."""

from __future__ import annotations

import typer

from tagctl.commands import rules_add, rules_explain, rules_simulate, rules_test
from tagctl.commands._fixing import fix as mend
from tagctl.commands._fixing import refuse_without_fix
from tagctl.commands._options import By, DryRun, Fix, Note, TreeFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import add, group
from tagctl.errors import ExitCode
from tagctl.messages import _
from tagctl.render import taxonomies


def check(
    context: typer.Context,
    fix: Fix = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    note: Note = None,
    by: By = None,
    format_: TreeFormat = "table",
) -> int:
    """Against the taxonomy and, where there is a database, the fields and events that imports brought."""
    session = Session(context, by=by)
    file = session.settings.rules_file
    session.require_file(file)
    if fix:
        checker = session.rules_checker()
        return mend(session, file, "rules", checker, dry_run=dry_run, yes=yes, note=note, format_=format_)
    refuse_without_fix(dry_run, yes, note, by)
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
        "rules that meet without an order. --fix mends what only looks right, shows it and asks."
    ),
    examples=("tagctl rules check", "tagctl rules check --fix"),
)
rules_test.register(app)
rules_explain.register(app)
rules_add.register(app)
rules_simulate.register(app)
