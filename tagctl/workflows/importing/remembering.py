"""What was decided about the columns of a feed's files, kept for the next of them, under a name or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tagctl.errors import Problem, UsageProblem
from tagctl.io import vocabulary
from tagctl.io.headers import IGNORED, NO_FIELD, REJECT_HEADERS
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.model import Type
from tagctl.normalise import identity
from tagctl.store import feeds
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.options import ImportOptions

_FORMAT = ("day_first", "percent", "decimal_comma")


@dataclass(frozen=True, slots=True)
class Kept:
    """One column as it was taken. `said`: a person said what it is; `filled`: it had cells to tell it by."""

    header: str
    role: str | None
    type: Type
    format: Mapping[str, bool]
    said: bool = False
    filled: bool = True

    @property
    def needed(self) -> bool:
        """Whether a file without this column cannot go the same way."""
        return self.role != IGNORED and (self.role is not None or self.said)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known of files that come in through a feed, by identity of headers; of a new feed nothing.

    `named` holds the name by which the user asked for it, `reading` what was said about all cells.
    """

    feed: int | None = None
    named: str | None = None
    columns: Mapping[str, Kept] = field(default_factory=dict)
    reading: Mapping[str, str] = field(default_factory=dict)

    def completed(self, options: ImportOptions) -> ImportOptions:
        """The options, completed by what was said about the cells of earlier files."""
        return replace(
            options,
            currency=options.currency or self.reading.get("currency"),
            timezone=options.timezone or self.reading.get("timezone"),
            date_format=options.date_format or self.reading.get("date_format"),
        )

    def applied(self, columns: Sequence[Column]) -> list[Column]:
        """The columns as they were taken before; those that are new keep no role that a known one has."""
        known = {c.index: kept for c in columns if (kept := self._known(c.header)) is not None}
        taken = {kept.role for kept in known.values()} - {None, *NO_FIELD}
        return [
            _as_kept(column, known[column.index])
            if column.index in known
            else replace(column, role=None if column.role in taken else column.role)
            for column in columns
        ]

    def check(self, table: TableFile, options: ImportOptions) -> None:
        """Raises UsageProblem with every column that the named mapping needs and the file does not have."""
        there = {identity(header) for header in table.headers}
        given = {role for role, _type in options.map.values()} | ({"key"} if options.key else set())
        new = [header for header in table.headers if identity(header) not in self.columns]
        problems = [
            _missing(table, self.named or "", kept, new or table.headers)
            for header, kept in self.columns.items()
            if self.named
            and kept.needed
            and header not in there
            and (not kept.role or kept.role not in given)
        ]
        if problems:
            raise UsageProblem(problems)

    def notes(self, table: TableFile) -> list[str]:
        """What of this file differs from the named mapping."""
        if not self.named or not self.columns:
            return []
        there = {identity(header) for header in table.headers}
        new = [h for h in table.headers if identity(h) not in self.columns and h not in REJECT_HEADERS]
        gone = [kept.header for header, kept in self.columns.items() if header not in there]
        found = []
        if new:
            found.append(_("Columns that the mapping did not have: {names}.").format(names=", ".join(new)))
        if gone:
            found.append(
                _("Columns of the mapping that this file lacks: {names}.").format(names=", ".join(gone))
            )
        return found

    def learned(self, columns: Iterable[Column], options: ImportOptions) -> dict[str, Any]:
        """What to keep, as JSON, after a file whose columns were taken so."""
        said = {identity(header) for header in options.headers()}
        kept = dict(self.columns)
        for column in columns:
            own = identity(column.header)
            if column.header not in REJECT_HEADERS:
                before = kept.get(own)
                kept[own] = Kept(
                    column.header,
                    column.role,
                    column.type,
                    {name: value for name in _FORMAT if (value := getattr(column.format, name)) is not None},
                    said=own in said or (before is not None and before.said),
                    filled=bool(column.examples) or (before is not None and before.filled),
                )
        reading = {name: value for name in feeds.READING if (value := getattr(options, name))}
        return {"columns": [_packed(one) for one in kept.values()], **reading}

    def _known(self, header: str) -> Kept | None:
        kept = self.columns.get(identity(header))
        return kept if kept is not None and (kept.said or kept.filled) else None


def recall(store: Store, subject: str, headers: Iterable[str], options: ImportOptions) -> Recalled:
    """What is known of files with these headers, or of the mapping that the options name.

    Raises UsageProblem where there is no such mapping, or where it is one of other things.
    """
    asked = options.mapping or options.save_mapping
    found = feeds.named(store, asked) if asked else None
    if found is None and options.mapping:
        raise UsageProblem(_unknown(options.mapping, feeds.names(store, subject)))
    if found is not None and found[1] != subject:
        raise UsageProblem(
            Problem(
                "other-mapping",
                _("The mapping {name} is for {subject}.").format(name=asked, subject=found[1]),
                _("See: tagctl import mappings"),
            )
        )
    feed = found[0] if found is not None else feeds.find(store, subject, headers)
    if feed is None:
        return Recalled()
    stored = feeds.mapping(store, feed)
    columns = [_unpacked(entry) for entry in stored.get("columns", ())]
    return Recalled(
        feed,
        asked if found is not None else None,
        {identity(column.header): column for column in columns},
        {name: stored[name] for name in feeds.READING if name in stored},
    )


def kin_notes(op: Operation, subject: str, headers: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """What to say of the first file of a feed that looks like the next one of another feed: that has the
    `needed` columns, too."""
    found = feeds.kin(op.store, subject, headers, needed)
    if found is None:
        return ()
    note = _(
        "Files with these headers are new; {file} is alike but for: {names}. So what that file had and this"
        " one lacks (tags, customers) stays. If this is the next {file}: tagctl undo {number}, import {file}"
        " again with --save-mapping NAME, then this one with --mapping NAME."
    )
    return (note.format(file=found[0], names=", ".join(found[1]), number=op.number),)


def _as_kept(column: Column, kept: Kept) -> Column:
    """The column with what was decided; how its own cells are written counts where they tell."""
    first = column.format.day_first
    format = replace(
        column.format,
        day_first=kept.format.get("day_first") if first is None else first,
        percent=column.format.percent or bool(kept.format.get("percent")),
        decimal_comma=column.format.decimal_comma or bool(kept.format.get("decimal_comma")),
    )
    return replace(column, role=kept.role, type=kept.type, format=format)


def _packed(kept: Kept) -> dict[str, Any]:
    entry: dict[str, Any] = {"header": kept.header, "role": kept.role, "type": kept.type}
    entry |= {name: value for name, value in kept.format.items() if value or name == "day_first"}
    return entry | ({"said": True} if kept.said else {}) | ({} if kept.filled else {"filled": False})


def _unpacked(entry: Mapping[str, Any]) -> Kept:
    return Kept(
        entry["header"],
        entry["role"],
        entry["type"],
        {name: entry[name] for name in _FORMAT if name in entry},
        said=entry.get("said", False),
        filled=entry.get("filled", True),
    )


def _missing(table: TableFile, name: str, kept: Kept, headers: Sequence[str]) -> Problem:
    near = _same_role(kept, headers) or _near(kept.header, headers)
    advice = (
        _("Did you mean “{name}”?").format(name=near)
        if near is not None
        else _("The columns are: {names}").format(names=", ".join(headers[:20]))
    )
    renamed = f"--map '{near or 'HEADER'}={kept.role or ':' + kept.type}'"
    return Problem(
        "missing-column",
        _("The mapping {name} needs the column “{header}”, which is not in this file.").format(
            name=name, header=kept.header
        ),
        advice + "\n" + _("If it has another name now, say so: {option}").format(option=renamed),
        table.location(table.header_row),
    )


def _same_role(kept: Kept, headers: Sequence[str]) -> str | None:
    """A header that is known to name the same: City for Default Address City."""
    named = {
        form for kind in ("customer", "event") for form in vocabulary.roles(kind).get(kept.role or "", ())
    }
    return next((header for header in headers if vocabulary.form(header) in named), None)


def _near(header: str, headers: Sequence[str]) -> str | None:
    import difflib

    by_identity = {identity(h): h for h in headers}
    near = difflib.get_close_matches(identity(header), by_identity, n=1, cutoff=0.5)
    return by_identity[near[0]] if near else None


def _unknown(name: str, names: Sequence[str]) -> Problem:
    near = _near(name, names)
    advice = _("Did you mean “{name}”?").format(name=near) if near else ""
    if not names:
        advice = _("None is saved yet: the import that makes one says --save-mapping {name}.").format(
            name=name
        )
    return Problem(
        "unknown-mapping",
        _("There is no mapping “{name}”.").format(name=name),
        advice or _("There are: {names}").format(names=", ".join(names)),
    )
