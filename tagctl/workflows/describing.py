"""`tagctl schema`: the shape of the YAML files, for editors."""

from __future__ import annotations

from typing import Literal

from tagctl import rules


def schema(kind: Literal["taxonomy", "rules"]) -> str:
    """The JSON Schema of that file, as text."""
    return rules.json_schema(kind)
