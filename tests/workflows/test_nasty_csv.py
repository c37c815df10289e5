"""Every nasty CSV that we could find: imported with the right cells, or refused with code and place."""

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
