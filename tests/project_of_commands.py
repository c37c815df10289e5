"""A project that is driven by commands, in process: what a person would type, files edited in between."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from content import check_invariants, content
from typer.testing import CliRunner, Result

from tagctl.cli import app
from tagctl.store.connection import open_store

TAXONOMY = """# ours
dimensions:
  - name: 价值
    kind: value
    tags: [VIP, 新客户] # two
"""


class Made:
    """Commands are called on it; each must end with its exit code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--project", str(self.folder), *words])
        assert result.exit_code == code, result.output
        return result

    def json(self, *words: str) -> Any:
        """What a command answers as JSON."""
        return json.loads(self(*words, "--format", "json").stdout)

    def file(self, name: str, *lines: str) -> str:
        """A new file of these lines; its path."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return str(path)

    def customers(self, name: str, *lines: str) -> int:
        """Customers imported from a new file; the operation."""
        return int(self.json("import", "customers", self.file(name, *lines))["operation"])

    def edit(self, old: str, new: str, name: str = "taxonomy.yaml") -> None:
        """A person edits a file."""
        text = self.text(name)
        assert old in text
        (self.folder / name).write_text(text.replace(old, new), "utf-8")

    def text(self, name: str = "taxonomy.yaml") -> str:
        return (self.folder / name).read_text("utf-8")

    def content(self) -> dict[str, Any]:
        """All content of the database, which is as it must be."""
        with open_store(self.folder / "tagctl.db") as store:
            check_invariants(store)
            return content(store)

    def kinds(self) -> list[str]:
        return [row["kind"] for row in reversed(self.json("history", "--limit", "0"))]


def made(folder: Path, patch: pytest.MonkeyPatch) -> Made:
    """A project with operation 1 (init) and its two files, on 1 November 2026 in Shanghai."""
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        patch.delenv(variable)
    for name, value in (("NOW", "2026-11-01T12:00:00+08:00"), ("TZ", "Asia/Shanghai"), ("BY", "ann")):
        patch.setenv(f"TAGCTL_{name}", value)
    patch.setenv("TAGCTL_LANG", "en")
    (folder / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (folder / "rules.yaml").write_text("rules: []\n", "utf-8")
    project = Made(folder)
    project("init")
    return project
