"""schema/*.json, which the examples name for editors: python -m tests.schema_files writes them,
tests/test_docs.py compares."""

from __future__ import annotations

from pathlib import Path

from tagctl import rules

FOLDER = Path(__file__).parent.parent / "schema"
KINDS = ("taxonomy", "rules")


def place(kind: str) -> Path:
    return FOLDER / f"{kind}.json"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for kind in KINDS:
        place(kind).write_text(rules.json_schema(kind), encoding="ascii")
