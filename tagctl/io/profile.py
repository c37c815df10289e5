"""What a column's cells look like: counts of shapes over a large sample, and the type they speak for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Literal

from tagctl.io import cells, moments
from tagctl.io.guard import unguard
from tagctl.io.nothing import NULLS
from tagctl.model import Type
from tagctl.normalise import fold

_BOOLS = frozenset({"yes", "no", "true", "false", "是", "否"})
_DIGIT = re.compile(r"\d", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[+-]?0\d+(?:\.\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_COMMA_DECIMAL = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}|[+-]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?!\d)", re.ASCII)
_COMPACT_DATE = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?|(?:19|20)\d{12}", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_PHONE = re.compile(r"\+?[\d][\d\s().\-x/]{5,22}(?:\*{2,}\d*)?|1[3-9]\d\*{4}\d{4}", re.ASCII)
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}", re.ASCII)
_LIST = re.compile(r"\[.*\]", re.DOTALL)

Shape = Literal[
    "plain", "long", "grouped", "comma", "money", "percent", "date", "datetime", "bool", "list", "text"
]


@dataclass(slots=True)
class Profile:
    """Counts over one column's sample."""

    rows: int = 0
    filled: int = 0
    nulls: int = 0
    shapes: dict[Shape, int] = field(default_factory=dict)
    zeros: int = 0
    decimals: int = 0
    compact: int = 0
    epoch: int = 0
    emails: int = 0
    phones: int = 0
    mobiles: int = 0
    day_first: bool = False
    month_first: bool = False
    year_last: int = 0
    told: bool | None = None  # somebody said whether the day comes first
    lost_digits: int = 0
    thousands: int = 0  # 1.000, where a comma may be the decimal sign
    thousand: str = ""  # the first of them
    undotted: int = 0  # 1000: thousands without a dot
    doubtful: str = ""  # a date that may be read in two ways
    null: str = ""  # a word for nothing
    broken: int = 0  # holds �, which stands for characters lost before
    distinct: int = 0
    examples: tuple[str, ...] = ()

    def share(self, *shapes: Shape) -> float:
        """The share of filled cells (words for nothing left out) that have one of the shapes."""
        real = self.filled - self.nulls
        return sum(self.shapes.get(s, 0) for s in shapes) / real if real else 0.0

    @property
    def timely(self) -> float:
        """The share of filled cells that are a date or a time."""
        real = self.filled - self.nulls
        return self.share("date", "datetime") + (self.compact / real if real else 0.0)

    @property
    def unique(self) -> bool:
        """Every row has a value, and no two the same."""
        return self.filled == self.rows > 0 and self.nulls == 0 and self.distinct == self.filled

    @property
    def order(self) -> bool | None:
        """Whether the day comes first in 13/01/2024; None where the column does not tell."""
        if self.told is not None:
            return self.told
        if self.day_first == self.month_first:
            return None
        return self.day_first

    @property
    def dots_unclear(self) -> bool:
        """Whether all dots may stand behind thousands as well as before decimals."""
        told = self.decimals or self.undotted or self.share("comma", "grouped")
        return bool(self.thousands) and not told

    @property
    def ambiguous(self) -> bool:
        """Whether its dates may be read in two ways (or contradict each other)."""
        return self.year_last > 0 and self.order is None


def profile(
    rows: Iterable[tuple[Sequence[str], Sequence[object] | None]], width: int, pattern: str | None = None
) -> list[Profile]:
    """A profile per column. Rows must be aligned to the headers; dates are written as in `pattern`."""
    told = moments.day_first(pattern or "")
    columns = [Profile(told=told) for _i in range(width)]
    seen: list[dict[str, int]] = [{} for _i in range(width)]
    typed: list[dict[str, object]] = [{} for _i in range(width)]
    total = 0
    for texts, values in rows:
        total += 1
        for index, text in enumerate(texts):
            if text:
                counts = seen[index]
                counts[text] = counts.get(text, 0) + 1
                if values is not None and values[index] is not None:
                    typed[index][text] = values[index]
    for column, counts, types in zip(columns, seen, typed, strict=True):
        column.rows = total
        for text, count in counts.items():
            _look(column, text, count, types.get(text), pattern)
        column.distinct = len({_sameness(text) for text in counts if not text.isspace()})
        column.examples = tuple(islice(counts, 3))
    return columns


def _sameness(text: str) -> str:
    """Keys are compared as they are; e-mail addresses without regard to case."""
    plain = unguard(text).strip()
    return fold(plain) if "@" in plain else plain


def _look(column: Profile, raw: str, count: int, value: object, pattern: str | None) -> None:
    """Count one distinct text of the column."""
    text = unguard(raw).strip()
    if not text:
        return
    column.filled += count
    if "\ufffd" in text:
        column.broken += count
    if text.lower() in NULLS:
        column.nulls += count
        column.null = column.null or text
        return
    if isinstance(value, float) and abs(value) >= 1e15:
        column.lost_digits += count
    shape = _patterned(text, value, pattern) or _shape(column, text, count, value)
    column.shapes[shape] = column.shapes.get(shape, 0) + count
    if "@" in text:
        column.emails += count if _EMAIL.fullmatch(text) else 0
    elif _PHONE.fullmatch(text):
        column.phones += count
        if _MOBILE.fullmatch(text):
            column.mobiles += count


def _patterned(text: str, value: object, pattern: str | None) -> Shape | None:
    """Whether a text is written as the pattern says."""
    found = moments.by_pattern(text, pattern) if pattern and value is None else None
    return None if found is None else "date" if found[1] is None else "datetime"


def _shape(column: Profile, text: str, count: int, value: object) -> Shape:
    if isinstance(value, datetime):
        return "datetime"
    if isinstance(value, date):
        return "date"
    if isinstance(value, bool) or text.lower() in _BOOLS:
        return "bool"
    plain = cells.digits(text)
    if "@" in plain:
        return "text"
    if not _DIGIT.search(plain):
        return "list" if _LIST.fullmatch(plain) else "text"
    if _NUMBER.fullmatch(plain):
        return _number_shape(column, plain, count, value)
    if _GROUPED.fullmatch(plain):
        return "grouped"
    if _COMMA_DECIMAL.fullmatch(plain):
        return "comma"
    if _LIST.fullmatch(plain):
        return "list"
    if plain.endswith("%") and _NUMBER.fullmatch(plain[:-1].strip()):
        return "percent"
    moment = _moment_shape(column, plain, count)
    if moment is not None:
        return moment
    try:
        bare, sign = cells.amount(plain)
    except cells.CellError:
        return "text"
    _count_dots(column, bare, count, plain)
    return "money" if sign else "grouped"


def _number_shape(column: Profile, plain: str, count: int, value: object) -> Shape:
    if _LEADING_ZERO.fullmatch(plain) and value is None:
        column.zeros += count
    if value is None:
        _count_dots(column, plain, count, plain)
    elif "." in plain:
        column.decimals += count
    if "." not in plain:
        if _COMPACT_DATE.fullmatch(plain):
            column.compact += count
        elif _EPOCH.fullmatch(plain):
            column.epoch += count
        if len(plain.lstrip("+-")) > 15:
            return "long"
    return "plain"


def _count_dots(column: Profile, bare: str, count: int, shown: str) -> None:
    """What an amount (`bare`, in a cell that shows more) says about the dot: 1.000 may be a thousand."""
    if _THOUSANDS.fullmatch(bare):
        column.thousands += count
        column.thousand = column.thousand or shown
    elif "." in bare:
        column.decimals += count
    elif len(bare.lstrip("+-")) > 3:
        column.undotted += count


def _moment_shape(column: Profile, plain: str, count: int) -> Shape | None:
    if not any(c.isdigit() for c in plain[:12]):
        return None
    last = _YEAR_LAST.match(plain)
    try:
        first = column.told if column.told is not None or last is None else int(last[1]) > 12
        _day, clock, _zone = moments.parse(plain, first)
    except moments.CellError:
        return None
    if last is not None:
        column.year_last += count
        column.day_first |= int(last[1]) > 12
        column.month_first |= int(last[2]) > 12
        if int(last[1]) <= 12 and int(last[2]) <= 12:
            column.doubtful = column.doubtful or plain
    return "date" if clock is None else "datetime"


def type_of(column: Profile, *, money: bool, count: bool, moment: bool, text: bool) -> Type:
    """The type that header hints and content agree on. Without a hint, all cells must speak for it."""
    real = column.filled - column.nulls
    if real == 0:
        return "text"
    if column.share("list") == 1:
        return "list"
    if moment and not column.ambiguous:
        found = _moment_type(column, 0.8)
        if found:
            return found
    if column.share("bool") == 1:
        return "bool"
    if text or column.zeros or column.share("long") > 0 or column.lost_digits:
        return "text"
    if column.mobiles / real >= 0.9:
        return "text"
    needed = 0.98 if real >= 50 else 1.0
    if column.share("percent") == 1:
        return "number"
    numeric = column.share("plain", "grouped", "comma")
    named = column.share("money")
    if numeric + named >= (0.8 if money or count else needed):
        if not _numbers_agree(column):
            return "text"
        return "money" if named or (money and not count) else "number"
    return "text" if column.ambiguous else _moment_type(column, needed) or "text"


def _moment_type(column: Profile, needed: float) -> Type | None:
    real = column.filled - column.nulls
    compact = column.compact / real
    if column.epoch / real >= needed:
        return "datetime"
    if column.share("date") + compact >= needed and column.share("datetime") == 0:
        return "date"
    if column.share("date", "datetime") + compact >= needed:
        return "datetime"
    return None


def _numbers_agree(column: Profile) -> bool:
    """Decimal commas and decimal points (or thousands commas) must not meet in one column; 1.000 beside
    decimal commas is a thousand."""
    return not (column.shapes.get("comma", 0) and (column.shapes.get("grouped", 0) or column.decimals))
