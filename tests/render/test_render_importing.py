"""What an import says about tags."""

import pytest

from tagctl.render import terminal
from tagctl.render.importing import show_import
from tagctl.reports.importing import CellCounts, ColumnUse, FileReading, ImportReport

COLUMNS = (
    ColumnUse("是否VIP", "VIP", "", "tag", 3),
    ColumnUse("等级", "价值", "", "dimension", 2),
    ColumnUse("标签", "", "", "tags", 4, separator="、"),
)
FILE = FileReading("客户.csv", "csv", rows=4, imported=4, columns=COLUMNS)


@pytest.fixture(autouse=True)
def _loud():
    terminal.be_quiet(False)


def test_what_became_of_tags_is_printed(capsys):
    show_import(
        ImportReport(
            2,
            "customer",
            (FILE,),
            tags_gained=5,
            tags_lost=1,
            tags_withheld=3,
            tags_created=("铂金", "抖音"),
            unknown_labels={"大客互": 2, "High roller": 1},
            suggestions={"大客互": "大客户", "High roller": "VIP"},
        )
    )
    text = capsys.readouterr().out
    for said in (
        "5 gained, 1 lost, 3 withheld by bans",
        "Made tags, in taxonomy.yaml too: 铂金, 抖音",
        "大客互 (2), High roller (1)",
        "tagctl tags add 大客互 --as 大客户",
        'tagctl tags add "High roller" --as VIP',
        "a tag: yes or no",
        "tags of the dimension",
        "tags, separated by “、”",
    ):
        assert said in text


@pytest.mark.parametrize("cells", [True, False])
def test_where_the_cells_went_is_told_when_asked(capsys, cells):
    file = FileReading("客户.csv", "csv", rows=4, imported=4, cells=CellCounts(12, 7, 2, 1, 2))
    show_import(ImportReport(2, "customer", (file,)), cells=cells)
    text = capsys.readouterr().out
    assert (["12", "7", "2", "1", "2"] in [line.split() for line in text.splitlines()]) is cells
    assert ("Cells read" in text) is cells


def test_a_header_as_long_as_a_letter_leaves_a_table_that_can_be_read(capsys):
    long = ColumnUse("长" * 300, "长" * 300, "text", None, 1)
    show_import(ImportReport(2, "customer", (FileReading("a.csv", "csv", columns=(*COLUMNS, long)),)))
    assert max(map(len, capsys.readouterr().out.splitlines())) < 160
    terminal.pairs([("x" * 300, "1"), ("short", "value")])
    assert "short" + " " * 37 + "value" in capsys.readouterr().out
