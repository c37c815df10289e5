"""Exports: what is written opens safely and reads back as it was."""

import io
import json
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagctl.errors import DataError, UsageProblem
from tagctl.io.cells import converter
from tagctl.io.guard import guard
from tagctl.io.registry import open_table
from tagctl.io.rejects import write_rejects
from tagctl.io.writing import atomic, write_table

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = ["key", "名字", "金额", "数", "日", "时", "好", "组", "标签"]
TYPES = ["text", "text", "money", "number", "date", "datetime", "bool", "list", "tags"]
ROWS = [
    ["00123", '=LINK("x")', 12805000, 5.0, "2024-01-05", 1704420030, 1, '["a","b,c"]', ["VIP", "老客户"]],
    ["310101199001011234", "'5 Uhr\n😀 ，＝", -50000, 0.1, "1890-01-05", -4000000000, 0, None, ["A, B"]],
    ["-7", "+8613800138000", 0, -1e20, "2000-02-29", 0, None, '["=1"]', ["=1"]],
    ["k4", None, None, None, None, None, None, None, []],
]  # fmt: skip


def read_back(path):
    table = open_table(path)
    kinds = ["list" if kind == "tags" else kind for kind in TYPES]
    converters = [converter(kind, ZONE, guarded=table.guarded) for kind in kinds]
    found = []
    for row in table.rows():
        assert row.error is None
        values = row.values or [None] * len(row.texts)
        found.append([c(t, v) for c, t, v in zip(converters, row.texts, values, strict=True)])
    return list(table.headers), found


def as_list(value):
    """Lists as they are stored: JSON without an opinion on blanks; none for no elements."""
    if isinstance(value, str) and value.startswith('["'):
        value = json.loads(value)
    return (json.dumps(value, ensure_ascii=False) if value else None) if isinstance(value, list) else value


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_what_is_written_reads_back(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    written = write_table(path, COLUMNS, TYPES, ROWS, timezone=ZONE)
    assert written.rows == 4
    headers, rows = read_back(path)
    assert headers == COLUMNS
    assert rows == [[as_list(value) for value in row] for row in ROWS]


texts = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12
)
tricky = st.text(alphabet="=+-@'\t\r\n ＝0５5a老,;\"_x00", min_size=1, max_size=8)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
@settings(max_examples=40)
@given(values=st.lists(texts | tricky, min_size=1, max_size=4))
def test_text_reads_back_to_the_last_character(tmp_path_factory, suffix, values):
    # Import never stores a blank text or one that ends in tabs.
    values = ["first", *(v for v in values if v.strip() and not v.endswith("\t"))]
    path = tmp_path_factory.mktemp("w") / f"a.{suffix}"
    write_table(path, ["key", "x"], ["text", "text"], [["k", v] for v in values], timezone=ZONE)
    table = open_table(path)
    convert = converter("text", ZONE, guarded=table.guarded)
    found = [convert(row.texts[1], row.values[1] if row.values else None) for row in table.rows()]
    assert found == values


def test_csv_files_have_a_bom_and_streams_have_none(tmp_path):
    path = tmp_path / "a.csv"
    write_table(path, ["a"], ["text"], [["=1"]], timezone=ZONE)
    assert path.read_bytes() == b"\xef\xbb\xbfa\r\n'=1\r\n"
    stream = io.BytesIO()
    written = write_table(stream, ["a"], ["text"], [["=1"]], timezone=ZONE)
    assert stream.getvalue() == b"a\r\n'=1\r\n"
    assert written.guarded == 1
    write_table(path, ["标签"], ["text"], [["老客户"]], timezone=ZONE, encoding="gb18030")
    assert path.read_bytes().decode("gb18030") == "标签\r\n老客户\r\n"


def test_a_negative_number_is_not_guarded():
    stream = io.BytesIO()
    written = write_table(stream, ["a", "b"], ["money", "text"], [[-50000, "-5"]], timezone=ZONE)
    assert stream.getvalue() == b"a,b\r\n-5.00,-5\r\n"
    assert written.guarded == 0


def test_xlsx_cells_are_typed_and_hold_no_formula(tmp_path):
    path = tmp_path / "a.xlsx"
    write_table(path, COLUMNS, TYPES, ROWS, timezone=ZONE)
    sheet = openpyxl.load_workbook(path).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "n", "n", "d", "d", "b", "s", "s"]
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "d", "b"}
    assert sheet["B2"].value == ROWS[0][1]
    assert sheet["A3"].value == "310101199001011234"
    assert sheet.freeze_panes == "A2"


def test_json_is_an_array_with_offsets_and_exact_values():
    stream = io.BytesIO()
    write_table(stream, COLUMNS, TYPES, ROWS, timezone=ZONE, format="json")
    found = json.loads(stream.getvalue())
    assert found[0] == {
        "key": "00123", "名字": '=LINK("x")', "金额": 1280.5, "数": 5, "日": "2024-01-05",
        "时": "2024-01-05T10:00:30+08:00", "好": True, "组": ["a", "b,c"], "标签": ["VIP", "老客户"],
    }  # fmt: skip
    stream = io.BytesIO()
    write_table(stream, ["a"], ["text"], [], timezone=ZONE, format="json")
    assert json.loads(stream.getvalue()) == []


def test_a_failure_leaves_the_old_file_and_no_temporary_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old", "utf-8")

    def rows():
        yield ["1"]
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_table(path, ["a"], ["text"], rows(), timezone=ZONE)
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_what_cannot_be_written_is_told_with_its_place(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    rows, encoding = ([["x"], ["y" * 32_768]], None) if suffix == "xlsx" else ([["x"], ["😀"]], "gbk")
    with pytest.raises(UsageProblem) as caught:
        write_table(path, ["备注"], ["text"], rows, timezone=ZONE, encoding=encoding)
    assert caught.value.problems[0].location.row == 3
    assert not path.exists()


def test_an_unknown_suffix_and_a_missing_folder(tmp_path):
    with pytest.raises(UsageProblem):
        write_table(tmp_path / "a.doc", ["a"], ["text"], [], timezone=ZONE)
    with pytest.raises(UsageProblem):
        write_table(tmp_path / "no" / "a.csv", ["a"], ["text"], [], timezone=ZONE)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_new_files_are_private_and_old_ones_keep_their_rights(tmp_path):
    path = tmp_path / "a.csv"
    write_table(path, ["a"], ["text"], [["1"]], timezone=ZONE)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    write_table(path, ["a"], ["text"], [["2"]], timezone=ZONE)
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.read_text("utf-8-sig") == "a\n2\n"


def test_atomic_replaces_nothing_before_the_end(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with atomic(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def placed(draft):
    draft.place()
    return draft.path


def test_rejects_stand_beside_their_source_with_cells_and_reasons(tmp_path):
    source = tmp_path / "客户.csv"
    source.write_text("编号,年龄,备注\n1,30,a\n2,二十,=1+1\n3\n", "utf-8")
    table = open_table(source)
    rejects = [
        (3, "年龄", "not-a-number", "“二十” is not a number", False),
        (3, "备注", "odd", "odd", False),
        (4, None, "ragged-row", "1 cell", True),
    ]
    draft = write_rejects(table, rejects)
    assert draft.path == tmp_path / "客户.rejects.csv"
    assert not draft.path.exists()
    path = placed(draft)
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines[0] == "编号,年龄,备注,tagctl_row,tagctl_column,tagctl_code,tagctl_reason,tagctl_text"
    assert (
        lines[1] == "2,二十," + guard("=1+1") + ",3,年龄; 备注,not-a-number; odd,“二十” is not a number; odd,"
    )
    assert lines[2] == ",,,4,,ragged-row,1 cell,3"
    again = open_table(path)
    assert again.headers[:3] == ("编号", "年龄", "备注")
    second = placed(write_rejects(again, [(2, "年龄", "x", "y", True)]))
    assert second.name == "客户.rejects.rejects.csv"
    assert open_table(second).headers == again.headers
    write_rejects(table, rejects).drop()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "客户.csv", "客户.rejects.csv", "客户.rejects.rejects.csv",
    ]  # fmt: skip


def test_no_surprise_from_paths_without_suffix(tmp_path):
    path = Path(tmp_path / "data")
    path.write_text("a,b\n1,2\n", "utf-8")
    assert open_table(path).headers == ("a", "b")
    path.write_bytes(b"")
    with pytest.raises(DataError):
        open_table(path)
