"""docs/cli.md from the command tree: python -m tests.cli_manual writes it, tests/test_docs.py compares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from tagctl.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
INTRODUCTION = """# Commands

What every command takes and does, as `--help` prints it. This page is generated from the program.

Data goes to stdout; progress, notes and errors go to stderr. `--format json` and `csv` have stable,
language-free keys (they are only ever added to), ISO 8601 times in the project's zone, and identifiers as
text. Exit codes: [exit-codes.md](exit-codes.md).

Environment: `TAGCTL_PROJECT`, `TAGCTL_DB`, `TAGCTL_LANG`, `TAGCTL_BY`, `TAGCTL_ENGINE` and `TAGCTL_TZ` stand
in for the options and settings of these names, `TAGCTL_NOW` for the clock; `NO_COLOR` switches colours off.
"""


def manual() -> str:
    """The page: the top level, then every command in the order of its help."""
    parts = [INTRODUCTION]
    for words in ((), *commands()):
        title = " ".join(("tagctl", *words))
        parts.append(f"## {title}\n\n```text\n{help_of(words)}```\n")
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, ...]]:
    """All commands, groups before what is in them."""
    root = get_command(app)
    for name in root.list_commands(None):
        yield (name,)
        command = root.get_command(None, name)
        for below in getattr(command, "commands", ()):
            yield (name, below)


def help_of(words: tuple[str, ...]) -> str:
    """What `tagctl WORDS --help` prints, at a fixed width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        result = CliRunner().invoke(app, [*words, "--help"])
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    assert result.exit_code == 0, result.output
    return result.stdout


if __name__ == "__main__":
    PAGE.write_text(manual(), encoding="utf-8")
