"""Which column of a file goes into which field, as what: guessed, overruled, fitted to the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tagctl.errors import Problem, UsageProblem
from tagctl.io import vocabulary
from tagctl.io.cells import currency_of
from tagctl.io.guard import unguard
from tagctl.io.headers import IGNORED, NO_FIELD, TAGS, ColumnGuess, preset_of, recognise, role_type
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.model import ASSIGNMENT_ROLES, CUSTOMER, CUSTOMER_ROLES, EVENT_ROLES, TAG_ROLES, Field
from tagctl.normalise import identity
from tagctl.store import catalog as stored
from tagctl.store import pairing
from tagctl.store.labels import Words
from tagctl.store.operations import Operation
from tagctl.workflows.importing import tagcolumns
from tagctl.workflows.importing.fitting import FIXED_TYPES, Column, fit
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.remembering import Recalled
from tagctl.workflows.importing.unclear import (
    MOST_FIELDS,
    key_unclear,
    nearest,
    time_unclear,
    too_many_columns,
)

NOTHING = Recalled()
StoredFields = Mapping[str, tuple[Field, ...]]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """All columns of a file by use. `identifier` is the role (phone, email) that the values of the key
    column are. `guessed`: nobody said that this column is the key. `currency`, one of `values`, says what
    the row's amounts are in. `preset`: the product whose export it is. `lines`: every row is a line
    of the event whose id the key column holds."""

    key: Column
    at: Column | None
    values: tuple[Column, ...]
    tags: tuple[Column, ...]
    ignored: tuple[Column, ...]
    identifier: str | None = None
    guessed: bool = False
    currency: Column | None = None
    preset: str | None = None
    notes: tuple[str, ...] = ()
    lines: bool = False

    @property
    def id(self) -> Column | None:
        """The column of an event's own id, which is one of `values`."""
        return next((column for column in self.values if column.role == "id"), None) if self.at else None

    def columns(self) -> tuple[Column, ...]:
        """All columns in the order of the file."""
        fixed = (self.key,) if self.at is None else (self.key, self.at)
        found = (*fixed, *self.values, *self.tags, *self.ignored)
        return tuple(sorted(found, key=lambda column: column.index))

    def as_used(self) -> list[tuple[str, str, str, str | None]]:
        """What goes where, as what: (header, field, type, role)."""
        return [(column.header, column.field, column.type, column.role) for column in self.columns()]


def decide(
    table: TableFile,
    subject: str,
    fields: StoredFields,
    options: ImportOptions,
    words: Words,
    recalled: Recalled = NOTHING,
) -> ColumnMapping:
    """The mapping of one file, `fields` being what is stored by subject, `words` telling which headers are
    tags and dimensions, `recalled` what was decided about earlier files of its feed; writes nothing.

    Raises UsageProblem where no key or time can be told, or a column of a named mapping is missing.
    """
    recalled.check(table, options)
    guesses = recognise(table.headers, table.sample, subject, pattern=options.date_format)
    preset = preset_of(table.headers, subject)
    known = fields.get(subject, ())
    columns = [
        Column(
            index,
            guess.header,
            guess.header,
            guess.type,
            guess.role,
            guess.format,
            examples=tuple(map(unguard, guess.examples)) if table.guarded else guess.examples,
        )
        for index, guess in enumerate(guesses)
    ]
    columns = _prefer_known_key(columns, known, fields.get(CUSTOMER, ()))
    columns = recalled.applied(columns)
    columns = overrule(columns, options)
    columns = _one_per_role(columns, subject)
    columns, remarks = tagcolumns.find(columns, table, words, known, options)
    key = _the(columns, "key")
    if key is None:
        raise UsageProblem(key_unclear(table, guesses, subject))
    at = None if subject == CUSTOMER else _the(columns, "at")
    if subject != CUSTOMER and at is None:
        raise UsageProblem(time_unclear(table, guesses))
    fitted, notes = fit(columns, known, options)
    fixed = {key.index} | ({at.index} if at else set())
    doubts = [note for c in fitted if c.role != IGNORED for note in guesses[c.index].notes]
    doubts += [note for c in fitted if c.type == "text" and not c.role for note in guesses[c.index].as_text]
    dotted = [c for c in fitted if c.type in ("number", "money") and not c.format.decimal_comma]
    doubts += [note for c in dotted if c.role != IGNORED for note in guesses[c.index].as_number]
    values = tuple(c for c in fitted if c.index not in fixed and c.role not in NO_FIELD)
    return ColumnMapping(
        key=fitted[key.index],
        at=fitted[at.index] if at else None,
        values=values,
        tags=tuple(c for c in fitted if c.role in TAG_ROLES),
        ignored=tuple(c for c in fitted if c.role == IGNORED),
        identifier=identifier_of(guesses[key.index]),
        guessed=not guesses[key.index].named and _is_guessed(key, known, options),
        currency=next((c for c in values if _is_currency(c, guesses[c.index])), None),
        preset=preset.name if preset else None,
        notes=(*_preset_notes(preset, fitted), *recalled.notes(table), *doubts, *remarks, *notes),
    )


def _preset_notes(preset: vocabulary.Preset | None, columns: Sequence[Column]) -> Iterator[str]:
    if preset is None:
        return
    yield _("Recognised as {preset}.").format(preset=preset.name)
    status = _the(list(columns), "status")
    if preset.paid and status is not None:
        yield _(
            "Of {header}, these mean paid: {statuses}. Name them in rules.yaml, under events, as purchases."
        ).format(header=status.header, statuses=" ".join(f"“{word}”" for word in preset.paid))


def create_fields(op: Operation, subject: str, mapping: ColumnMapping) -> ColumnMapping:
    """Add the fields that are not stored yet, and roles that stored ones are given; the mapping with
    all its columns in place. Raises UsageProblem where there are too many of them."""
    known = {identity(f.name): f for f in stored.read_fields(op.store).get(subject, ())}
    new = [column.field for column in mapping.columns() if column.new and column.role not in NO_FIELD]
    if len(known) + len(new) > MOST_FIELDS:
        raise UsageProblem(too_many_columns(len(new), len(known)))

    def placed(column: Column) -> Column:
        if column.new:
            added = stored.add_field(op, subject, column.field, column.type, column.role, refresh=False)
            return replace(column, column=added.column, new=False)
        if column.role is not None and known[identity(column.field)].role != column.role:
            stored.set_role(op, subject, column.field, column.role)
            if column.role == "id":
                pairing.name_by(op, subject, column.column)
        return column

    by_index = {c.index: placed(c) for c in mapping.columns() if c.role not in NO_FIELD}
    if new:
        stored.refresh_views(op.store)
    return replace(
        mapping,
        key=by_index[mapping.key.index],
        at=by_index[mapping.at.index] if mapping.at else None,
        values=tuple(by_index[column.index] for column in mapping.values),
    )


def check_headers(tables: Iterable[TableFile], options: ImportOptions) -> None:
    """Every header that the options name must be in one of the files. Raises UsageProblem."""
    there = {identity(header): header for table in tables for header in table.headers}
    problems = []
    for header in options.headers():
        if identity(header) not in there:
            problems.append(
                Problem(
                    "unknown-column",
                    _("There is no column “{name}”.").format(name=header),
                    nearest(header, tuple(there.values())),
                )
            )
    for header, (role, _type) in options.map.items():
        if role is not None and role not in (*CUSTOMER_ROLES, *EVENT_ROLES, *ASSIGNMENT_ROLES, *NO_FIELD):
            problems.append(
                Problem(
                    "unknown-role",
                    _("“{role}” (given for {header}) is not a role.").format(role=role, header=header),
                    _("The roles are: {names}").format(
                        names=", ".join(dict.fromkeys((*CUSTOMER_ROLES, *EVENT_ROLES, *TAG_ROLES)))
                    ),
                )
            )
    if problems:
        raise UsageProblem(problems)


# ── roles ────────────────────────────────────────────────────────────────────────────────────────


def _prefer_known_key(
    columns: list[Column], known: Sequence[Field], customers: Sequence[Field]
) -> list[Column]:
    """A column called like the key (or the time) of earlier files is that, whatever was guessed."""
    names = {identity(f.name): f.role for f in known if f.role in ("key", "at")}
    if "key" not in names.values():
        names |= {identity(f.name): "key" for f in customers if f.role == "key"}
    for column in columns:
        role = names.get(identity(column.header))
        if role is not None:
            columns = _with_role(columns, column.index, role)
    return columns


def overrule(columns: list[Column], options: ImportOptions) -> list[Column]:
    """The columns with the roles, types and decimal sign that the options give them."""
    given: dict[str, str | None] = {}
    for header, (role, _type) in options.map.items():
        if role is not None:
            given[identity(header)] = role
    given |= {identity(header): TAGS for header in options.tags}
    given |= {identity(header): IGNORED for header in options.ignore}
    named = options.match[0] if options.match else options.key
    if named is not None:
        given[identity(named)] = "key"
    if options.id is not None:
        given[identity(options.id)] = "id"
    for column in list(columns):
        role = given.get(identity(column.header))
        if role is not None:
            columns = _with_role(columns, column.index, role)
    types = {
        identity(header): kind or role_type(role)
        for header, (role, kind) in options.map.items()
        if kind or role_type(role)
    }
    typed = {identity(header) for header, (role, kind) in options.map.items() if kind and role is None}
    return [
        replace(
            c,
            type=types.get(identity(c.header)) or c.type,
            role=None if identity(c.header) in typed and c.role in NO_FIELD else c.role,
            format=replace(c.format, decimal_comma=c.format.decimal_comma or options.decimal_comma),
        )
        for c in columns
    ]


def _with_role(columns: list[Column], index: int, role: str) -> list[Column]:
    """This column has the role now; no other one keeps it, unless several may."""
    if role not in NO_FIELD:
        columns = [replace(c, role=None) if c.role == role and c.index != index else c for c in columns]
    columns[index] = replace(columns[index], role=role)
    return columns


def _one_per_role(columns: list[Column], subject: str) -> list[Column]:
    """Roles of this subject only, each once: the first column keeps it."""
    allowed = CUSTOMER_ROLES if subject == CUSTOMER else EVENT_ROLES
    taken: set[str] = set()
    found = []
    for column in columns:
        role = column.role
        if role not in (None, *NO_FIELD) and (role not in allowed or role in taken):
            column = replace(column, role=None)
        elif role is not None:
            taken.add(role)
        if column.role in FIXED_TYPES:
            column = replace(column, type=FIXED_TYPES[column.role])
        found.append(column)
    return found


def _the(columns: list[Column], role: str) -> Column | None:
    return next((column for column in columns if column.role == role), None)


def _is_guessed(key: Column, known: Sequence[Field], options: ImportOptions) -> bool:
    said = [header for header, (role, _type) in options.map.items() if role == "key"]
    said += [field.name for field in known if field.role == "key"]
    return options.key is None and identity(key.header) not in {identity(header) for header in said}


def _is_currency(column: Column, guess: ColumnGuess) -> bool:
    named = [text for text in guess.examples if text.strip()]
    return bool(named) and vocabulary.is_currency(column.header) and all(map(currency_of, named))


def identifier_of(key: ColumnGuess) -> str | None:
    """The identifier of customers (phone, email) that an event's key column holds, by cells or header."""
    form = vocabulary.form(key.header)
    by_header = (role for role in ("phone", "email") if form in vocabulary.roles(CUSTOMER).get(role, {}))
    return key.identifier or next(by_header, None)
