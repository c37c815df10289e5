"""Every nasty CSV that we could find: imported with the right cells, or refused with code and place."""

import gzip
import shutil
from pathlib import Path

import pytest
import yaml
from importing_project import Project

from tagctl.errors import TagctlError
from tagctl.io.registry import open_table

DATA = Path(__file__).parents[1] / "data" / "nasty" / "csv"
CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "nasty_csv.yaml").read_text("utf-8"))


def test_every_file_is_stated_and_most_import():
    assert [case["file"] for case in CASES] == sorted(path.name for path in DATA.iterdir())
    assert sum("cells" in case for case in CASES) >= 32


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_nasty_csv(tmp_path, case):
    project = Project(tmp_path)
    path = Path(shutil.copy(DATA / case["file"], tmp_path))
    flags = case.get("flags", {})
    if "error" in case:
        with pytest.raises(TagctlError) as caught:
            project.customers(path, **flags)
        assert [[p.code, str(p.location)] for p in caught.value.problems] == case["error"]
        assert all(problem.what for problem in caught.value.problems)
        assert caught.value.problems[-1].next
        return
    report = project.customers(path, **flags)
    (reading,) = report.files
    assert [reading.encoding, reading.delimiter, reading.header_row] == case["read"]
    assert {name: getattr(reading, name) for name in case["counts"]} == case["counts"]
    assert [[reject.location.row, reject.code] for reject in report.rejects] == case.get("rejects", [])

    table = open_table(path)
    cells = {row.number: list(row.texts) for row in table.rows()}
    assert list(table.headers) == case["headers"]
    assert {number: cells[number] for number in case["cells"]} == case["cells"]
    key = next(column.header for column in reading.columns if column.role == "key")
    rejected = {number for number, _code in case.get("rejects", [])}
    keys = {texts[table.headers.index(key)] for number, texts in cells.items() if number not in rejected}
    stored = {row[0] for row in project.store.rows("SELECT tagctl_key FROM customers")}
    assert stored == keys


def test_rows_that_cannot_be_read_are_rejected_with_their_reason(tmp_path):
    project = Project(tmp_path)
    path = project.file("a.csv", "id,n", "1,a", "id,n", '"2"x,b', "3,c,d", "4,e")
    report = project.customers(path)
    assert [(reject.location.row, reject.code, reject.reason) for reject in report.rejects] == [
        (3, "repeated-header", "the row repeats the header"),
        (4, "bad-quotes", "the row's quotes do not fit"),
        (5, "ragged-row", "the row has 3 cells, the header 2"),
    ]
    report = project.customers(project.file("b.jsonl", '{"id": "5"}', "x"))
    assert [(reject.location.row, reject.code) for reject in report.rejects] == [(2, "bad-json")]


def test_packed_bytes_count_as_imported_when_they_were_plain(tmp_path):
    project = Project(tmp_path)
    path = project.file("a.csv", "id,n", "1,a", "2,b,c")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert project.customers(tmp_path / "*.gz").files[0].file == "a.csv.gz"
    assert (tmp_path / "a.csv.rejects.csv").exists()
    assert project.customers(path).unchanged_file
