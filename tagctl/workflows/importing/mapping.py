"""Which column of a file goes into which field, as what: guessed, overruled, fitted to the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tagctl.errors import Problem, UsageProblem
from tagctl.io import vocabulary
from tagctl.io.cells import currency_of
from tagctl.io.guard import unguard
from tagctl.io.headers import IGNORED, TAGS, ColumnGuess, preset_of, recognise, role_type
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.model import CUSTOMER, CUSTOMER_ROLES, EVENT_ROLES, Field
from tagctl.normalise import identity
from tagctl.store import catalog as stored
from tagctl.store.operations import Operation
from tagctl.workflows.importing.fitting import FIXED_TYPES, Column, fit
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.remembering import Recalled

NOTHING = Recalled()
_MOST_FIELDS = 1900  # SQLite takes 2000 columns in a table, ours among them

StoredFields = Mapping[str, tuple[Field, ...]]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """All columns of a file by use. `identifier` is the role (phone, email) that the values of the key
    column are. `guessed`: nobody said that this column is the key. `currency`, one of `values`, says what
    the row's amounts are in. `preset`: the product whose export it is."""

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
    table: TableFile, subject: str, fields: StoredFields, options: ImportOptions, recalled: Recalled = NOTHING
) -> ColumnMapping:
    """The mapping of one file, `fields` being what is stored by subject, `recalled` what was decided about
    earlier files of its feed; writes nothing.

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
    columns = _overrule(columns, options)
    columns = _one_per_role(columns, subject)
    key = _the(columns, "key")
    if key is None:
        raise UsageProblem(_no_key(table, guesses, subject))
    at = None if subject == CUSTOMER else _the(columns, "at")
    if subject != CUSTOMER and at is None:
        raise UsageProblem(_no_time(table, guesses))
    fitted, notes = fit(columns, known, options)
    fixed = {key.index} | ({at.index} if at else set())
    doubts = (note for c in fitted if c.role != IGNORED for note in guesses[c.index].notes)
    values = tuple(c for c in fitted if c.index not in fixed and c.role not in (TAGS, IGNORED))
    return ColumnMapping(
        key=fitted[key.index],
        at=fitted[at.index] if at else None,
        values=values,
        tags=tuple(c for c in fitted if c.role == TAGS),
        ignored=tuple(c for c in fitted if c.role == IGNORED),
        identifier=_identifier(guesses[key.index]),
        guessed=not guesses[key.index].named and _is_guessed(key, known, options),
        currency=next((c for c in values if _is_currency(c, guesses[c.index])), None),
        preset=preset.name if preset else None,
        notes=(*_preset_notes(preset, fitted), *recalled.notes(table), *doubts, *notes),
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
    new = [column.field for column in mapping.columns() if column.new and column.role not in (TAGS, IGNORED)]
    if len(known) + len(new) > _MOST_FIELDS:
        raise UsageProblem(_too_many(len(new), len(known)))

    def placed(column: Column) -> Column:
        if column.new:
            added = stored.add_field(op, subject, column.field, column.type, column.role, refresh=False)
            return replace(column, column=added.column, new=False)
        if column.role is not None and known[identity(column.field)].role != column.role:
            stored.set_role(op, subject, column.field, column.role)
        return column

    by_index = {c.index: placed(c) for c in mapping.columns() if c.role not in (TAGS, IGNORED)}
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
                    _advice(header, tuple(there.values())),
                )
            )
    for header, (role, _type) in options.map.items():
        if role is not None and role not in (*CUSTOMER_ROLES, *EVENT_ROLES, TAGS, IGNORED):
            problems.append(
                Problem(
                    "unknown-role",
                    _("“{role}” (given for {header}) is not a role.").format(role=role, header=header),
                    _("The roles are: {names}").format(
                        names=", ".join(dict.fromkeys((*CUSTOMER_ROLES, *EVENT_ROLES, TAGS)))
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


def _overrule(columns: list[Column], options: ImportOptions) -> list[Column]:
    given: dict[str, str | None] = {}
    for header, (role, _type) in options.map.items():
        if role is not None:
            given[identity(header)] = role
    given |= {identity(header): TAGS for header in options.tags}
    given |= {identity(header): IGNORED for header in options.ignore}
    named = options.match[0] if options.match else options.key
    if named is not None:
        given[identity(named)] = "key"
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
            role=None if identity(c.header) in typed and c.role in (TAGS, IGNORED) else c.role,
        )
        for c in columns
    ]


def _with_role(columns: list[Column], index: int, role: str) -> list[Column]:
    """This column has the role now; no other one keeps it, unless several may."""
    if role not in (TAGS, IGNORED):
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
        if role not in (None, TAGS, IGNORED) and (role not in allowed or role in taken):
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


def _identifier(key: ColumnGuess) -> str | None:
    """The identifier of customers (phone, email) that an event's key column holds, by cells or header."""
    form = vocabulary.form(key.header)
    by_header = (role for role in ("phone", "email") if form in vocabulary.roles(CUSTOMER).get(role, {}))
    return key.identifier or next(by_header, None)


# ── problems ─────────────────────────────────────────────────────────────────────────────────────


def _no_key(table: TableFile, guesses: Sequence[ColumnGuess], subject: str) -> Problem:
    if table.count == table.blank:
        return Problem(
            "no-rows",
            _("There are headers, and no row below them."),
            _("Export the file again; where another row holds the headers, name it with --header-row."),
            table.location(table.header_row),
        )
    known = vocabulary.roles(CUSTOMER if subject == CUSTOMER else "event").get("key", {})
    named = [g for g in guesses if vocabulary.form(g.header) in known and g.filled]
    named += [g for g in guesses if g.role in ("phone", "email") and g.filled]
    if named:
        best = named[0]
        unique = [g.header for g in guesses if g.unique]
        found = no_key(table, best.header, (best.filled, best.rows, best.distinct), unique)
        return replace(found, what=" ".join([found.what, *best.notes]))
    return no_key(table, None, None, [g.header for g in guesses if g.unique])


def no_key(
    table: TableFile, header: str | None, counts: tuple[int, int, int] | None, candidates: Sequence[str] = ()
) -> Problem:
    """A file without a sure key. `header` looked like one; `counts` are its filled, rows, distinct."""
    what = _("It is not clear which column identifies the customer.")
    if header is not None and counts is not None:
        what = _(
            "{header} does not identify the customers: {filled} of {rows} rows have it, {distinct} differ."
        ).format(header=header, filled=counts[0], rows=counts[1], distinct=counts[2])
        candidates = [header, *candidates]
    names = list(dict.fromkeys(candidates or table.headers))[:8]
    return Problem(
        "no-key",
        what,
        _("Name the column with --key; rows with the same key are united. Columns: {names}").format(
            names=", ".join(names)
        ),
        table.location(table.header_row),
    )


def _too_many(new: int, known: int) -> Problem:
    return Problem(
        "too-many-columns",
        _("{new} new columns besides the {known} that there are: more than {most} cannot be kept.").format(
            new=new, known=known, most=_MOST_FIELDS
        ),
        _("Leave columns out with --ignore, or remove them from the file."),
    )


def _no_time(table: TableFile, guesses: Sequence[ColumnGuess]) -> Problem:
    doubts = (note for guess in guesses if vocabulary.says(guess.header, "date") for note in guess.notes)
    return Problem(
        "no-time",
        " ".join([_("It is not clear which column says when it happened."), *doubts]),
        _("Name it with --map HEADER=at. The columns are: {names}").format(
            names=", ".join(table.headers[:20])
        ),
        table.location(table.header_row),
    )


def _advice(header: str, headers: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(header, headers, n=1)
    if near:
        return _("Did you mean “{name}”?").format(name=near[0])
    return _("The columns are: {names}").format(names=", ".join(headers[:20]))
