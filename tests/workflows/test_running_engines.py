"""`run --engine duckdb` does what SQLite does where the two could differ, and steps back where it cannot."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from running_project import NOW, START, ZONE, Project

from tagctl import rules as language
from tagctl.model import CUSTOMER
from tagctl.program import Foreign, ForeignStep
from tagctl.reports.running import RunReport
from tagctl.rules.emit import duckdb as emitted
from tagctl.store import tags
from tagctl.store.operations import operate
from tagctl.workflows import running

duckdb = pytest.importorskip("duckdb", reason="the extra [fast] is not installed")
pytest.importorskip("duckdb_extension_sqlite_scanner", reason="the extra [fast] is not installed")

DAY = 86_400
TAXONOMY = """
version: 1
dimensions:
- {name: 行为, kind: behaviour, tags: [甲, 乙, 丙, 丁, 戊, 己]}
"""
MERGED = TAXONOMY.replace("甲, 乙,", "{name: 甲, aliases: [乙]},")

Scene = Callable[[Project, str], RunReport]


def on_duckdb(report: RunReport) -> RunReport:
    assert (report.engine, report.engine_note) == ("duckdb", "")
    return report


def content(project: Project) -> list[list[tuple[object, ...]]]:
    """What a run writes: assignments and the packed words."""
    queries = (
        "SELECT tag, customer, source, gained_op, lost_op, since FROM assignments ORDER BY 1, 2, 3, 4",
        "SELECT * FROM rule_state WHERE w0 <> 0 ORDER BY customer",
    )
    return [project.store.rows(query) for query in queries]


def merge_within_the_run(project: Project, engine: str) -> RunReport:
    """A tag that is merged into another in the operation that then computes."""
    project.rules = (
        "rules: [{tag: 甲, when: {count: order, at_least: 2}}, {tag: 乙, when: {count: order, at_least: 1}}]"
    )
    project.field("order", "")
    for key, count in (("a", 1), ("b", 2), ("c", 0)):
        project.customer(key)
        for number in range(count):
            project.event("order", key, NOW - number * DAY)
    project.run(engine=engine)
    assert project.holders("乙") == {"a", "b"}
    project.rules = "rules: [{tag: 甲, when: {count: order, at_least: 2}}]"
    project.taxonomy = language.read_taxonomy(MERGED.encode(), "taxonomy.yaml")[0]
    with operate(project.store, "run", now=NOW + DAY, as_of=NOW + DAY, by="test") as op:
        tags.sync(op, project.taxonomy)
        report = running.run(op, project.compiled(), project.taxonomy, timezone=ZONE, engine=engine)[0]
    assert project.holders("甲") == {"b"}
    return report


def exact_beyond_doubles(project: Project, engine: str) -> RunReport:
    """Sums of money that a double cannot hold: 2⁵³ + 1 ten-thousandths, more, less, and below zero."""
    project.rules = """
rules:
- {tag: 甲, when: {sum: order.amount, at_least: 900719925474.0993}}
- {tag: 乙, when: {sum: order.amount, at_most: -900719925474.0993}}
- {tag: 丙, when: {sum: order.amount, is: 900719925474.0992}}
"""
    project.field("order", "amount", "money", "amount")
    for key, amounts in {
        "more": [2**53, 1],
        "equal": [2**53],
        "less": [2**53, -1],
        "under": [-(2**53), -1],
        "huge": [2**61, 2**61],
    }.items():
        project.customer(key)
        for amount in amounts:
            project.event("order", key, NOW, amount=amount)
    report = project.run(engine=engine)
    assert project.holders("甲") == {"more", "huge"}
    assert project.holders("乙") == {"under"}
    assert project.holders("丙") == {"equal"}
    return report


def texts_that_fold_alike(project: Project, engine: str) -> RunReport:
    """Texts against literals and another field, elements of lists."""
    project.rules = """
rules:
- {tag: 甲, when: {field: level, is: vip}}
- {tag: 乙, when: {field: level, ends_with: ss}}
- {tag: 丙, when: {field: level, is: {field: other}}}
- {tag: 丁, when: {field: likes, any_of: [ＶＩＰ, it's ？]}}
- {tag: 戊, when: {count: visit, where: {field: page, starts_with: 首页}, at_least: 1}}
- {tag: 己, when: {distinct: visit.page, at_least: 2}}
"""
    for field, kind in (("level", "text"), ("other", "text"), ("likes", "list")):
        project.field(CUSTOMER, field, kind)
    project.field("visit", "page", "text")
    rows = {
        "wide": ("ＶＩＰ", "vip ", '["Vip", "x"]', ["首页", "首頁"]),
        "sharp": ("Straß", "STRASS", '["x"]', ["首页１", "首页1"]),
        "accent": ("e\u0301", "é", None, [" 首页"]),
        "quoted": ("it's ?", "IT'S ？", '["it\'s ?"]', ["'首页"]),
        "none": (None, None, "[]", []),
    }
    for key, (level, other, likes, pages) in rows.items():
        project.customer(key, level=level, other=other, likes=likes)
        for page in pages:
            project.event("visit", key, NOW, page=page)
    report = project.run(engine=engine)
    assert project.holders("甲") == {"wide"}
    assert project.holders("乙") == {"sharp"}
    assert project.holders("丙") == {"wide", "sharp", "accent", "quoted"}
    assert project.holders("丁") == {"wide", "quoted"}
    assert project.holders("戊") == {"wide", "sharp", "accent"}
    assert project.holders("己") == {"wide"}
    return report


def measurements(project: Project, engine: str) -> RunReport:
    """Sums of numbers: whole ones on all threads, fractions in the order of the file."""
    project.rules = """
rules:
- {tag: 甲, when: {sum: visit.seconds, at_least: 0.3}}
- {tag: 乙, when: {avg: walk.steps, above: 2}}
"""
    project.field("visit", "seconds", "number")
    project.field("walk", "steps", "number")
    for key, seconds, steps in (("a", [0.1, 0.2], [2, 3]), ("b", [0.1, 0.1, 0.1], [2.0]), ("c", [0.2], [])):
        project.customer(key)
        for number in seconds:
            project.event("visit", key, NOW, seconds=number)
        for number in steps:
            project.event("walk", key, NOW, steps=float(number))
    report = project.run(engine=engine)
    assert project.holders("甲") == {"a", "b"}
    assert project.holders("乙") == {"a"}
    return report


@pytest.mark.parametrize(
    "scene", [merge_within_the_run, exact_beyond_doubles, texts_that_fold_alike, measurements]
)
def test_both_engines_write_the_same(tmp_path: Path, scene: Scene) -> None:
    written = []
    for engine in ("sqlite", "duckdb"):
        folder = tmp_path / engine
        folder.mkdir()
        project = Project(folder, TAXONOMY)
        report = scene(project, engine)
        assert (report.engine, report.engine_note) == (engine, "")
        written.append(content(project))
        project.store.close()
    assert written[0] == written[1]


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return shop_in(tmp_path)


def shop_in(folder: Path) -> Project:
    project = Project(folder, TAXONOMY, "rules: [{tag: 甲, when: {count: order, at_least: 1}}]")
    project.field("order", "")
    project.customer("a")
    project.customer("b")
    project.event("order", "a", START)
    return project


def test_a_path_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's 客户 库; -- \\ %20"
    folder.mkdir()
    project = shop_in(folder)
    on_duckdb(project.run(engine="duckdb"))
    assert project.holders("甲") == {"a"}


def no_package(patched: pytest.MonkeyPatch) -> None:
    patched.setitem(sys.modules, "duckdb", None)


def no_extension(patched: pytest.MonkeyPatch) -> None:
    patched.setitem(sys.modules, "duckdb_extension_sqlite_scanner", None)


def another_version(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(duckdb, "__version__", "0.0.1")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_package, "not installed"),
        (no_extension, "extension for SQLite is not installed"),
        (another_version, "not of version 0.0.1"),
    ],
)
def test_sqlite_computes_what_duckdb_cannot(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoil: Callable[..., None], said: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where an extension may have been installed
    spoil(monkeypatch)
    report = shop.run(engine="duckdb")
    assert report.engine == "sqlite"
    assert said in report.engine_note
    assert shop.holders("甲") == {"a"}


def test_a_failing_statement_leaves_it_to_sqlite(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "SELECT * FROM no_such_table")
    report = shop.run(engine="duckdb")
    assert report.engine == "sqlite"
    assert report.engine_note
    assert shop.holders("甲") == {"a"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_interrupted_nothing_is_written(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    only(
        monkeypatch,
        "CREATE TABLE endless AS SELECT sum(a.range * b.range) FROM range(9999999) a, range(9999999) b",
    )
    before = shop.operations(), content(shop)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        shop.run(engine="duckdb")
    timer.join()
    assert (shop.operations(), content(shop)) == before
    report = shop.run(engine="sqlite")
    assert report.gained == 1


def only(patched: pytest.MonkeyPatch, statement: str) -> None:
    """Let the second engine's program be this one statement."""
    program = Foreign((), (ForeignStep("only", statement),), {}, ())
    patched.setattr(emitted, "program", lambda *_asked: program)


def test_a_dry_run_leaves_nothing_in_the_file_or_beside_it(shop: Project, tmp_path: Path) -> None:
    shop.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".db"}
    names = {path.name for path in tmp_path.iterdir()}
    on_duckdb(shop.run(engine="duckdb", dry_run=True))
    shop.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert {path.name for path in tmp_path.iterdir()} == names


@pytest.mark.parametrize(
    ("numbers", "whole"),
    [
        ([], True),
        ([None], True),
        ([1.0, -2.0, None], True),
        ([0.5], False),
        ([2.0**53], False),
        ([2.0**52, -(2.0**52)], False),
        ([float("inf")], False),
    ],
)
def test_sums_are_added_on_all_threads_only_where_that_is_exact(
    shop: Project, monkeypatch: pytest.MonkeyPatch, numbers: list[float | None], whole: bool
) -> None:
    shop.rules = "rules: [{tag: 甲, when: {sum: visit.seconds, at_least: 1}}]"
    shop.field("visit", "seconds", "number")
    for number in numbers:
        shop.event("visit", "a", NOW, seconds=number)
    found: list[Foreign] = []
    program = emitted.program
    monkeypatch.setattr(emitted, "program", lambda *asked: found.append(program(*asked)) or found[-1])
    shop.event("visit", "b", NOW, seconds=None)
    on_duckdb(shop.run(engine="duckdb"))
    (take,) = (step for step in found[0].steps if step.take == "event_visit")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE event_visit (seconds DOUBLE)")
        connection.executemany(
            "INSERT INTO event_visit VALUES (?)", [[number] for number in [*numbers, None]]
        )
        assert connection.execute(take.exact).fetchone() == (whole,)
