"""How rules are tried: by the run of the workflow that `tagctl run` calls."""

from __future__ import annotations

from tagctl.commands._session import Session
from tagctl.model import Taxonomy
from tagctl.workflows import running, simulating


def run_of(session: Session, taxonomy: Taxonomy) -> simulating.Run:
    """A run of some rules within an operation, for `simulating.tried`."""
    return lambda operation, ruleset: running.run(
        operation, ruleset, taxonomy, timezone=session.zone, engine=session.settings.engine
    )[0]
