"""A run narrowed to the customers whom something can concern comes to what the reference says for all."""

from __future__ import annotations

import tempfile
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import test_oracle_agreement as agreement
from hypothesis import given, settings
from strategies import Case, cases

from tagctl.store import baseline
from tagctl.store.connection import open_store

limits = settings(agreement.limits, max_examples=agreement.EXAMPLES or 40)


def narrowable(case: Case) -> Case:
    """The case without what makes a run compute everybody, as far as the words of the files tell."""
    taxonomy, rules = deepcopy((case.taxonomy, case.rules))

    def plain(tags: list[Any]) -> None:
        for tag in tags:
            if isinstance(tag, dict):
                if tag.get("status") in ("draft", "pilot"):
                    tag.pop("status")
                tag.pop("pilot", None)
                plain(tag.get("children", []))

    for dimension in taxonomy["dimensions"]:
        if dimension.get("on_conflict") == "newest":
            dimension.pop("on_conflict")
        if dimension.get("exclusive") == "one":
            dimension["exclusive"] = "ordered"
        plain(dimension["tags"])
    for rule in rules["rules"]:
        rule.pop("keep_imported", None)
    return replace(case, taxonomy=taxonomy, rules=rules)


@pytest.fixture(scope="module")
def narrowed():
    """Runs are narrowed wherever they can be; the list tells of each since which as-of."""
    found: list[int] = []

    def execute(op, program, laps):
        if program.narrow is not None:
            then = op.store.value("SELECT as_of FROM operations WHERE number = ?", (program.narrow.since,))
            found.append(op.as_of - then)
        return whole(op, program, laps)

    whole = baseline.execute
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(baseline, "WORTH_IT", 0)
        patched.setattr(baseline, "LARGEST_SHARE", 1.0)
        patched.setattr(baseline, "execute", execute)
        yield found


@pytest.mark.timeout(0 if agreement.EXAMPLES else 600)
@limits
@given(case=cases().map(narrowable))
def test_narrowed_runs_are_what_the_reference_says(narrowed, case):
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "tagctl.db", create=True) as store,
    ):
        agreement.check(case, store)


def test_time_had_passed_before_many_of_them(narrowed):
    assert sum(passed > 0 for passed in narrowed) >= 5, narrowed
