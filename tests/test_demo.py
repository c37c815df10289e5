"""`tagctl demo`: its files are what the generator writes, and its story holds to the last command."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from shell import Shell

from tagctl.demo import generate
from tagctl.workflows import demonstrating

SOURCES = Path(generate.__file__).parent / "sources"


def cells(path: Path) -> list[list[object]]:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_the_shipped_files_are_what_the_generator_writes(tmp_path):
    generate.write(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in SOURCES.iterdir())
    for path in SOURCES.glob("*.csv"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert cells(tmp_path / "客户.xlsx") == cells(SOURCES / "客户.xlsx")


def test_the_files_are_as_messy_as_real_ones():
    rows = cells(SOURCES / "客户.xlsx")
    assert rows[0][0] == generate.TITLE
    assert set(rows[0][1:]) == {""}
    keys = [row[0] for row in rows[2:]]
    assert keys[0] == "000001"
    packed = " ".join(str(row[9]) for row in rows[2:])
    assert all(mark in packed for mark in "、，,;/")
    assert all(word in packed for word in ("ＶＩＰ", "高價值客戶", "潜在客户/已成交客户", "待跟进"))
    orders = (SOURCES / "orders.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        orders.decode("utf-8")
    assert "等待买家付款" in orders.decode("gb18030")


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[Path, str]:
    """The folder that the demo leaves, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    return folder / "tagctl-demo", Shell(folder).run("demo")


def test_every_command_of_the_story_is_shown(told):
    _folder, text = told
    shown = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    assert shown == [str(step) for step in demonstrating.story()]


def test_the_folder_is_worth_opening(told):
    folder, _text = told
    names = {str(p.relative_to(folder)).replace("\\", "/") for p in folder.rglob("*") if p.is_file()}
    assert names >= {
        "客户.xlsx",
        "orders.csv",
        "taxonomy.yaml",
        "rules.yaml",
        "tagctl.db",
        demonstrating.SEGMENT_FILE,
    }
    assert len(cells(folder / demonstrating.SEGMENT_FILE)) > 5


def test_the_counts_are_those_of_the_files(told):
    folder, _text = told
    with sqlite3.connect(folder / "tagctl.db") as database:
        (customers,) = database.execute("SELECT count(*) FROM customers").fetchone()
        (orders,) = database.execute("SELECT count(*) FROM event_order").fetchone()
        (logins,) = database.execute("SELECT count(*) FROM event_login").fetchone()
    shop = generate.shop()
    assert (customers, orders, logins) == (len(shop.customers), len(shop.orders), len(shop.logins))


def test_the_tags_are_true_to_the_orders(told):
    """Three paid orders make a loyal customer: counted here from the file, by hand."""
    folder, _text = told
    paid: dict[str, int] = {}
    for row in generate.shop().orders:
        if row[4] in generate.PAID:
            paid[row[1]] = paid.get(row[1], 0) + 1
    Shell(folder).run("export", "assignments", "tags.jsonl")
    rows = [json.loads(line) for line in (folder / "tags.jsonl").read_text(encoding="utf-8").splitlines()]
    loyal = {row["customer"] for row in rows if row["tag"] == "忠实客户"}
    assert loyal == {key for key, count in paid.items() if count >= 3}


def test_the_story_turns_on_the_page_views(told):
    """The contradicted prospect is flagged while its rule waits, and settled once the views are in."""
    folder, _text = told
    shell = Shell(folder)
    assert "潜在客户" not in shell.run("show", "000027", "--format", "json")
    history = shell.run("history")
    assert history.count("import") >= 4
    assert history.count("run") >= 2


def test_the_next_commands_work(told):
    folder, text = told
    shell = Shell(folder)
    for words, _what in demonstrating.next_commands():
        assert demonstrating.command_line(words) in text
        shell.run(*words)


def test_an_existing_folder_is_left_alone(tmp_path):
    (tmp_path / "tagctl-demo").mkdir()
    (tmp_path / "tagctl-demo" / "mine.txt").write_text("mine", encoding="utf-8")
    done = Shell(tmp_path).process("-m", "tagctl", "demo")
    assert done.returncode == 2
    assert "demo-exists" in done.stderr
    assert [p.name for p in (tmp_path / "tagctl-demo").iterdir()] == ["mine.txt"]


@pytest.fixture(scope="module")
def told_in_chinese(tmp_path_factory) -> str:
    return Shell(tmp_path_factory.mktemp("zh"), language="zh").run("demo", "店")


def test_the_story_is_told_in_chinese(told_in_chinese):
    stories = [line for line in told_in_chinese.splitlines() if line.startswith("── ")]
    assert len(stories) == len(demonstrating.story()) + 1
    assert all(any("一" <= character <= "鿿" for character in line) for line in stories)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_what_the_readmes_quote_was_really_said(readme, told, told_in_chinese):
    said = {" ".join(line.split()) for line in (told_in_chinese if "zh" in readme else told[1]).splitlines()}
    text = (Path(__file__).parent.parent / readme).read_text(encoding="utf-8")
    quoted = text.split("<!-- taste -->\n```console\n")[1].split("```")[0].splitlines()
    assert len(quoted) > 8
    assert [line for line in quoted if " ".join(line.split()) not in said] == []
