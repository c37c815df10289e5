"""Files by pattern, packed with gzip and through a pipe."""

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tagctl.errors import DataError, UsageProblem
from tagctl.io import sources
from tagctl.io.registry import open_table

TABLE = "编号,姓名\n01,张三\n02,李四\n"


def texts(table):
    return [list(row.texts) for row in table.rows()]


@pytest.fixture
def piped(monkeypatch):
    """Puts bytes on standard input."""

    def put(data, terminal=False):
        stream = io.BytesIO(data)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream, isatty=lambda: terminal))

    return put


@pytest.mark.parametrize("name", ["a.csv.gz", "a.gz", "a.csv"])
def test_packed_text_is_read_whatever_its_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(TABLE.encode("gbk")))
    table = open_table(path)
    assert (table.path, table.format, table.encoding) == (path, "csv", "gb18030")
    assert texts(table) == texts(table) == [["01", "张三"], ["02", "李四"]]


def test_the_suffix_within_the_name_of_a_packed_file_counts(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id":"01"}\n{"id":"02"}\n'))
    table = open_table(path)
    assert (table.format, texts(table)) == ("jsonl", [["01"], ["02"]])


def test_the_same_bytes_packed_and_plain_are_the_same(tmp_path):
    (tmp_path / "a.csv").write_text(TABLE, "utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TABLE.encode(), mtime=1))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(TABLE.encode(), mtime=2))
    hashes = {open_table(path).sha256() for path in tmp_path.iterdir()}
    assert len(hashes) == 1


def test_errors_in_a_packed_file_name_the_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,n\n1,a\n1,\0\n"))
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert str(caught.value.problems[0].location) == "a.csv.gz:3:3"


PACKED = gzip.compress(TABLE.encode() * 1000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PACKED[:-9], "damaged-file"),
        (PACKED[:40] + b"\xff\xff\xff" + PACKED[43:], "damaged-file"),
        (PACKED + b"rubbish", "damaged-file"),
        (PACKED[:12], "damaged-file"),
        (gzip.compress(PACKED), "not-a-table"),
    ],
    ids=["cut off", "changed", "more behind it", "a header only", "packed twice"],
)
def test_damaged_packed_files_are_refused(tmp_path, data, code):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == code


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "ALWAYS", 2 << 20)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,n\n" + b"1,a\n" * (1 << 20)))
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "zip-bomb"


def test_much_may_be_packed_where_it_is_large_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "ALWAYS", 1 << 10)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TABLE.encode() * 500))
    monkeypatch.setattr(sources, "RATIO", 500)
    assert open_table(path).count == 3 * 500 - 1


def test_standard_input(piped):
    piped(TABLE.encode("utf-16"))
    table = open_table("-")
    assert (table.path, table.encoding) == (Path("stdin"), "utf-16")
    assert texts(table) == [["01", "张三"], ["02", "李四"]]
    assert texts(open_table("-")) == texts(table)  # it can be opened again
    piped(gzip.compress(b'{"id": "x"}\n'))
    table = open_table("-")
    assert (table.format, texts(table)) == ("jsonl", [["x"]])


def test_errors_in_standard_input_are_located_in_it(piped):
    piped(b"id,n\n1,\xff\n")
    with pytest.raises(DataError) as caught:
        open_table("-", encoding="utf-8")
    assert str(caught.value.problems[0].location) == "stdin:2:3"


def test_a_terminal_is_not_waited_for(piped):
    piped(b"", terminal=True)
    with pytest.raises(UsageProblem) as caught:
        open_table("-")
    assert caught.value.problems[0].code == "no-file"


def test_patterns_give_files_in_natural_order_each_once(tmp_path, monkeypatch):
    for name in ("10月.csv", "2月.csv", "1月.csv", "1月.rejects.csv", "x.txt"):
        (tmp_path / name).write_text(TABLE, "utf-8")
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    assert [str(p) for p in sources.chosen(["*.csv"])] == ["1月.csv", "2月.csv", "10月.csv"]
    assert [str(p) for p in sources.chosen(["2月.csv", "*月.csv", "x.txt"])] == [
        "2月.csv",
        "1月.csv",
        "10月.csv",
        "x.txt",
    ]
    assert [p.name for p in sources.chosen([tmp_path / "1*.rejects.csv"])] == ["1月.rejects.csv"]
    assert sources.chosen(["-", "-"]) == [sources.STDIN]


def test_a_pattern_that_matches_nothing_is_told_and_a_name_like_a_pattern_is_a_name(tmp_path):
    with pytest.raises(UsageProblem) as caught:
        sources.chosen([tmp_path / "*.csv"])
    assert caught.value.problems[0].code == "no-file"
    path = tmp_path / "a[1].csv"
    path.write_text(TABLE, "utf-8")
    assert sources.chosen([path]) == [path]


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 a,b", b"\x89PNG\r\n", b"Rar!\x1a", b"SQLite format 3\0"], ids=lambda data: data[:4]
)
def test_what_is_no_table_is_named(tmp_path, data):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        open_table(path)
    assert caught.value.problems[0].code == "not-a-table"
