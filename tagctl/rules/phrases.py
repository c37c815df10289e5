"""Small words of sentences about rules, in the language in use: durations, windows, values, lists of them.

Where a name or number meets Chinese characters, a gap is wanted, but not beside punctuation. So such parts
are wrapped in marks (`apart`), and `settled` turns the marks of a whole text into spaces or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, language, ngettext
from tagctl.model import (
    Ago,
    Between,
    Duration,
    During,
    FieldValue,
    Literal_,
    Operand,
    Period,
    Share,
    Type,
    Window,
    Within,
)
from tagctl.rules import explain, time

_GAP = "\x00"
_TIGHT = "“”‘’：，；。、（）()《》"
_NO_SPACE = re.compile(rf"(?:(?<=[\s{_TIGHT}])|^)\x00+|\x00+(?=[\s{_TIGHT}]|$)")


def apart(text: str) -> str:
    """A name or number which in Chinese stands apart from the characters around it."""
    if language() != "zh" or not text:
        return text
    first, last = (_GAP if edge.isascii() else "" for edge in (text[0], text[-1]))
    return f"{first}{text}{last}"


def settled(text: str) -> str:
    """A finished text: marks are spaces, or nothing beside spaces and punctuation."""
    return re.sub(r"\x00+", " ", _NO_SPACE.sub("", text))


def quoted(text: str) -> str:
    """A text or name in quotes."""
    return f"“{text}”"


# ── lists ────────────────────────────────────────────────────────────────────────────────────────


def both(parts: Iterable[str]) -> str:
    """`a, b and c`, of names and values."""
    return _joined(parts, _(", "), _("{names} and {last}"))


def either(parts: Iterable[str]) -> str:
    """`a, b or c`, of names and values."""
    return _joined(parts, _(", "), _("{names} or {last}"))


def all_clauses(parts: Iterable[str]) -> str:
    """Clauses all of which hold."""
    return _joined(parts, _("{clause}, ").format(clause=""), _("{names}, and {last}"))


def any_clause(parts: Iterable[str]) -> str:
    """Clauses one of which holds."""
    return _joined(parts, _("{clause}, ").format(clause=""), _("{names}, or {last}"))


def _joined(parts: Iterable[str], comma: str, ending: str) -> str:
    found = list(parts)
    if len(found) == 1:
        return found[0]
    return ending.format(names=comma.join(found[:-1]), last=found[-1])


# ── times ────────────────────────────────────────────────────────────────────────────────────────


def duration(of: Duration) -> str:
    """`30 days`"""
    count = of.amount
    text = {
        "h": ngettext("{count} hour", "{count} hours", count),
        "d": ngettext("{count} day", "{count} days", count),
        "w": ngettext("{count} week", "{count} weeks", count),
        "mo": ngettext("{count} month", "{count} months", count),
        "y": ngettext("{count} year", "{count} years", count),
    }[of.unit]
    return apart(text.format(count=count))


_PERIODS: Mapping[str, str] = {
    "this day": N_("today"),
    "last day": N_("yesterday"),
    "this week": N_("this week"),
    "last week": N_("last week"),
    "this month": N_("this month"),
    "last month": N_("last month"),
    "this quarter": N_("this quarter"),
    "last quarter": N_("last quarter"),
    "this year": N_("this year"),
    "last year": N_("last year"),
}


def window(of: Window, zone: ZoneInfo) -> str:
    """`in the last 30 days`"""
    if isinstance(of, Within):
        return _("in the last {duration}").format(duration=duration(of.duration))
    if isinstance(of, Ago):
        return _("from {older} to {newer} ago").format(older=duration(of.older), newer=duration(of.newer))
    if isinstance(of, During):
        return _("during {period}").format(period=quoted(of.name))
    if isinstance(of, Period):
        return _(_PERIODS[f"{of.which} {of.span}"])
    return between(of, zone)


def between(range: Between, zone: ZoneInfo) -> str:
    """`from 2026-11-01 to 2026-11-11`, as it was written or by its local dates."""
    days = (time.local_date(range.first, zone).isoformat(), time.local_date(range.last, zone).isoformat())
    first, last = (apart(text.replace("T", " ") or day) for text, day in zip(range.text, days, strict=True))
    return _("from {first} to {last}").format(first=first, last=last)


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def field(of: FieldValue) -> str:
    """A field by its name, with the part of its time."""
    name = apart(of.name)
    if of.part == "hour":
        return _("hour of {field}").format(field=name)
    if of.part == "weekday":
        return _("weekday of {field} (1 is Monday)").format(field=name)
    if of.part == "month":
        return _("month of {field}").format(field=name)
    return name


def operand(of: Operand, kind: Type, zone: ZoneInfo) -> str:
    """The one thing that a value is compared with."""
    if isinstance(of, Duration):
        return duration(of)
    if isinstance(of, FieldValue):
        return field(of)
    if isinstance(of, Share):
        return apart(explain.operand(of, kind, zone))
    assert isinstance(of, str | int | float)
    return literal(of, kind, zone)


def literal(stored: Literal_, kind: Type, zone: ZoneInfo) -> str:
    """A value in stored form: texts in quotes, times as people write them."""
    if kind == "bool":
        return quoted(_("yes") if stored else _("no"))
    if kind in ("text", "list"):
        return quoted(str(stored))
    written = str(stored) if isinstance(stored, str) else explain.literal(stored, kind, zone)
    return apart(written.replace("T", " "))
