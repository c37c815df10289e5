"""Writes tables: csv, xlsx, jsonl, json; to files in one step (temporary file, rename), or to a stream.

Values are in stored form. What is written reads back as the same values: text stays text, money is a
decimal, times are local in csv and xlsx, with their offset in jsonl and json.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.io import packed
from tagctl.io.guard import guard, needs_guard
from tagctl.messages import _
from tagctl.model import MONEY_SCALE

FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".json": "json"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TAGS = "tags"  # a column of labels (a sequence, or JSON array text): packed for people, an array in JSON

Value = str | int | float | None | Sequence[str]


@dataclass(frozen=True, slots=True)
class Written:
    """rows below the header; cells that got the formula guard's apostrophe."""

    rows: int
    guarded: int = 0


def format_of(path: Path) -> str:
    """The format that a file's suffix names. Raises UsageProblem."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise UsageProblem(
            Problem(
                "unknown-format",
                _("{file}: the suffix names no format that can be written.").format(file=path),
                _("Use one of {suffixes}.").format(suffixes=", ".join(FORMATS)),
            )
        )
    return found


def write_table(
    target: Path | IO[bytes],
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    timezone: ZoneInfo,
    format: str | None = None,
    encoding: str | None = None,
) -> Written:
    """Write a table. `types` are model.TYPES or "tags"; the format comes from the path's suffix by default.

    A csv file gets a BOM (utf-8-sig), a stream does not; `encoding` overrides. A path is replaced only
    once everything is written. Raises UsageProblem where the file cannot be written or cannot hold a cell.
    """
    if isinstance(target, Path):
        chosen = format or format_of(target)
        with atomic(target) as file:
            return _write(file, chosen, columns, types, rows, timezone, encoding or "utf-8-sig", target.name)
    return _write(target, format or "csv", columns, types, rows, timezone, encoding or "utf-8", "-")


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A new file in place of `path` once the block ends; nothing changes when it raises.

    The new file is readable by its owner only, unless the one that it replaces was readable by others.
    """
    with drafted(path) as (file, draft):
        yield file
    try:
        draft.place()
    except UsageProblem:
        draft.drop()
        raise


class Draft:
    """A file that is written, under a name of its own until it is certain that it is to replace `path`."""

    def __init__(self, path: Path, temporary: Path) -> None:
        self.path, self.temporary = path, temporary

    def place(self) -> None:
        """Put it in place. UsageProblem where that cannot be; then it stays under its own name."""
        with suppress(OSError):
            self.temporary.chmod(self.path.stat().st_mode & 0o777)
        try:
            self.temporary.replace(self.path)
        except OSError as error:  # on Windows: open in another program
            raise _unwritable(self.path, error) from None
        _sync_folder(self.path.parent)

    def drop(self) -> None:
        """It is not wanted."""
        self.temporary.unlink(missing_ok=True)


@contextmanager
def drafted(path: Path) -> Iterator[tuple[IO[bytes], Draft]]:
    """A file to write, and the draft that it is once the block has ended; none is left when it raises."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    draft = Draft(path, Path(name))
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, draft
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.drop()
        raise


def _unwritable(path: Path, error: OSError) -> UsageProblem:
    return UsageProblem(
        Problem(
            "cannot-write",
            _("{file} cannot be written: {why}").format(file=path, why=error.strerror or error),
            _("Close the program that holds it, or choose another folder."),
            Location(file=str(path)),
        )
    )


def _sync_folder(folder: Path) -> None:
    """Make the rename last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write(
    file: IO[bytes],
    format: str,
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[Value]],
    timezone: ZoneInfo,
    encoding: str,
    name: str,
) -> Written:
    if format == "csv":
        return _csv(file, columns, types, rows, timezone, encoding, name)
    if format == "xlsx":
        from tagctl.io.xlsx import write_xlsx

        rows_written, guarded = write_xlsx(file, columns, types, rows, timezone, name)
        return Written(rows_written, guarded)
    if format in ("jsonl", "json"):
        return _json(file, columns, types, rows, timezone, lines=format == "jsonl")
    raise UsageProblem(
        Problem(
            "unknown-format",
            _("{format} is not a format that can be written.").format(format=format),
            _("Use one of {suffixes}.").format(suffixes=", ".join(FORMATS.values())),
        )
    )


# ── csv ──────────────────────────────────────────────────────────────────────────────────────────


def _csv(
    file: IO[bytes],
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[Value]],
    timezone: ZoneInfo,
    encoding: str,
    name: str,
) -> Written:
    text = io.TextIOWrapper(file, encoding=encoding, newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    shows = [shower(kind, timezone) for kind in types]
    guards = [kind in ("text", TAGS, "list") for kind in types]
    written = guarded = 0
    try:
        writer.writerow([guard(column) for column in columns])
        for row in rows:
            cells = []
            for value, show, guardable in zip(row, shows, guards, strict=True):
                cell = "" if value is None else show(value)
                if guardable and needs_guard(cell):
                    cell = guard(cell)
                    guarded += 1
                cells.append(cell)
            writer.writerow(cells)
            written += 1
        text.flush()
    except UnicodeEncodeError as error:
        character = error.object[error.start : error.end]
        raise UsageProblem(
            Problem(
                "cannot-encode",
                _("{encoding} cannot hold {text} (row {row}).").format(
                    encoding=encoding, text=character, row=written + 2
                ),
                _("Use utf-8 or gb18030."),
                Location(file=name, row=written + 2),
            )
        ) from None
    finally:
        with suppress(ValueError, UnicodeEncodeError, BrokenPipeError):
            text.detach()
    return Written(written, guarded)


def shower(kind: str, timezone: ZoneInfo) -> Callable[[Any], str]:
    """How a value of this type is shown as text: what import reads back as the same value."""
    if kind == "money":
        return money
    if kind == "number":
        return number
    if kind == "datetime":
        return lambda value: local(value, timezone)
    if kind == "bool":
        return lambda value: "true" if value else "false"
    if kind == TAGS:
        return lambda value: packed.join(_items(value))
    return str


def money(stored: int) -> str:
    """1/10000 as a decimal of at least two places: 12805000 is 1280.50."""
    whole, part = divmod(abs(stored), MONEY_SCALE)
    digits = f"{part:04}"
    shown = f"{whole}.{digits[:2]}{digits[2:].rstrip('0')}"
    return f"-{shown}" if stored < 0 else shown


def number(stored: float) -> str:
    """A number without a needless .0; all its digits otherwise."""
    as_float = float(stored)
    if as_float.is_integer() and abs(as_float) < 1e15:
        return str(int(as_float))
    return repr(as_float)


def local(stored: int, timezone: ZoneInfo) -> str:
    """Local time; with its offset in the hour that occurs twice, where the time alone would not tell."""
    moment = moment_of(stored, timezone)
    shown = moment.replace(tzinfo=None).isoformat(" ")
    return moment.isoformat(" ") if moment.fold else shown


def moment_of(stored: int, timezone: ZoneInfo) -> datetime:
    """Unix seconds in a zone, for all years that dates have."""
    return (_EPOCH + timedelta(seconds=stored)).astimezone(timezone)


def _items(value: Value) -> Sequence[str]:
    if isinstance(value, str):
        found = json.loads(value)
        return [str(item) for item in found]
    return value if isinstance(value, Sequence) else ()


# ── json ─────────────────────────────────────────────────────────────────────────────────────────


def _json(
    file: IO[bytes],
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[Value]],
    timezone: ZoneInfo,
    *,
    lines: bool,
) -> Written:
    """One object per line, or an array of objects. Ids are text and stay so; no guard: programs read this."""
    makes = [_json_value(kind, timezone) for kind in types]
    written = 0
    if not lines:
        file.write(b"[")
    for row in rows:
        found = {
            column: None if value is None else make(value)
            for column, value, make in zip(columns, row, makes, strict=True)
        }
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        # Lone surrogates cannot be UTF-8: they are written as escapes, which read back as they were.
        data = text.encode() if _encodable(text) else json.dumps(found, allow_nan=False).encode()
        file.write(data + b"\n" if lines else (b",\n " if written else b"\n ") + data)
        written += 1
    if not lines:
        file.write(b"\n]\n" if written else b"]\n")
    return Written(written)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_value(kind: str, timezone: ZoneInfo) -> Callable[[Any], object]:
    if kind == "money":
        return lambda value: _exact(money(value))
    if kind == "number":
        return lambda value: int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
    if kind == "datetime":
        return lambda value: moment_of(value, timezone).isoformat()
    if kind == "bool":
        return bool
    if kind in (TAGS, "list"):
        return lambda value: list(_items(value))
    return str


def _exact(text: str) -> float | str:
    """Money as a JSON number where a double holds it exactly enough, else as text."""
    return float(text) if len(text.lstrip("-").replace(".", "")) <= 15 else text
