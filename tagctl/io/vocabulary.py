"""What headers mean, in Chinese and English: data/headers.json, and presets of other products' exports:
data/presets/PRODUCT.json, which whoever knows another product can add.

`form` is how a header is looked up: its identity without blanks, `_`, `-` and units in brackets, so that
Customer ID, customer_id and CUSTOMERID are one. `words` keeps the words apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from tagctl.normalise import identity

DATA = Path(__file__).parent / "data"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINTS = re.compile(r"(?<=.)[_\-.\s/]+")
_NUMBERED = re.compile(r"(?<=.)\s*[0-9一二三四五六七八九十]{1,2}$")
_UNIT = re.compile(r"\s*[(（\[【][^)）\]】]*[)）\]】]\s*$")


@dataclass(frozen=True, slots=True)
class Preset:
    """An export of another product. Headers are given as forms.

    It is recognised by `headers`, sets of alternatives of which one each must be there. `key`: what may
    identify the customer, the best first. `roles` in the order in which columns of one role are tried;
    `tags`: columns of labels with their separator (None: found in the cells); `dates`: how dates are
    written, where the cells do not tell; `paid`: the statuses (of the role status) that mean money.
    """

    name: str
    subject: str  # customer or event
    headers: tuple[frozenset[str], ...]
    key: tuple[str, ...]
    roles: Mapping[str, str]
    types: Mapping[str, str]
    tags: Mapping[str, str | None]
    dates: Mapping[str, str]
    paid: tuple[str, ...]

    def fits(self, there: Set[str]) -> bool:
        """Whether all that it needs is among these headers."""
        return all(not there.isdisjoint(alternatives) for alternatives in self.headers)


def form(header: str) -> str:
    """The form under which a header is looked up."""
    return words(header).replace(" ", "")


def words(header: str) -> str:
    """The header's words with single spaces between them; camelCase, `_`, `-` and `.` part words.

    Of a name joined from several rows, 联系方式 / 手机, the lowest part says what the column holds.
    """
    own = header.rpartition(" / ")[2] or header
    bare = _UNIT.sub("", own) or own
    return identity(_JOINTS.sub(" ", _CAMEL.sub(" ", bare)).strip())


def roles(subject_kind: str) -> Mapping[str, Mapping[str, int]]:
    """For "customer" or "event": role → form → rank (0 is the best name for that role)."""
    return _roles(subject_kind)


@cache
def _roles(subject_kind: str) -> Mapping[str, Mapping[str, int]]:
    return {
        role: {form(alias): rank for rank, alias in enumerate(aliases)}
        for role, aliases in _data()[subject_kind].items()
    }


def is_tags(header: str) -> bool:
    """Whether the column's name says that it holds labels: 标签, 客户标签2, Tag 3."""
    found = _NUMBERED.sub("", words(header))
    return found.replace(" ", "") in _forms("tags") or found.endswith(("标签", " tags", " labels"))


def is_currency(header: str) -> bool:
    """Whether the column's name says that it holds the currency of the row's amounts."""
    return form(header) in _forms("currency")


def says(header: str, kind: str) -> bool:
    """Whether a header's words name a kind of value: money, count, date, text, person …"""
    found = words(header)
    rules = _data()["words"][kind]
    if not _words(kind).isdisjoint(found.split()):
        return True
    return any(part in found for part in rules.get("part", ())) or found.endswith(tuple(rules.get("end", ())))


def count_known(cells: Sequence[str]) -> int:
    """How many of the cells are headers that we know."""
    return sum(1 for cell in cells if cell.strip() and form(cell) in _known())


def preset(headers: Sequence[str], subject_kind: str) -> Preset | None:
    """The preset whose headers are all there; of several, the one with the most."""
    there = {form(header) for header in headers}
    fitting = [p for p in presets() if p.subject == subject_kind and p.fits(there)]
    return max(fitting, key=lambda p: len(p.headers), default=None)


@cache
def _known() -> frozenset[str]:
    found = {f for kind in ("customer", "event") for forms in _roles(kind).values() for f in forms}
    for p in presets():
        found |= {*p.key, *p.roles, *p.tags, *(form for one in p.headers for form in one)}
    return frozenset(found | _forms("tags") | _forms("other"))


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(_data()["words"][kind]["word"])


@cache
def _forms(section: str) -> frozenset[str]:
    return frozenset(form(alias) for alias in _data()[section])


@cache
def presets() -> tuple[Preset, ...]:
    """All that we know, by file name."""
    files = sorted((DATA / "presets").glob("*.json"))
    return tuple(_preset(entry) for file in files for entry in json.loads(file.read_text("utf-8")))


def _preset(entry: Mapping[str, Any]) -> Preset:
    def by_form(name: str) -> dict[str, Any]:
        return {form(header): value for header, value in entry.get(name, {}).items()}

    return Preset(
        name=entry["name"],
        subject=entry["subject"],
        headers=tuple(frozenset(map(form, header.split("|"))) for header in entry["headers"]),
        key=tuple(map(form, entry["key"])),
        roles=by_form("roles"),
        types=by_form("types"),
        tags=by_form("tags"),
        dates=by_form("dates"),
        paid=tuple(entry.get("paid", ())),
    )


@cache
def _data() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((DATA / "headers.json").read_text("utf-8")))
