"""Curating in the database: pins and bans, tags that only the database has, several edits at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from content import check_invariants, content
from importing_project import OP, ZONE, Project

from tagctl import rules
from tagctl.store import catalog
from tagctl.store.undo import undo
from tagctl.workflows import curating
from tagctl.workflows.curating import applying

TAXONOMY = """
dimensions:
  - name: 价值
    tags: [VIP, 高价值, 普通, 新客]
"""


class Curated(Project):
    """A project with both files in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.paths = applying.Paths(folder / "taxonomy.yaml", folder / "rules.yaml")
        self.paths.taxonomy.write_text(TAXONOMY, encoding="utf-8")
        self.paths.rules.write_text("", encoding="utf-8")
        self.taxonomy(TAXONOMY)

    def draft(self) -> curating.Draft:
        files = rules.Files(self.paths.taxonomy.read_bytes(), self.paths.rules.read_bytes())
        return curating.draft(files, catalog.read(self.store), ZONE)

    def apply(self, *done: curating.Curation):
        with self.operate("tags-merge") as op:
            report = applying.apply(op, done, self.paths)
        check_invariants(self.store)
        self.operation = op.result
        return report

    def override(self, kind: str, customer: str, tag: str) -> None:
        if kind == "pin":
            self.change(
                "INSERT INTO assignments (tag, customer, source, gained_op, since) "
                "VALUES (?, ?, 'manual', ?, 5)",
                self.tag(tag),
                self.customer(customer),
                OP,
            )
        self.change(
            "INSERT INTO overrides (kind, customer, tag, reason, op) VALUES (?, ?, ?, '因为', ?)",
            kind,
            self.customer(customer),
            self.tag(tag),
            OP,
        )

    def overrides(self) -> set[tuple[str, str, str]]:
        return set(
            self.rows(
                "SELECT o.kind, c.tagctl_key, t.name FROM overrides o JOIN tags t ON t.id = o.tag "
                "JOIN customers c ON c.tagctl_id = o.customer"
            )
        )


@pytest.fixture
def project(tmp_path):
    found = Curated(tmp_path)
    found.customers(
        found.file("a.csv", "客户编号,年龄,标签", "1,30,高价值", "2,50,VIP", "3,60,散客", "4,20,高价值、VIP")
    )
    for override in (
        ("pin", "1", "高价值"),
        ("pin", "2", "高价值"),
        ("ban", "3", "高价值"),
        ("ban", "3", "VIP"),
    ):
        found.override(*override)
    return found


def test_pins_and_bans_follow_a_merge(project):
    before, number = content(project.store), project.now
    draft = project.draft()
    report = project.apply(curating.merge(draft, ["高价值"], "VIP"))
    assert project.overrides() == {("pin", "1", "VIP"), ("pin", "2", "VIP"), ("ban", "3", "VIP")}
    assert [(one.name, one.before, one.after, one.pins, one.bans) for one in report.holders] == [
        ("高价值", 3, 0, 2, 1),
        ("VIP", 2, 3, 0, 1),
    ]
    assert report.several == 2
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert content(project.store) == before
    assert number < project.now


def test_a_split_moves_pins_and_copies_bans(project):
    before = content(project.store)
    project.apply(curating.split(project.draft(), "高价值", "老高价值", "{field: 年龄, at_least: 50}"))
    assert project.overrides() == {
        ("pin", "1", "高价值"),
        ("pin", "2", "老高价值"),
        ("ban", "3", "高价值"),
        ("ban", "3", "老高价值"),
        ("ban", "3", "VIP"),
    }
    assert ("2", "老高价值", "manual") in project.held()
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert content(project.store) == before


def test_retiring_lifts_pins_and_keeps_bans(project):
    before = content(project.store)
    project.apply(curating.retire(project.draft(), "高价值"))
    assert project.overrides() == {("ban", "3", "高价值"), ("ban", "3", "VIP")}
    assert {tag for _customer, tag, _source in project.held()} == {"VIP"}
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert content(project.store) == before


def test_several_edits_are_one_operation(project):
    before = content(project.store), project.paths.taxonomy.read_bytes()
    first = curating.merge(project.draft(), ["高价值"], "VIP")
    second = curating.rename(first.after, "VIP", "贵宾")
    third = curating.merge(second.after, ["散客", "普通"], "新客", known=curating.known(project.store))
    fourth = curating.move(third.after, "新客", None, "贵宾")
    report = project.apply(first, second, third, fourth)
    assert project.held() >= {("1", "贵宾", "import"), ("3", "新客", "import")}
    assert {tag for _customer, tag, _source in project.held()} == {"贵宾", "新客"}
    assert report.tags == ("贵宾", "新客")
    taxonomy = project.draft().taxonomy
    assert taxonomy.names["高价值"] == taxonomy.names["vip"] == "贵宾"
    assert taxonomy.tags["新客"].parent == "贵宾"
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert (content(project.store), project.paths.taxonomy.read_bytes()) == before


def test_a_tag_that_left_the_file_takes_part(project):
    project.taxonomy(TAXONOMY.replace("高价值, ", ""))
    project.paths.taxonomy.write_text(TAXONOMY.replace("高价值, ", ""), encoding="utf-8")
    project.apply(curating.merge(project.draft(), ["高价值"], "VIP", known=curating.known(project.store)))
    assert {key for key, tag, _source in project.held() if tag == "VIP"} == {"1", "2", "4"}


def test_a_retired_tag_by_hand_is_given_by_no_import(project):
    text = TAXONOMY.replace("新客", "{name: 新客, status: deprecated, replaced_by: 普通}")
    project.taxonomy(text.replace("普通,", "普通, {name: 旧, status: deprecated},", 1))
    report = project.customers(project.file("b.csv", "客户编号,标签", "7,新客、旧", "8,旧"))
    assert report.retired_tags == {"旧": 2}
    assert {one for one in project.held() if one[0] in "78"} == {("7", "普通", "import")}


def test_names_lead_to_the_tag_at_once_and_never_in_circles(project):
    before = content(project.store)
    project.apply(curating.merge(project.draft(), ["高价值"], "VIP"))
    project.apply(curating.merge(project.draft(), ["VIP"], "普通"))
    project.apply(curating.rename(project.draft(), "普通", "高价值"))  # one of its own aliases by now
    taxonomy = project.draft().taxonomy
    assert {taxonomy.names[label] for label in ("vip", "普通", "高价值")} == {"高价值"}
    assert set(taxonomy.tags["高价值"].aliases) == {"VIP", "普通"}
    found = project.rows(
        "SELECT a.text, t.name, t.state FROM aliases a JOIN tags t ON t.id = a.tag ORDER BY 1"
    )
    assert found == [("VIP", "高价值", "declared"), ("普通", "高价值", "declared")]
    assert {tag for _customer, tag, _source in project.held()} == {"高价值"}
    for number in (project.operation, project.operation - 1, project.operation - 2):
        with project.operate("undo") as op:
            undo(op, number)
        check_invariants(project.store)
    assert content(project.store) == before
