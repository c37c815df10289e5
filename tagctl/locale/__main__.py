"""Brings the catalogues up to date with the code (for developers; needs Babel):

    python -m tagctl.locale          new messages into the .po, gone ones out, .mo compiled
    python -m tagctl.locale missing  the messages that still want a translation

Translate by editing locale/zh_CN/LC_MESSAGES/tagctl.po, then run it again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parent.parent
LANGUAGE = "zh_CN"
PO = Path(__file__).parent / LANGUAGE / "LC_MESSAGES" / "tagctl.po"
MO = PO.with_suffix(".mo")
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2)}
_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed one: files differ only when messages do


def extract() -> Catalog:
    """All messages of the code, with the files that say them."""
    found = _empty()
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE.parent).as_posix()
        for _line, message, _comments, _context in extract_from_file("python", path, keywords=_KEYWORDS):
            found.add(message, locations=[(place, 0)])
    return found


def read() -> Catalog:
    """The catalogue as translated so far."""
    with PO.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def update() -> Catalog:
    """Merge the code's messages into the .po and compile the .mo."""
    catalog = _empty()
    known = read() if PO.exists() else _empty()
    for message in extract():
        if message.id:
            translated = known.get(message.id)
            string = translated.string if translated is not None and translated.id == message.id else ""
            places = sorted({file for file, _line in message.locations})
            catalog.add(message.id, string, locations=[(file, 0) for file in places])
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)
    with MO.open("wb") as file:
        write_mo(file, catalog)
    return catalog


def missing(catalog: Catalog) -> list[str]:
    """The messages without a translation."""
    return [
        message.id if isinstance(message.id, str) else " | ".join(message.id)
        for message in catalog
        if message.id and not _translated(message.string)
    ]


def _translated(string: str | Iterable[str] | None) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


def _empty() -> Catalog:
    return Catalog(
        locale=LANGUAGE,
        project="tagctl",
        version="1",
        fuzzy=False,
        creation_date=_DATE,
        revision_date=_DATE,
        last_translator="tagctl",
        language_team="zh_CN",
        header_comment="# Messages of tagctl in Simplified Chinese.",
    )


if __name__ == "__main__":
    wanting = missing(read() if sys.argv[1:] == ["missing"] else update())
    print("\n".join(wanting))
    print(f"{len(wanting)} without a translation", file=sys.stderr)
