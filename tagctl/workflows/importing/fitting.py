"""The field of every column: a stored one by role or name, else a new one with a free name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tagctl.io.cells import PLAIN, CellFormat
from tagctl.io.headers import NO_FIELD
from tagctl.messages import _
from tagctl.model import Field, Type
from tagctl.normalise import identity
from tagctl.store import catalog as stored
from tagctl.workflows.importing.options import ImportOptions

FIXED_TYPES: dict[str, Type] = {"key": "text", "id": "text", "at": "datetime"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file and the field it goes to. `column` is where the field is stored; `new`: not yet."""

    index: int
    header: str
    field: str
    type: Type
    role: str | None = None
    format: CellFormat = PLAIN
    column: str = ""
    new: bool = False
    examples: tuple[str, ...] = ()


def fit(
    columns: list[Column], known: Sequence[Field], options: ImportOptions
) -> tuple[list[Column], list[str]]:
    """Give every column its field: by the roles that are ours, by name, by role; else a new one."""
    by_name = {identity(f.name): f for f in known}
    by_role = {f.role: f for f in known if f.role is not None}
    declared = {identity(name): kind for name, kind in options.types.items()}
    explicit = {identity(h) for h, (role, _type) in options.map.items() if role}
    taken: dict[str, int] = {}  # identity of a field → the column that goes there
    fields: dict[int, Field] = {}

    def take(column: Column, field: Field | None) -> None:
        if field is not None and column.index not in fields and identity(field.name) not in taken:
            fields[column.index] = field
            taken[identity(field.name)] = column.index

    used = [c for c in columns if c.role not in NO_FIELD]
    for column in used:
        if column.role in ("key", "at") or identity(column.header) in explicit:
            take(column, by_role.get(column.role or ""))
    for column in used:
        found = by_name.get(identity(column.header))
        # The key's and the time's own columns take nothing else.
        if found is None or found.role not in ("key", "at") or column.role == found.role:
            take(column, found)
    for column in used:
        if column.role is not None:
            take(column, by_role.get(column.role))

    headers = Counter(identity(column.header) for column in used)
    notes: list[str] = []
    fitted = list(columns)
    for column in used:
        field = fields.get(column.index)
        if field is not None:
            fitted[column.index] = _into(column, field, by_role, notes)
            continue
        own = identity(column.header)
        headers[own] -= 1
        name = _free_name(column.header, lambda name: name in by_name or name in taken or headers[name] > 0)
        headers[own] += 1
        taken[identity(name)] = column.index
        if name != column.header:
            notes.append(_("{header} is stored as field {name}.").format(header=column.header, name=name))
        kind = declared.get(identity(name)) or declared.get(column.role or "") or column.type
        if column.role in FIXED_TYPES:
            kind = FIXED_TYPES[column.role]
        role = None if column.role in by_role else column.role
        fitted[column.index] = replace(column, field=name, type=kind, role=role, new=True)
    return fitted, notes


def _into(column: Column, field: Field, by_role: dict[str, Field], notes: list[str]) -> Column:
    """The column as it goes into a stored field: of the field's type, and role where it has one."""
    if identity(field.name) != identity(column.header):
        notes.append(
            _("{header} goes into field {name}, which has the same role.").format(
                header=column.header, name=field.name
            )
        )
    if field.type != column.type and column.type != "text":
        notes.append(
            _("{header} looks like {guess} and is read as {stored}, the type of the field.").format(
                header=column.header, guess=column.type, stored=field.type
            )
        )
    role = field.role
    if role is None and column.role is not None and column.role not in by_role:
        role = column.role
    return replace(column, field=field.name, type=field.type, role=role, column=field.column)


def _free_name(header: str, taken: Callable[[str], bool]) -> str:
    """A name for a new field: the header, without our own prefix, and not one that is taken."""
    name = header
    while identity(name).startswith(stored.INTERNAL):
        name = name.strip()[len(stored.INTERNAL) :].strip() or "column"
    free, number = name, 2
    while taken(identity(free)):
        free, number = f"{name} {number}", number + 1
    return free
