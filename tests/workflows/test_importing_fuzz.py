"""Damaged files, through the whole import: every cell is accounted for, or it ends in an error of ours.

TAGCTL_EXAMPLES=20000 makes it look further.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from random import Random

import yaml
from importing_project import Project, adds_up

from tagctl.errors import TagctlError

ROUNDS = int(os.environ.get("TAGCTL_EXAMPLES", "0")) or 200
TESTS = Path(__file__).parents[1]
CASES = yaml.safe_load((TESTS / "cases" / "real_files.yaml").read_text("utf-8"))
LARGEST = 20_000  # bytes of a file: more makes a round slow and no stranger
FILES = {
    path.name: path
    for path in sorted((TESTS / "data").rglob("*.*"))
    if path.suffix not in (".md", ".json") and 0 < path.stat().st_size <= LARGEST
}
TAXONOMY = "dimensions:\n  - {name: 价值, kind: value, tags: [VIP, wholesale, 大客户, lead]}\n"
PIECES = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a",
    b"=1+1", b"9" * 400, b"1e999", b"-", b"\xe2\x80\xae", b"\xed\xa0\x80", b"{", b"]",
    "合计".encode(), "合计".encode("gb18030"),
)  # fmt: skip


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


def test_damaged_files_go_in_whole_or_end_in_an_error_of_ours(tmp_path):
    draw = Random(20261031)
    project = Project(tmp_path)
    project.taxonomy(TAXONOMY)
    cases = [case for case in CASES if case["file"] in FILES]
    bare = [{"file": name, "flags": {"no_header": True, "key": "column 1"}} for name in FILES]
    taken = 0
    for number in range(ROUNDS):
        case = draw.choice((cases, bare)[number % 2])
        file = tmp_path / f"damaged_{case['file']}"
        file.write_bytes(damaged_file(draw, FILES[case["file"]]))
        try:
            if "events" in case:
                flags = {"rates": case.get("rates"), **case.get("flags", {})}
                report = project.events(case["events"], file, dry_run=True, **flags)
            else:
                report = project.customers(file, dry_run=True, **case.get("flags", {}))
        except TagctlError as error:
            assert all(problem.code and problem.what for problem in error.problems)
            continue
        except Exception as error:
            error.add_note(f"round {number}: {case['file']}")
            raise
        assert adds_up(report)
        taken += 1
    assert taken > ROUNDS // 3
