"""Findings reconciled by fingerprint."""

from __future__ import annotations

import pytest
from shop import Shop

from tagctl.errors import UsageProblem
from tagctl.model import Found
from tagctl.store import findings

CODES = ("tag-conflict", "unknown-label")


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def conflict(count=2, *subject):
    return Found("tag-conflict", "warning", subject or ("甲", "乙"), count)


def reconcile(shop, *found, codes=CODES):
    with shop.operation("run") as op:
        counts = findings.reconcile(op, found, codes)
    return (*counts, op.result is not None)


def states(shop):
    return {row.subject: (row.state, row.count) for row in findings.rows(shop.store, states=())}


def test_opened_once_then_nothing_to_write(shop):
    assert reconcile(shop, conflict(), conflict(1, "丙", "丁")) == (2, 0, 2, True)
    assert reconcile(shop, conflict(1, "丙", "丁"), conflict()) == (0, 0, 2, False)


def test_another_count_is_written_but_not_new(shop):
    reconcile(shop, conflict(2))
    assert reconcile(shop, conflict(3)) == (0, 0, 1, True)
    assert states(shop) == {("甲", "乙"): ("open", 3)}


def test_resolved_when_not_found_and_opened_again_when_it_returns(shop):
    reconcile(shop, conflict())
    first = findings.rows(shop.store)[0]
    assert reconcile(shop) == (0, 1, 0, True)
    assert reconcile(shop) == (0, 0, 0, False)
    assert reconcile(shop, conflict()) == (1, 0, 1, True)
    assert findings.rows(shop.store)[0] == first


def test_only_what_was_looked_for_is_resolved(shop):
    reconcile(shop, conflict())
    assert reconcile(shop, codes=["unknown-label"]) == (0, 0, 1, False)


def test_what_is_accepted_stays_accepted_while_found(shop):
    reconcile(shop, conflict(2))
    shop.store.execute("UPDATE findings SET state = 'accepted'")
    assert reconcile(shop, conflict(4)) == (0, 0, 0, True)
    assert states(shop) == {("甲", "乙"): ("accepted", 4)}


def test_a_code_that_was_not_looked_for_cannot_be_found(shop):
    with pytest.raises(ValueError, match="tag-conflict"):
        reconcile(shop, conflict(), codes=["unknown-label"])


def test_gravest_first_and_unknown_numbers(shop):
    reconcile(shop, Found("unknown-label", "info", ("x",), 9), conflict(1), conflict(5, "丙", "丁"))
    assert [row.subject for row in findings.rows(shop.store)] == [("丙", "丁"), ("甲", "乙"), ("x",)]
    assert [row.code for row in findings.rows(shop.store, codes=["unknown-label"])] == ["unknown-label"]
    with pytest.raises(UsageProblem):
        findings.one(shop.store, 99)
