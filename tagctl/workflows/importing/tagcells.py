"""Tag cells to labels: packed ones are split, marks of a tag's column stand for its header."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tagctl.io import packed
from tagctl.io.guard import unguard
from tagctl.io.headers import DIMENSION, TAG
from tagctl.io.marks import mark
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.sql import Sql
from tagctl.store import labels, staging
from tagctl.store.labels import Cells, Words
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage
from tagctl.workflows.importing import tagcolumns
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.reading import Tally
from tagctl.workflows.importing.rejecting import Rejects

UNKNOWN = "unknown-label"  # the code of a cell with labels that no tag answers to, where these are refused
_CELLS = 5000  # distinct tag cells that are split at a time

Split = Callable[[str], Sequence[str]]
Silent = Callable[[int, str], bool]


def silence(columns: Sequence[Column], words: Words) -> Silent:
    """A function that tells whether a tag cell (number of the column, text) says nothing: blank, or a word
    for nothing. In a column that says yes or no, such words say no."""
    known = {column.index: _known(column, words) for column in columns if column.role != TAG}

    def silent(column: int, text: str) -> bool:
        return text.isspace() or (column in known and packed.silent(unguard(text), known[column]))

    return silent


def take_apart(
    op: Operation, cells: Cells, columns: Sequence[Column], words: Words, *, refusing: bool
) -> dict[int, str | None]:
    """Take the distinct tag cells apart into labels; the separator found for each column. Where it is
    `refusing`, labels that no tag answers to are not taken, but left for `refuse`."""
    passed_over = labels.ignored(op.store) if refusing else frozenset()
    refused: dict[int, str] = {}
    numbers: dict[str, int] = {}

    def accepted(cell: int, found: Sequence[str]) -> Sequence[str]:
        wanting = [one for one in found if words.tag(one) is None and identity(one) not in passed_over]
        if wanting:
            refused[cell] = ", ".join(wanting)
        return [one for one in found if one not in wanting]

    def pairs(batch: Iterable[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, int]]:
        split = [(cell, accepted(cell, found) if refusing else found) for cell, found in batch]
        new = [label for _cell, found in split for label in found if label not in numbers]
        numbers.update(labels.ensure(op, new, words.tag))
        return ((cell, numbers[label]) for cell, found in split for label in found)

    separators: dict[int, str | None] = {}
    for column in columns:
        met = [(cell, unguard(text)) for cell, text in cells.texts(column.index)]
        separators[column.index], split = _splitter(column, [text for _cell, text in met], words)
        for start in range(0, len(met), _CELLS):
            cells.put_labels(pairs((cell, split(text)) for cell, text in met[start : start + _CELLS]))
    if refusing:
        op.store.execute("DROP TABLE IF EXISTS temp.refused")
        op.store.execute("CREATE TEMP TABLE refused (cell INTEGER PRIMARY KEY, labels TEXT)")
        op.store.executemany("INSERT INTO temp.refused VALUES (?, ?)", refused.items())
    return separators


def refuse(
    stage: Stage, columns: Sequence[Column], rejects: Rejects, tally: Tally, *, strict: bool
) -> dict[int, str]:
    """Reject the cells with labels that `take_apart` refused, in all rows that hold them; where it is
    `strict`, these rows, which are taken out of the stage and returned."""
    store = stage.store
    reject = rejects.row if strict else rejects.cell
    for place, column in enumerate(columns):
        rows = store.execute(
            "SELECT s.line, c.text, r.labels FROM temp.stage s "
            f"CROSS JOIN temp.refused r ON r.cell = s.t{place} "
            "CROSS JOIN temp.cells c ON c.id = r.cell ORDER BY s.seq"
        )
        for line, text, names in rows:
            reason = _("no tag is called {labels}").format(labels=names)
            reject(line, column.header, UNKNOWN, reason, text)
            tally.bad[column.index] = tally.bad.get(column.index, 0) + 1
    if not (strict and columns):
        return {}
    held = (f"s.{column} IN (SELECT cell FROM temp.refused)" for column in stage.cell_columns())
    return staging.take(stage, Sql(" OR ".join(held)), UNKNOWN)


def _splitter(column: Column, texts: Sequence[str], words: Words) -> tuple[str | None, Split]:
    """The separator of a column and the function that gives the labels of its cells."""
    if column.role == TAG:
        return None, lambda text: [column.field] if mark(text) else []
    known, full = _known(column, words), _full(column, words)
    separator = column.format.separator or packed.separator(texts, known)
    own = packed.alone(texts, separator)
    return separator, lambda text: [full(label) for label in packed.split(text, separator, known, own)]


def _known(column: Column, words: Words) -> packed.Known:
    full = _full(column, words)
    return lambda label: words.tag(full(label)) is not None


def _full(column: Column, words: Words) -> Callable[[str], str]:
    """What makes the label that a cell of this column means."""
    return tagcolumns.qualified(column.field, words) if column.role == DIMENSION else str
