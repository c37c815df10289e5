"""Labels of a project that may be the same, as several commands need them."""

from __future__ import annotations

from pathlib import Path

from tagctl.commands._session import Session
from tagctl.reports.duplicates import DuplicatesReport

LEAST = 0.6  # how sure at least, unless --min-score says otherwise


def of_project(session: Session, synonyms: Path | None = None, least: float = LEAST) -> DuplicatesReport:
    """The clusters of tags and unknown labels, what was decided before left out."""
    from tagctl.workflows import comparing

    with session.reading() as store:
        ruleset = session.ruleset(session.catalog(store)) if session.rules_text is not None else None
        return comparing.in_store(store, session.taxonomy, ruleset, synonyms=synonyms, least=least)
