"""The oddities of a sheet of an .xlsx, from its XML. Only read where workbook.py saw a sign of one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from tagctl.io.oddities import NEVER_CALCULATED, Oddities
from tagctl.io.oddities.numberformats import NumberFormat
from tagctl.io.table import ErrorCell

_CHUNK = 1 << 18
_PLACE = re.compile(r"([A-Z]{1,3})(\d+)")
_TRUE = ("1", "true")


def read(path: Path, part: str, formats: Mapping[str, NumberFormat]) -> Oddities:
    """Of the sheet in this part of the archive. Raises ValueError where its XML is none."""
    return _walk(path, part, formats).found


def extent(path: Path, part: str) -> tuple[int, int]:
    """The last row and column of a sheet, also where cells leave out their place. Raises ValueError."""
    walk = _walk(path, part, {}, measure=True)
    return walk.height, walk.width


def _walk(path: Path, part: str, formats: Mapping[str, NumberFormat], *, measure: bool = False) -> _Walk:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    walk = _Walk(parser, formats, measure)
    parser.StartElementHandler = walk.start
    with zipfile.ZipFile(path) as archive, archive.open(part) as file:
        try:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None
    walk.finish()
    return walk


def column_number(letters: str) -> int:
    """AB → 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class _Walk:
    """Follows the elements. Rows and cells may leave out their place: then they come after the one before.
    Millions of cells come by, so places are worked out and texts are listened to only where needed."""

    def __init__(
        self, parser: expat.XMLParserType, formats: Mapping[str, NumberFormat], measure: bool
    ) -> None:
        self.found = Oddities()
        self.height = self.width = 0
        self._parser = parser
        self._formats = formats
        self._measure = measure
        self._row = 0
        self._place = ""  # of the last cell that tells its own, in this row
        self._since = 0  # cells after it
        self._hidden = False  # the row, until a cell of it is met: hidden rows without cells are nothing
        self._kind: str | None = None  # the type of the cell
        self._looked = self._valued = False  # the cell is to be looked at in whole; has a value element
        self._formula: list[str] = []
        self._value: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.partition(":")[2]
        if name == "c":
            if self._looked:
                self.finish()
            place = attributes.get("r")
            if place:
                self._place, self._since = place, 0
            else:
                self._since += 1
            self._kind = kind = attributes.get("t")
            if kind is None or kind == "n":
                format = self._formats.get(attributes.get("s", ""))
                if format is not None:
                    self.found.add_format(*self._where(), format)
            elif kind == "e":
                self._looked = True
            if self._hidden:
                self.found.hidden_rows += 1
                self._hidden = False
            if self._measure:
                row, column = self._where()
                self.height, self.width = max(self.height, row), max(self.width, column)
        elif name == "v":
            if self._looked:
                self._valued = True
                self._parser.CharacterDataHandler = self._value.append
        elif name == "f":
            self._looked = True
            self._parser.CharacterDataHandler = self._formula.append
        elif name == "row":
            self.finish()
            self._row = int(attributes.get("r", self._row + 1))
            self._place, self._since = "", 0
            self._hidden = attributes.get("hidden") in _TRUE
        elif name == "col" and attributes.get("hidden") in _TRUE:
            first, last = int(attributes.get("min", 0)), int(attributes.get("max", 0))
            self.found.hidden_columns.append((first, last))

    def finish(self) -> None:
        """The last cell is complete."""
        if not self._looked:
            return
        self._parser.CharacterDataHandler = None
        value = "".join(self._value).strip()
        if self._kind == "e":
            self.found.add_error(*self._where(), ErrorCell(value or "#"))
        elif not value and not (self._kind == "str" and self._valued):  # str: the result is an empty text
            formula = ErrorCell(f"={''.join(self._formula)}".strip(), NEVER_CALCULATED)
            self.found.add_error(*self._where(), formula)
        self._looked = self._valued = False
        self._formula.clear()
        self._value.clear()

    def _where(self) -> tuple[int, int]:
        """Row and column of the last cell."""
        place = _PLACE.fullmatch(self._place)
        if place is None:
            return self._row, self._since
        return int(place[2]), column_number(place[1]) + self._since
