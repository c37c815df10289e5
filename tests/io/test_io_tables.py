"""Files as people have them: what opens, with which cells, and which errors are told where."""

import json
from pathlib import Path

import pytest

from tagctl.errors import DataError, UsageProblem
from tagctl.io.registry import open_table

DATA = Path(__file__).parents[1] / "data"
TABLES = DATA / "tables"
NASTY = DATA / "nasty"


def read(path, **options):
    table = open_table(path, **options)
    rows = list(table.rows())
    assert len(rows) == table.count - table.blank
    return table, rows


def texts(rows):
    return [list(row.texts) for row in rows]


@pytest.mark.parametrize("path", sorted((NASTY / "csv_spectrum").glob("*.csv")), ids=lambda p: p.stem)
def test_csv_spectrum_cells_are_exactly_as_expected(path):
    expected = json.loads((path.parent / "expected_json" / f"{path.stem}.json").read_text("utf-8"))
    if path.stem == "location_coordinates":
        expected["Contact Phone Number"] = "2095257564"  # upstream's expectation does not match its own file
    if isinstance(expected, dict):
        expected = [expected]
    table, rows = read(path)
    assert [dict(zip(table.headers, row.texts, strict=True)) for row in rows] == expected


# file, code, place
REFUSED = [
    ("products/dittofeed_missing-headers-users.csv", "no-header", "dittofeed_missing-headers-users.csv/1"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_refused_with_code_and_place(case):
    name, code, place = case
    with pytest.raises(DataError) as caught:
        open_table(TABLES / name)
    problem = caught.value.problems[0]
    assert (problem.code, str(problem.location)) == (code, place)
    assert problem.what
    assert problem.next


def test_every_pair_of_duplicate_headers_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,ID,ＩＤ,名\n1,2,3,4\n", "utf-8")
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert [p.location.header for p in caught.value.problems] == ["ID", "ＩＤ"]
    assert "1" in caught.value.problems[1].what
    assert "3" in caught.value.problems[1].what


def test_taobao_orders_need_no_flag():
    table, rows = read(DATA / "taobao_orders_real_columns_invented_rows_gbk.csv")
    assert (table.encoding, table.delimiter, table.count) == ("gb18030", ",", 40)
    assert table.headers[1] == "买家会员名"
    assert rows[0].texts[10] == "卖家已发货，等待买家确认"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("姓名,城市\n王伟,上海\n", "gbk"),
        ("id,note\n" + "1,plain\n" * 500 + "2,新客\n", "gb18030"),
        ("客戶,標籤\n王小明,高價值客戶\n陳美麗,潛在客戶\n", "big5"),
        ("name,city\nChloé,Orléans\nZoë,Malmö\n", "cp1252"),
        ("名前,ラベル\n佐藤,お得意様\n", "shift_jis"),
        ("姓名,标签\n张三,老客户\n", "utf-16"),
        ("姓名,标签\n张三,老客户\n", "utf-8-sig"),
    ],
)
def test_encodings_are_told_by_the_letters(tmp_path, text, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    table, rows = read(path)
    lines = text.splitlines()
    assert list(table.headers) == lines[0].split(",")
    assert [",".join(row.texts) for row in rows] == lines[1:]


def test_a_json_array_of_objects(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(
        '[\n {"会员号": "01", "积分": 1.10},\n 7,\n {"a": 1, "a": 2}, {"会员号": null}]\n', "utf-8"
    )
    table, rows = read(path)
    assert table.headers == ("会员号", "积分")
    assert [(row.number, row.error) for row in rows] == [(1, None), (2, "bad-json"), (3, "bad-json")]
    assert list(rows[0].texts) == ["01", "1.10"]
    for text in ("[]", "[1, 2]", '[{"a": 1'):
        path.write_text(text, "utf-8")
        with pytest.raises(DataError) as caught:
            open_table(path)
        assert caught.value.problems[0].code == "not-a-table"


def test_a_row_of_another_encoding_in_a_short_utf8_file_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("会员号,姓名\n1,甲\n".encode() + "2,乙\n".encode("gbk"))
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert (caught.value.problems[0].code, caught.value.problems[0].location.line) == ("bad-bytes", 3)


def test_a_damaged_utf8_file_is_not_taken_for_another_encoding(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,城市\n".encode() + "王伟,上海\n".encode() * 20 + b"\xff,x\n")
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "bad-bytes"
    assert caught.value.problems[0].location.line == 22


def test_a_wrong_encoding_flag_is_told_with_the_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,city\n1,上海\n".encode("gbk"))
    with pytest.raises(DataError) as caught:
        open_table(path, encoding="utf-8")
    assert caught.value.problems[0].location.line == 2
    with pytest.raises(UsageProblem):
        open_table(path, encoding="klingon")


def test_packed_labels_are_not_taken_for_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,标签\n" + "".join(f"{i},VIP;老客户;新\n" for i in range(100)), "utf-8")
    assert open_table(path).headers == ("id", "标签")


def test_commas_in_an_only_column_are_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("备注\n你好\n甲,乙\n丙,丁,戊\n己\n", "utf-8")
    table, rows = read(path)
    assert table.delimiter is None
    assert texts(rows) == [["你好"], ["甲,乙"], ["丙,丁,戊"], ["己"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_with_quoted_newlines_and_other_delimiters_in_cells(tmp_path, delimiter):
    path = tmp_path / "a.txt"
    body = [["编号", "备注", "城市"]] + [[f"0{i}", f'a,b;c|"x"\nl{i}', "上海"] for i in range(30)]
    quoted = [delimiter.join('"' + c.replace('"', '""') + '"' for c in row) for row in body]
    path.write_text("\n".join(quoted), "utf-8")
    table, rows = read(path)
    assert table.delimiter == delimiter
    assert [list(table.headers), *texts(rows)] == body


def test_columns_aligned_by_spaces(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(" 00004 0001 19970101  2   29.33\n 00021 0002 19970101  3   63.34\n", "utf-8")
    table, rows = read(path, no_header=True)
    assert table.delimiter == " "
    assert table.headers == ("column 1", "column 2", "column 3", "column 4", "column 5")
    assert texts(rows) == [
        ["00004", "0001", "19970101", "2", "29.33"],
        ["00021", "0002", "19970101", "3", "63.34"],
    ]


def test_ragged_rows_are_marked_and_keep_their_cells(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n1,2,3\n", "utf-8")
    _table, rows = read(path)
    assert [(row.number, list(row.texts), row.error) for row in rows] == [
        (2, ["1", "2"], "ragged-row"),
        (3, ["1", "2", "3", "4"], "ragged-row"),
        (4, ["1", "2", "3"], None),
        (5, ["1", "2", "3"], None),
    ]


def test_the_headers_of_files_joined_to_one_are_no_rows(tmp_path):
    path = tmp_path / "a.csv"
    month = "客户编号,姓名\n1,甲\n客户编号,乙\n"
    path.write_text(month + month + "\ufeff" + month, "utf-8-sig")
    _table, rows = read(path)
    assert [row.number for row in rows if row.error == "repeated-header"] == [4, 7]
    assert sum(1 for row in rows if row.error is None) == 6
    _table, rows = read(path, no_header=True)
    assert all(row.error is None for row in rows)
    path.write_text("标签\nVIP\n标签\n", "utf-8")  # a single cell may well be called like its column
    assert texts(read(path)[1]) == [["VIP"], ["标签"]]


def test_a_mark_of_order_that_stands_twice_is_not_part_of_a_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\ufeff客户编号,姓名\n1,甲\n", "utf-8-sig")
    assert open_table(path).headers == ("客户编号", "姓名")


def test_a_quote_that_never_closes_is_told_with_its_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n3,"open\n' + "5,6\n" * 50, "utf-8")
    with pytest.raises(DataError) as caught:
        open_table(path)
    problem = caught.value.problems[0]
    assert (problem.code, problem.location.row) == ("unclosed-quote", 3)
    assert problem.excerpt == '3,"open'


def test_a_misquoted_row_is_rejected_with_its_text_and_the_next_one_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"x"y,2\n3,4\n', "utf-8")
    _table, rows = read(path)
    assert [(row.error, list(row.texts)) for row in rows] == [("bad-quotes", ['"x"y,2']), (None, ["3", "4"])]


def test_backslash_quotes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"He said \\"hi\\", twice",2\n', "utf-8")
    _table, rows = read(path)
    assert texts(rows) == [['He said "hi", twice', "2"]]


def test_unnamed_columns_count_only_with_data(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,,b,,\n1,,2,,\n3,,4,x,\n", "utf-8")
    table, rows = read(path)
    assert table.headers == ("a", "b", "column 4")
    assert texts(rows) == [["1", "2", ""], ["3", "4", "x"]]


def test_header_row_by_hand(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n客户编号,姓名\n1,张三\n", "utf-8")
    assert open_table(path).headers == ("客户编号", "姓名")  # known names right below
    assert open_table(path, header_row=1).headers == ("x", "y")
    with pytest.raises(UsageProblem):
        open_table(path, header_row=9)


def test_csv_named_xls_is_read_and_html_named_xls_is_refused(tmp_path):
    path = tmp_path / "orders.xls"
    path.write_bytes("订单号\t金额\nA1\t5\n".encode("gbk"))
    table, rows = read(path)
    assert (table.delimiter, texts(rows)) == ("\t", [["A1", "5"]])
    assert len(table.notes) == 2
    path.write_text("<html><table><tr><td>1</td></tr></table></html>", "utf-8")
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "not-a-table"


def test_json_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": "001", "n": 310101199001011234, "tags": ["VIP", "老客户"]}\n\n'
        '{"id": "002", "ok": true, "n": null}\n'
        '[1]\n{"id": 1, "id": 2}\n',
        "utf-8",
    )
    table, rows = read(path)
    assert table.headers == ("id", "n", "tags", "ok")
    assert texts(rows[:2]) == [
        ["001", "310101199001011234", '["VIP", "老客户"]', ""],
        ["002", "", "", "true"],
    ]
    assert rows[0].values[2] == ["VIP", "老客户"]
    assert [row.error for row in rows[2:]] == ["bad-json", "bad-json"]
    assert (table.count, table.blank, table.guarded) == (5, 1, False)


def test_missing_file_folder_and_sheet(tmp_path):
    with pytest.raises(UsageProblem):
        open_table(tmp_path / "no.csv")
    with pytest.raises(UsageProblem):
        open_table(tmp_path)
    with pytest.raises(UsageProblem) as caught:
        open_table(DATA / "nasty" / "excel" / "frictionless_sheets.xlsx", sheet="nope")
    assert "Sheet2" in caught.value.problems[0].next
    with pytest.raises(UsageProblem):
        open_table(NASTY / "csv" / "frictionless_bom.csv", sheet="Sheet1")


def test_long_files_are_sampled_to_their_end(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "id,late\n" + "".join(f"{i},{'x' if i > 60_000 else ''}\n" for i in range(70_000)), "utf-8"
    )
    table = open_table(path)
    assert table.count == 70_000
    assert len(table.sample) < 16_000
    assert any(row.texts[1] == "x" for row in table.sample)
