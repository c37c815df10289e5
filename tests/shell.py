"""tagctl as a person types it, in a folder of its own: a fresh process, at a fixed instant, in Shanghai."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEEP = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LOCALAPPDATA", "APPDATA")


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands in `folder`; the environment holds nothing of the developer's own."""

    folder: Path
    now: str = "2026-10-31T20:00:00+08:00"
    language: str = "en"

    def run(self, *words: str, code: int = 0) -> str:
        """Run `tagctl WORDS…`, insist on its exit code, return what it printed to stdout."""
        done = self.process("-m", "tagctl", *words)
        assert done.returncode == code, f"tagctl {' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a command sees."""
        environment = {name: os.environ[name] for name in KEEP if name in os.environ}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "TAGCTL_NOW": self.now,
            "TAGCTL_TZ": "Asia/Shanghai",
            "TAGCTL_BY": "test",
            "TAGCTL_LANG": self.language,
        }
        return environment

    def process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A Python process with these arguments, its output as text."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
        )
