"""Values in stored form, and instants, as people read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.model import MONEY_SCALE


def shown(value: object, type_: str, zone: ZoneInfo) -> str:
    """A value of a field: money and numbers without needless zeros, times local, lists joined."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return commas(shown(part, type_, zone) for part in value)
    if type_ == "money" and isinstance(value, int | float):
        return _decimal(value / MONEY_SCALE, 2)
    if type_ == "datetime" and isinstance(value, int):
        return moment(value, zone)
    if type_ == "bool":
        return _("yes") if value else _("no")
    if type_ in ("list", "tags") and isinstance(value, str):
        return commas(str(part) for part in json.loads(value))
    if type_ == "number" and isinstance(value, int | float):
        return _decimal(value, 0)
    return str(value)


def moment(instant: int, zone: ZoneInfo) -> str:
    """2026-06-30 14:05, local; seconds only where they say something (23:59:59)."""
    local = datetime.fromtimestamp(instant, zone)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def day(instant: int, zone: ZoneInfo) -> str:
    """2026-06-30, local."""
    return datetime.fromtimestamp(instant, zone).strftime("%Y-%m-%d")


def window(ends: tuple[int | None, int | None], zone: ZoneInfo) -> str:
    """The dates from and to which events count."""
    first, last = (None if end is None else moment(end, zone) for end in ends)
    if first and last:
        return _("{first} to {last}").format(first=first, last=last)
    if first:
        return _("since {first}").format(first=first)
    return _("up to {last}").format(last=last) if last else ""


def commas(parts: Iterable[str]) -> str:
    """Parts in one line, separated as the language does."""
    return _(", ").join(parts)


def semicolons(parts: Iterable[str]) -> str:
    """Longer parts in one line."""
    return _("; ").join(parts)


def labelled(name: str, text: str) -> str:
    """name: text"""
    return _("{name}: {text}").format(name=name, text=text)


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names in one line, with how many more there are."""
    text = commas(names[:most])
    more = len(names) - most
    return text if more <= 0 else _("{names} and {count} more").format(names=text, count=more)


def percent(part: int, whole: int) -> str:
    """12%, 0.4%; empty where there is nothing to share."""
    if not whole:
        return ""
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 1 or not part else f"{share:.1f}%"


def _decimal(number: float, places: int) -> str:
    """With thousands separators; at least `places` decimals where there are any."""
    if float(number).is_integer():
        return f"{int(number):,}"
    text = f"{number:,.4f}".rstrip("0")
    decimals = len(text.rpartition(".")[2])
    return text + "0" * max(0, places - decimals)


def word(text: str) -> str:
    """A text as one word of a command line."""
    return text if re.fullmatch(r"[\w:：./-]+", text) else f'"{text}"'
