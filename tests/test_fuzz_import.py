"""The fuzz of import finds what it is there to find, and what it keeps can be tried again."""

from __future__ import annotations

from contextlib import nullcontext

import fuzz_import
import pytest
from damage import Attempt
from fuzz_import import Fuzz, again
from made_tables import Made

from tagctl.io import cells
from tagctl.workflows.importing.accounting import Account

TABLE = Made("csv", "|", False, [("1", "a", None, 1.0, "2", "2026-01-05", True, ["VIP"])])


@pytest.fixture
def fuzz(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz_import, "watched", nullcontext)  # the alarm is the test runner's
    (tmp_path / "project").mkdir()
    return Fuzz(tmp_path / "project", tmp_path / "kept", 1)


def kept(tmp_path):
    return [path for path in (tmp_path / "kept").glob("*") if path.suffix != ".json"]


def test_sound_files_are_no_findings(fuzz, tmp_path):
    fuzz.made(TABLE)
    fuzz.made(TABLE._replace(events=True))
    fuzz.damaged(Attempt("a.csv", b"", {}))
    assert not fuzz.failed
    assert fuzz.tried == {"csv": 2, "damaged": 1, "told": 1}
    assert not kept(tmp_path)


def test_a_value_that_is_stored_otherwise_is_found_and_tried_again(fuzz, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as broken:
        broken.setattr(cells, "_fast_number", lambda text: float(text) + 1)
        fuzz.made(TABLE)
        assert "积分: wrote 1.0, stored 2.0" in capsys.readouterr().out
        (file,) = kept(tmp_path)
        again(fuzz, file)
        assert fuzz.failed.total() == 2
    again(fuzz, file)
    assert fuzz.failed.total() == 2


def test_single_quotes_that_may_be_text_are_told(fuzz):
    row = ("a", None, 1.0, "2", "2026-01-05", True, [])
    fuzz.made(TABLE._replace(rows=[(key, "'x'", *row[1:]) for key in ("1", "2")]))
    assert not fuzz.failed


def test_a_crash_is_found_and_tried_again(fuzz, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as broken:
        broken.setattr(Account, "counts", lambda _self: 1 // 0)
        fuzz.damaged(Attempt("a.csv", "客户编号,姓名\n1,甲\n".encode(), {"key": "客户编号"}))
    assert "ZeroDivisionError at test_fuzz_import.py" in capsys.readouterr().out
    (file,) = kept(tmp_path)
    again(fuzz, file)
    assert fuzz.failed.total() == 1
