"""What the commands that people wait for most must not load."""

from __future__ import annotations

import pytest
from shell import Shell

HEAVY = (
    "pandas",
    "numpy",
    "openpyxl",
    "sqlite_utils",
    "pydantic",
    "sqlglot",
    "jinja2",
    "rich",
    "xlsxwriter",
    "python_calamine",
    "rapidfuzz",
    "pypinyin",
    "duckdb",
    "pyarrow",
    "babel",
    "asyncio",
)
# Of our own, what a small run has no use for.
NOT_OF_A_RUN = (
    "tagctl.rules.emit.duckdb",
    "tagctl.store.duckdb_engine",
    "tagctl.store.identifiers",
    "tagctl.store.upserting",
)
RUNS_NEITHER = (*HEAVY, "opencc", "yaml", "sqlite3", "tagctl.rules", "tagctl.store", "tagctl.workflows")
LOADED = """
import sys
try:
    sys.argv[1:] = {words!r}
    from tagctl.cli import main
    main()
except SystemExit as stop:
    print("code", stop.code or 0, file=sys.stderr)
print("modules", *sys.modules, file=sys.stderr)
"""


def loaded(folder, *words: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    done = Shell(folder).process("-c", LOADED.format(words=list(words)))
    assert "code 0" in done.stderr, done.stderr
    return set(done.stderr.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["import", "--help"]])
def test_version_and_help_load_next_to_nothing(tmp_path, words):
    modules = loaded(tmp_path, *words)
    banned = RUNS_NEITHER if words[0].startswith("-") else HEAVY
    assert modules.isdisjoint(banned), modules & set(banned)


def test_version_builds_no_command(tmp_path):
    modules = loaded(tmp_path, "--version")
    assert not {name for name in modules if name.startswith("tagctl.commands.") and "._" not in name}


def test_help_imports_no_command(tmp_path):
    modules = loaded(tmp_path, "--help")
    assert not {name for name in modules if name.startswith("tagctl.commands.") and "._" not in name}


def test_run_loads_no_heavy_library(tmp_path):
    (tmp_path / "c.csv").write_text("客户编号,城市\n001,上海\n002,北京\n", encoding="utf-8")
    (tmp_path / "taxonomy.yaml").write_text("dimensions: [{name: 地区, tags: [华东]}]\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(
        "fields: {城市: text}\nrules: [{tag: 华东, when: {field: 城市, is: 上海}}]\n", encoding="utf-8"
    )
    Shell(tmp_path).run("import", "customers", "c.csv")
    modules = loaded(tmp_path, "run")
    banned = {*HEAVY, *NOT_OF_A_RUN}
    assert modules.isdisjoint(banned), modules & banned
    assert "tagctl.io" not in modules
