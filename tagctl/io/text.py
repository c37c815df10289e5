"""Small text files (YAML, settings) as bytes, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.io.writing import atomic
from tagctl.messages import _

MAX_BYTES = 2 << 20


def read_bytes(path: Path) -> bytes:
    """The bytes of a text file. Raises UsageProblem where it is not there or cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageProblem(
            Problem(
                "no-file",
                _("{file} cannot be read: {why}").format(file=path, why=error.strerror or error),
                _("Check the name and your rights to the file."),
                Location(file=str(path)),
            )
        ) from None


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the file's content in one step: readers see the old or the new file, never a part."""
    with atomic(path) as file:
        file.write(content)
