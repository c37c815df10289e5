"""Scalars to values, by the type that the place asks for: durations, numbers, money, dates, shares.

Each reader takes a node and the problem collector; it returns None after telling what is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.model import MONEY_SCALE, Duration, Literal_, Share, Type, Unit
from tagctl.normalise import nameable
from tagctl.rules import nearmiss
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems

_DURATION = re.compile(r"^([0-9]+)\s*(h|d|w|mo|y|小时|天|周|个月|年)$")
_DURATION_SHAPE = re.compile(r"^([0-9]+)\s*([^\W\d_]*)$")
_UNITS: dict[str, Unit] = {
    "h": "h",
    "d": "d",
    "w": "w",
    "mo": "mo",
    "y": "y",
    "小时": "h",
    "天": "d",
    "周": "w",
    "个月": "mo",
    "年": "y",
}
_OTHER_UNITS: dict[str, Unit] = {
    **_UNITS,
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "时", "个小时"), "h"),
    **dict.fromkeys(("day", "days", "日", "", "个天"), "d"),
    **dict.fromkeys(("week", "weeks", "星期", "个星期", "礼拜"), "w"),
    **dict.fromkeys(("month", "months", "mon", "月"), "mo"),
    **dict.fromkeys(("year", "years", "yr"), "y"),
}  # what may be meant, case and width folded
_MAX_DAYS = 366 * 200
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "mo": 31, "y": 366}

_NUMBER = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$")
_WHOLE = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")
_LEADING_ZERO = re.compile(r"^[-+]?0[0-9]+$")
_SHARE = re.compile(r"^([0-9]+(?:\.[0-9]+)?)\s*%$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_DATETIME = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$")
_DATE_SHAPE = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$")
_YAML_BOOLS = {"yes", "no", "on", "off", "true", "false", "y", "n"}
_MAX_STORED = 2**63 - 1


def scalar(node: Node, problems: Problems, wanted: str, *, free: bool = False) -> str | None:
    """The text of a scalar that must not be empty; `wanted` says what should stand here. Any character may
    stand in a `free` text; elsewhere full-width commas and quotes are probably meant for YAML."""
    if node.kind != "scalar":
        what = _("Here must stand {wanted}, not a list or a mapping.").format(wanted=wanted)
        problems.error(node, "expected-text", what, _("Are there braces or brackets too many?"))
        return None
    if node.empty or (not node.plain and not node.text.strip()):
        what = _("There is no value here: {wanted} is missing.").format(wanted=wanted)
        problems.error(node, "missing-value", what, _("Write it after the colon."))
        return None
    if not free and (nearmiss.check_list_item(node, problems) or nearmiss.quoted(node, problems)):
        return None
    return node.text


def name(node: Node, problems: Problems, wanted: str) -> str | None:
    """A name: text of one line without control characters, trimmed."""
    text = scalar(node, problems, wanted)
    if text is None:
        return None
    if not nameable(text):
        what = _("A name cannot hold line breaks or control characters.")
        problems.error(node, "bad-name", what, _("Write it in one line."))
        return None
    return text.strip()


def read_duration(text: str, least: int = 1) -> Duration | None:
    """`30d`, `2 个月`, from the command line too; None for anything else."""
    match = _DURATION.match(text.strip())
    if match is None:
        return None
    unit = _UNITS[match[2]]
    amount = int(match[1]) if len(match[1]) < 8 else _MAX_DAYS * 24
    return Duration(amount, unit) if amount >= least and amount * _DAYS[unit] < _MAX_DAYS else None


def duration(node: Node, problems: Problems, least: int = 1) -> Duration | None:
    """`30d`, `2 个月`: at least `least` of its unit."""
    text = scalar(node, problems, _("a duration such as 30d"))
    if text is None:
        return None
    if _DURATION.match(text.strip()):
        found = read_duration(text, least)
        if found is not None:
            return found
        what = _("`{text}` is not a useful duration: more than 0, less than 200 years.").format(text=text)
        problems.error(node, "bad-duration", what, _("Write for example 30d."))
        return None
    shape = _DURATION_SHAPE.match(unicodedata.normalize("NFKC", text.strip()))
    if shape and shape[2].lower() == "m":
        what = _("`{text}` could be minutes or months.").format(text=text)
        advice = _("Write {amount}mo for months; the shortest unit is h, hours.").format(amount=shape[1])
        problems.error(node, "bare-m", what, advice)
        return None
    what = _(
        "`{text}` is not a duration: a whole number and h, d, w, mo, y or 小时, 天, 周, 个月, 年."
    ).format(text=text)
    unit_meant = _OTHER_UNITS.get(shape[2].lower()) if shape else None
    advice = _("Write for example 30d.")
    if shape and unit_meant:
        advice = _("Write {amount}{unit}.").format(amount=shape[1], unit=unit_meant)
    problems.error(node, "bad-duration", what, advice)
    return None


def whole(node: Node, problems: Problems, least: int = 0) -> int | None:
    """A whole number of at least `least`."""
    text = scalar(node, problems, _("a whole number"))
    if text is None:
        return None
    if _WHOLE.match(text) and least <= int(text[:18]) and len(text) <= 18:
        return int(text)
    what = _("`{text}` is not a whole number.").format(text=text)
    if least > 0:
        what = _("`{text}` is not a whole number of {least} or more.").format(text=text, least=least)
    problems.error(node, "bad-whole-number", what, _("Write a whole number, digits only."))
    return None


def flag(node: Node, problems: Problems) -> bool | None:
    """true or false."""
    text = scalar(node, problems, _("true or false"))
    if text is None:
        return None
    if text in ("true", "false"):
        return text == "true"
    what = _("`{text}` is neither true nor false.").format(text=text)
    lower = text.lower()
    if lower in {*_YAML_BOOLS, "是", "否"}:
        word = "true" if lower in ("yes", "on", "true", "y", "是") else "false"
        advice = _("Write {word}.").format(word=word)
    else:
        advice = _("Write true or false.")
    problems.error(node, "bad-bool", what, advice)
    return None


def share(node: Node, problems: Problems) -> Share | None:
    """The operand of top and bottom: 20% or 100."""
    text = scalar(node, problems, _("a share such as 20% or a number of customers such as 100"))
    if text is None:
        return None
    written = unicodedata.normalize("NFKC", text.strip())
    match = _SHARE.match(text.strip())
    if match and 0 < Decimal(match[1]) <= 100:
        return Share(share=float(Decimal(match[1]) / 100))
    if _WHOLE.match(text) and 0 < int(text[:12]) <= 10**11:
        return Share(count=int(text))
    what = _("`{text}` is neither a share (20%) nor a number of customers (100).").format(text=text)
    advice = _("Write for example 20%.")
    if _NUMBER.match(text) and 0 < Decimal(text) < 1:
        advice = _("Write {share}%.").format(share=f"{Decimal(text) * 100:f}".rstrip("0").rstrip("."))
    elif _SHARE.match(written):
        advice = _("Write {share}%.").format(share=written.rstrip("% "))
    problems.error(node, "bad-share", what, advice)
    return None


# ── operands, by type ────────────────────────────────────────────────────────────────────────────


def text(node: Node, problems: Problems) -> str | None:
    """A text to compare with. Words that other YAML readers take for something else must be quoted."""
    found = scalar(node, problems, _("a text"))
    if found is None:
        return None
    if node.plain and found.lower() in _YAML_BOOLS:
        what = _("`{text}` without quotes is a yes/no word to YAML, not a text.").format(text=found)
        problems.error(node, "yaml-word", what, _("Write '{text}' in quotes.").format(text=found))
        return None
    if node.plain and _LEADING_ZERO.match(found):
        what = _("`{text}` without quotes loses its zeros in other programs.").format(text=found)
        problems.error(node, "leading-zero", what, _("Write '{text}' in quotes.").format(text=found))
        return None
    return found


def number(node: Node, problems: Problems) -> float | None:
    """A number, digits and a point only."""
    found = scalar(node, problems, _("a number"))
    if found is None:
        return None
    if _NUMBER.match(found) and len(found) <= 40:
        return float(found)
    _not_a_number(node, found, problems, "bad-number", _("`{text}` is not a number.").format(text=found))
    return None


def money(node: Node, problems: Problems) -> int | None:
    """An amount in the project's currency, in stored form (1/10000)."""
    found = scalar(node, problems, _("an amount"))
    if found is None:
        return None
    if _NUMBER.match(found) and len(found) <= 40:
        stored = Decimal(found) * MONEY_SCALE
        if stored == int(stored) and abs(stored) <= _MAX_STORED:
            return int(stored)
    what = _("`{text}` is not an amount: digits, and up to four after the point.").format(text=found)
    _not_a_number(node, found, problems, "bad-money", what)
    return None


def _not_a_number(node: Node, found: str, problems: Problems, code: str, what: str) -> None:
    if _LEADING_ZERO.match(found):
        advice = _(
            "Write {number}; if it is a code and not a number, declare the field under fields: as text."
        )
        problems.error(node, "leading-zero", what, advice.format(number=str(int(found))))
        return
    cleaned = re.sub(r"[,\s￥¥$€元圆块岁次个笔件人]|CNY|RMB", "", unicodedata.normalize("NFKC", found))
    if cleaned.endswith("%") and _NUMBER.match(cleaned[:-1]):
        cleaned = f"{Decimal(cleaned[:-1]) / 100:f}"
    elif cleaned.endswith(("万", "w", "W")) and _NUMBER.match(cleaned[:-1]):
        cleaned = (
            f"{Decimal(cleaned[:-1]) * 10_000:f}".rstrip("0").rstrip(".")
            if "." in cleaned
            else cleaned[:-1] + "0000"
        )
    elif cleaned.startswith("."):
        cleaned = "0" + cleaned
    if _NUMBER.match(cleaned) and cleaned != found:
        problems.error(node, code, what, _("Write {number}.").format(number=cleaned))
    else:
        problems.error(node, code, what, _("Write digits only, such as 500 or 0.5."))


def day(node: Node, problems: Problems) -> date | None:
    """A date, 2026-11-01."""
    found = scalar(node, problems, _("a date such as 2026-11-01"))
    if found is None:
        return None
    if _DATE.match(found):
        try:
            return date.fromisoformat(found)
        except ValueError:
            pass
    _not_a_date(node, found, problems)
    return None


def moment(node: Node, timezone: ZoneInfo, problems: Problems) -> tuple[int, int] | None:
    """The first and the last second that a date or a date and time stands for, in the project's zone."""
    found = scalar(node, problems, _("a date such as 2026-11-01"))
    if found is None:
        return None
    try:
        if _DATETIME.match(found):
            at = instant(datetime.fromisoformat(found), timezone)
            return at, at
        if _DATE.match(found):
            first = datetime.fromisoformat(found)
            return instant(first, timezone), instant(first + timedelta(days=1), timezone) - 1
    except (ValueError, OverflowError):
        pass
    _not_a_date(node, found, problems)
    return None


def instant(local: datetime, timezone: ZoneInfo) -> int:
    """A local time as Unix seconds. fold=0 takes the earlier of two, and in a gap the offset before it."""
    return int((local if local.tzinfo else local.replace(tzinfo=timezone, fold=0)).timestamp())


def _not_a_date(node: Node, found: str, problems: Problems) -> None:
    what = _("`{text}` is not a date.").format(text=found)
    shape = _DATE_SHAPE.match(unicodedata.normalize("NFKC", found))
    advice = _("Write it as 2026-11-01.")
    if shape:
        try:
            written = date(int(shape[1]), int(shape[2]), int(shape[3])).isoformat()
            advice = _("Write {date}.").format(date=written)
        except ValueError:
            advice = _("There is no such day in the calendar.")
    problems.error(node, "bad-date", what, advice)


def literal(node: Node, type: Type, timezone: ZoneInfo, problems: Problems) -> Literal_ | None:
    """A value of this type in stored form. Against a datetime a date stays a date: it stands for its whole
    local day; with a time it is an instant."""
    if type in ("text", "list"):
        return text(node, problems)
    if type == "number":
        return number(node, problems)
    if type == "money":
        return money(node, problems)
    if type == "bool":
        found = flag(node, problems)
        return None if found is None else int(found)
    if type == "datetime":
        span = moment(node, timezone, problems)
        return None if span is None else node.text if _DATE.match(node.text) else span[0]
    written = day(node, problems)
    return None if written is None else written.isoformat()
