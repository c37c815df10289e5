"""Curating commands as edits of both files: tests/cases/curating.yaml, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tagctl import rules
from tagctl.errors import TagctlError
from tagctl.model import Catalog, Field
from tagctl.normalise import identity
from tagctl.rules.curating import draft, places
from tagctl.workflows import curating

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "curating.yaml").read_text("utf-8"))
ZONE = ZoneInfo("Asia/Shanghai")
CATALOG = Catalog(fields=(Field("积分", "number", None, "积分"), Field("city", "text", "city", "city")))


def given(case: dict[str, Any]) -> rules.Files:
    taxonomy = case["taxonomy"]
    if "extra" in case:  # a tag elsewhere, so that the lists at hand stay as they are
        taxonomy = taxonomy.replace("conflicts:", f"  - {{name: 其他, tags: [{case['extra']}]}}\nconflicts:")
    return rules.Files(taxonomy.encode(), case.get("rules", "").encode())


def done(case: dict[str, Any], files: rules.Files) -> rules.Files:
    arguments = dict(case["do"])
    command = next(name for name in ("rename", "merge", "move", "retire", "split") if name in arguments)
    first = arguments.pop(command)
    if command == "merge":
        arguments["known"] = {identity(label): label for label in case.get("known", ())}
    if command == "move":
        arguments = {"dimension": None, **arguments}
        arguments["dimension"] = arguments.pop("to", None)
    edit = getattr(curating, command)
    return edit(draft.Draft(files, CATALOG, ZONE), first, **arguments).after.files


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_files_afterwards(case):
    files = given(case)
    if "problem" in case:
        with pytest.raises(TagctlError) as raised:
            done(case, files)
        assert raised.value.problems[0].code == case["problem"]
        return
    found = done(case, files)
    assert found.taxonomy.decode() == case.get("taxonomy_after", files.taxonomy.decode())
    assert found.rules.decode() == case.get("rules_after", files.rules.decode())


@pytest.mark.parametrize("case", [c for c in CASES if "problem" not in c], ids=lambda case: case["name"])
def test_line_ends_and_the_mark_stay(case):
    files = given(case)
    windows = rules.Files(
        *(b"\xef\xbb\xbf" + t.replace(b"\n", b"\r\n") for t in (files.taxonomy, files.rules))
    )
    plain, found = done(case, files), done(case, windows)
    for data, expected in ((found.taxonomy, plain.taxonomy), (found.rules, plain.rules)):
        assert data == b"\xef\xbb\xbf" + expected.replace(b"\n", b"\r\n")


def test_the_places_that_change_are_told():
    before = rules.Files(b"a: 1\nb: 2\nc: 3\n", b"rules:\n  - x\n")
    after = rules.Files(b"a: 1\nb: 4\nc: 3\n", b"rules:\n  - x\n  - y\n")
    found = [(p.file, p.line, p.section, p.before, p.after) for p in places.changed(before, after)]
    assert found == [("taxonomy.yaml", 2, "b", "b: 2", "b: 4"), ("rules.yaml", 3, "rules", "", "  - y")]
