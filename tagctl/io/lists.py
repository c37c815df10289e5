"""Lists of labels, and groups of labels that are the same: one a line in a text file, or a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import encoding, sources, vocabulary
from tagctl.io.registry import SHEETS, open_table
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.record import record

_COUNTS = frozenset(
    {
        "customers",
        "count",
        "users",
        "members",
        "客户数",
        "人数",
        "用户数",
        "会员数",
        "客户",
        "数量",
        "覆盖人数",
    }
)
_LINES = ("", ".txt", ".list")
_BETWEEN = re.compile(r"\s*[=＝,，、;；|\t]\s*")
_TOLD = 20  # bad rows named


@record
class Listed:
    """A label of a list, and how many customers it says to have, where it says so."""

    label: str
    customers: int | None = None


def labels(path: Path | str, column: str | None = None) -> list[Listed]:
    """The labels of a file, in its order: of a text file every line; of a table the column named, else the
    one whose header is known for labels, else the first. Raises UsageProblem, DataError."""
    path = Path(path)
    if column is None and path.suffix.lower() in _LINES:
        return [Listed(line) for _number, line in _lines(path)]
    table = open_table(path)
    if column is None and not _has_header(table):
        table = open_table(path, no_header=True)
    place = _column(table, column)
    counts = _counts(table)
    found, problems = [], []
    for row in table.rows():
        if row.error is not None:
            problems.append(_ragged(table, row.number, row.texts))
        elif label := row.texts[place].strip():
            count = row.texts[counts].strip() if counts is not None else ""
            found.append(Listed(label, int(count) if count.isdecimal() else None))
    if problems:
        raise DataError(problems[:_TOLD])
    return found


def groups(path: Path | str) -> list[tuple[str, ...]]:
    """Groups of labels that are the same, one a line or row: `VIP = 高价值客户, 大客户`. Lines that begin
    with # are remarks. Raises UsageProblem, DataError for a line with one label."""
    path = Path(path)
    if path.suffix.lower() in SHEETS:
        rows = [(row.number, list(row.texts)) for row in open_table(path, no_header=True).rows()]
    else:
        rows = [(number, _BETWEEN.split(line)) for number, line in _lines(path) if not line.startswith("#")]
    found = [(number, tuple(text.strip() for text in texts if text.strip())) for number, texts in rows]
    alone = [(number, group[0]) for number, group in found if len(group) == 1]
    if alone:
        raise DataError(
            [
                Problem(
                    "no-group",
                    _("“{label}” stands alone.").format(label=label),
                    _("Write labels that are the same on one line: VIP = big spender, key account"),
                    Location(file=path.name, row=number),
                )
                for number, label in alone[:_TOLD]
            ]
        )
    return [group for _number, group in found if group]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    data = sources.local(path)
    with data.open(encoding=encoding.detect(data).name) as file:
        for number, line in enumerate(file, 1):
            if text := line.strip().lstrip("\ufeff"):
                yield number, text


def _has_header(table: TableFile) -> bool:
    """Whether the first row names columns: one is known, or there are several and none is a number."""
    if any(_is_label(header) or identity(header) in _COUNTS for header in table.headers):
        return True
    return len(table.headers) > 1 and not any(header.strip().isdecimal() for header in table.headers)


def _is_label(header: str) -> bool:
    return vocabulary.is_tags(header)


def _column(table: TableFile, column: str | None) -> int:
    if column is None:
        return next((i for i, header in enumerate(table.headers) if _is_label(header)), 0)
    for index, header in enumerate(table.headers):
        if identity(header) == identity(column):
            return index
    raise UsageProblem(
        Problem(
            "unknown-column",
            _("There is no column “{name}”.").format(name=column),
            _("The file has: {names}").format(names=", ".join(table.headers)),
        )
    )


def _counts(table: TableFile) -> int | None:
    """The column of customers' numbers: by its header, or the second of a table without one."""
    named = next((i for i, header in enumerate(table.headers) if identity(header) in _COUNTS), None)
    return 1 if named is None and table.header_row is None and len(table.headers) == 2 else named


def _ragged(table: TableFile, number: int, texts: object) -> Problem:
    return Problem(
        "ragged-row",
        _("This row has more or fewer cells than the header."),
        _("Quote labels with commas in them, or save the list as .txt with one label a line."),
        Location(file=table.path.name, row=number),
        excerpt=", ".join(texts)[:200] if isinstance(texts, list | tuple) else "",
    )
