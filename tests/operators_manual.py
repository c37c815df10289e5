"""docs/operators.md from the registry of the language's words: python -m tests.operators_manual writes it,
tests/test_docs.py compares."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tagctl.rules import sections
from tagctl.rules.operators import (
    AGGREGATE_TYPES,
    MODIFIERS,
    OPERATORS,
    SUBJECTS,
    WINDOWS,
)

PAGE = Path(__file__).parent.parent / "docs" / "operators.md"
INTRODUCTION = """# Words of a condition

A condition is a leaf, a list (all of them hold), or `all`, `any`, `not`. A leaf has one subject and one
operator; some subjects are true by themselves. Exact meanings: [semantics.md](semantics.md). This page is
generated from the program; `tagctl schema rules` gives the same to editors.
"""
OPERANDS = {
    "value": "a value",
    "pair": "two values",
    "values": "a list of values",
    "text": "a text",
    "pattern": "a regular expression",
    "duration": "a duration",
    "share": "20% or 100",
    "bool": "true or false",
}
ANY = "TYPE is an event type or a part of one named under `events:`, a list of them, or `any`."
DURATIONS = "A duration is a whole number and `h d w mo y` or `小时 天 周 个月 年`: `30d`, `2个月`."


def manual() -> str:
    """The page: what stands around leaves, subjects, windows, words of subjects, operators, metrics."""
    values = [s for s in SUBJECTS.values() if s.kind == "value"]
    truths = [s for s in SUBJECTS.values() if s.kind == "truth"]
    operators = (
        (
            o.name,
            o.doc,
            "every type" if len(o.types) == 7 else ", ".join(o.types),
            OPERANDS[o.operand] + (" or {field: OTHER}" if o.field else ""),
            f"`{o.example}`",
        )
        for o in OPERATORS.values()
    )
    parts = [
        INTRODUCTION,
        _table("Around conditions", ("word", "true when"), sections.CONNECTIVES.items()),
        _table(
            "Subjects with an operator",
            ("subject", "what it is", "of fields", "example"),
            ((s.name, s.doc, ", ".join(AGGREGATE_TYPES.get(s.name, ())), f"`{s.example}`") for s in values),
            ANY + " A sum, an average and the like name a field of it: TYPE.FIELD.",
        ),
        _table(
            "Which events", ("window", "what it takes", "example"), _documented(WINDOWS.values()), DURATIONS
        ),
        f"`where:` {sections.WHERE}.\n",
        _table("Subjects true by themselves", ("subject", "true when", "example"), _documented(truths)),
        _table(
            "Words beside them",
            ("word", "beside", "meaning", "example"),
            ((m.name, ", ".join(m.subjects), m.doc, f"`{m.example}`") for m in MODIFIERS.values()),
        ),
        _table("Operators", ("operator", "holds when", "types", "compared with", "example"), operators),
        _table("Values of metrics", ("word", "value"), sections.COMBINATIONS.items()),
        "A metric is one of these, or any subject with an operator, written without the operator.\n",
    ]
    return "\n".join(parts)


def _documented(entries: Iterable) -> Iterable[tuple[str, str, str]]:
    return ((entry.name, entry.doc, f"`{entry.example}`") for entry in entries)


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], note: str = "") -> str:
    lines = [f"## {title}", "", *([note, ""] if note else [])]
    lines += ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, *cells in rows:
        lines.append("| " + " | ".join([f"`{name}`", *(cell.replace("|", "\\|") for cell in cells)]) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(manual(), encoding="utf-8")
