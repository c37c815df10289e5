"""A look into a workbook before the fast reader sees it: bombs and far cells end in an error, not in a crash.

calamine allocates the whole rectangle of a sheet, so one cell at XFD1048576 would abort the process. On the
way it is noted whether a sheet shows signs of what calamine does not tell, which oddities/ then reads.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from xml.etree import ElementTree

from tagctl.errors import DataError, Location, Problem
from tagctl.io.oddities import numberformats, xlsx
from tagctl.io.oddities.numberformats import NumberFormat
from tagctl.messages import _

MAX_ENTRIES = 2_000
MAX_BYTES = 1 << 30  # inflated
MAX_RATIO = 200
MAX_CELLS = 50_000_000
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
_CHUNK = 1 << 20
_OVERLAP = 4_096
_MAX_STYLES = 50_000_000
_WIDE_COLUMN = re.compile(rb"r=[\"']([A-Z]{2,3})\d+[\"']")
_ROW = re.compile(rb"r=[\"'][A-Z]{1,3}(\d{3,})[\"']")
_FAR_ROW = re.compile(rb"r=[\"'][A-Z]{1,3}(\d{7,})[\"']")
_ELEMENTS = (b"<c ", b"<c>", b":c ", b":c>", b"<row ", b"<row>", b":row ", b":row>")
_PLACES = (b' r="', b" r='")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^/>]*>")
_SIGNS = (b't="e"', b"t='e'", b'hidden="1"', b'hidden="true"', b"hidden='1'")
_NEVER_CALCULATED = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</|</(?:\w+:)?c>)"
)
_OPEN_SIGNS = re.compile(
    rb'value-type="(?:error|percentage)"|table:formula=|table:visibility=|-spanned=|<text:tab|'
    rb'min-integer-digits="(?:[2-9]|\d\d)'
)
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
DAMAGE = (
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
    """`part` is its file in an .xlsx; `odd`: there is something that the fast reader will not tell."""

    part: str = ""
    filled: bool = False
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """`odd` is that of all sheets where they are not looked at one by one, as in .xls and .ods."""

    format: str
    sheets: dict[str, SheetScan] = field(default_factory=dict)
    formats: Mapping[str, NumberFormat] = field(default_factory=dict)
    odd: bool = False


def scan(path: Path) -> Scan:
    """Format and oddities of a workbook; DataError where reading it would be dangerous or is hopeless."""
    with path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if not packed:
        _try_out(path)
        return Scan("xls", odd=True)
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive(path, archive)
    except zipfile.BadZipFile:
        what = _("The workbook is damaged: {why}").format(why=_("its parts do not fit together"))
        advice = _("It was cut off or changed on its way: copy or export it again.")
        raise _refusal(path, "damaged-workbook", what, advice) from None
    except DAMAGE as error:
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
    if len({name.replace("\\", "/").lower() for name in names}) < len(entries):
        what = _("Two of its parts have the same name.")
        raise _refusal(path, "damaged-workbook", _("The workbook is damaged: {why}").format(why=what))
    if "xl/workbook.xml" in names:
        named = {_actual(part, names): name for name, part in _parts(archive).items()}
        named.pop("", None)
        # Sheets that the list of sheets does not lead to are looked at all the same.
        parts = {n for n in names if "worksheets" in n.lower() and n.lower().endswith(".xml")} | set(named)
        formats = _formats(archive, names)
        signs = (*_SIGNS, *(f's="{style}"'.encode() for style in formats))
        sheets = {named.get(p, p): _sheet(path, archive, p, named.get(p, p), signs) for p in sorted(parts)}
        return Scan("xlsm" if "xl/vbaProject.bin" in names else "xlsx", sheets, formats)
    if "content.xml" in names:
        return Scan("ods", odd=_opendocument(path, archive))
    what = _("{file} is a zip file, but not a spreadsheet.").format(file=path.name)
    if "xl/workbook.bin" in names:
        what = _("Binary workbooks (.xlsb) are not read.")
    raise _refusal(path, "not-a-table", what)


def _actual(part: str, names: set[str]) -> str:
    """The entry that a part's name means, whatever its case; '' where there is none."""
    if part in names:
        return part
    return next((n for n in names if n.replace("\\", "/").lower() == part.lower()), "")


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


def _formats(archive: zipfile.ZipFile, names: set[str]) -> Mapping[str, NumberFormat]:
    """The cell styles that show numbers otherwise than they are stored."""
    part = "xl/styles.xml"
    if part not in names or archive.getinfo(part).file_size > _MAX_STYLES:
        return {}
    return numberformats.of_styles(archive.read(part))


def _sheet(path: Path, archive: zipfile.ZipFile, part: str, name: str, signs: tuple[bytes, ...]) -> SheetScan:
    found = SheetScan(part)
    columns: set[bytes] = set()
    rows = elements = places = 0
    rest = b""
    for chunk, new in _stream(path, archive, part):
        columns.update(_WIDE_COLUMN.findall(chunk))
        rows = max(rows, max(map(int, _FAR_ROW.findall(chunk)), default=0))
        tags, _end, rest = (rest + new).rpartition(b">")  # no tag is cut in two
        elements += sum(map(tags.count, _ELEMENTS))
        places += sum(map(tags.count, _PLACES))
        found.filled = found.filled or _FILLED.search(chunk) is not None
        found.odd = (
            found.odd or any(sign in chunk for sign in signs) or _NEVER_CALCULATED.search(chunk) is not None
        )
    width = max(map(_column, columns), default=26)
    if width * MAX_ROWS > MAX_CELLS and rows <= MAX_ROWS:  # wide: then it matters how many rows there are
        for chunk, _new in _stream(path, archive, part):
            rows = max(rows, max(map(int, _ROW.findall(chunk)), default=0))
    if places < elements:  # some cells leave out where they stand
        far, wide = xlsx.extent(path, part)
        rows, width = max(rows, far), max(width, wide)
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


def _opendocument(path: Path, archive: zipfile.ZipFile) -> bool:
    """Whether there are signs of oddities. Repeated cells are the far cells of ods: a few bytes may claim
    many."""
    rows = columns = 1
    odd = False
    for chunk, _new in _stream(path, archive, "content.xml"):
        odd = odd or _OPEN_SIGNS.search(chunk) is not None
        # Programs repeat the empty rest of a sheet to its very edge: calamine leaves that out.
        columns = max(columns, *(n for n in map(int, _REPEATED_COLUMNS.findall(chunk)) if n < 15_000), 1)
        rows = max(rows, *(n for n in map(int, _REPEATED_ROWS.findall(chunk)) if n < 1_000_000), 1)
    if rows * columns > MAX_CELLS:
        raise _refusal(
            path, "far-cell", _("The sheet repeats a cell {count} times.").format(count=rows * columns)
        )
    return odd


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
