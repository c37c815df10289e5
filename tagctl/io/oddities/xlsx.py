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
    walk = _walk(path, part, {})
    return walk.height, walk.width


def _walk(path: Path, part: str, formats: Mapping[str, NumberFormat]) -> _Walk:
    walk = _Walk(formats)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.CharacterDataHandler = walk.text
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
    """Follows the elements. Rows and cells may leave out their place: then they come after the one before."""

    def __init__(self, formats: Mapping[str, NumberFormat]) -> None:
        self.found = Oddities()
        self.height = self.width = 0
        self._formats = formats
        self._row = self._column = 0
        self._hidden = False  # the row, until a cell of it is met: hidden rows without cells are nothing
        self._kind = ""  # the type of the cell, where it is to be looked at in whole
        self._looked = self._formula = self._valued = False
        self._into: list[str] | None = None
        self._said: list[str] = []  # formula
        self._value: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name if ":" not in name else name.partition(":")[2]
        if kind == "c":
            self._cell(attributes)
        elif kind == "v":
            self._valued = True
            self._into = self._value if self._looked else None
        elif kind == "row":
            self.finish()
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            self._hidden = attributes.get("hidden") in _TRUE
        elif kind == "f":
            self._formula = self._looked = True
            self._into = self._said
        elif kind == "col" and attributes.get("hidden") in _TRUE:
            first, last = int(attributes.get("min", 0)), int(attributes.get("max", 0))
            self.found.hidden_columns.append((first, last))
        else:
            self._into = None

    def text(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def _cell(self, attributes: dict[str, str]) -> None:
        if self._looked:
            self.finish()
        place = _PLACE.fullmatch(attributes.get("r", ""))
        if place:
            self._column = column_number(place[1])
            self._row = int(place[2])
        else:
            self._column += 1
        if self._column > self.width:
            self.width = self._column
        if self._row > self.height:
            self.height = self._row
        if self._hidden:
            self.found.hidden_rows += 1
            self._hidden = False
        self._kind = attributes.get("t", "n")
        self._looked = self._kind == "e"
        self._valued = False
        self._into = None
        if self._kind == "n":
            format = self._formats.get(attributes.get("s", ""))
            if format:
                self.found.add_format(self._row, self._column, format)

    def finish(self) -> None:
        """The last cell is complete."""
        if self._looked:
            value = "".join(self._value).strip()
            if self._kind == "e":
                self.found.add_error(self._row, self._column, ErrorCell(value or "#"))
            elif not value and not (self._kind == "str" and self._valued):  # str: the result is an empty text
                formula = ErrorCell(f"={''.join(self._said)}", NEVER_CALCULATED)
                self.found.add_error(self._row, self._column, formula)
        self._looked = self._formula = False
        self._into = None
        self._said.clear()
        self._value.clear()
