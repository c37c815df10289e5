"""A look into a workbook before the fast reader sees it: bombs and far cells end in an error, not in a crash.

calamine allocates the whole rectangle of a sheet, so one cell at XFD1048576 would abort the process. What
calamine does not tell (error cells, hidden rows) is noted on the way.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from xml.etree import ElementTree

from tagctl.errors import DataError, Location, Problem
from tagctl.messages import _

MAX_ENTRIES = 2_000
MAX_BYTES = 1 << 30  # inflated
MAX_RATIO = 200
MAX_CELLS = 50_000_000
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
_CHUNK = 1 << 20
_OVERLAP = 4_096
_WIDE_COLUMN = re.compile(rb'r="([A-Z]{2,3})\d+"')
_ROW = re.compile(rb'r="[A-Z]{1,3}(\d{3,})"')
_FAR_ROW = re.compile(rb'r="[A-Z]{1,3}(\d{7,})"')
_ERROR = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=\"e\")[^>]*\br=\"([A-Z]{1,3})(\d+)\"[^>]*>(.{0,2000}?)</(?:\w+:)?c>",
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"")
_REPEATED_COLUMNS = re.compile(rb'number-columns-repeated="(\d+)"')
_REPEATED_ROWS = re.compile(rb'number-rows-repeated="(\d+)"')
_TRIAL = """
import sys, python_calamine
try:
    book = python_calamine.CalamineWorkbook.from_path(sys.argv[1])
    for name in book.sheet_names:
        book.get_sheet_by_name(name)
except python_calamine.CalamineError:
    pass  # told again, with its reason, where the file is really read
"""
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,  # undecodable names among the entries
    struct.error,
    ElementTree.ParseError,
)
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@dataclass(slots=True)
class SheetScan:
    """errors: (row, column) from 1 → the error's text."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    format: str
    sheets: dict[str, SheetScan] = field(default_factory=dict)


def scan(path: Path) -> Scan:
    """Format and oddities of a workbook; DataError where reading it would be dangerous or is hopeless."""
    with path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if not packed:
        _try_out(path)
        return Scan("xls")
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive(path, archive)
    except _DAMAGE as error:
        raise _refusal(
            path, "damaged-workbook", _("The workbook is damaged: {why}").format(why=error)
        ) from None


def _try_out(path: Path) -> None:
    """Read an .xls in a process of its own first: a damaged one can abort the whole process."""
    try:
        tried = subprocess.run(
            [sys.executable, "-I", "-c", _TRIAL, str(path)], capture_output=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        ended = -1
    else:
        ended = tried.returncode
    if ended != 0:
        why = _("its parts do not fit together")
        raise _refusal(path, "damaged-workbook", _("The workbook is damaged: {why}").format(why=why))


def _archive(path: Path, archive: zipfile.ZipFile) -> Scan:
    entries = archive.infolist()
    inflated = sum(e.file_size for e in entries)
    packed = max(sum(e.compress_size for e in entries), 1)
    if (
        len(entries) > MAX_ENTRIES
        or inflated > MAX_BYTES
        or (inflated > 50_000_000 and inflated / packed > MAX_RATIO)
    ):
        raise _refusal(path, "zip-bomb", _("The workbook unpacks to {size} MB.").format(size=inflated >> 20))
    names = {e.filename for e in entries}
    if "xl/workbook.xml" in names:
        named = {part: name for name, part in _parts(archive).items() if part in names}
        # Sheets that the list of sheets does not lead to are looked at all the same.
        parts = {n for n in names if "worksheets/" in n and n.endswith(".xml")} | set(named)
        sheets = {named.get(p, p): _sheet(path, archive, p, named.get(p, p)) for p in sorted(parts)}
        return Scan("xlsm" if "xl/vbaProject.bin" in names else "xlsx", sheets)
    if "content.xml" in names:
        _opendocument(path, archive)
        return Scan("ods")
    what = _("{file} is a zip file, but not a spreadsheet.").format(file=path.name)
    if "xl/workbook.bin" in names:
        what = _("Binary workbooks (.xlsb) are not read.")
    raise _refusal(path, "not-a-table", what)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → its file in the archive."""
    targets = {}
    try:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return {}
    for relation in relations:
        target = relation.get("Target", "")
        targets[relation.get("Id")] = normpath(target.lstrip("/") if target[:1] == "/" else f"xl/{target}")
    found = {}
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            found[element.get("name", "")] = targets.get(element.get(f"{_OFFICE}id"), "")
    return found


def _sheet(path: Path, archive: zipfile.ZipFile, part: str, name: str) -> SheetScan:
    found = SheetScan()
    columns: set[bytes] = set()
    rows = 0
    for chunk, new in _stream(path, archive, part):
        columns.update(_WIDE_COLUMN.findall(chunk))
        rows = max(rows, max(map(int, _FAR_ROW.findall(chunk)), default=0))
        if b't="e"' in chunk:
            for letters, row, body in _ERROR.findall(chunk):
                value = _VALUE.search(body)
                found.errors[int(row), _column(letters)] = (
                    value[1].decode("utf-8", "replace") if value else "#"
                )
        if b'hidden="' in new:
            found.hidden_rows += len(_HIDDEN.findall(new))
    width = max(map(_column, columns), default=26)
    if width * MAX_ROWS > MAX_CELLS and rows <= MAX_ROWS:  # wide: then it matters how many rows there are
        for chunk, _new in _stream(path, archive, part):
            rows = max(rows, max(map(int, _ROW.findall(chunk)), default=0))
    if width > MAX_COLUMNS or rows > MAX_ROWS or width * max(rows, 1) > MAX_CELLS:
        raise _refusal(
            path,
            "far-cell",
            _("A cell stands far from the others, around column {column}, row {row}.").format(
                column=width, row=rows
            ),
            _("Delete the empty rows and columns around the table, and save it again."),
            name,
        )
    return found


def _opendocument(path: Path, archive: zipfile.ZipFile) -> None:
    """Repeated cells are the far cells of ods: rows × columns that a few bytes may claim."""
    rows = columns = 1
    for chunk, _new in _stream(path, archive, "content.xml"):
        # Programs repeat the empty rest of a sheet to its very edge: calamine leaves that out.
        columns = max(columns, *(n for n in map(int, _REPEATED_COLUMNS.findall(chunk)) if n < 15_000), 1)
        rows = max(rows, *(n for n in map(int, _REPEATED_ROWS.findall(chunk)) if n < 1_000_000), 1)
    if rows * columns > MAX_CELLS:
        raise _refusal(
            path, "far-cell", _("The sheet repeats a cell {count} times.").format(count=rows * columns)
        )


def _stream(path: Path, archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes]]:
    """Pieces of an entry, each with the end of the one before (nothing is cut in two), and without it."""
    tail = b""
    size = 0
    with archive.open(part) as file:
        while new := file.read(_CHUNK):
            size += len(new)
            if size > MAX_BYTES:
                raise _refusal(
                    path,
                    "zip-bomb",
                    _("The workbook unpacks to more than {size} MB.").format(size=size >> 20),
                )
            yield tail + new, new
            tail = (tail + new)[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refusal(path: Path, code: str, what: str, next_: str = "", sheet: str | None = None) -> DataError:
    advice = next_ or _("Open it in Excel or WPS and save it again as .xlsx.")
    return DataError(Problem(code, what, advice, Location(file=path.name, sheet=sheet)))
