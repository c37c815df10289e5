"""What is told about a file that labels were read from, and the command that imports it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tagctl.io.table import Opening
from tagctl.normalise import identity
from tagctl.reports.drafting import DraftFile
from tagctl.workflows.drafting.reading import File


class Said(NamedTuple):
    """What the user said: headers of columns with labels, that of the key, how files are read, and what
    commands need as --project."""

    tags: tuple[str, ...]
    key: str | None
    opening: Opening
    project: str | None


def describe(file: File, path: Path, read: tuple[int, int], said: Said) -> DraftFile:
    """A file of which so many rows and labels were read."""
    words = ("customers",) if file.event_type is None else ("events", file.event_type)
    used = sorted([*file.columns, *file.flags])
    there = {identity(guess.header) for guess in file.guesses}
    tags = tuple(header for header in said.tags if identity(header) in there)
    key = said.key if said.key and identity(said.key) in there else None
    options = [*_options(said.opening), *([f"--key {_quoted(key)}"] if key else [])]
    options += [f"--tags {_quoted(header)}" for header in tags]
    options += [f"--project {_quoted(said.project)}"] if said.project else []
    return DraftFile(
        file=file.table.path.name,
        event_type=file.event_type,
        rows=read[0],
        key=file.guesses[file.key].header if file.key is not None else None,
        columns=tuple(file.guesses[index].header for index in used),
        labels=read[1],
        path=str(path),
        command=" ".join(["tagctl import", *words, _quoted(str(path)), *options]),
        tags=tags,
        said_key=key,
    )


def _options(opening: Opening) -> Iterator[str]:
    rows = opening.header_row
    if opening.sheet is not None:
        yield f"--sheet {_quoted(opening.sheet)}"
    if rows is not None:
        first, last = (rows, rows) if isinstance(rows, int) else rows
        yield f"--header-row {first}" + (f"-{last}" if last > first else "")
    if opening.no_header:
        yield "--no-header"
    if opening.encoding is not None:
        yield f"--encoding {_quoted(opening.encoding)}"
    if opening.delimiter is not None:
        yield f"--delimiter {'tab' if opening.delimiter == chr(9) else _quoted(opening.delimiter)}"


def _quoted(text: str) -> str:
    """A text as one word for any shell, plain where it can be."""
    return f'"{text}"' if re.search(r"[^\w./\\:~-]", text) else text
