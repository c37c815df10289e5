"""DuckDB comes to what the reference says, as SQLite does, on the same random worlds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import test_oracle_agreement as agreement
from hypothesis import given, settings
from strategies import cases

from tagctl.model import Ruleset, Taxonomy
from tagctl.reports import RunReport
from tagctl.store.connection import Store, open_store
from tagctl.store.operations import operate
from tagctl.workflows import checking, running

pytest.importorskip("duckdb", reason="the extra [fast] is not installed")
pytest.importorskip("duckdb_extension_sqlite_scanner", reason="the extra [fast] is not installed")


limits = settings(agreement.limits, max_examples=agreement.EXAMPLES or 30)


def run(
    store: Store, ruleset: Ruleset, taxonomy: Taxonomy, as_of: int, zone: str
) -> tuple[int | None, RunReport]:
    """As test_oracle_agreement's, in DuckDB."""
    with operate(store, "run", now=as_of, as_of=as_of, by="test") as op:
        report, found = running.run(
            op, ruleset, taxonomy, timezone=ZoneInfo(zone), max_change=1.0, engine="duckdb"
        )
        checking.reconcile(op, taxonomy, found, as_of, ZoneInfo(zone))
    assert (report.engine, report.engine_note) == ("duckdb", ""), report.engine_note
    return op.result, report


@pytest.mark.timeout(0 if agreement.EXAMPLES else 600)
@limits
@given(cases())
def test_run_is_what_the_reference_says(case):
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        patched.setattr(agreement, "run", run)
        with open_store(Path(folder) / "tagctl.db", create=True) as store:
            agreement.check(case, store)
