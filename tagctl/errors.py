"""What can go wrong, and with which exit code the process ends.

    TagctlError
    ├── UsageProblem    2   the command line asks for something that cannot be
    ├── ConfigError     3   taxonomy.yaml, rules.yaml or tagctl.toml is invalid
    ├── DataError       4   an input file was rejected
    ├── StoreError      5   the database cannot be used
    ├── LockedError     6   another command is writing
    └── GuardStop       7   a guard stopped a change before anything was written

Every error carries `problems`: all that was found, not only the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from tagctl.record import record


class ExitCode(IntEnum):
    """How a tagctl process ends (docs/exit-codes.md)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CONFIG = 3
    REJECTED = 4
    STORAGE = 5
    LOCKED = 6
    GUARD = 7
    BUG = 70
    INTERRUPTED = 130


@record
class Location:
    """A place in a user's file: lines and columns count from 1; a spreadsheet has sheet, row, cell."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    row: int | None = None
    header: str | None = None

    def __str__(self) -> str:
        parts = [self.file or ""]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        text = ":".join(part for part in parts if part)
        cell = "/".join(str(p) for p in (self.sheet, self.row, self.header) if p is not None)
        return f"{text}/{cell}" if text and cell else text or cell


@record
class Problem:
    """One thing that is wrong: where, the excerpt with its caret column, what, and what to do next.

    `code` is stable and language-free (`unknown-field`); `what` and `next` are translated sentences.
    `excerpt` is the source line as written (None where there is none); `width` is how many
    characters, from location.column on, the caret line underlines.
    """

    code: str
    what: str
    next: str = ""
    location: Location | None = None
    excerpt: str | None = None
    width: int = 1


class TagctlError(Exception):
    """The root of all errors a user can meet."""

    exit_code = ExitCode.BUG

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(p.what for p in self.problems))


class UsageProblem(TagctlError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class ConfigError(TagctlError):
    """taxonomy.yaml, rules.yaml or tagctl.toml is invalid."""

    exit_code = ExitCode.CONFIG


class DataError(TagctlError):
    """An input file was rejected."""

    exit_code = ExitCode.REJECTED


class StoreError(TagctlError):
    """The database cannot be used: missing, damaged, newer than this tagctl, disk full."""

    exit_code = ExitCode.STORAGE


class LockedError(TagctlError):
    """Another command is writing to the database."""

    exit_code = ExitCode.LOCKED


class GuardStop(TagctlError):
    """A guard stopped a change before anything was written; `report` shows what would have happened."""

    exit_code = ExitCode.GUARD

    def __init__(self, problems: Problem | Iterable[Problem], report: object = None) -> None:
        super().__init__(problems)
        self.report = report
