"""Executing the steps of a program, and naming the rule to blame when one fails; answers to questions.

Only temporary tables are written: this works on a read-only database too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from tagctl.errors import Location, Problem, StoreError
from tagctl.messages import _
from tagctl.program import UNMEASURED, Laps, Probe, Step
from tagctl.sql import Sql, name
from tagctl.store.connection import Store


def execute(
    store: Store,
    steps: Iterable[Step],
    probes: Callable[[], Iterator[Probe]] | None = None,
    laps: Laps = UNMEASURED,
) -> None:
    """Execute all steps. A failing statement is a StoreError that names the rule's file and line, found by
    trying each rule alone (`probes`)."""
    for step in steps:
        try:
            store.execute(step.sql)
        except sqlite3.Error as error:
            raise _failed(store, step, error, probes) from error
        laps.lap(step.label)


@contextmanager
def answered(store: Store, steps: Iterable[Step], tables: Iterable[str]) -> Iterator[None]:
    """Execute the steps of a question; its temporary tables are there within the block."""
    drop = tuple(tables)
    try:
        execute(store, steps)
        yield
    finally:
        for table in drop:
            store.execute(f"DROP TABLE IF EXISTS temp.{name(table)}")


def newest(store: Store, queries: Mapping[str, Sql]) -> dict[str, int | None]:
    """The answers to queries for an instant (rules.emit.question.newest_of_subsets)."""
    return {name: store.value(query) for name, query in queries.items()}


def _failed(
    store: Store, step: Step, error: sqlite3.Error, probes: Callable[[], Iterator[Probe]] | None
) -> StoreError:
    for probe in probes() if probes else ():
        try:
            for part in probe.steps:
                store.execute(part.sql)
        except sqlite3.Error as own:
            return StoreError(_problem(probe.rule, probe.location, own))
    return StoreError(_problem(step.label, None, error))


def _problem(what: str, location: Location | None, error: sqlite3.Error) -> Problem:
    return Problem(
        "statement-failed",
        _("{what} could not be computed: {error}. Nothing was written.").format(what=what, error=error),
        _("Check the rule with: tagctl rules check. If it is right, please report this as a bug."),
        location,
    )
