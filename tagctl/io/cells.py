"""Cells as text become values in stored form, column by column.

Stored form: text str · number float · money int of 1/10000 · date ISO text · datetime Unix seconds ·
bool 1 or 0 · list JSON array text. Missing is None.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from tagctl.io import moments, packed
from tagctl.io.guard import unguard
from tagctl.io.moments import CellError
from tagctl.io.nothing import NULLS
from tagctl.io.table import ErrorCell
from tagctl.messages import _
from tagctl.model import MONEY_SCALE, Type

__all__ = ["CellError", "CellFormat", "Converter", "Stored", "converter", "digits"]

Stored = str | int | float | None

TRUE: Final = frozenset({"yes", "true", "是", "y", "1", "√", "✓", "t"})
FALSE: Final = frozenset({"no", "false", "否", "n", "0", "×", "f"})
IDENTIFIERS: Final = frozenset({"key", "id", "phone", "email"})

_CACHE = 50_000
_MAX_DIGITS = 30  # before the decimal point: more is no quantity
_LARGEST = 2**63 - 1
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2}")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_CENTS = re.compile(r"(?:\d{1,12}\.\d\d\n)++", re.ASCII)  # amounts with two decimals, one a line
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?|[+-]?\d+\.", re.ASCII
)
_COMMA_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:[. ]\d{3})+(?:,\d+)?|[+-]?\d+(?:,\d+)?", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}")
_UNITS = {"万": Decimal(10_000), "亿": Decimal(100_000_000), "千": Decimal(1000)}
# Longer signs first: "US$" before "$", "人民币" before "元".
_CURRENCIES = (
    ("人民币", "CNY"), ("美元", "USD"), ("欧元", "EUR"), ("港币", "HKD"), ("港元", "HKD"), ("日元", "JPY"),
    ("CNY", "CNY"), ("RMB", "CNY"), ("USD", "USD"), ("EUR", "EUR"), ("GBP", "GBP"), ("HKD", "HKD"),
    ("JPY", "JPY"), ("TWD", "TWD"), ("HK$", "HKD"), ("NT$", "TWD"), ("US$", "USD"),
    ("块", "CNY"), ("元", "CNY"), ("￥", "¥"), ("¥", "¥"), ("$", "$"), ("€", "EUR"), ("£", "GBP"),
)  # fmt: skip
_SIGNS = frozenset(sign[0] for sign, _code in _CURRENCIES) | {sign[-1] for sign, _code in _CURRENCIES}
_DOLLARS = frozenset({"USD", "HKD", "TWD", "AUD", "CAD", "SGD", "NZD"})


@dataclass(frozen=True, slots=True)
class CellFormat:
    """How the cells of one column are written, where the column as a whole tells."""

    day_first: bool | None = None  # 03/04/2024 is 3 April; None: such dates are refused as ambiguous
    percent: bool = False  # 20% is 0.2
    decimal_comma: bool = False  # 1.280,50
    separator: str | None = None  # of lists and tags
    pattern: str | None = None  # of dates, as of strptime; other ways that are clear are read as well


PLAIN = CellFormat()


class Converter:
    """Turns the cells of one column into stored values: `convert(text, value)`; raises CellError.

    Counts what it takes away: `unguarded` apostrophes, `nulls` written as words, `timed` cells of dates
    whose time of day is dropped. `fast` answers for ordinary cells and says None where it is not sure,
    `whole` for many of them that are not empty; `parse` does the rest.
    """

    __slots__ = ("_fast", "_guarded", "_parse", "_whole", "nulls", "timed", "type", "unguarded")

    def __init__(
        self,
        type_: Type,
        parse: Callable[[str, object], Stored],
        fast: Callable[[str], Stored],
        whole: Callable[[Sequence[str]], Sequence[Stored] | None] | None,
        guarded: bool,
    ) -> None:
        self.type = type_
        self.unguarded = 0
        self.nulls = 0
        self.timed = 0
        self._parse = parse
        self._fast = fast
        self._whole = whole
        self._guarded = guarded

    def __call__(self, text: str, value: object = None) -> Stored:
        if value is None:
            if not text:
                return None
            found = self._fast(text)
            if found is not None:
                return found
        elif isinstance(value, ErrorCell):
            raise error_cell(value)
        return self._slow(text, value)

    def column(self, texts: Sequence[str]) -> list[Stored]:
        """The values of many untyped cells, as one call for each would give. Raises CellError where one is
        bad, with nothing counted."""
        if "" not in texts:
            return self._filled(texts)
        filled = iter(self._filled([text for text in texts if text]))
        return [next(filled) if text else None for text in texts]

    def _filled(self, texts: Sequence[str]) -> list[Stored]:
        whole = self._whole(texts) if self._whole is not None and texts else None
        if whole is not None:
            return list(whole)
        before = self.unguarded, self.nulls, self.timed
        values = list(map(self._fast, texts))
        if None in values:
            try:
                for index, value in enumerate(values):
                    if value is None:
                        values[index] = self._slow(texts[index], None)
            except CellError:
                self.unguarded, self.nulls, self.timed = before
                raise
        return values

    def _slow(self, text: str, value: object) -> Stored:
        plain = unguard(text) if self._guarded else text
        if plain is not text:
            self.unguarded += 1
        stripped = plain.strip()
        if not stripped:
            return None
        if self.type != "text":
            plain = stripped
            if stripped.lower() in NULLS:
                self.nulls += 1
                return None
        return self._parse(plain, value)


def error_cell(cell: ErrorCell) -> CellError:
    """Why such a cell has no value."""
    if cell.code == "error-cell":
        return CellError(cell.code, _("the cell holds an error, {text}").format(text=cell.text))
    return CellError(cell.code, _("the formula {text} was never calculated").format(text=cell.text[:40]))


def converter(
    type_: Type,
    timezone: ZoneInfo,
    *,
    role: str | None = None,
    format: CellFormat = PLAIN,
    guarded: bool = True,
    currency: str | None = None,
    rates: Mapping[str, float] | None = None,
    written_in: str | None = None,
) -> Converter:
    """A converter for one column.

    `role` key, id, phone and email are trimmed and refuse numbers whose digits a spreadsheet has lost.
    `guarded` is the file's (TableFile.guarded). With `currency`, an amount that names another one is
    converted by `rates` (currency → units of the project's) or refused (no-rate); one that names none
    is in `written_in`, by default the project's.
    """

    def text(plain: str, value: object) -> Stored:
        return _text(plain, value, role in IDENTIFIERS)

    def number(plain: str, value: object) -> Stored:
        if type(value) is float or type(value) is int:  # not bool
            return float(value)
        return float(_decimal(plain, format))

    def money(plain: str, value: object) -> Stored:
        return _money(plain, value, format, written_in, currency, rates or {})

    def day(plain: str, value: object) -> Stored:
        found, timed = moments.day(plain, value, timezone, format.day_first, format.pattern)
        if timed:
            made.timed += 1
        elif value is None and len(days) < _CACHE:
            days[plain] = found
        return found

    clock = moments.Clock(timezone)
    days: dict[str, Stored] = {}

    def instant(plain: str, value: object) -> Stored:
        return clock.instant(plain, value, format.day_first, format.pattern)

    def items(plain: str, value: object) -> Stored:
        parts = packed.items(plain, value, format.separator)
        return json.dumps(parts, ensure_ascii=False) if parts else None

    plain_number = not format.decimal_comma
    plain_money = plain_number and not written_in
    kinds: dict[Type, tuple[Callable[[str, object], Stored], Callable[[str], Stored]]] = {
        "text": (text, _fast_identifier if role in IDENTIFIERS else _fast_text),
        "number": (number, _fast_number if plain_number else _unsure),
        "money": (money, _fast_money if plain_money else _unsure),
        "date": (day, days.get),
        "datetime": (instant, clock.fast),
        "bool": (_bool, {"true": 1, "false": 0, "TRUE": 1, "FALSE": 0, "yes": 1, "no": 0}.get),
        "list": (items, _unsure),
    }
    parse, fast = kinds[type_]
    made = Converter(type_, parse, fast, _WHOLE.get(fast), guarded)
    return made


def _unsure(_text: str) -> Stored:
    return None


def _fast_text(text: str) -> Stored:
    # "'" and blanks sort below letters, digits and Han: such cells, and ="…", need a closer look.
    return text if "'" < text[0] != "=" and text[-1] != "\t" and not text.isspace() else None


def _fast_identifier(text: str) -> Stored:
    return text.strip() or None if "'" < text[0] != "=" and "+" not in text else None


def _whole_texts(texts: Sequence[str]) -> Sequence[str] | None:
    first = {text[0] for text in texts}
    if min(first) <= "'" or "=" in first or any(map(str.isspace, first)):
        return None
    return None if "\t" in {text[-1] for text in texts} else texts


def _whole_identifiers(texts: Sequence[str]) -> Sequence[str] | None:
    blank = any(map(str.isspace, {text[-1] for text in texts}))
    return None if blank or "+" in "".join(texts) else _whole_texts(texts)


def _fast_number(text: str) -> Stored:
    return float(text) if len(text) < _MAX_DIGITS and _PLAIN.fullmatch(text) else None


def _fast_money(text: str) -> Stored:
    whole, _dot, part = text.partition(".")
    if not whole.isdecimal() or len(whole) > 12:
        return None
    if not part:
        return int(whole) * MONEY_SCALE if not _dot else None
    if len(part) > 4 or not part.isdecimal():
        return None
    return int(whole) * MONEY_SCALE + int(part.ljust(4, "0"))


def _whole_money(texts: Sequence[str]) -> Sequence[int] | None:
    joined = "\n".join(texts) + "\n"
    if joined.count("\n") != len(texts) or not _CENTS.fullmatch(joined):
        return None
    return [int(cents) * (MONEY_SCALE // 100) for cents in joined.replace(".", "").split()]


_WHOLE: Final[Mapping[Callable[[str], Stored], Callable[[Sequence[str]], Sequence[Stored] | None]]] = {
    _fast_text: _whole_texts,
    _fast_identifier: _whole_identifiers,
    _fast_money: _whole_money,
}


def digits(text: str) -> str:
    """Full-width digits and signs as ASCII ones, surrounding blanks gone."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _text(plain: str, value: object, identifier: bool) -> Stored:
    if type(value) is float and abs(value) >= 1e15:
        raise CellError(
            "digits-lost", _("a number of more than 15 digits: the spreadsheet has lost the last ones")
        )
    if not identifier:
        return plain.rstrip("\t")  # some shops append a tab against Excel's number format
    plain = plain.strip()
    if _SCIENTIFIC.fullmatch(plain):
        raise CellError(
            "digits-lost", _("“{text}” was a long number: its digits are lost").format(text=plain)
        )
    return plain


def _decimal(plain: str, format: CellFormat) -> Decimal:
    """A number as people write it: 1,280.50 · １２ · (300) · 1.5万 · 20% where the column is of percents."""
    text = digits(plain)
    factor = Decimal(1)
    if text.startswith("(") and text.endswith(")"):
        text, factor = text[1:-1].strip(), Decimal(-1)
    if text and text[-1] in _UNITS:
        factor *= _UNITS[text[-1]]
        text = text[:-1].strip()
    if format.percent and text.endswith("%"):
        text = text[:-1].strip()
        factor /= 100
    text = text.replace("−", "-").replace("，", ",")
    if format.decimal_comma:
        if not _COMMA_DECIMAL.fullmatch(text):
            raise _not_number(plain)
        text = text.replace(".", "").replace(" ", "").replace(",", ".")
    elif not _GROUPED.fullmatch(text):
        raise _not_number(plain)
    found = Decimal(text.replace(",", ""))
    if found.adjusted() > _MAX_DIGITS:
        raise CellError("not-a-number", _("“{text}” is too large").format(text=plain[:40]))
    return found * factor


def amount(text: str) -> tuple[str, str | None]:
    """A number or amount as people write it, without the currency it names, and that, if any. CellError where
    it is none."""
    plain, sign = _without_currency(digits(text))
    _decimal(plain, PLAIN)
    return plain, sign


def _not_number(plain: str) -> CellError:
    return CellError("not-a-number", _("“{text}” is not a number").format(text=plain[:40]))


def _money(
    plain: str,
    value: object,
    format: CellFormat,
    written_in: str | None,
    currency: str | None,
    rates: Mapping[str, float],
) -> Stored:
    sign = None
    if type(value) in (float, int):
        amount = Decimal(repr(value))
    elif len(plain) < _MAX_DIGITS and _PLAIN.fullmatch(plain) and not format.decimal_comma:
        amount = Decimal(plain)
    else:
        text, sign = _without_currency(digits(plain))
        amount = _decimal(text, format)
    amount *= rate(sign or written_in, currency, rates)
    stored = int((amount * MONEY_SCALE).to_integral_value(rounding="ROUND_HALF_UP"))
    if abs(stored) > _LARGEST:
        raise CellError("not-a-number", _("“{text}” is too large").format(text=plain[:40]))
    return stored


def _without_currency(text: str) -> tuple[str, str | None]:
    """The amount without its currency sign or word, and the currency ('$', '¥': as written)."""
    negative = text.startswith("-")
    bare = text[1:].lstrip() if negative else text
    inner = bare.startswith("(") and bare.endswith(")")
    if inner:
        bare = bare[1:-1].strip()
    if bare[:1].isdigit() and bare[-1:].isdigit():
        return text, None  # most numbers: no sign in front, none behind
    if _SIGNS.isdisjoint(bare[:1].upper() + bare[-1:].upper()):
        return text, None
    for sign, code in _CURRENCIES:
        rest = None
        if bare[: len(sign)].upper() == sign:
            rest = bare[len(sign) :].strip()
        elif bare[-len(sign) :].upper() == sign:
            rest = bare[: -len(sign)].strip()
        if rest:
            rest = f"({rest})" if inner else rest
            return ("-" + rest if negative else rest), code
    return text, None


def currency_of(text: str) -> str | None:
    """The currency that a cell names (EUR, eur, 欧元, €): a code, or '$' and '¥' as written; else None."""
    word = digits(text).upper()
    found = next((code for sign, code in _CURRENCIES if word == sign), None)
    return found or (word if _CODE.fullmatch(word) else None)


def rate(sign: str | None, currency: str | None, rates: Mapping[str, float]) -> Decimal:
    """What one unit of a currency is worth in the project's; raises CellError where no rate says it."""
    if sign is None or currency is None or sign == currency:
        return Decimal(1)
    if sign == "¥":
        if currency in ("CNY", "JPY"):
            return Decimal(1)
        sign = "CNY"
    if sign == "$":
        if currency in _DOLLARS:
            return Decimal(1)
        sign = "USD"
    if sign in rates:
        return Decimal(repr(rates[sign]))
    raise CellError(
        "no-rate",
        _("an amount in {currency}, and the settings hold no rate for it").format(currency=sign),
    )


def _bool(plain: str, value: object) -> Stored:
    word = plain.lower()
    if word in TRUE:
        return 1
    if word in FALSE:
        return 0
    raise CellError("not-a-bool", _("“{text}” is neither yes nor no").format(text=plain[:40]))


def shown(value: object) -> str:
    """What a person sees in a typed cell of a spreadsheet: 5 for 5.0, 2024-01-05, 10:00:00, TRUE."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return moments.to_second(value).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        total = round(value.total_seconds())
        return f"{total // 3600}:{total // 60 % 60:02}:{total % 60:02}"
    return "" if value is None else str(value)
