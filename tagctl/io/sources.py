"""Which files the user means, and where their bytes are: what is piped or packed is put on disk first."""

from __future__ import annotations

import atexit
import glob
import gzip
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import BinaryIO
from weakref import WeakKeyDictionary

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.messages import _

STDIN = Path("-")
GZIP = b"\x1f\x8b"
ALWAYS = 256 << 20  # bytes that any compressed file may unpack to
RATIO = 200  # times its size that a larger one may
_CHUNK = 1 << 20
_START = 4096
_PATTERN = re.compile(r"[*?\[]")
_REJECTS = ".rejects.csv"

# Standard input can be read once only; whoever opens it again gets the same copy.
_piped: WeakKeyDictionary[BinaryIO, Path] = WeakKeyDictionary()


def chosen(names: Iterable[Path | str]) -> list[Path]:
    """The files that are named, each once. A pattern that the shell left as it is (`*.csv` on Windows) stands
    for the files it matches, in natural order, without the rejects files of earlier imports.

    Raises UsageProblem for a pattern that matches nothing.
    """
    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        if _PATTERN.search(str(path)) and not path.exists():
            found.update(dict.fromkeys(_matching(str(path))))
        else:
            found[path] = None
    return list(found)


def _matching(pattern: str) -> list[Path]:
    paths = [Path(name) for name in glob.glob(pattern, recursive=True)]  # noqa: PTH207  may be absolute
    files = [path for path in paths if path.is_file()]
    if not pattern.endswith(_REJECTS):
        files = [path for path in files if not path.name.endswith(_REJECTS)]
    if not files:
        raise UsageProblem(
            Problem(
                "no-file",
                _("No file matches {pattern}.").format(pattern=pattern),
                _("Check the name and the folder."),
                Location(file=pattern),
            )
        )
    return sorted(files, key=_natural)


def _natural(path: Path) -> list[str | int]:
    """Numbers in names count as numbers: 2月.csv comes before 10月.csv."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]


def shown(path: Path) -> Path:
    """What a source is called."""
    return Path("stdin") if path == STDIN else path


def start(path: Path) -> bytes:
    """The first bytes of a file. Raises UsageProblem where it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(_START)
    except FileNotFoundError:
        what, next_ = _("There is no file {file}."), _("Check the name and the folder.")
    except IsADirectoryError:
        what, next_ = _("{file} is a folder."), _("Name a file in it.")
    except OSError as error:
        what = _("{file} cannot be opened: {why}").replace("{why}", error.strerror or "")
        next_ = _("Close the program that holds it, or check your rights to it.")
    raise UsageProblem(Problem("no-file", what.format(file=path), next_, Location(file=str(path))))


def local(path: Path) -> Path:
    """Where the bytes of a source are: in the file, or in a copy of the same name, unpacked, that is gone
    when the program ends. Raises UsageProblem, and DataError for what cannot be unpacked.
    """
    if path == STDIN:
        path = _standard_input()
    if not start(path).startswith(GZIP):
        return path
    copy = _place(path.name)
    _inflate(path, copy)
    return copy


def _standard_input() -> Path:
    stream = sys.stdin.buffer
    if sys.stdin.isatty():
        raise UsageProblem(
            Problem(
                "no-file",
                _("Nothing is piped in: - reads standard input."),
                _("Pipe a file in, like: {example}").format(
                    example="cat customers.csv | tagctl import customers -"
                ),
            )
        )
    copy = _piped.get(stream)
    if copy is None:
        copy = _piped[stream] = _place("stdin")
        with copy.open("wb") as file:
            shutil.copyfileobj(stream, file, _CHUNK)
    return copy


def _inflate(packed: Path, copy: Path) -> None:
    limit = max(ALWAYS, packed.stat().st_size * RATIO)
    size = 0
    try:
        with gzip.open(packed) as source, copy.open("wb") as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise DataError(_bomb(packed, limit))
                target.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DataError(
            Problem(
                "damaged-file",
                _("{file} is compressed and cannot be unpacked to its end.").format(file=packed.name),
                _("It was cut off or changed on its way: copy or export it again."),
                Location(file=packed.name),
            )
        ) from None


def _bomb(packed: Path, limit: int) -> Problem:
    return Problem(
        "zip-bomb",
        _("{file} unpacks to more than {size} MB, far more than its size lets expect.").format(
            file=packed.name, size=limit >> 20
        ),
        _("If it is really yours, unpack it yourself and import the file in it."),
        Location(file=packed.name),
    )


def _place(name: str) -> Path:
    """A file of this name in a folder of its own that only this user can read."""
    return Path(tempfile.mkdtemp(dir=_folder())) / name


@cache
def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="tagctl-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
