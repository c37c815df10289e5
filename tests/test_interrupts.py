"""Ctrl-C while the program is still being loaded: exit code 130, and no traceback."""

from __future__ import annotations

import tomllib

import pytest
from shell import ROOT, Shell

# A person presses Ctrl-C at the moment when the module is looked for.
PRESSED = """
import runpy, signal, sys

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Pressed())
sys.argv = ["tagctl", "history"]
runpy.run_module("tagctl", run_name="__main__")
"""


@pytest.mark.parametrize("module", ["tagctl.cli", "typer", "tagctl.settings", "tagctl.commands.history"])
def test_ctrl_c_while_loading_ends_without_a_traceback(tmp_path, module):
    done = Shell(tmp_path).process("-c", PRESSED.format(module=module))
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_the_console_script_begins_in_the_same_place():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {"tagctl": "tagctl.__main__:main"}
