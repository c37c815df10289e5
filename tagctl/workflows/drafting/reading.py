"""The labels in files: which columns hold them, what each cell says, and who has what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tagctl.errors import Problem, UsageProblem
from tagctl.io import packed
from tagctl.io.cells import FALSE, TRUE
from tagctl.io.guard import unguard
from tagctl.io.headers import TAGS, ColumnGuess, recognise
from tagctl.io.nothing import NULLS
from tagctl.io.registry import open_table
from tagctl.io.table import AS_FOUND, Opening, TableFile
from tagctl.io.totals import aside
from tagctl.io.vocabulary import preset
from tagctl.labels import lexicon
from tagctl.labels.proposing import Column, Label
from tagctl.messages import _
from tagctl.model import CUSTOMER, Catalog, EventType, Field, Taxonomy
from tagctl.normalise import fold, identity, nameable
from tagctl.record import record
from tagctl.rules.problems import meant

_MOST_VALUES = 40  # distinct values of a column whose cells are the tags of one dimension
_YES = TRUE | {"x", "✓", "√"}
_ORDERS = ("amount", "product")

Cells = dict[int, dict[str, set[str]]]  # by column and text: keys of customers


@record
class File:
    """An opened file, taken for customers (no event type) or events; `columns` are those with labels."""

    table: TableFile
    event_type: str | None
    guesses: tuple[ColumnGuess, ...]
    columns: dict[int, Column]
    flags: dict[int, str]  # columns whose header is the label, by index

    @property
    def key(self) -> int | None:
        """The index of the column that names the customer."""
        return next((i for i, guess in enumerate(self.guesses) if guess.role == "key"), None)


@dataclass(slots=True)
class _Found:
    column: Column
    spellings: Counter[str] = field(default_factory=Counter)
    customers: set[str] = field(default_factory=set)


@record
class Labels:
    """Labels by identity, those that cannot be a name, and (rows, labels) of each file."""

    labels: tuple[Label, ...]
    left_out: tuple[str, ...]
    counts: tuple[tuple[int, int], ...]


# ── which file is what ───────────────────────────────────────────────────────────────────────────


def open_file(
    path: Path,
    taxonomy: Taxonomy,
    tags: Sequence[str] = (),
    key: str | None = None,
    opening: Opening = AS_FOUND,
) -> File:
    """Open a file and tell what it holds; `tags` are headers of columns with labels, `key` is that of the
    column that names customers. Raises UsageProblem and DataError as an import would."""
    table = open_table(path, **opening._asdict())
    file = table.path.name
    as_customers = _keyed(recognise(table.headers, table.sample, CUSTOMER), key)
    as_events = _keyed(recognise(table.headers, table.sample, "order"), key)
    events = _are_events(table, as_customers, as_events)
    guesses = as_events if events else as_customers
    named = {identity(header) for header in tags}
    columns: dict[int, Column] = {}
    flags: dict[int, str] = {}
    for index, guess in enumerate(guesses):
        if guess.role == TAGS or identity(guess.header) in named:
            columns[index] = Column(file, guess.header)
        elif guess.role is None and _is_dimension(guess, taxonomy):
            columns[index] = Column(file, guess.header, whole=True)
        elif guess.role is None and _is_label(guess.header, taxonomy) and _is_flag(table, index):
            flags[index] = guess.header
    event_type = _event_type(table.path, guesses) if events else None
    return File(table, event_type, guesses, columns, flags)


def _keyed(guesses: Sequence[ColumnGuess], key: str | None) -> tuple[ColumnGuess, ...]:
    """The guesses, the key being the column of this header where the file has it."""
    named = identity(key or "")
    if not named or named not in {identity(guess.header) for guess in guesses}:
        return tuple(guesses)
    others = (replace(guess, role=None) if guess.role == "key" else guess for guess in guesses)
    return tuple(replace(one, role="key") if identity(one.header) == named else one for one in others)


def _are_events(
    table: TableFile, as_customers: Sequence[ColumnGuess], as_events: Sequence[ColumnGuess]
) -> bool:
    """A known export says what it is. Else events have a time, and what only orders have or no customer of
    their own in each row."""
    if preset(table.headers, CUSTOMER) is not None:
        return False
    if preset(table.headers, "event") is not None:
        return True
    roles = {guess.role for guess in as_events}
    if "at" not in roles or "key" not in roles:
        return False
    persons = {guess.role for guess in as_customers}
    if "key" not in persons:
        return True
    named = any(guess.role == "id" and len(guess.header.strip()) > 2 for guess in as_events)  # not just ID
    return named or (not roles.isdisjoint(_ORDERS) and persons.isdisjoint(("name", "phone", TAGS)))


def _event_type(path: Path, guesses: Sequence[ColumnGuess]) -> str:
    named = lexicon.event_type(path.stem)
    if named != "order" or any(guess.role in _ORDERS for guess in guesses):
        return named
    at = next(guess.header for guess in guesses if guess.role == "at")
    return lexicon.event_type(at)


def _is_dimension(guess: ColumnGuess, taxonomy: Taxonomy) -> bool:
    """Whether each cell is a tag of the dimension that the header names: few short words, many rows."""
    named = identity(guess.header) in {identity(name) for name in taxonomy.dimensions}
    if not named and lexicon.of_header(guess.header) is None:
        return False
    repeated = guess.distinct < guess.filled or guess.filled <= 5
    return guess.type == "text" and 0 < guess.distinct <= _MOST_VALUES and repeated


def _is_label(header: str, taxonomy: Taxonomy) -> bool:
    return identity(header) in taxonomy.names or lexicon.of_label(header) is not None


def _is_flag(table: TableFile, index: int) -> bool:
    """Whether the cells say yes or no, and one of them yes."""
    said = {fold(row.texts[index]) for row in table.sample if row.error is None} - {""}
    return bool(said & _YES) and said <= _YES | FALSE | NULLS


def refuse_unknown(tags: Sequence[str], files: Sequence[File]) -> None:
    """UsageProblem for headers that no file has."""
    there = [guess.header for file in files for guess in file.guesses]
    known = {identity(header) for header in there}
    problems = [
        Problem("unknown-column", _("There is no column “{name}”.").format(name=header), meant(header, there))
        for header in tags
        if identity(header) not in known
    ]
    if problems:
        raise UsageProblem(problems)


def catalog(files: Sequence[File]) -> Catalog:
    """What the database will know once the files are imported."""
    fields: dict[str, Field] = {}
    events: dict[str, dict[str, Field]] = {}
    for file in files:
        into = fields if file.event_type is None else events.setdefault(file.event_type, {})
        for index, guess in enumerate(file.guesses):
            if index not in file.columns and guess.role != "ignored":
                into.setdefault(identity(guess.header), Field(guess.header, guess.type, guess.role))
    types = (EventType(name, tuple(columns.values())) for name, columns in events.items())
    return Catalog(tuple(fields.values()), tuple(types))


# ── the labels ───────────────────────────────────────────────────────────────────────────────────


def read(files: Sequence[File], taxonomy: Taxonomy) -> Labels:
    """All labels of the files. Their cells are taken apart as an import does that knows the proposals."""
    found: dict[tuple[str, str], _Found] = {}
    left_out: dict[str, None] = {}
    counts = []
    for number, file in enumerate(files):
        count = 0
        rows, cells = _cells(file, number)
        for column, label, customers in _labels(file, cells, taxonomy):
            if not nameable(label):
                left_out[label] = None
                continue
            count += len(customers)
            place = identity(column.header) if column.whole else ""
            one = found.setdefault((place, identity(label)), _Found(column))
            one.spellings[label] += len(customers)
            one.customers |= customers
        counts.append((rows, count))
    return Labels(
        tuple(
            Label(
                tuple(text for text, _count in sorted(one.spellings.items(), key=lambda s: (-s[1], s[0]))),
                frozenset(one.customers),
                one.column,
            )
            for one in found.values()
        ),
        tuple(left_out),
        tuple(counts),
    )


def _cells(file: File, number: int) -> tuple[int, Cells]:
    """How many rows the file has, and who has each distinct cell of the columns with labels."""
    cells: Cells = {index: {} for index in (*file.columns, *file.flags)}
    rows = 0
    for key, texts in _rows(file, number):
        rows += 1
        for index, of_column in cells.items():
            text = texts[index]
            if text and not text.isspace():
                of_column.setdefault(text, set()).add(key)
    return rows, cells


def _labels(file: File, cells: Cells, taxonomy: Taxonomy) -> Iterator[tuple[Column, str, set[str]]]:
    """(column, label, keys of those who have it), per distinct cell."""
    for index, header in file.flags.items():
        holders = [keys for text, keys in cells[index].items() if fold(text) in _YES]
        yield Column(file.table.path.name, ""), header, set().union(*holders)
    for index, column in file.columns.items():
        separator = file.guesses[index].format.separator  # of a product's export that is known
        for text, labels in _taken_apart(list(cells[index]), taxonomy, separator).items():
            for label in labels:
                yield column, label, cells[index][text]


def _rows(file: File, number: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Key and cells of the rows that an import takes; without a key column, each row is somebody."""
    for row in file.table.rows():
        if row.error is not None:
            continue
        if file.key is None:
            yield f"{number}:{row.number}", row.texts
            continue
        key = unguard(row.texts[file.key]).strip()
        if key and not aside(row.texts, key):
            yield key, row.texts


def _taken_apart(cells: Sequence[str], taxonomy: Taxonomy, separator: str | None) -> dict[str, list[str]]:
    """The labels of each distinct cell of a column. Parts are split further where one of their pieces is
    known, or stands by itself elsewhere in the column: people mix separators. A line end always parts."""
    texts = {cell: unguard(cell) for cell in cells}

    def known(label: str) -> bool:
        return identity(label) in taxonomy.names or lexicon.of_label(label) is not None

    separator = separator or packed.separator(texts.values(), known)
    own = packed.alone(texts.values(), separator)

    def pieces(label: str) -> list[str]:
        if '"' in label or identity(label) in taxonomy.names:
            return [label]
        found = packed.pieces(label)
        apart = not nameable(label) or any(identity(piece) in own or known(piece) for piece in found)
        return found if apart else [label]

    return {
        cell: [piece for label in packed.split(text, separator, known, own) for piece in pieces(label)]
        for cell, text in texts.items()
    }
