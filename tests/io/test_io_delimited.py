"""Text files: their encoding, what parts their cells, and where they are damaged."""

import csv

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagctl.errors import DataError, UsageProblem
from tagctl.io.registry import open_table

KOREAN = "고객번호,이름,등급,도시,메모\n1,김민수,우수,서울,전화 상담 완료\n2,이영희,일반,부산,재구매 예정\n"
RUSSIAN = "номер,имя,город\n1,Иван Петров,Москва\n2,Анна Смирнова,Казань\n"


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a file; gives the table, and its headers and rows."""

    def read(data, name="a.csv", **options):
        path = tmp_path / name
        path.write_bytes(data)
        table = open_table(path, **options)
        return table, [list(table.headers), *(list(row.texts) for row in table.rows())]

    return read


def parted(text):
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        (KOREAN, "euc-kr", "cp949"),
        ("顧客番号,名前\n1,佐藤さん\n2,ラベル\n", "euc-jp", "euc_jp"),
        ("编号,客户\n" + "1,客户\n2,老客户\n" * 50, "gbk", "gb18030"),  # its letters are where Hangul are
        ("姓名,备注\n" + "张三,重要客户需要回访\n" * 9, "utf-16-le", "utf-16-le"),
        ("姓名,备注\n" + "张三,重要客户需要回访\n" * 9, "utf-16-be", "utf-16-be"),
        ("id,name\n1,Žluťoučký\n", "utf-8", "utf-8"),
    ],
)
def test_encodings_by_evidence(read, text, encoding, name):
    table, rows = read(text.encode(encoding))
    assert (table.encoding, rows) == (name, parted(text))


def test_an_encoding_that_its_letters_do_not_tell_is_asked_for(read):
    with pytest.raises(DataError) as caught:
        read(RUSSIAN.encode("cp1251"))
    problem = caught.value.problems[0]
    assert (problem.code, str(problem.location)) == ("unclear-encoding", "a.csv:1:1")
    _table, rows = read(RUSSIAN.encode("cp1251"), encoding="cp1251")
    assert rows == parted(RUSSIAN)


def test_what_is_no_encoding_of_text_is_refused(read):
    for name in ("base64", "klingon"):
        with pytest.raises(UsageProblem):
            read(b"a,b\n1,2\n", encoding=name)


LONG = "1,重要客户\n" * 200_000  # more than one chunk


# bytes, options, code, place, number of the byte
DAMAGED = [
    (b"id,n\n1,ab\xffc\n", {"encoding": "utf-8"}, "bad-bytes", "a.csv:2:5", 10),
    ("id,姓名\n1,张三\n2,李\n".encode("gbk") + b"3,\x81\n", {}, "bad-bytes", "a.csv:4:3", 23),
    ("id,姓名\n1,张三".encode()[:-1], {"encoding": "utf-8"}, "bad-bytes", "a.csv:2:4", 16),
    (
        ("id,姓名\n" + LONG).encode() + b"\xc3(",
        {"encoding": "utf-8"},
        "bad-bytes",
        "a.csv:200002:1",
        3_000_011,
    ),
    (("id,姓名\n" + LONG).encode("utf-16") + b"\0\0", {}, "nul-byte", "a.csv:200002:1", 2_800_015),
    (("id,姓名\n" + LONG).encode() + b"1,x\0", {}, "nul-byte", "a.csv:200002:4", 3_000_014),
    ("id,姓名\r1,张\0\r".encode("utf-8-sig"), {}, "nul-byte", "a.csv:2:4", 19),
    (
        "id,姓名\n1,张".encode("utf-16-be") + b"\xd8\0\0\n",
        {"encoding": "utf-16-be"},
        "bad-bytes",
        "a.csv:2:4",
        19,
    ),
]


@pytest.mark.parametrize("case", DAMAGED, ids=[f"{case[2]} {case[4]}" for case in DAMAGED])
def test_bytes_that_do_not_fit_are_located(read, case):
    data, options, code, place, number = case
    with pytest.raises(DataError) as caught:
        read(data, **options)
    problem = caught.value.problems[0]
    assert (problem.code, str(problem.location)) == (code, place)
    assert f" number {number} " in problem.what


@pytest.mark.parametrize(
    ("text", "delimiter", "rows"),
    [
        ("sep=;\nid;n\n1;a,b\n", ";", [["id", "n"], ["1", "a,b"]]),
        ('"sep=|"\r\nid|n\r\n1|a;b\r\n', "|", [["id", "n"], ["1", "a;b"]]),
        ("编号，姓名，城市\n1，张三，上海\n", "，", [["编号", "姓名", "城市"], ["1", "张三", "上海"]]),
        ("编号；姓名\n1；张三，李四\n", "；", [["编号", "姓名"], ["1", "张三，李四"]]),
        ("id,备注\n1,好，很好\n2,好，还行\n", ",", [["id", "备注"], ["1", "好，很好"], ["2", "好，还行"]]),
        ("id\tn\r1\ta\r2\tb\r", "\t", [["id", "n"], ["1", "a"], ["2", "b"]]),
        ("'id','n'\n'1','a, b'\n'2','it''s'\n", ",", [["id", "n"], ["1", "a, b"], ["2", "it's"]]),
        ("id,n\n1,'tis\n2,it's\n3,'x'\n", ",", [["id", "n"], ["1", "'tis"], ["2", "it's"], ["3", "'x'"]]),
        ('id, n\n1, "a, b"\n2, c\n', ",", [["id", "n"], ["1", "a, b"], ["2", "c"]]),
        ('id,n\n1,"a \\"b\\", c"\n2,"d\\\\"\n', ",", [["id", "n"], ["1", 'a "b", c'], ["2", "d\\"]]),
        ('id,n\n1,"a \\"b\\", c"\n3,C:\\new\n', ",", [["id", "n"], ["1", 'a "b", c'], ["3", "C:\\new"]]),
        ('id,n\n1,C:\\new\\\n2,"\\"\n', ",", [["id", "n"], ["1", "C:\\new\\"], ["2", "\\"]]),
        ('id,n\n1,"a\nb\r\nc"\n2,d\n', ",", [["id", "n"], ["1", "a\nb\r\nc"], ["2", "d"]]),
        ("id,n\u2028\n1,a\u2028b\x85c\n", ",", [["id", "n"], ["1", "a\u2028b\x85c"]]),
    ],
)  # fmt: skip
def test_what_parts_the_cells(read, text, delimiter, rows):
    table, found = read(text.encode())
    assert (table.delimiter, found) == (delimiter, rows)


def test_misquoted_rows_after_backslashes_lose_nothing(read):
    text = 'id,n\n1,"a \\"b\\""\n' + '2,"x"y\n' + "3,c\n"
    table, _rows = read(text.encode(), delimiter=",")
    assert [(row.error, list(row.texts)) for row in table.rows()][1:] == [
        ("bad-quotes", ['2,"x"y']),
        (None, ["3", "c"]),
    ]


@pytest.mark.parametrize(("suffix", "delimiter"), [("tsv", "\t"), ("tab", "\t"), ("psv", "|"), ("txt", ",")])
def test_the_suffix_decides_where_two_delimiters_part_alike(read, suffix, delimiter):
    table, _rows = read(b"a,b\tc|d,e\tf|g\n1,2\t3|4,5\t6|7\n", f"a.{suffix}")
    assert table.delimiter == delimiter


def test_duplicate_headers_without_a_cell_are_left_out(read):
    table, rows = read(b"id,n,n,id\n1,a,,\n2,b,,\n")
    assert rows == [["id", "n"], ["1", "a"], ["2", "b"]]
    assert any("3, 4" in note for note in table.notes)


def test_lines_of_json_keep_numbers_as_written_and_are_numbered_as_lines(read):
    table, rows = read(
        b'{ "id": "1", "n": 1.10, "deep": {"a": [1.5]}, "big": 12345678901234567890.1234}\nx\n'
        b'{"id": "2", "n": 3}\n',
        "a.txt",
    )
    assert table.format == "jsonl"
    assert rows[1] == ["1", "1.10", '{"a": [1.5]}', "12345678901234567890.1234"]
    assert [(row.number, row.error) for row in table.rows()] == [(1, None), (2, "bad-json"), (3, None)]
    with pytest.raises(UsageProblem):
        read(b'{"id": "1"}\n', "a.jsonl", no_header=True)


def test_names_in_lines_of_json_are_headers_whatever_they_look_like(read):
    _table, rows = read('{"2024": "姓名", "x@y.cn": "手机"}\n'.encode(), "a.jsonl")
    assert rows == [["2024", "x@y.cn"], ["姓名", "手机"]]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd"), max_size=12)
FILES = [
    (delimiter, encoding, newline)
    for delimiter in ",;\t|"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030")
    for newline in ("\n", "\r\n", "\r")
]


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6),
    file=st.sampled_from(FILES),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
@example(rows=[["\\", '\\"', "'a','b'"]], file=(",", "utf-8", "\n"), quoting=csv.QUOTE_ALL)
@example(rows=[[' "x"', "sep=;", ""]], file=(";", "gb18030", "\r"), quoting=csv.QUOTE_MINIMAL)
def test_any_table_that_is_written_comes_back(tmp_path_factory, rows, file, quoting):
    """With the encoding named where only its letters would tell it, and blank rows left out, as they are."""
    delimiter, encoding, newline = file
    if any("\n" in cell or "\r" in cell for row in rows for cell in row):
        quoting = csv.QUOTE_ALL  # else csv.writer leaves ends of lines other than its own unquoted
    path = tmp_path_factory.mktemp("written") / "a.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting)
        writer.writerow(["客户编号", "姓名", "备注"])
        writer.writerows(rows)
    named = {"encoding": "gb18030"} if encoding == "gb18030" else {}
    table = open_table(path, **named)
    assert table.headers == ("客户编号", "姓名", "备注")
    assert [list(row.texts) for row in table.rows()] == [row for row in rows if any(c.strip() for c in row)]
    assert table.count == len(rows)


def test_single_quotes_that_are_left_out_are_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,'王'\n2,'李,娜'\n", "utf-8")
    table = open_table(path)
    assert [row.texts[1] for row in table.rows()] == ["王", "李,娜"]
    assert table.notes == ("Cells stand in single quotes, which are left out.",)
    path.write_text("编号,姓名\n1,王\n2,'李'\n3,赵\n", "utf-8")
    assert open_table(path).notes == ()


def test_misquoted_rows_far_down_keep_their_numbers_and_texts(read):
    lines = [f'{i},"客户\n{i}"' for i in range(450)]
    lines[260] = '260,"x"y'
    lines[270] = '270,"x"z'
    table, _rows = read(("sep=,\nid,name\n" + "\n".join(lines) + "\n").encode())
    rows = list(table.rows())
    assert [row.number for row in rows] == list(range(3, 453))
    assert [(row.number, row.texts) for row in rows if row.error] == [
        (263, ('260,"x"y',)),
        (273, ('270,"x"z',)),
    ]
    assert rows[-1].texts == ["449", "客户\n449"]


def test_what_is_no_row_of_data_is_told_apart_among_many(read):
    """Blank and ragged rows, and headers of files that were joined, wherever they stand."""
    plain = [f"{i},n{i}" for i in range(500)]
    for place, line in (
        (99, ","),
        (100, "id,name"),
        (250, ",only"),
        (251, " , "),
        (399, "1,2,3"),
        (499, "9"),
    ):
        plain[place] = line
    table, rows = read(("id,name\n" + "\n".join(plain)).encode())
    assert (table.count, table.blank) == (500, 2)
    odd = {row.number: row.error for row in table.rows() if row.error}
    assert odd == {102: "repeated-header", 401: "ragged-row", 501: "ragged-row"}
    assert ["", "only"] in rows
    assert len(rows) == 499
