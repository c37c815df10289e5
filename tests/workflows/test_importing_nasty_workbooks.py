"""Every workbook of the collection: its cells exactly as stated, or an error with code and place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from importing_project import Project, adds_up

from tagctl.errors import DataError
from tagctl.io.registry import open_table

TESTS = Path(__file__).parents[1]
EXCEL = TESTS / "data" / "nasty" / "excel"
CASES = yaml.safe_load((TESTS / "cases" / "nasty_excel.yaml").read_text("utf-8"))
MUST_IMPORT = 31


def test_every_file_is_stated_and_most_import():
    assert [case["file"] for case in CASES] == sorted(path.name for path in EXCEL.iterdir())
    assert sum(1 for case in CASES if "error" not in case) >= MUST_IMPORT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_workbook(case, tmp_path):
    path = shutil.copy(EXCEL / case["file"], tmp_path)
    flags = {"no_header": case.get("no_header", False)}
    if "without_flags" in case:
        assert refused(lambda: open_table(path)) == case["without_flags"]
    if "headers" not in case:
        assert refused(lambda: open_table(path, **flags)) == case["error"]
        return
    table = open_table(path, **flags)
    assert list(table.headers) == case["headers"]
    assert {row.number: list(row.texts) for row in table.rows()} == case["rows"]
    project = Project(tmp_path)
    if "error" in case:
        with pytest.raises(DataError) as caught:
            project.customers(Path(path), key=case["key"], **flags)
        assert [problem.code for problem in caught.value.problems] == case["error"]
        return
    report = project.customers(Path(path), key=case["key"], **flags)
    assert adds_up(report)
    assert report.files[0].imported == case["imported"]
    rejects = [f"{r.location.row} {r.location.header} {r.code}" for r in report.rejects]
    assert rejects == case.get("rejects", [])


def refused(call) -> str:
    with pytest.raises(DataError) as caught:
        call()
    problem = caught.value.problems[0]
    assert problem.what
    assert problem.next
    return f"{problem.code} {problem.location}"
