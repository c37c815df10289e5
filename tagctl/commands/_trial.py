"""Trying rules: a whole run of them within an operation, looked at and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tagctl.commands._session import Session
from tagctl.model import Ruleset, Taxonomy
from tagctl.workflows import running, simulating

if TYPE_CHECKING:
    from tagctl.store.operations import Operation


def tried(
    session: Session, operation: Operation, rulesets: Iterable[Ruleset], taxonomy: Taxonomy, tag: str
) -> list[simulating.Holding]:
    """Who holds the tag now, and after a run of each of the rulesets."""
    found = [simulating.holding(operation.store, tag)]
    for ruleset in rulesets:
        with operation.tried():
            report, _found = running.run(
                operation, ruleset, taxonomy, timezone=session.zone, engine=session.settings.engine
            )
            found.append(simulating.holding(operation.store, tag, report))
    return found
