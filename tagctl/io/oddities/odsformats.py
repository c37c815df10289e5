"""Number formats of an .ods: which cell styles show 000123 for 123, from the automatic styles of content.xml.
Formats that hang on a style with a name of its own (styles.xml) are not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tagctl.io.oddities.numberformats import NumberFormat

PERCENT = NumberFormat(0)


@dataclass(slots=True)
class _Format:
    digits: int = 0
    before: str = ""
    after: str = ""


class Styles:
    """Listens to the elements before the first table."""

    def __init__(self) -> None:
        self._formats: dict[str, _Format] = {}
        self._cells: dict[str, str] = {}  # style of cells → format
        self._open: _Format | None = None
        self._said: list[str] | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "number:number-style":
            self._open = self._formats.setdefault(attributes.get("style:name", ""), _Format())
        elif name == "number:number" and self._open is not None:
            whole = attributes.get("number:decimal-places", "0") == "0"
            plain = attributes.get("number:grouping") != "true"
            digits = int(attributes.get("number:min-integer-digits", 0))
            self._open.digits = digits if whole and plain and digits > 1 else 0
        elif name == "number:text" and self._open is not None:
            self._said = []
        elif name == "style:style" and attributes.get("style:family") == "table-cell":
            format = attributes.get("style:data-style-name")
            if format:
                self._cells[attributes.get("style:name", "")] = format

    def text(self, data: str) -> None:
        if self._said is not None:
            self._said.append(data)

    def end(self, name: str) -> None:
        if name == "number:number-style":
            self._open = None
        elif name == "number:text" and self._open is not None:
            said = "".join(self._said or ())
            if self._open.digits:
                self._open.after += said
            else:
                self._open.before += said
            self._said = None

    def special(self) -> dict[str, NumberFormat]:
        """The formats of cell styles, by the style's name, where they are more than decimals."""
        found = ((style, self._formats.get(format)) for style, format in self._cells.items())
        return {style: NumberFormat(f.digits, f.before, f.after) for style, f in found if f and f.digits}
