"""`rules check` with a database: customers in no stage of a lifecycle."""

from __future__ import annotations

import pytest
from running_project import NOW, ZONE, Project

from tagctl.model import Catalog
from tagctl.store import catalog
from tagctl.workflows import checking_rules

TAXONOMY = """dimensions:
  - {name: 阶段, kind: lifecycle, exclusive: ordered, tags: [新客户, {name: 老客户, children: [常客]}]}
  - {name: 价值, kind: value, tags: [VIP]}
"""


@pytest.fixture
def shop(tmp_path) -> Project:
    project = Project(tmp_path, TAXONOMY, "rules: [{tag: 新客户, when: {field: n, is: 1}}]")
    project.field("customer", "n", "number")
    for key, n in enumerate((1, 1, 2, 2, 2)):
        project.customer(str(key), n=n)
    return project


def gaps(project: Project, rules: str | None = None):
    data = (project.rules if rules is None else rules).encode()
    known = catalog.read(project.store)
    report = checking_rules.check(data, "rules.yaml", project.taxonomy, known, ZONE, NOW, project.store)
    return [(gap.dimension, gap.customers, gap.of) for gap in report.gaps]


def test_customers_in_no_stage_are_counted_by_what_they_hold(shop):
    shop.run()
    assert gaps(shop) == [("阶段", 3, 5)]
    shop.assign("2", "常客", since=NOW)  # a child of a stage, from any source
    shop.assign("3", "VIP", since=NOW)  # no stage
    assert gaps(shop) == [("阶段", 2, 5)]


def test_before_any_run_there_is_nothing_to_count(shop):
    assert gaps(shop) == [("阶段", None, 5)]
    assert gaps(shop, "") == [("阶段", 5, 5)]  # no rules: what was imported is all there will be


def test_with_errors_or_without_a_database_nothing_is_counted(shop):
    assert gaps(shop, "rules: [{tag: 没有}]") == []
    report = checking_rules.check(None, "rules.yaml", shop.taxonomy, Catalog(), ZONE, NOW)
    assert (report.gaps, report.counts["rules"]) == ((), 0)
