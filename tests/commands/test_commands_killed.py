"""kill -9 at every point where an operation commits or touches a file: the next command finds the state
before the operation or after it, database and files agreeing.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from project_of_commands import Made, made

from tagctl.cli import app
from tagctl.store.connection import Store

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

RULE = ("rules", "add", "大客户", "--dimension", "价值", "--when", "{field: 城市, is: 上海}", "--yes")
ADD = ("tags", "add", "神秘", "--dimension", "价值")


def people(project: Made) -> None:
    project.customers("a.csv", "客户编号,城市,标签", "1,上海,神秘", "2,北京,怪")


def edited(project: Made) -> None:
    people(project)
    project.edit("新客户]", "新客户, 老客户]")


def added(project: Made) -> None:
    people(project)
    project(*ADD)


def ruled(project: Made) -> None:
    people(project)
    project(*RULE)


def without_rules(project: Made) -> None:
    people(project)
    (project.folder / "rules.yaml").unlink()
    project(*RULE)


def built_upon(project: Made) -> None:
    added(project)
    project(*RULE)
    project("tags", "add", "怪", "--as", "神秘")


def taken_back(project: Made) -> None:
    built_upon(project)
    project("undo", "3", "--cascade")


def broken(project: Made) -> None:
    people(project)
    project.edit("tags: [VIP, ", "tags：[VIP， 老客户，")


# What there is → the command that is killed → how many points there are at least.
CASES: dict[str, tuple[Callable[[Made], None], tuple[str, ...], int]] = {
    "an edit is applied": (edited, ("taxonomy", "apply"), 1),
    "an edit is taken up by a command that writes the file": (edited, ADD, 5),
    "a tag is added": (people, ADD, 5),
    "a rule is added to both files": (people, RULE, 9),
    "tags become one in both files": (ruled, ("tags", "merge", "大客户", "怪", "--into", "VIP", "--yes"), 9),
    "an import makes tags": (people, ("import", "customers", "b.csv", "--unknown", "create"), 5),
    "a file is mended": (broken, ("taxonomy", "check", "--fix", "--yes"), 5),
    "an undo writes the file": (added, ("undo", "3"), 5),
    "an undo removes a file": (without_rules, ("undo", "3"), 5),
    "a cascade writes both files": (built_upon, ("undo", "3", "--cascade"), 9),
    "a cascade is undone": (taken_back, ("undo", "6"), 9),
}


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_point_the_next_command_finds_before_or_after(tmp_path, monkeypatch, case):
    prepare, words, least = CASES[case]
    folder = tmp_path / "start"
    folder.mkdir()
    project = made(folder, monkeypatch)
    prepare(project)
    project.file("b.csv", "客户编号,标签", "3,渠道:抖音")
    before = state(project)
    seen, point = [], 0
    while True:
        point += 1
        there = Made(tmp_path / str(point))
        shutil.copytree(folder, there.folder)
        killed = run_until(point, [str(there.folder / w) if w == "b.csv" else w for w in words], there.folder)
        # What comes next changes nothing itself: it is refused, or only reads (which needs a valid file).
        if point % 2 or prepare is broken:
            there("undo", "99", code=2)
        else:
            there("fields")
        seen.append(state(there))
        if not killed:
            break
    after = seen[-1]
    assert point > least
    assert after != before
    assert all(found in (before, after) for found in seen)
    assert before in seen


def state(project: Made) -> tuple[object, dict[str, str]]:
    files = {path.name: path.read_text("utf-8") for path in sorted(project.folder.glob("*.yaml"))}
    return project.content(), files


def run_until(point: int, words: list[str], folder: Path) -> bool:
    """Run a command in a process that is killed at its n-th point; whether it came to that."""
    process = os.fork()
    if process == 0:
        _count_down(point)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            code = app(["--project", str(folder), *words], standalone_mode=False)
        os._exit(int(code or 0))
    _process, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _count_down(point: int) -> None:
    """Have this process killed when it comes to its n-th commit, flush, rename or note of one."""
    left = point

    def hit() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(call):
        def first_hit(*arguments, **options):
            hit()
            return call(*arguments, **options)

        return first_hit

    for name in ("fsync", "chmod", "replace"):
        setattr(os, name, watched(getattr(os, name)))
    Path.unlink = watched(Path.unlink)  # a file that goes, and the note of who holds the lock
    execute = Store.execute

    def executed(self, statement, params=()):
        if str(getattr(statement, "text", statement)).startswith(("COMMIT", "UPDATE pending_files SET done")):
            hit()
        return execute(self, statement, params)

    Store.execute = executed
