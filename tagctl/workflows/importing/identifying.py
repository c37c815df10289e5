"""Which customers the rows of a file are about: told by key, else by phone, e-mail or another identifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from difflib import get_close_matches

from tagctl.errors import GuardStop, Problem, UsageProblem
from tagctl.io.table import TableFile
from tagctl.messages import N_, _, ngettext
from tagctl.store import matching, staging
from tagctl.store.connection import Store
from tagctl.store.identifiers import CONTACTS, KEY, Identifier, identifiers
from tagctl.store.matching import Matched
from tagctl.store.operations import Operation
from tagctl.store.staging import Stage
from tagctl.workflows.importing.mapping import ColumnMapping
from tagctl.workflows.importing.options import ImportOptions

# Why a row is taken out: the code of the reject and its sentence.
REASONS = {
    "customer": ("unknown-customer", N_("there is no customer {key}")),
    "ambiguous": ("ambiguous-customer", N_("several customers have {key}")),
    "event": ("unknown-event", N_("no event has the id {key}; import the events first")),
    "nobody": ("no-identity", N_("{key} is masked or made up, so it names nobody")),
}


@dataclass(frozen=True, slots=True)
class Identified:
    """Rows taken out of the stage (line in the file → one of REASONS), customers created, and what to say."""

    taken: dict[int, str] = field(default_factory=dict)
    created: int = 0
    notes: tuple[str, ...] = ()


def reason(why: str, key: str) -> tuple[str, str]:
    """Code and sentence for a row that was taken out."""
    code, sentence = REASONS[why]
    return code, _(sentence).format(key=key)


def customers(stage: Stage, table: TableFile, mapping: ColumnMapping, suspects: Set[int]) -> Identified:
    """Give staged customers who are known by an earlier key or an identifier their own key. `suspects`: the
    columns in which somebody may be nobody."""
    found = matching.match_customers(stage, mapping.identifier)
    notes = [
        *_found_notes(mapping, found),
        *_ambiguous_notes(found.taken),
        *_nobody_notes(stage, mapping, suspects),
        *_twin_notes(stage, table, mapping),
        *_namesake_notes(stage, mapping),
    ]
    return Identified(found.taken, notes=tuple(notes))


def events(
    op: Operation, stage: Stage, table: TableFile, mapping: ColumnMapping, options: ImportOptions
) -> Identified:
    """Give staged events their customers, making those not seen before where the options say so.

    Raises GuardStop where another column would find far more customers and nobody said which one counts.
    """
    only, form = None, mapping.identifier
    if options.match is not None:
        only = _wanted(op.store, options.match[1])
        form = only.form if only is not None else None
    found = matching.match_events(stage, form, only)
    if options.match is None:
        _stop_at_better(stage, mapping)
    created, taken = 0, dict(found.taken)
    if options.unknown_customers == "create":
        created = matching.create(op, stage, form)
    else:
        taken |= staging.take_strangers(stage)
    return Identified(taken, created, (*_found_notes(mapping, found), *_ambiguous_notes(found.taken)))


def _wanted(store: Store, name: str) -> Identifier | None:
    """The identifier of this name; None for the key. UsageProblem where there is none such."""
    known = {one.name: one for one in identifiers(store)}
    if name == KEY:
        return None
    if name not in known:
        near = get_close_matches(name, (KEY, *known), n=1)
        raise UsageProblem(
            Problem(
                "unknown-identifier",
                _("Customers have no identifier “{name}”.").format(name=name),
                _("Did you mean “{name}”?").format(name=near[0])
                if near
                else _('There are: {names}. tagctl.toml can name more: identifiers = ["phone", …]').format(
                    names=", ".join((KEY, *known))
                ),
            )
        )
    return known[name]


def _stop_at_better(stage: Stage, mapping: ColumnMapping) -> None:
    tried = {i: column for i, column in enumerate(mapping.values) if column.type == "text"}
    found = matching.better(stage, tried)
    if found is None:
        return
    key, other = mapping.key.header, tried[found.column].header
    raise GuardStop(
        Problem(
            "better-match",
            _("{known} of {keys} customers known by {key}; {other} matches {matches}.").format(
                known=found.known, keys=found.keys, key=key, other=other, matches=found.matches
            ),
            _("Use --match {other}={identifier}; or, where {key} is right, --match {key}=key.").format(
                other=other, identifier=found.identifier, key=key
            ),
        )
    )


# ── notes ────────────────────────────────────────────────────────────────────────────────────────


def _found_notes(mapping: ColumnMapping, found: Matched) -> Iterator[str]:
    for name, count in found.by.items():
        if name == KEY:
            text = ngettext(
                "{header}: {count} customer is known by an earlier key (merged since).",
                "{header}: {count} customers are known by an earlier key (merged since).",
                count,
            )
        else:
            text = ngettext(
                "{header}: {count} customer found by {identifier}.",
                "{header}: {count} customers found by {identifier}.",
                count,
            )
        yield text.format(header=mapping.key.header, count=count, identifier=name)


def _ambiguous_notes(taken: Mapping[int, str]) -> Iterator[str]:
    """What to do about rows that several customers could be."""
    count = sum(why == "ambiguous" for why in taken.values())
    if count:
        yield ngettext(
            "{count} row can be of several customers. See: tagctl customers duplicates. Once they are "
            "united, import the rejected row.",
            "{count} rows can be of several customers. See: tagctl customers duplicates. Once they are "
            "united, import the rejected rows.",
            count,
        ).format(count=count)


def _nobody_notes(stage: Stage, mapping: ColumnMapping, suspects: Set[int]) -> Iterator[str]:
    for index, column in enumerate(mapping.values):
        if column.index not in suspects:
            continue
        count = matching.nobodies(stage, index)
        if count:
            yield ngettext(
                "{header}: {count} value is masked or made up; it is kept and identifies nobody.",
                "{header}: {count} values are masked or made up; they are kept and identify nobody.",
                count,
            ).format(header=column.header, count=count)


def _twin_notes(stage: Stage, table: TableFile, mapping: ColumnMapping) -> Iterator[str]:
    """The same person twice in one file is said, not united: only people can tell."""
    columns = {
        column.header: (f"v{index}", column.role)
        for index, column in enumerate(mapping.values)
        if column.role in CONTACTS
    }
    if mapping.identifier == "email":
        columns[mapping.key.header] = ("key", "email")
    for header, (column, role) in columns.items():
        count, lines = matching.twins(stage, column, str(role))
        if count:
            yield ngettext(
                "{header}: {count} value stands with different keys (rows {rows}); they stay apart. "
                "See: tagctl customers duplicates",
                "{header}: {count} values stand with different keys (rows {rows}); they stay apart. "
                "See: tagctl customers duplicates",
                count,
            ).format(header=header, count=count, rows=", ".join(map(str, lines)))


def _namesake_notes(stage: Stage, mapping: ColumnMapping) -> Iterator[str]:
    """New customers with an identifier of somebody known stay new: the file gave them a key of their own."""
    places = {column.column: index for index, column in enumerate(mapping.values)}
    for identifier in identifiers(stage.store):
        if identifier.column not in places:
            continue
        place = places[identifier.column]
        count, lines = matching.namesakes(stage, f"v{place}", identifier)
        if count:
            yield ngettext(
                "{header}: {count} new customer has the same as a known one with another key (row {rows}); "
                "they stay apart. See: tagctl customers duplicates",
                "{header}: {count} new customers have the same as a known one with another key "
                "(rows {rows}); they stay apart. See: tagctl customers duplicates",
                count,
            ).format(
                header=mapping.values[place].header,
                count=count,
                rows=", ".join(map(str, lines)) + (" …" if count > len(lines) else ""),
            )
