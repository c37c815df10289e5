"""Workbooks: dangers stopped before they are read, and what Excel did to cells told."""

import random
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from tagctl.errors import DataError
from tagctl.io.cells import CellError, converter
from tagctl.io.registry import open_table

EXCEL = Path(__file__).parents[1] / "data" / "nasty" / "excel"
ZONE = ZoneInfo("Asia/Shanghai")


def workbook(path, fill):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("客户")
    fill(book, sheet)
    book.close()
    return path


def rewrite(source, target, change):
    """A copy of a workbook with some of its XML changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    return target


def test_merged_title_row_ids_phones_dates(tmp_path):
    def fill(book, sheet):
        day = book.add_format({"num_format": "yyyy/m/d"})
        moment = book.add_format({"num_format": "yyyy/m/d hh:mm"})
        sheet.merge_range("A1:E1", "客户信息表（2025）")
        sheet.write_row(1, 0, ["客户编号", "手机", "生日", "最近登录", "身份证号"])
        sheet.write_string(2, 0, "00123")
        sheet.write_number(2, 1, 13800138000)
        sheet.write_datetime(2, 2, datetime(1990, 5, 6), day)
        sheet.write_datetime(2, 3, datetime(2025, 1, 2, 3, 4, 5), moment)
        sheet.write_number(2, 4, 310101199001011234)

    table = open_table(workbook(tmp_path / "a.xlsx", fill))
    assert (table.header_row, table.sheet) == (2, "客户")
    row = next(table.rows())
    assert row.number == 3
    assert list(row.texts[:4]) == ["00123", "13800138000", "1990-05-06", "2025-01-02 03:04:05"]
    assert converter("date", ZONE)(row.texts[2], row.values[2]) == "1990-05-06"
    assert converter("datetime", ZONE)(row.texts[3], row.values[3]) == 1735758245
    with pytest.raises(CellError) as caught:
        converter("text", ZONE)(row.texts[4], row.values[4])
    assert caught.value.code == "digits-lost"


def test_error_cells_are_found_and_refused_by_every_type(tmp_path):
    def fill(_book, sheet):
        sheet.write_row(0, 0, ["编号", "金额"])
        sheet.write_row(1, 0, ["a", 5])
        sheet.write_string(2, 0, "b")
        sheet.write_formula(2, 1, "=1/0", value="#DIV/0!")

    table = open_table(workbook(tmp_path / "a.xlsx", fill))
    assert any("B3" in note for note in table.notes)
    row = list(table.rows())[1]
    assert row.texts[1] == "#DIV/0!"
    for kind in ("money", "text", "number"):
        with pytest.raises(CellError) as caught:
            converter(kind, ZONE)(row.texts[1], row.values[1])
        assert caught.value.code == "error-cell"


def test_hidden_rows_and_other_sheets_are_noted(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet("空")
    sheet = book.add_worksheet("客户")
    sheet.write_row(0, 0, ["id", "name"])
    sheet.write_row(1, 0, ["1", "a"])
    sheet.set_row(1, None, None, {"hidden": True})
    book.add_worksheet("其他").write(0, 0, "x")
    book.add_worksheet("藏").hide()
    book.close()
    table = open_table(tmp_path / "a.xlsx")
    assert table.sheet == "客户"
    text = " ".join(table.notes)
    assert "其他" in text
    assert "藏" in text
    assert "1 hidden row" in text
    assert len(list(table.rows())) == 1


def test_dates_of_1904_workbooks():
    table = open_table(EXCEL / "calamine_date_1904.xlsx", no_header=True)
    assert [row.texts[0] for row in table.rows()][:2] == ["2021-01-01", "2021-01-02"]


@pytest.mark.parametrize("cell", ["XFD1048576", "AAA5", "ZZ900000", "A99999999"])
def test_a_far_cell_is_an_error_not_a_crash(tmp_path, cell):
    def change(name, data):
        if name.endswith("sheet1.xml"):
            number = "".join(c for c in cell if c.isdigit()).encode()
            extra = b'<row r="%s"><c r="%s"><v>1</v></c></row></sheetData>' % (number, cell.encode())
            return data.replace(b"</sheetData>", extra)
        return data

    far = rewrite(EXCEL / "tablib_founders.xlsx", tmp_path / "far.xlsx", change)
    if cell == "AAA5":  # wide, but not large
        assert open_table(far).count == 4
        return
    with pytest.raises(DataError) as caught:
        open_table(far)
    assert caught.value.problems[0].code == "far-cell"
    assert caught.value.problems[0].location.file == "far.xlsx"


def test_a_zip_bomb_is_an_error(tmp_path):
    def change(name, data):
        return b" " * (60 << 20) + data if name.endswith("sheet1.xml") else data

    bomb = rewrite(EXCEL / "tablib_founders.xlsx", tmp_path / "bomb.xlsx", change)
    with pytest.raises(DataError) as caught:
        open_table(bomb)
    assert caught.value.problems[0].code == "zip-bomb"


def test_entities_are_not_expanded(tmp_path):
    def change(name, data):
        if name == "xl/workbook.xml":
            head, _, tail = data.partition(b"?>")
            bomb = b'<!DOCTYPE x [<!ENTITY a "' + b"x" * 100 + b'">'
            for i in range(9):
                bomb += b'<!ENTITY a%d "%s">' % (i, b"&a;" * 10 if i == 0 else b"&a%d;" % (i - 1) * 10)
            return head + b"?>" + bomb + b"]>" + tail.replace(b'name="', b'name="&a8;', 1)
        return data

    path = rewrite(EXCEL / "tablib_founders.xlsx", tmp_path / "entities.xlsx", change)
    with pytest.raises(DataError):
        open_table(path)


@pytest.mark.parametrize("size", [100, 2000, 4000])
def test_a_cut_off_workbook_is_an_error(tmp_path, size):
    path = tmp_path / "cut.xlsx"
    path.write_bytes((EXCEL / "tablib_founders.xlsx").read_bytes()[:size])
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "damaged-workbook"


@pytest.mark.parametrize(
    ("name", "seeds"), [("calamine_date.xls", range(55, 65)), ("tablib_founders.xlsx", range(150))]
)
def test_damaged_bytes_end_in_an_error_or_a_table_and_in_silence(tmp_path, capfd, name, seeds):
    good = (EXCEL / name).read_bytes()
    refused = 0
    for seed in seeds:  # 63 makes the reader of .xls ask for 342 GB
        chance = random.Random(seed)
        data = bytearray(good)
        for _i in range(8):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / name
        path.write_bytes(data)
        try:
            list(open_table(path, no_header=True).rows())
        except DataError as error:
            refused += 1
            assert error.problems[0].next
    assert refused > 0
    assert capfd.readouterr().err == ""


def test_a_zip_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("x.txt", "x")
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / "a.xlsx")
    assert caught.value.problems[0].code == "not-a-table"
