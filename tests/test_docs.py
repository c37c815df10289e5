"""The generated pages say what the program does, and links lead somewhere."""

import re
from pathlib import Path

import pytest
import schema_files
from cli_manual import PAGE, commands, manual
from operators_manual import PAGE as OPERATORS_PAGE
from operators_manual import manual as operators_manual

from tagctl import rules
from tagctl.cli import COMMANDS
from tagctl.commands._tree import first_sentence
from tagctl.errors import ExitCode

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_the_commands_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == manual(), "python -m tests.cli_manual writes it anew"


def test_the_operators_page_is_up_to_date():
    update = "python -m tests.operators_manual writes it anew"
    assert OPERATORS_PAGE.read_text(encoding="utf-8") == operators_manual(), update


@pytest.mark.parametrize("kind", schema_files.KINDS)
def test_the_schemas_of_the_examples_are_up_to_date(kind):
    update = "python -m tests.schema_files writes them anew"
    assert schema_files.place(kind).read_text(encoding="ascii") == rules.json_schema(kind), update
    example = (ROOT / f"{kind}.example.yaml").read_text(encoding="utf-8")
    assert example.startswith(f"# yaml-language-server: $schema=schema/{kind}.json\n")


def test_the_top_level_says_what_the_commands_say():
    from typer.main import get_command

    from tagctl.cli import app

    root = get_command(app)
    for name, entry in COMMANDS.items():
        command = root.get_command(None, name)
        assert first_sentence(command.help) == entry.summary, name


def test_every_command_has_an_example():
    from typer.main import get_command

    from tagctl.cli import app

    root = get_command(app)
    for words in commands():
        command = root
        for word in words:
            command = command.get_command(None, word) if hasattr(command, "get_command") else command
        if not hasattr(command, "commands"):
            assert command.epilog and command.epilog.startswith("tagctl " + " ".join(words)), words


def test_every_exit_code_is_explained():
    text = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == {
        int(c) for c in ExitCode
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
