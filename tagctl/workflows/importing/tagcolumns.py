"""Columns that are tags themselves: one column per tag (its cells say yes or no), one per dimension (its
cells are the dimension's tags). Recognised where header and cells agree, and nothing else is called so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tagctl.io import packed
from tagctl.io.guard import unguard
from tagctl.io.headers import DIMENSION, NO_FIELD, TAG
from tagctl.io.marks import mark
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.model import Field
from tagctl.normalise import identity
from tagctl.store.labels import Words
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.options import ImportOptions

# What stands around a tag's name in a header: 是否VIP, VIP（是/否）, tag: VIP.
_AROUND = re.compile(
    r"^(?:是否(?:为|是)?|标签\s*[:：_]|tags?\s*[:：]|is )\s*|\s*[(（\[【][^)）\]】]*[)）\]】]$", re.I
)
_ENOUGH = 0.5  # of the filled cells of a dimension's column are its tags


def find(
    columns: Sequence[Column], table: TableFile, words: Words, known: Sequence[Field], options: ImportOptions
) -> tuple[list[Column], list[str]]:
    """The columns with those that are tags marked as such, `field` being the label or the dimension; and what
    is to be said about those that could be, but have another use."""
    taken = {identity(field.name) for field in known} | {identity(name) for name in options.types}
    said = {identity(header) for header in options.map}
    found: list[Column] = []
    notes: list[str] = []
    for column in columns:
        role = column.role if column.role in (TAG, DIMENSION) else None
        if role is None and column.role not in NO_FIELD and identity(column.header) not in said:
            role = _looks_like(column, table, words)
        if role is None:
            found.append(column)
        elif column.role not in (None, role) or (column.role is None and identity(column.header) in taken):
            found.append(column)
            notes.append(_other_use(column.header, role))
        else:
            name = label(column.header, words) if role == TAG else dimension(column.header, words)
            found.append(replace(column, role=role, type="text", field=name))
    return found, notes


def label(header: str, words: Words) -> str:
    """The label that a tag's column stands for."""
    bare = _AROUND.sub("", header).strip() or header
    return next((name for name in (header, bare) if words.tag(name) is not None), bare)


def dimension(header: str, words: Words) -> str:
    """The name of the dimension that a column stands for."""
    return words.dimension(header) or header.strip()


def qualified(dimension: str, words: Words) -> Callable[[str], str]:
    """A function that gives the label which a cell of a dimension's column means: `维度:值`. A column that
    is no dimension by name may hold tags of any."""
    known = words.dimension(dimension) is not None

    def label(text: str) -> str:
        prefix, colon, _value = text.replace("：", ":").partition(":")
        if colon and identity(prefix) == identity(dimension):
            return text
        return text if not known and words.tag(text) is not None else f"{dimension}:{text}"

    return label


def _looks_like(column: Column, table: TableFile, words: Words) -> str | None:
    if words.dimension(column.header) is not None:
        return DIMENSION if _holds_tags(column, _filled(column, table), words) else None
    if words.tag(label(column.header, words)) is None:
        return None
    texts = set(_filled(column, table))
    return TAG if texts and all(mark(text) is not None for text in texts) else None


def _filled(column: Column, table: TableFile) -> Iterable[str]:
    for row in table.sample:
        if row.error is None and column.index < len(row.texts) and row.texts[column.index].strip():
            yield row.texts[column.index]


def _holds_tags(column: Column, texts: Iterable[str], words: Words) -> bool:
    full = qualified(dimension(column.header, words), words)

    def known(text: str) -> bool:
        return words.tag(full(text)) is not None

    cells = [unguard(text) for text in texts]
    separator = packed.separator(cells, known)
    held = [labels for cell in cells if (labels := packed.split(cell, separator, known))]
    return bool(held) and sum(all(map(known, labels)) for labels in held) >= _ENOUGH * len(held)


def _other_use(header: str, role: str) -> str:
    if role == TAG:
        text = _("{header} is also a tag. It is read as a field; as the tag with --map '{header}=tag'.")
    else:
        text = _(
            "{header} is also a dimension. It is read as a field; as tags with --map '{header}=dimension'."
        )
    return text.format(header=header)
