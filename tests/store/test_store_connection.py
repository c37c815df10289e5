"""Opening the database: recipe, migrations, errors in words."""

from __future__ import annotations

import sqlite3

import pytest

from tagctl.errors import LockedError, StoreError
from tagctl.sql import name
from tagctl.store import schema
from tagctl.store.connection import open_store
from tagctl.store.operations import operate


def code(error):
    return error.value.problems[0].code


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tagctl.db"


def test_the_recipe(path):
    with open_store(path, create=True) as store:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
        assert {pragma: store.value(f"PRAGMA {pragma}") for pragma in wanted} == wanted
        assert store.value("PRAGMA user_version") == len(schema.MIGRATIONS)
        assert store.value("PRAGMA application_id") == schema.APPLICATION_ID
        assert not store.connection.in_transaction


def test_every_table_is_strict_and_every_view_can_be_read(path):
    with open_store(path, create=True) as store:
        loose = store.rows(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict "
            "AND name NOT LIKE 'sqlite_%'"
        )
        assert loose == []
        for (view,) in store.rows("SELECT name FROM sqlite_schema WHERE type = 'view'"):
            store.rows(f"SELECT * FROM {view}")


def test_our_functions(path):
    with open_store(path, create=True) as store:
        assert store.one("SELECT tagctl_fold(' ＶＩＰ客户 '), tagctl_fold(NULL)") == ("vip客户", None)
        assert store.one("SELECT tagctl_matches('^a.c', 'ABC'), tagctl_matches('b$', 'abc')") == (1, 0)
        assert store.value("SELECT tagctl_matches('a', NULL)") is None
        assert store.value("SELECT tagctl_real(tagctl_exact(?))", (0.1 + 0.2,)) == 0.1 + 0.2


def test_script_stays_in_the_transaction(path):
    with open_store(path, create=True) as store:
        store.execute("BEGIN IMMEDIATE")
        store.script("CREATE TABLE a (b TEXT); INSERT INTO a VALUES ('x;y'); -- the end;\n")
        assert store.rows("SELECT b FROM a") == [("x;y",)]
        store.execute("ROLLBACK")
        assert store.columns("a") == {}


@pytest.mark.parametrize("read_only", [False, True])
def test_a_missing_file_is_not_made(path, read_only):
    with pytest.raises(StoreError) as error:
        open_store(path, read_only=read_only)
    assert code(error) == "no-database"
    assert not path.exists()


def test_a_file_that_is_no_database(path):
    path.write_bytes("客户,标签\n1,VIP\n".encode() * 100)
    with pytest.raises(StoreError) as error:
        open_store(path)
    assert code(error) == "not-a-database"


def test_a_database_of_another_program(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (a)")
    other.close()
    with pytest.raises(StoreError) as error:
        open_store(path, create=True)
    assert code(error) == "not-a-database"


def test_a_newer_database_is_refused(path):
    open_store(path, create=True).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(StoreError) as error:
        open_store(path)
    assert code(error) == "newer-database"


def test_a_damaged_database(path):
    with open_store(path, create=True) as store:
        store.execute("INSERT INTO texts VALUES ('h', zeroblob(200000))")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096:20480] = b"\xff" * 16384
    path.write_bytes(data)
    with pytest.raises(StoreError) as error, open_store(path) as store:
        store.rows("SELECT * FROM operations, customers, tags, texts")
    assert code(error) == "damaged"


def test_an_older_database_is_backed_up_and_brought_up_to_date(path, monkeypatch):
    open_store(path, create=True).close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE later (a TEXT) STRICT;"))
    with pytest.raises(StoreError) as error:
        open_store(path, read_only=True)
    assert code(error) == "older-database"
    with open_store(path) as store:
        assert store.columns("later") == {"a": "TEXT"}
    newest = len(schema.MIGRATIONS)
    backup = sqlite3.connect(path.with_name(f"tagctl.db.before-v{newest}"))
    assert backup.execute("PRAGMA user_version").fetchone() == (newest - 1,)
    backup.close()


def test_a_database_of_version_1_gets_the_index_of_what_is_not_given_by_rules(path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", (schema.MIGRATION_1,))
        with open_store(path, create=True) as store:
            store.execute("PRAGMA foreign_keys = OFF")
            store.execute(
                "INSERT INTO assignments VALUES (1, 1, 'rule', 1, NULL, 0), (1, 2, 'import', 1, NULL, 0)"
            )
    with open_store(path) as store:
        given = "SELECT customer FROM assignments INDEXED BY assignments_given WHERE source <> 'rule'"
        assert store.rows(given) == [(2,)]


def test_a_migration_that_fails_leaves_the_database_as_it_was(path, monkeypatch):
    open_store(path, create=True).close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE later (a); nonsense;"))
    with pytest.raises(sqlite3.OperationalError):
        open_store(path)
    monkeypatch.undo()
    with open_store(path) as store:
        assert store.columns("later") == {}


def test_read_only_reads_and_has_temporary_tables_but_does_not_write(path):
    open_store(path, create=True).close()
    with open_store(path, read_only=True) as store:
        store.execute("CREATE TEMP TABLE found (id INTEGER)")
        store.execute("INSERT INTO temp.found VALUES (1)")
        with pytest.raises(StoreError) as error:
            store.execute("INSERT INTO meta VALUES ('a', 'b')")
    assert code(error) == "read-only"


def test_readers_see_the_state_before_an_open_operation(path):
    with open_store(path, create=True) as writer, open_store(path, read_only=True) as reader:
        with operate(writer, "import", now=1, by="ann") as op:
            writer.execute("INSERT INTO customers (tagctl_key, tagctl_op) VALUES ('1', ?)", (op.number,))
            op.keep()
            assert reader.value("SELECT count(*) FROM customers") == 0
        assert reader.value("SELECT count(*) FROM customers") == 1


def test_one_writer_at_a_time_and_the_other_is_named(path):
    with (
        open_store(path, create=True) as first,
        open_store(path, lock_timeout=0.05) as second,
        operate(first, "import", now=1, by="ann"),
    ):
        with pytest.raises(LockedError) as error, operate(second, "run", now=1, by="bob"):
            pass
        assert code(error) == "locked"
        assert "ann" in error.value.problems[0].what
        assert "import" in error.value.problems[0].what


def test_a_full_disk_leaves_the_database_as_it_was(path):
    with open_store(path, create=True) as store:
        pages = store.value("PRAGMA page_count")
        store.execute(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(StoreError) as error, operate(store, "import", now=1, by="ann") as op:
            op.keep()
            store.executemany(
                "INSERT INTO customers (tagctl_key, tagctl_op) VALUES (?, 1)",
                ((f"{i}" * 50,) for i in range(5000)),
            )
        assert code(error) == "disk-full"
        assert store.value("SELECT count(*) FROM operations") == 0
        assert store.value("PRAGMA integrity_check") == "ok"


def test_errors_of_ours_stay_what_they_are(path):
    with open_store(path, create=True) as store, pytest.raises(sqlite3.OperationalError):
        store.rows('SELECT t."spnd" FROM customers t')


def test_after_the_last_reader_the_database_is_one_file(path):
    with open_store(path, read_only=False, create=True) as writer:
        reader = open_store(path, read_only=True)
        reader.rows("SELECT * FROM operations")
        with operate(writer, "import", now=1, by="ann") as op:
            op.keep()
    assert path.with_name("tagctl.db-wal").exists()
    reader.close()
    assert [file.name for file in path.parent.iterdir()] == ["tagctl.db"]


def test_no_check_makes_a_table_for_every_row(path):
    with open_store(path, create=True) as store:
        tables = store.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK%'")
        assert len(tables) > 4
        for (table,) in tables:
            plan = store.rows(f"EXPLAIN INSERT INTO {name(table)} DEFAULT VALUES")
            assert "OpenEphemeral" not in {row[1] for row in plan}, table
