"""`--fix`: mending a YAML file of the project, undoable where there is a database."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Literal

from tagctl import rules
from tagctl.errors import ConfigError, Location, Problem
from tagctl.io import writing
from tagctl.messages import _
from tagctl.reports.checking import CheckReport, FixReport
from tagctl.store.operations import Operation


def plan(data: bytes, file: str, check: Callable[[bytes], CheckReport]) -> tuple[bytes, FixReport]:
    """The mended bytes of a file, and the report of what would change."""
    mended = rules.mend(data, file, lambda text: check(text).problems)
    return mended.data, FixReport(file, mended.mended, mended.lines, check(mended.data))


def write(
    path: Path, before: bytes, after: bytes, kind: Literal["taxonomy", "rules"], op: Operation | None
) -> str | None:
    """Put the mended text in place of the one that was read, with the operation or, where there is none,
    with the old text kept beside it: then its name is returned. ConfigError where the file has changed."""
    if path.read_bytes() != before:
        what = _("{file} has changed since it was read.").format(file=path.name)
        raise ConfigError(Problem("file-changed", what, _("Run the command again."), Location(str(path))))
    if op is not None:
        op.write_file(path, after)
        op.texts(**{kind: after})
        return None
    names = (path.with_name(f"{path.name}.bak{number or ''}") for number in count())
    backup = next(name for name in names if not name.exists())
    for target, data in ((backup, before), (path, after)):
        with writing.atomic(target) as file:
            file.write(data)
    return backup.name
