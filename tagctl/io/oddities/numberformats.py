"""Number formats that change what a person reads: 000123 for 123, 25% for 0.25. Dates calamine knows."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

_LITERAL = r'"[^"]*"|\\.|_.|\[[^\]]*\]'
_ZEROS = re.compile(rf"((?:{_LITERAL})*)(0{{2,}})((?:{_LITERAL})*)")
_PERCENT = re.compile(rf"(?:{_LITERAL})*[#0,]*0(?:\.[0#]+)?%(?:{_LITERAL})*")
_SECTION = re.compile(rf"(?:{_LITERAL}|[^;])*")
_TEXT = re.compile(r'"([^"]*)"|\\(.)')
_BUILT_IN = {"9": "0%", "10": "0.00%"}


class NumberFormat(NamedTuple):
    """`digits` is the least number of digits, with text around them; 0 is a percentage."""

    digits: int
    before: str = ""
    after: str = ""

    def show(self, value: float) -> str | None:
        """The number as the sheet shows it; None where the format says nothing about it."""
        if not self.digits:
            return f"{value * 100:.12g}%"
        if value < 0 or not float(value).is_integer() or value >= 1e15:
            return None
        return f"{self.before}{int(value):0{self.digits}}{self.after}"


def special(code: str) -> NumberFormat | None:
    """What a format code does to numbers, where that is more than decimals, separators and colours."""
    section = _SECTION.match(code)
    first = section[0] if section else code
    zeros = _ZEROS.fullmatch(first)
    if zeros:
        return NumberFormat(len(zeros[2]), _literal(zeros[1]), _literal(zeros[3]))
    return NumberFormat(0) if _PERCENT.fullmatch(first) else None


def of_styles(styles: bytes) -> dict[str, NumberFormat]:
    """From xl/styles.xml: number of a cell's style → its format, special ones only."""
    root = ElementTree.fromstring(styles)
    codes = dict(_BUILT_IN)
    found: dict[str, NumberFormat] = {}
    for element in root.iter():
        if element.tag.endswith("}numFmt"):
            codes[element.get("numFmtId", "")] = element.get("formatCode", "")
        elif element.tag.endswith("}cellXfs"):
            for number, style in enumerate(element):
                format = special(codes.get(style.get("numFmtId", ""), ""))
                if format:
                    found[str(number)] = format
    return found


def _literal(text: str) -> str:
    return "".join(quoted or escaped for quoted, escaped in _TEXT.findall(text))
