"""Parquet: names and types of its own, behind an extra."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from tagctl.errors import DataError, UsageProblem
from tagctl.io.registry import open_table

AT = datetime(2026, 1, 2, 3, 4, 5)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "2024": ["0012", None],  # a name that looks like data
            "whole": pa.array([310101199001011234, None]),
            "real": [1.5, float("nan")],
            "money": pa.array([Decimal("1.10"), None], pa.decimal128(9, 2)),
            "yes": [True, None],
            "day": [date(2026, 1, 2), None],
            "at": pa.array([AT, None], pa.timestamp("ns")),
            "zoned": pa.array([AT.replace(tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "tags": [["VIP", "老客户"], None],
            "deep": [{"a": 1, "b": [AT]}, None],
            "raw": pa.array(["甲".encode(), None], pa.binary()),
            "code": pa.array(["x", None]).dictionary_encode(),
        }
    )
    parquet.write_table(table, path)
    return path


def test_cells_are_text_and_typed_where_the_type_tells_more(path):
    table = open_table(path)
    first, *rest = table.rows()
    assert rest == []  # a row without any value is blank
    assert (table.format, table.count, table.blank) == ("parquet", 2, 1)
    assert dict(zip(table.headers, first.texts, strict=True)) == {
        "2024": "0012",
        "whole": "310101199001011234",
        "real": "1.5",
        "money": "1.10",
        "yes": "TRUE",
        "day": "2026-01-02",
        "at": "2026-01-02 03:04:05",
        "zoned": "2026-01-02 03:04:05+00:00",
        "tags": '["VIP", "老客户"]',
        "deep": '{"a": 1, "b": ["2026-01-02 03:04:05"]}',
        "raw": "甲",
        "code": "x",
    }
    values = dict(zip(table.headers, first.values, strict=True))
    assert {name: value for name, value in values.items() if value is not None} == {
        "real": 1.5,
        "yes": True,
        "day": date(2026, 1, 2),
        "at": AT,
        "tags": ["VIP", "老客户"],
    }


def test_a_damaged_file_is_refused(path):
    data = path.read_bytes()
    for damaged in (data[:-20], data[:60] + b"\xff" * 40 + data[100:], b"PAR1"):
        path.write_bytes(damaged)
        with pytest.raises(DataError) as caught:
            open_table(path)
        assert caught.value.problems[0].code == "damaged-file"


def test_without_the_extra_the_line_to_install_it_is_told(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageProblem) as caught:
        open_table(path)
    assert caught.value.problems[0].next == "Install it: pip install 'tagctl[parquet]'"
