"""Where a table goes that leaves: a file or a stream, in a format, in an encoding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from tagctl.io import writing

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """A path, whose suffix names the format unless `format` does, or a stream (csv by default)."""

    file: Path | IO[bytes]
    format: str | None = None
    encoding: str | None = None

    @property
    def name(self) -> str:
        """The file as given; `-` for a stream."""
        return str(self.file) if isinstance(self.file, Path) else STDOUT

    @property
    def chosen_format(self) -> str:
        """csv, xlsx, jsonl or json. UsageProblem for a suffix that names none."""
        if self.format is not None:
            return self.format
        return writing.format_of(self.file) if isinstance(self.file, Path) else "csv"

    def write(
        self,
        columns: Sequence[str],
        types: Sequence[str],
        rows: Iterable[Sequence[writing.Value]],
        timezone: ZoneInfo,
    ) -> writing.Written:
        """Write a table of values in stored form. UsageProblem where the file cannot be written."""
        return writing.write_table(
            self.file,
            columns,
            types,
            rows,
            timezone=timezone,
            format=self.chosen_format,
            encoding=self.encoding,
        )
