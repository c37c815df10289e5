"""The house's rules that a machine can check: who imports whom, and who touches what."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tagctl"
LEVELS = {
    **dict.fromkeys(
        ("model", "program", "reports", "record", "sql", "errors", "messages", "settings", "normalise"), 1
    ),
    **dict.fromkeys(("rules", "labels", "checks", "io", "store", "render"), 2),
    "workflows": 3,
    "commands": 4,
    "cli": 5,
}
OUTSIDE = {"__init__", "__main__", "locale", "demo"}  # no rooms: entry, catalogues, the demo's files
# The session opens the store and compiles the YAML for all commands; the others only call workflows.
COMMANDS_MAY = {"workflows", "render", "settings", "messages", "errors", "reports", "model", "normalise"}
SESSION_MAY = COMMANDS_MAY | {"store", "rules"}


def room(path: Path) -> str:
    """The room (or top-level module) a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's syntax; many tests ask for it."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imports(path: Path) -> list[tuple[str, int]]:
    """What a file imports, wherever in the file, as dotted names with their lines; types-only ones too."""
    found: list[tuple[str, int]] = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import by full name"
            module = node.module or ""
            if module in ("tagctl", "tagctl.workflows", "tagctl.commands"):
                found += [(f"{module}.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((module, node.lineno))
    return found


def files() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if room(path) not in OUTSIDE]


def ours(path: Path) -> list[tuple[list[str], int]]:
    return [(name.split(".")[1:], line) for name, line in imports(path) if name.startswith("tagctl.")]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downward_only(path: Path) -> None:
    own = room(path)
    for parts, line in ours(path):
        other = parts[0]
        if other not in LEVELS:  # `from tagctl import __version__`
            continue
        place = f"{path.name}:{line}: {own} imports {'.'.join(parts)}"
        if other == own:
            if own == "workflows":
                assert workflow(path) == parts[1], f"{place}: workflows do not call each other"
            continue
        assert LEVELS[other] <= LEVELS[own], f"{place}: upward"
        if LEVELS[own] == 2:
            assert LEVELS[other] == 1, f"{place}: rooms do not import each other"


def workflow(path: Path) -> str:
    """A workflow is a module or, where it needs several files, a package in workflows/."""
    return path.relative_to(PACKAGE / "workflows").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sorted((PACKAGE / "commands").glob("*.py")), ids=lambda path: path.name)
def test_commands_call_workflows_and_draw(path: Path) -> None:
    allowed = SESSION_MAY if path.name == "_session.py" else COMMANDS_MAY
    for parts, line in ours(path):
        assert parts[0] in allowed | {"commands", "__version__"}, (
            f"{path.name}:{line}: imports {'.'.join(parts)}"
        )


# Libraries that belong to certain rooms only.
HOMES = {
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "rich": {"render"},
    "typer": {"commands", "cli"},
    "yaml": {"rules"},
    "openpyxl": {"io"},
    "xlsxwriter": {"io"},
    "python_calamine": {"io"},
    "pyarrow": {"io"},
    "csv": {"io", "render"},
    "opencc": {"normalise"},
}


@pytest.mark.parametrize("library", HOMES)
def test_libraries_stay_in_their_rooms(library: str) -> None:
    strays = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in files()
        for name, line in imports(path)
        if name.split(".")[0] == library and room(path) not in HOMES[library]
    ]
    assert strays == []


@cache
def calls(path: Path) -> list[tuple[str, int]]:
    return [(ast.unparse(node.func), node.lineno) for node in nodes(path) if isinstance(node, ast.Call)]


def test_only_the_session_reads_the_clock() -> None:
    clocks = ("time.time", "datetime.now", "datetime.today", "date.today", "datetime.utcnow")
    readers = {
        str(path.relative_to(PACKAGE))
        for path in files()
        for name, _line in calls(path)
        if name.endswith(clocks)
    }
    assert readers == {"commands/_session.py"}


def test_only_render_and_the_entry_print() -> None:
    printers = {
        str(path.relative_to(PACKAGE)) for path in files() for name, _line in calls(path) if name == "print"
    }
    assert printers <= {"cli.py"}
