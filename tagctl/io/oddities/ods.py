"""The oddities of a sheet of an .ods, from content.xml. Only read where workbook.py saw a sign of one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from tagctl.io.oddities import NEVER_CALCULATED, Oddities
from tagctl.io.oddities.numberformats import NumberFormat
from tagctl.io.oddities.odsformats import PERCENT, Styles
from tagctl.io.table import ErrorCell

_CHUNK = 1 << 18
_BLANKS = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}
_MOST = 1_000_000  # cells that repeated ones may claim


def read(path: Path, sheet: str) -> Oddities:
    """Of the sheet of this name. Raises ValueError where the XML is none, or claims too much."""
    walk = _Walk(sheet)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
        try:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None
    return walk.found


class _Walk:
    """Follows the elements of one table; places are counted, since cells and rows tell none."""

    def __init__(self, sheet: str) -> None:
        self.found = Oddities()
        self._sheet = sheet
        self._inside = False
        self._row = self._column = 1
        self._rows = self._columns = 1  # how often the row and the cell are repeated
        self._hidden = self._filled = False
        self._code: str | None = None  # of an error in the cell
        self._formula = ""
        self._said: list[str] = []  # the text of the cell
        self._paragraphs = 0
        self._tab = False  # calamine passes over it
        self._speaking = False  # in a paragraph of the cell's text
        self._noting = False  # in a comment on the cell
        self._styles: Styles | None = Styles()  # until the first table
        self._formats: dict[str, NumberFormat] = {}
        self._defaults: list[tuple[int, int, str]] = []  # columns and the style of their cells

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            if self._styles is not None:
                self._formats = self._styles.special()
                self._styles = None
            self._inside = attributes.get("table:name") == self._sheet
            self._row = self._column = 1
        elif self._styles is not None:
            self._styles.start(name, attributes)
        elif not self._inside:
            return
        elif name == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._column = 1
            self._hidden = _hidden(attributes)
            self._filled = False
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._cell(attributes)
        elif name == "table:table-column":
            self._columns = int(attributes.get("table:number-columns-repeated", 1))
            if _hidden(attributes):
                self.found.hidden_columns.append((self._column, self._column + self._columns - 1))
            style = attributes.get("table:default-cell-style-name", "")
            if style in self._formats:
                self._defaults.append((self._column, self._column + self._columns - 1, style))
            self._column += self._columns
        elif name == "office:annotation":
            self._noting = True
        elif name == "text:p" and not self._noting:
            self._said += "\n" * bool(self._paragraphs)
            self._paragraphs += 1
            self._speaking = True
        elif name in _BLANKS and self._speaking:
            self._said.append(_BLANKS[name] * int(attributes.get("text:c", 1)))
            self._tab = self._tab or name == "text:tab"

    def text(self, data: str) -> None:
        if self._styles is not None:
            self._styles.text(data)
        elif self._speaking:
            self._said.append(data)

    def end(self, name: str) -> None:
        if self._styles is not None:
            self._styles.end(name)
        if not self._inside:
            return
        if name == "text:p":
            self._speaking = False
        elif name == "office:annotation":
            self._noting = False
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._told()
            self._column += self._columns
        elif name == "table:table-row":
            if self._hidden and self._filled:
                self.found.hidden_rows += self._rows
            self._row += self._rows

    def _cell(self, attributes: dict[str, str]) -> None:
        self._columns = int(attributes.get("table:number-columns-repeated", 1))
        self._formula = attributes.get("table:formula", "")
        self._said = []
        self._paragraphs = 0
        self._tab = False
        self._code = None
        kind = attributes.get("office:value-type")
        if attributes.get("calcext:value-type") == "error":
            self._code = "error-cell"
        elif self._formula and not kind:
            self._code = NEVER_CALCULATED
        self._filled = self._filled or bool(kind)
        if kind == "percentage":
            self._format(lambda _column: PERCENT)
        elif kind == "float" and self._formats:
            style = attributes.get("table:style-name")
            self._format(lambda column: self._formats.get(style or self._default(column)))
        down = int(attributes.get("table:number-rows-spanned", 1))
        right = int(attributes.get("table:number-columns-spanned", 1))
        if down > 1 or right > 1:
            here = (self._row, self._column)
            self.found.merged.append((*here, self._row + down - 1, self._column + right - 1))

    def _format(self, format_of: Callable[[int], NumberFormat | None]) -> None:
        """The number in the cell is shown in a format, which may be that of its column."""
        self._bounded()
        for column in range(self._column, self._column + self._columns):
            format = format_of(column)
            if format is not None:
                for row in range(self._row, self._row + self._rows):
                    self.found.add_format(row, column, format)

    def _default(self, column: int) -> str:
        return next((style for first, last, style in self._defaults if first <= column <= last), "")

    def _bounded(self) -> None:
        if self._rows * self._columns > _MOST:
            raise ValueError(f"a cell is repeated {self._rows} × {self._columns} times")

    def _told(self) -> None:
        """What is odd about the cell that ends here."""
        text = "".join(self._said)
        if not self._code and not (self._tab and text.strip()):
            return
        self._bounded()
        if self._code == NEVER_CALCULATED:
            text = f"={self._formula.partition('=')[2]}"
        for row in range(self._row, self._row + self._rows):
            for column in range(self._column, self._column + self._columns):
                if self._code:
                    self.found.add_error(row, column, ErrorCell(text or "#", self._code))
                else:
                    self.found.texts.setdefault(row, {})[column] = text


def _hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("table:visibility") in ("collapse", "filter")
