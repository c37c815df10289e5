"""Real files with accidents: bytes that were cut, doubled, moved or overwritten. Drawn by a seeded Random, so
that a round can be made again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

TESTS = Path(__file__).parent
LARGEST = 20_000  # bytes of a file: more makes a round slow and no stranger
FILES = {
    path.name: path
    for path in sorted((TESTS / "data").rglob("*.*"))
    if path.suffix not in (".md", ".json") and 0 < path.stat().st_size <= LARGEST
}
KNOWN = [
    case
    for case in yaml.safe_load((TESTS / "cases" / "real_files.yaml").read_text("utf-8"))
    if case["file"] in FILES
]
BARE = [{"file": name, "flags": {"no_header": True, "key": "column 1"}} for name in FILES]
PIECES = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a",
    b"=1+1", b"9" * 400, b"1e999", b"-", b"\xe2\x80\xae", b"\xed\xa0\x80", b"{", b"]",
    "合计".encode(), "合计".encode("gb18030"),
)  # fmt: skip


class Attempt(NamedTuple):
    """A file and how it is to be imported: as events of a type, else as customers."""

    name: str
    data: bytes
    flags: dict[str, Any]
    events: str | None = None


def attempt(draw: Random, number: int) -> Attempt:
    """A damaged file, by turns as its product's file and as one about which nothing is known."""
    case = draw.choice((KNOWN, BARE)[number % 2])
    flags = dict(case.get("flags", {}))
    if "rates" in case:
        flags["rates"] = case["rates"]
    data = damaged_file(draw, FILES[case["file"]])
    return Attempt(f"damaged_{case['file']}", data, flags, case.get("events"))


def damaged(draw: Random, data: bytes) -> bytes:
    """The bytes after one to four accidents."""
    for _accident in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        end = min(len(data), at + draw.choice((1, 1, 2, 40)))
        kind = draw.randrange(6)
        if kind == 0:
            data = data[:at] + draw.choice(PIECES) + data[at:]
        elif kind == 1:
            data = data[:at] + draw.randbytes(end - at) + data[end:]
        elif kind == 2:
            data = data[:at] + data[end:]
        elif kind == 3:
            data = data[:end] + data[at:]
        elif kind == 4:
            other = draw.randrange(len(data) + 1)
            data = data[:at] + data[other : other + end - at] + data[end:]
        else:
            data = data[: max(at, len(data) // 2)]
    return data


def damaged_file(draw: Random, path: Path) -> bytes:
    """A damaged copy; of a workbook mostly one of its parts, or the zip's checksums would tell at once."""
    data = path.read_bytes()
    if not zipfile.is_zipfile(path) or draw.randrange(4) == 0:
        return damaged(draw, data)
    made = io.BytesIO()
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(made, "w") as copy:
        parts = [part for part in book.namelist() if book.read(part)]
        hit = draw.choice([part for part in parts if "sheet" in part or "content" in part] or parts)
        for part in parts:
            copy.writestr(part, damaged(draw, book.read(part)) if part == hit else book.read(part))
    return made.getvalue()
