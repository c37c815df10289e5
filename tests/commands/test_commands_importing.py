"""`tagctl import`: shown and asked on a terminal, mappings saved, listed and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from shell import Shell

pty = pytest.importorskip("pty", reason="no terminals to open here")


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "tagctl.toml").write_text('timezone = "Asia/Shanghai"\n', "utf-8")
    (tmp_path / "a.csv").write_text("会员号,手机号,备用\n1,13812345678,\n", "utf-8")
    (tmp_path / "b.csv").write_text("会员号,手机号,备用\n2,13912345678,\n", "utf-8")
    (tmp_path / "c.csv").write_text("会员号,手机,余额\n3,13712345678,5\n", "utf-8")
    (tmp_path / "d.csv").write_text("会员号,城市\n4,上海\n", "utf-8")
    (tmp_path / "e.csv").write_text("会员号,省\n5,浙江\n", "utf-8")
    return Shell(tmp_path)


def on_terminal(shell: Shell, answer: str, *words: str) -> tuple[int, str]:
    """The exit code of a command typed on a terminal, and all that stood there."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "tagctl", *words],
        cwd=shell.folder,
        env={**shell.environment, "TERM": "dumb", "COLUMNS": "120"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # how Linux tells that the other side is closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(ours)
    return process.wait(), seen.decode()


def test_a_new_kind_of_file_is_shown_and_asked_about_before_anything_is_written(shop):
    code, seen = on_terminal(shop, "n\n", "import", "customers", "a.csv")
    assert code == 0
    assert "phone" in seen and "13812345678" in seen and "Import it so?" in seen
    assert not (shop.folder / "tagctl.db").exists()
    code, seen = on_terminal(shop, "y\n", "import", "customers", "a.csv")
    assert code == 0 and "1 new" in seen
    code, seen = on_terminal(shop, "", "import", "customers", "b.csv")
    assert code == 0 and "Import it so?" not in seen  # the same headers again
    for further in (["c.csv", "--yes"], ["d.csv", "--quiet"], ["e.csv", "--dry-run"]):
        code, seen = on_terminal(shop, "", "import", "customers", *further)
        assert code == 0 and "Import it so?" not in seen


def test_without_a_terminal_nobody_is_asked(shop):
    report = json.loads(
        shop.run("import", "customers", "a.csv", "--save-mapping", "会员", "--format", "json")
    )
    (file,) = report["files"]
    assert file["mapping"] == "会员"
    assert file["columns"][1]["examples"] == ["13812345678"]
    shop.run("import", "customers", "c.csv", "--mapping", "会员", code=2)
    shop.run("import", "customers", "c.csv", "--mapping", "会员", "--map", "手机=phone")
    (listed,) = json.loads(shop.run("import", "mappings", "--format", "json"))
    assert (listed["name"], listed["last_file"], listed["operation"]) == ("会员", "c.csv", 2)
    assert set(listed["roles"].split(", ")) >= {"会员号=key", "手机=phone"}


def test_customers_are_no_events(shop):
    for name in ("customer", "assignment"):
        shop.run("import", "events", name, "a.csv", code=2)
    assert not (shop.folder / "tagctl.db").exists()
