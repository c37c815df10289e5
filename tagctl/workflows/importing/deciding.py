"""Which column of a file is what: of assignments by their roles, of customers and events by their fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tagctl.errors import Problem, UsageProblem
from tagctl.io import vocabulary
from tagctl.io.guard import unguard
from tagctl.io.headers import IGNORED, TAGS, ColumnGuess, recognise
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.model import ASSIGNMENT, ASSIGNMENT_ROLES, CUSTOMER, Type
from tagctl.normalise import identity
from tagctl.store.labels import Words
from tagctl.workflows.importing import lining, mapping
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.mapping import NOTHING, ColumnMapping, StoredFields
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.remembering import Recalled
from tagctl.workflows.importing.unclear import key_unclear, nearest

_OURS = frozenset({"customer", "tag", "source", "gained_at"})  # headers of `export assignments`


def decide(
    table: TableFile,
    subject: str,
    fields: StoredFields,
    options: ImportOptions,
    words: Words,
    recalled: Recalled = NOTHING,
) -> ColumnMapping:
    """The mapping of one file, as `mapping.decide` gives it; of assignments the values are the columns of
    tag, dimension, source and time, which have no fields."""
    lines = lining.decide(table, subject, fields, options) if subject not in (ASSIGNMENT, CUSTOMER) else None
    if lines is not None:
        return lines
    if subject != ASSIGNMENT:
        return mapping.decide(table, subject, fields, options, words, recalled)
    recalled.check(table, options)
    guesses = recognise(table.headers, table.sample, subject, pattern=options.date_format)
    roles = _roles(table.headers, guesses)
    columns = [
        Column(
            index,
            guess.header,
            "",
            guess.type,
            roles.get(index),
            guess.format,
            examples=tuple(map(unguard, guess.examples)) if table.guarded else guess.examples,
        )
        for index, guess in enumerate(guesses)
    ]
    columns = mapping.overrule(recalled.applied(columns), options)
    said = {identity(header) for header in options.headers()}
    chosen = {role: _one(columns, role, said) for role in ASSIGNMENT_ROLES}
    key, tag = chosen["key"], chosen["tags"]
    if key is None:
        raise UsageProblem(key_unclear(table, guesses, subject))
    if tag is None:
        raise UsageProblem(_no_tag(table))
    used = {column.index for column in chosen.values() if column is not None}
    values = (chosen[role] for role in ASSIGNMENT_ROLES if role != "key")
    return ColumnMapping(
        key=_typed(key),
        at=None,
        values=tuple(_typed(column) for column in values if column is not None),
        tags=(),
        ignored=tuple(replace(c, role=IGNORED) for c in columns if c.index not in used),
        identifier=mapping.identifier_of(guesses[key.index]),
        notes=tuple(recalled.notes(table)),
    )


def _roles(headers: Sequence[str], guesses: Sequence[ColumnGuess]) -> dict[int, str]:
    """Column index → role, by header; the key also by cells."""
    found: dict[int, str] = {}
    if set(headers) >= _OURS:
        found[headers.index("customer")] = "key"  # whatever keys look like
    else:
        found |= {index: "key" for index, guess in enumerate(guesses) if guess.role == "key"}
    for role, ranks in vocabulary.roles(ASSIGNMENT).items():
        forms = ((ranks.get(vocabulary.form(header)), index) for index, header in enumerate(headers))
        ranked = sorted((rank, index) for rank, index in forms if rank is not None and index not in found)
        if ranked:
            found[ranked[0][1]] = role
    if TAGS not in found.values():
        found |= {i: TAGS for i, g in enumerate(guesses) if g.role == TAGS and i not in found}
    return found


def _one(columns: Sequence[Column], role: str, said: set[str]) -> Column | None:
    """The column with this role; of several the one that somebody named."""
    found = [column for column in columns if column.role == role]
    return next((c for c in found if identity(c.header) in said), found[0] if found else None)


def _typed(column: Column) -> Column:
    type_: Type = "datetime" if column.role == "at" else "text"
    return replace(column, type=type_)


def _no_tag(table: TableFile) -> Problem:
    return Problem(
        "needs-tags",
        _("It is not clear which column names the tag."),
        _("Name it with --tags HEADER.") + "\n" + nearest("tag", table.headers),
        table.location(table.header_row),
    )
