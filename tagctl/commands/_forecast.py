"""The run that forecasts repeat: workflows do not call each other, so commands hand it over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tagctl.commands._session import Session
from tagctl.workflows import running

if TYPE_CHECKING:
    from tagctl.workflows.forecasting.nights import Running


def nightly(session: Session) -> Running:
    """A run that may speak for any instant and is never stopped; on SQLite, which sees uncommitted runs."""
    return partial(
        running.run, taxonomy=session.taxonomy, timezone=session.zone, backfill=True, engine="sqlite"
    )
