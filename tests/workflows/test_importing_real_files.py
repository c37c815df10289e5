"""Files that products really export: what becomes of each (tests/cases/real_files.yaml)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from importing_project import Project, adds_up

from tagctl.errors import TagctlError

TAXONOMY = """
dimensions:
  - name: 价值
    kind: value
    tags: [VIP, {name: wholesale, aliases: [whole sale]}, 大客户]
  - name: 来往
    kind: lifecycle
    tags: [{name: newsletter, aliases: [News-letter]}, lead, warm]
"""
TESTS = Path(__file__).parents[1]
CASES = yaml.safe_load((TESTS / "cases" / "real_files.yaml").read_text("utf-8"))
FILES = {path.name: path for path in (TESTS / "data").rglob("*.*")}


def take(project, case):
    file = Path(shutil.copy(FILES[case["file"]], project.folder))
    flags = case.get("flags", {})
    if "events" in case:
        return project.events(case["events"], file, rates=case.get("rates"), **flags)
    return project.customers(file, **flags)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_real_file_goes_in_whole_or_says_why_not(tmp_path, case):
    project = Project(tmp_path)
    project.taxonomy(TAXONOMY)
    if "error" in case:
        with pytest.raises(TagctlError) as stopped:
            take(project, case)
        assert stopped.value.problems[0].code == case["error"]
        assert stopped.value.problems[0].location.file == case["file"]
        assert project.rows("SELECT count(*) FROM customers") == [(0,)]
        return
    report = take(project, case)
    (file,) = report.files
    assert adds_up(report)
    assert [column.header for column in file.columns if column.role == "key"] == [case["key"]]
    assert {
        "preset": file.preset,
        "rows": file.rows,
        "rejected": file.rejected,
        "customers": report.customers_created,
        "created": report.events_created,
        "tags": report.tags_gained,
        "unknown": report.unknown_labels,
    } == {
        "preset": case.get("preset"),
        "rows": case["rows"],
        "rejected": case.get("rejected", 0),
        "customers": case["customers"],
        "created": case.get("created", 0),
        "tags": case.get("tags", 0),
        "unknown": case.get("unknown", {}),
    }
    again = take(project, case)
    assert again.unchanged_file


def test_every_real_file_is_in_the_table():
    named = {case["file"] for case in CASES}
    assert {path.name for path in (TESTS / "data" / "real").iterdir()} <= named


def test_the_same_purchases_with_and_without_headers_agree(tmp_path):
    project = Project(tmp_path)
    clean = {"file": "cdnow_transactions.csv", "events": "clean", "flags": {"key": "id"}}
    bare = {"file": "cdnow_sample.txt", "events": "bare", "flags": {"no_header": True, "key": "column 2"}}
    take(project, clean)
    take(project, bare)

    def purchases(type_, spent):
        return project.rows(
            f'SELECT CAST(c.tagctl_key AS INTEGER), e.tagctl_at, {spent} FROM "event_{type_}" e '
            "JOIN customers c ON c.tagctl_id = e.tagctl_customer ORDER BY 1, 2, 3"
        )

    assert purchases("clean", "spent") == purchases("bare", 'CAST(round("column 5" * 10000) AS INTEGER)')
