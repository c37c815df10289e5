"""Operations: kept or as if never begun; YAML files written together with the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tagctl.errors import StoreError
from tagctl.store import texts
from tagctl.store.connection import open_store
from tagctl.store.faults import holder_file
from tagctl.store.operations import complete_pending, operate


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "tagctl.db", create=True) as opened:
        yield opened


def add(store, op, key="1"):
    store.execute("INSERT INTO customers (tagctl_key, tagctl_op) VALUES (?, ?)", (key, op.number))


def test_a_kept_operation_says_who_when_why_and_what(store):
    with operate(store, "import", now=100, as_of=90, by="ann", note="monthly", what="a.csv") as op:
        assert (op.number, op.as_of, op.result) == (1, 90, None)
        add(store, op)
        op.texts(taxonomy=b"t", rules=b"r")
        op.keep(created=1)
        op.keep("客户.csv", created=2, gained=3)
    assert op.result == 1
    row = store.one('SELECT kind, at, as_of, "by", note, what, counts FROM operations')
    assert row[:6] == ("import", 100, 90, "ann", "monthly", "客户.csv")
    assert json.loads(row[6]) == {"created": 3, "gained": 3}
    assert texts.newest(store, "taxonomy") == b"t"
    assert not holder_file(store.path).exists()


@pytest.mark.parametrize("how", ["nothing kept", "dry run", "error"])
def test_otherwise_nothing_is_written_not_even_the_row(store, how):
    try:
        with operate(store, "import", now=100, by="ann", dry_run=how == "dry run") as op:
            add(store, op)
            store.execute("CREATE TABLE column_test (a TEXT) STRICT")
            op.texts(taxonomy=b"t")
            if how != "nothing kept":
                op.keep(created=1)
            if how == "error":
                raise RuntimeError
    except RuntimeError:
        assert how == "error"
    assert op.result is None
    for table in ("operations", "customers", "texts"):
        assert store.value(f"SELECT count(*) FROM {table}") == 0
    assert store.columns("column_test") == {}
    with operate(store, "import", now=100, by="ann") as op:
        assert op.number == 1


def test_a_file_is_written_after_the_commit_and_its_old_text_kept(store, tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"old")
    with operate(store, "merge", now=1, by="ann") as op:
        op.write_file(file, b"newer")
        op.write_file(file, b"new")
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"
    ((path, old, new, done),) = store.rows("SELECT path, old_hash, new_hash, done FROM pending_files")
    assert (path, texts.get(store, old), texts.get(store, new), done) == ("rules.yaml", b"old", b"new", 1)
    assert sorted(p.suffix for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize("how", ["dry run", "error"])
def test_a_file_of_an_operation_that_is_not_kept_is_not_touched(store, tmp_path, how):
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"old")
    try:
        with operate(store, "merge", now=1, by="ann", dry_run=how == "dry run") as op:
            op.write_file(file, b"new")
            if how == "error":
                raise RuntimeError
    except RuntimeError:
        pass
    assert file.read_bytes() == b"old"
    assert complete_pending(store, tmp_path) == ()


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", ["before the rename", "after the rename"])
def test_killed_after_the_commit_the_next_command_completes(store, tmp_path, monkeypatch, step):
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"old")
    rename = texts._replace

    def killed(path, data):
        if step == "after the rename":
            rename(path, data)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(texts, "_replace", killed)
        with operate(store, "merge", now=1, by="ann") as op:
            op.write_file(file, b"new")
    assert op.result == 1
    assert store.value("SELECT done FROM pending_files") == 0
    assert complete_pending(store, tmp_path) == (texts.Completed("rules.yaml", True),)
    assert file.read_bytes() == b"new"
    assert complete_pending(store, tmp_path) == ()


def test_a_persons_edit_made_meanwhile_stays(store, tmp_path, monkeypatch):
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"old")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(texts, "_replace", lambda *_: (_ for _ in ()).throw(Killed))
        with operate(store, "merge", now=1, by="ann") as op:
            op.write_file(file, b"new")
    file.write_bytes(b"theirs")
    assert complete_pending(store, tmp_path) == (texts.Completed("rules.yaml", False),)
    assert file.read_bytes() == b"theirs"


def test_a_file_that_cannot_be_written_is_said_and_completed_later(store, tmp_path, monkeypatch):
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"old")
    replace = os.replace

    def refused(*_):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(StoreError) as error, operate(store, "merge", now=1, by="ann") as op:
        op.write_file(file, b"new")
    assert error.value.problems[0].code == "file-not-written"
    monkeypatch.setattr(os, "replace", replace)
    complete_pending(store, tmp_path)
    assert file.read_bytes() == b"new"


KILLED = """
import os, sys
from pathlib import Path
from tagctl.store import texts
from tagctl.store.connection import open_store
from tagctl.store.operations import operate

folder, point = Path(sys.argv[1]), sys.argv[2]
store = open_store(folder / "tagctl.db")
if point == "commit":
    texts._replace = lambda *_: os._exit(9)
with operate(store, "import", now=1, by="ann") as op:
    store.execute("INSERT INTO customers (tagctl_key, tagctl_op) VALUES ('1', ?)", (op.number,))
    op.write_file(folder / "rules.yaml", b"new")
    if point == "write":
        os._exit(9)
"""


@pytest.mark.parametrize(("point", "count", "text"), [("write", 0, b"old"), ("commit", 1, b"new")])
def test_a_process_that_dies_leaves_before_or_after_never_between(tmp_path, point, count, text):
    (tmp_path / "rules.yaml").write_bytes(b"old")
    open_store(tmp_path / "tagctl.db", create=True).close()
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), point], check=False)
    assert died.returncode == 9
    with open_store(tmp_path / "tagctl.db") as store:
        complete_pending(store, tmp_path)
        assert store.value("SELECT count(*) FROM customers") == count
        assert store.value("SELECT count(*) FROM operations") == count
        assert store.value("PRAGMA integrity_check") == "ok"
    assert (tmp_path / "rules.yaml").read_bytes() == text
