"""What a workbook holds besides plain cells: each is read as a person sees it, or told."""

from __future__ import annotations

import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tagctl.errors import DataError
from tagctl.io.cells import CellError, converter
from tagctl.io.registry import open_table

ODS = Path(__file__).parents[1] / "data" / "nasty" / "excel" / "calamine_merged_cells.ods"
ZONE = ZoneInfo("Asia/Shanghai")
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def write(path, fill):
    with xlsxwriter.Workbook(path) as book:
        fill(book, book.add_worksheet("客户"))
    return path


def raw(path, rows):
    """A workbook whose sheet holds exactly this XML."""
    base = write(path.with_name("base.xlsx"), lambda _book, sheet: sheet.write(0, 0, "x"))
    return changed(base, path, "sheet1.xml", lambda _data: SHEET.format(rows).encode())


def changed(source, target, part, change):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry, change(data) if entry.filename.endswith(part) else data)
    return target


def cells(table):
    return {row.number: list(row.texts) for row in table.rows()}


def said(table):
    return " | ".join(table.notes)


def code(type_, text, value):
    with pytest.raises(CellError) as caught:
        converter(type_, ZONE)(text, value)
    return caught.value.code


# number format, stored number → what is seen
SHOWN = [
    ("000000", 123, "000123"),
    ('"VIP"0000', 7, "VIP0007"),
    ("00000;-00000", 42, "00042"),
    ('[Red]000"号"', 5, "005号"),
    ("0.00%", 0.07, "7%"),
    ("0%", 0.255, "25.5%"),
    ("000000", 1234567, "1234567"),
    ("000", 1.5, "1.5"),
    ("#,##0.00", 1280.5, "1280.5"),
    ("0", 5, "5"),
    ('yyyy"年"m"月"d"日"', 45000, "2023-03-15"),
    ('[DBNum1][$-804]yyyy"年"m"月"d"日";@', 45000, "2023-03-15"),
    ('yyyy"年"m"月"d"日" h"时"mm"分"', 45000.5, "2023-03-15 12:00:00"),
    (31, 45000, "2023-03-15"),  # a format of Chinese Excel, which the file does not spell out
    (57, 45000, "2023-03-15"),
]


@pytest.mark.parametrize(("format", "number", "seen"), SHOWN, ids=lambda part: str(part)[:20])
def test_numbers_read_as_they_are_shown(tmp_path, format, number, seen):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["姓名", "备注"])
        sheet.write_row(1, 0, ["王伟", "x"])
        sheet.write_number(2, 1, number, book.add_format({"num_format": format}))

    table = open_table(write(tmp_path / "a.xlsx", fill))
    row = list(table.rows())[1]
    assert row.texts[1] == seen
    if isinstance(row.values[1], float):
        assert converter("number", ZONE)(row.texts[1], row.values[1]) == number, "it stays the number it is"


def test_a_format_holds_only_for_its_own_cells(tmp_path):
    def fill(book, sheet):
        zeros = book.add_format({"num_format": "00000"})
        sheet.write_row(0, 0, ["编号", "邮编"])
        for row in range(1, 9):
            sheet.write_number(row, 0, row)
            sheet.write_number(row, 1, row, zeros if row in (2, 3, 7) else None)

    table = open_table(write(tmp_path / "a.xlsx", fill))
    for _again in range(2):
        seen = [row.texts[1] for row in table.rows()]
        assert seen == ["1", "00002", "00003", "4", "5", "6", "00007", "8"]


def test_ids_whose_digits_are_lost_are_refused_by_row(tmp_path):
    def fill(_book, sheet):
        sheet.write_row(0, 0, ["编号", "身份证号"])
        sheet.write_row(1, 0, [1, 310101199001011234])
        sheet.write_string(2, 1, "3.10101E+17")
        sheet.write_string(3, 1, "310101199001011234")

    lost, rounded, good = open_table(write(tmp_path / "a.xlsx", fill)).rows()
    convert = converter("text", ZONE, role="id")
    for row in (lost, rounded):
        with pytest.raises(CellError) as caught:
            convert(row.texts[1], row.values[1])
        assert caught.value.code == "digits-lost"
    assert convert(good.texts[1], good.values[1]) == "310101199001011234"


def test_formulas_are_read_by_their_last_result(tmp_path):
    rows = (
        '<row r="1"><c r="A1" t="str"><v>编号</v></c><c r="B1" t="str"><v>金额</v></c></row>'
        '<row r="2"><c r="A2"><f>2+3</f><v>5</v></c><c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>6</v></c><c r="B3" t="str"><f>""</f><v></v></c></row>'
        '<row r="4"><c r="A4"><f>1+1</f></c><c r="B4"><f t="shared" si="0"/><v/></c></row>'
    )
    table = open_table(raw(tmp_path / "a.xlsx", rows))
    assert cells(table) == {2: ["5", "ab"], 3: ["6", ""], 4: ["=1+1", "="]}
    assert table.notes == (
        "2 formulas were never calculated: A4, B4 (open the file in Excel or WPS and save it)",
    )


def test_a_formula_never_calculated_is_no_blank(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["姓名", "小计", "合计"],
        ["王伟", 5, "=B2*2"],
        ["李娜", 6, "=B3*2"],
        [None, None, "=SUM(C2:C3)"],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx")
    assert "3 formulas were never calculated: C2, C3, C4" in said(table)
    assert cells(table) == {2: ["王伟", "5", "=B2*2"], 3: ["李娜", "6", "=B3*2"], 4: ["", "", "=SUM(C2:C3)"]}
    row = next(table.rows())
    assert code("money", row.texts[2], row.values[2]) == "never-calculated"


def test_errors_are_found_where_the_table_does_not_begin_at_a1(tmp_path):
    def fill(_book, sheet):
        sheet.write_row(4, 2, ["编号", "金额", "备注"])
        sheet.write_row(5, 2, ["a", 5, "x"])
        sheet.write_formula(6, 3, "=1/0", value="#DIV/0!")
        sheet.write_string(6, 2, "b")

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert cells(table) == {6: ["a", "5", "x"], 7: ["b", "#DIV/0!", ""]}
    assert "D7" in said(table)
    assert code("money", "#DIV/0!", list(table.rows())[1].values[1]) == "error-cell"


def test_cells_that_leave_out_their_place_follow_each_other(tmp_path):
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'
    header = "<row>" + "".join(map(text.format, ("编号", "金额"))) + "</row>"
    path = raw(tmp_path / "a.xlsx", header + '<row><c><v>1</v></c><c t="e"><v>#N/A</v></c></row>')
    assert cells(open_table(path)) == {2: ["1", "#N/A"]}
    far = header + '<row r="1048576">' + "<c><v>1</v></c>" * 60 + "</row>"
    with pytest.raises(DataError) as caught:
        open_table(raw(tmp_path / "far.xlsx", far))
    assert caught.value.problems[0].code == "far-cell"


@pytest.mark.parametrize("place", ["r='XFD1048576'", 'r="XFD1048576"'])
def test_a_far_cell_is_seen_in_either_quotes(tmp_path, place):
    path = raw(tmp_path / "a.xlsx", f'<row r="1"><c r="A1"><v>1</v></c><c {place}><v>1</v></c></row>')
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "far-cell"


def test_texts_of_all_kinds(tmp_path):
    shared = (
        "<sst><si><r><t xml:space='preserve'> 王</t></r><r><t>伟</t></r><rPh><t>wang</t></rPh></si></sst>"
    )
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="str"><v>有效</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="b"><v>1</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>a_x000D_&#10;b_x005F_x000D_</t></is></c></row>'
    )
    path = raw(tmp_path / "b.xlsx", rows)
    named = shared.replace("<sst>", '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')
    table = open_table(changed(path, tmp_path / "a.xlsx", "sharedStrings.xml", lambda _data: named.encode()))
    assert cells(table) == {2: [" 王伟", "TRUE"], 3: ["a\r\nb_x000D_", ""]}


def test_hidden_columns_are_read_and_named(tmp_path):
    def fill(_book, sheet):
        sheet.write_row(0, 0, ["编号", "手机", "备注"])
        sheet.write_row(1, 0, ["1", "2", "3"])
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.set_column(5, 16000, None, None, {"hidden": True})
        sheet.set_row(9, None, None, {"hidden": True})  # nothing in it

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert table.notes == ("Hidden columns are read too: B",)
    assert cells(table) == {2: ["1", "2", "3"]}


def test_only_sheets_with_something_in_them_are_named(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for name, words in (("一月", ["编号", "城市"]), ("空", []), ("二月", ["编号", "城市"])):
            book.add_worksheet(name).write_row(0, 0, words)
    assert open_table(tmp_path / "a.xlsx").notes == (
        "Sheet 一月 is read; not read: 二月 (choose with --sheet).",
    )
    assert open_table(tmp_path / "a.xlsx", sheet="二月").notes == ()


def test_merged_group_headers_are_joined(tmp_path):
    def fill(_book, sheet):
        sheet.merge_range("A1:F1", "客户信息表")
        sheet.merge_range("A2:A3", "编号")
        sheet.merge_range("B2:C2", "联系方式")
        sheet.merge_range("D2:E2", "地址")
        sheet.merge_range("F2:F3", "备注")
        sheet.write_row(2, 1, ["手机", "邮箱", "省", "市"])
        sheet.write_row(3, 0, ["1", "13800138000", "a@b.cn", "江苏", "苏州", "x"])

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert table.headers == ("编号", "联系方式 / 手机", "联系方式 / 邮箱", "地址 / 省", "地址 / 市", "备注")
    assert cells(table) == {4: ["1", "13800138000", "a@b.cn", "江苏", "苏州", "x"]}
    assert "Rows 2 to 3 are the header" in said(table)
    alone = open_table(tmp_path / "a.xlsx", header_row=3)
    assert alone.headers[1:5] == ("手机", "邮箱", "省", "市"), "a row given by hand is taken alone"


def test_groups_keep_apart_columns_of_one_name(tmp_path):
    def fill(_book, sheet):
        sheet.merge_range("A1:B1", "收货人")
        sheet.merge_range("C1:D1", "付款人")
        sheet.write_row(1, 0, ["姓名", "手机", "姓名", "手机"])
        sheet.write_row(2, 0, ["王伟", "13800138000", "李娜", "13800138001"])

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert table.headers == ("收货人 / 姓名", "收货人 / 手机", "付款人 / 姓名", "付款人 / 手机")


def test_group_names_without_merged_cells_by_hand(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("标题,,,\n编号,联系方式,,备注\n,手机,邮箱,\n1,138,a@b.cn,x\n", "utf-8")
    table = open_table(path, header_row=(2, 3))
    assert table.headers == ("编号", "联系方式 / 手机", "联系方式 / 邮箱", "备注")
    assert cells(table) == {4: ["1", "138", "a@b.cn", "x"]}


def test_a_merged_header_cell_is_no_group_and_merged_data_is_told(tmp_path):
    def fill(_book, sheet):
        sheet.merge_range("A1:B1", "姓名")
        sheet.write_row(0, 2, ["城市", "编号"])
        sheet.write_row(1, 0, ["王", "伟", "上海", "1"])
        sheet.write_row(2, 0, ["李", "娜", "", "2"])
        sheet.merge_range("C2:C3", "上海")

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert table.headers == ("姓名", "column 2", "城市", "编号")
    assert cells(table) == {2: ["王", "伟", "上海", "1"], 3: ["李", "娜", "", "2"]}
    assert "merged over several rows, from row 2" in said(table)


def test_a_form_is_one_row(tmp_path):
    def fill(book, sheet):
        sheet.merge_range("A1:B1", "客户登记表")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, (name, value) in enumerate(
            {"姓名": "王伟", "手机": 13800138000, "生日": datetime(1990, 5, 6), "备注": ""}.items(), 1
        ):
            sheet.write(row, 0, name)
            sheet.write(row, 1, value, day if name == "生日" else None)

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert table.headers == ("姓名", "手机", "生日", "备注")
    (row,) = table.rows()
    assert list(row.texts) == ["王伟", "13800138000", "1990-05-06", ""]
    assert row.values[2] == date(1990, 5, 6)
    assert "form" in said(table)
    assert open_table(tmp_path / "a.xlsx", header_row=2).headers == ("姓名", "王伟")


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "手机"], ["王伟", "13800138000"], ["李娜", "13800138001"]],
        [["标签", "说明"], ["VIP", "高价值"], ["新客", "三十天内"]],
        [["姓名", "城市"], ["王伟", "上海"]],
    ],
)
def test_a_table_of_two_columns_is_no_form(tmp_path, rows):
    def fill(_book, sheet):
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)

    table = open_table(write(tmp_path / "a.xlsx", fill))
    assert list(table.headers) == rows[0]
    assert table.count == len(rows) - 1


def test_a_first_row_of_numbers_is_no_header(tmp_path):
    path = write(tmp_path / "a.xlsx", lambda _book, sheet: sheet.write_row(0, 0, ["王伟", 5]))
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "no-header"
    assert cells(open_table(path, no_header=True)) == {1: ["王伟", "5"]}


def test_errors_and_hidden_rows_of_ods(tmp_path):
    error = (
        '<table:table-cell table:number-columns-repeated="2" table:formula="of:=1/0" office:string-value="" '
        'office:value-type="string" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )

    def change(data):
        text = data.decode()
        text = text.replace("<table:table-cell/>", error, 1)
        return text.replace("<table:table-row ", '<table:table-row table:visibility="collapse" ', 1).encode()

    table = open_table(changed(ODS, tmp_path / "a.ods", "content.xml", change))
    assert cells(table)[3] == ["", "#DIV/0!", "#DIV/0!", "C"]
    assert "2 cells hold an error instead of a value: B3, C3" in said(table)
    assert "1 hidden row" in said(table)


def test_tabs_in_texts_of_ods(tmp_path):
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>see<text:tab/></text:p>'
        '</office:annotation> <text:p>甲<text:tab/>乙<text:s text:c="2"/><text:span>丙</text:span></text:p>'
        "<text:p>丁</text:p></table:table-cell>"
    )

    def change(data):
        return data.decode().replace("<table:table-cell/>", cell, 1).encode()

    table = open_table(changed(ODS, tmp_path / "a.ods", "content.xml", change))
    assert cells(table)[3] == ["", "甲\t乙  丙\n丁", "C"]
    assert said(table) == said(open_table(ODS))


def test_group_headers_of_ods(tmp_path):
    def cell(text, down=1, right=1):
        spans = f'table:number-rows-spanned="{down}" table:number-columns-spanned="{right}" ' * (
            down + right > 2
        )
        return (
            f'<table:table-cell {spans}office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        )

    covered = "<table:covered-table-cell/>"
    rows = (
        [cell("编号", down=2), cell("联系方式", right=2), covered],
        [covered, cell("手机"), cell("邮箱")],
        [cell("1"), cell("13800138000"), cell("a@b.cn")],
    )
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)

    def change(data):
        head, _, rest = data.decode().partition("<table:table-row ")
        return f"{head}{body}</table:table>{rest.partition('</table:table>')[2]}".encode()

    table = open_table(changed(ODS, tmp_path / "a.ods", "content.xml", change))
    assert table.headers == ("编号", "联系方式 / 手机", "联系方式 / 邮箱")
    assert cells(table) == {3: ["1", "13800138000", "a@b.cn"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "<html><table><tr><td>1</td></tr></table></html>",
        "<!-- report --><table></table>",
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook></Workbook>',
    ],
)
def test_web_pages_and_xml_named_xls_say_what_to_do(tmp_path, text, encoding):
    path = tmp_path / "订单.xls"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "not-a-table"
    assert ".xlsx" in caught.value.problems[0].next


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18])
def test_files_with_nothing_in_them(tmp_path, data):
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == ("not-a-table" if data else "empty-file")


CELL = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=5),
    st.integers(0, 10**9),
    st.sampled_from(["#N/A", "#DIV/0!", "#REF!"]).map(lambda text: ("error", text)),
    st.integers(0, 10**9).map(lambda number: ("zeros", number)),
    st.integers(0, 1000).map(lambda number: ("percent", number)),
)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6),
    down=st.integers(0, 3),
    right=st.integers(0, 3),
)
def test_every_cell_comes_back_in_its_place(tmp_path_factory, rows, down, right):
    """Whatever stands where, also below and beside blank rows and columns."""
    expected = {}
    path = tmp_path_factory.mktemp("cells") / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        formats = {
            "zeros": book.add_format({"num_format": "000000"}),
            "percent": book.add_format({"num_format": "0.0%"}),
        }
        sheet.write_row(down, right, ["甲", "乙", "丙"])
        for number, row in enumerate(rows, down + 1):
            texts = []
            for column, cell in enumerate(row, right):
                kind, value = cell if isinstance(cell, tuple) else ("plain", cell)
                if kind == "error":
                    sheet.write_formula(number, column, "=A1", value=value)
                    texts.append(value)
                elif kind == "plain" and isinstance(value, str):
                    sheet.write_string(number, column, value)
                    texts.append(value)
                elif value is None:
                    texts.append("")
                else:
                    stored = value / 1000 if kind == "percent" else value
                    sheet.write_number(number, column, stored, formats.get(kind))
                    shown = {"zeros": f"{value:06}", "percent": f"{value / 10:g}%"}
                    texts.append(shown.get(kind, str(value)))
            if any(text.strip() for text in texts):
                expected[number + 1] = texts
    assert cells(open_table(path, header_row=down + 1)) == expected


def test_parts_of_a_workbook_are_found_whatever_their_case(tmp_path):
    def fill(_book, sheet):
        sheet.write_row(0, 0, ["编号", "金额"])
        sheet.write_string(1, 0, "a")
        sheet.write_formula(1, 1, "=1/0", value="#DIV/0!")

    source = write(tmp_path / "a.xlsx", fill)
    for name in ("xl/WorkSheets/Sheet1.XML", "xl\\worksheets\\sheet1.xml"):
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
            for entry in old.infolist():
                new.writestr(name if "sheet1" in entry.filename else entry.filename, old.read(entry))
        assert cells(open_table(tmp_path / "b.xlsx")) == {2: ["a", "#DIV/0!"]}


def test_two_parts_of_one_name_are_refused(tmp_path):
    source = write(tmp_path / "a.xlsx", lambda _book, sheet: sheet.write_row(0, 0, ["编号", "金额"]))
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("xl/worksheets/Sheet1.xml", SHEET.format(""))
    with pytest.raises(DataError) as caught:
        open_table(source)
    assert caught.value.problems[0].code == "damaged-workbook"


def opened(path, before, body):
    """An .ods with these automatic styles and this table instead of its own."""

    def change(data):
        head, _, rest = data.decode().partition("<office:automatic-styles>")
        middle = rest[: rest.index("<table:table ")]
        tail = rest[rest.rindex("</table:table>") + len("</table:table>") :]
        return f"{head}<office:automatic-styles>{before}{middle}{body}{tail}".encode()

    return changed(ODS, path, "content.xml", change)


def test_numbers_of_ods_read_as_they_are_shown(tmp_path):
    number = '<number:number number:decimal-places="{}" number:min-integer-digits="{}"/>'
    styles = {
        "N1": number.format(0, 6),
        "N2": f"<number:text>VIP</number:text>{number.format(0, 4)}<number:text>号</number:text>",
        "N3": number.format(2, 4),
    }
    before = "".join(
        f'<number:number-style style:name="{name}">{inner}</number:number-style>'
        f'<style:style style:name="c{name}" style:family="table-cell" style:data-style-name="{name}"/>'
        for name, inner in styles.items()
    )

    def cell(value, style="", kind="float"):
        said = f' table:style-name="{style}"' if style else ""
        return f'<table:table-cell office:value-type="{kind}" office:value="{value}"{said}/>'

    names = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("编号", "卡号", "数", "折扣")
    )
    rows = (
        names,
        cell(123) + cell(7, "cN2") + cell(5, "cN3") + cell(0.255, kind="percentage"),
        cell(1234567) + cell(12345, "cN2") + cell(1.5, "cN3") + cell(1, kind="percentage"),
    )
    body = '<table:table table:name="客户"><table:table-column table:default-cell-style-name="cN1"/>'
    body += "".join(f"<table:table-row>{row}</table:table-row>" for row in rows) + "</table:table>"
    table = open_table(opened(tmp_path / "a.ods", before, body))
    assert cells(table) == {
        2: ["000123", "VIP0007号", "5", "25.5%"],
        3: ["1234567", "VIP12345号", "1.5", "100%"],
    }


def test_hidden_sheets_of_ods_are_told_and_not_read(tmp_path):
    before = (
        '<style:style style:name="hid" style:family="table"><style:table-properties table:display="false"/>'
    )
    before += "</style:style>"
    body = "".join(
        f'<table:table table:name="{name}" table:style-name="{style}"><table:table-row><table:table-cell '
        f'office:value-type="string"><text:p>{name}</text:p></table:table-cell></table:table-row></table:table>'
        for name, style in (("名单", "hid"), ("客户", "ta1"))
    )
    table = open_table(opened(tmp_path / "a.ods", before, body))
    assert (table.sheet, table.notes) == ("客户", ("Hidden sheets are not read: 名单",))


XLS = ODS.with_name("calamine_date.xls")
_ROW, _FORMAT, _SHEET = 0x0208, 0x041E, 0x0085


def patched(path, *patches):
    """calamine_date.xls with some of its records changed: (kind, which of them, its new kind and data)."""
    data = bytearray(XLS.read_bytes())
    places = {}
    at = data.index(b"\x09\x08\x10\x00\x00\x06")
    while at + 4 <= len(data) and data[at : at + 4] != b"\0\0\0\0":
        kind, length = struct.unpack_from("<HH", data, at)
        places.setdefault(kind, []).append((at, length))
        at += 4 + length
    for kind, which, change in patches:
        at, length = places[kind][which]
        kind, content = change(bytes(data[at + 4 : at + 4 + length]))
        assert len(content) == length, "a record keeps its length"
        data[at : at + 4 + length] = struct.pack("<HH", kind, length) + content
    path.write_bytes(data)
    return path


def test_numbers_of_xls_read_as_they_are_shown(tmp_path):
    def zeros(content):
        return _FORMAT, content[:5] + b'"VIP"0000000'

    table = open_table(patched(tmp_path / "a.xls", (_FORMAT, 1, zeros)), no_header=True)
    assert cells(table)[1][0] == "VIP0044197"


def test_hidden_rows_and_sheets_of_xls(tmp_path):
    def hidden(content):
        flags = struct.unpack_from("<I", content, 12)[0] | 0x20
        return _ROW, content[:12] + struct.pack("<I", flags)

    def sheet(_content):
        start = struct.unpack_from("<I", XLS.read_bytes(), XLS.read_bytes().index(b"\x06\0Sheet1") - 6)[0]
        return _SHEET, struct.pack("<IBBBB", start, 1, 0, 7, 0) + b"choices"

    path = patched(tmp_path / "a.xls", (_ROW, 1, hidden), (_FORMAT, 2, sheet))
    table = open_table(path, no_header=True)
    assert table.sheet == "Sheet1"
    assert len(cells(table)) == 3
    assert "Hidden sheets are not read: choices" in said(table)
    assert "1 hidden row is read too." in said(table)
