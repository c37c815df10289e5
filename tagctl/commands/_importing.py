"""What was typed after `tagctl import`, as options of the workflow; and the import itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import typer

from tagctl.commands._import_options import called
from tagctl.commands._session import Session, confirm, numbered, somebody_there
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import ASSIGNMENT, CUSTOMER, TYPES, Type
from tagctl.render.importing import show_import, show_proposals
from tagctl.render.progress import working
from tagctl.settings import share
from tagctl.workflows import importing
from tagctl.workflows.importing.options import ImportOptions, Opening


class Given(NamedTuple):
    """The options of both imports, as typed."""

    key: str | None
    map: list[str] | None
    tags: list[str] | None
    ignore: list[str] | None
    currency: str | None
    tz: str | None
    date_format: str | None
    decimal_comma: bool
    mapping: str | None
    save_mapping: str | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: str | None
    no_header: bool
    strict: bool
    max_rejects: str | None
    empty: str
    mode: Literal["sync", "add", "replace", "remove"]
    unknown: Literal["create", "quarantine", "reject", "suggest"]

    def options(self, roles: Sequence[str], unknown_customers: Literal["create", "reject"]) -> ImportOptions:
        opening = opening_of(self.encoding, self.delimiter, self.sheet, self.header_row, self.no_header)
        return ImportOptions(
            **opening._asdict(),
            key=self.key,
            map=dict(_mapping(entry, roles) for entry in self.map or ()),
            tags=tuple(self.tags or ()),
            ignore=tuple(self.ignore or ()),
            currency=self.currency,
            timezone=self.tz,
            date_format=self.date_format,
            decimal_comma=self.decimal_comma,
            mapping=self.mapping,
            save_mapping=(self.save_mapping or "").strip() or None,
            strict=self.strict,
            max_rejects=None if self.max_rejects is None else _limit(self.max_rejects),
            empty_clears=self.empty == "clears",
            mode=self.mode,
            unknown=self.unknown,
            unknown_customers=unknown_customers,
        )


def opening_of(
    encoding: str | None, delimiter: str | None, sheet: str | None, header_row: str | None, no_header: bool
) -> Opening:
    """How files are to be read, as typed."""
    return Opening(
        encoding=encoding,
        delimiter={"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter),
        sheet=sheet,
        header_row=_header_row(header_row) if header_row else None,
        no_header=no_header,
    )


def _header_row(text: str) -> tuple[int, int]:
    """`2` or `2-3` as first and last row."""
    first, _dash, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()) or not 1 <= int(first) <= int(last or first):
        raise UsageProblem(
            Problem(
                "bad-header-row",
                _("“{text}” is no row.").format(text=text),
                _("Give the number of the row with the column names, or the first and the last, as 2-3."),
            )
        )
    return int(first), int(last or first)


def _mapping(entry: str, roles: Sequence[str]) -> tuple[str, tuple[str | None, Type | None]]:
    """`手机号=phone:text` as header, role and type."""
    header, equals, meaning = entry.rpartition("=")
    role, _colon, type_ = meaning.partition(":")
    if not _colon and role in TYPES and role not in roles:
        role, type_ = "", role
    if not equals or not header.strip() or not meaning:
        raise UsageProblem(_bad_map(entry, _("Write it like --map '手机号=phone' or --map '积分=:number'.")))
    if role and role not in roles:
        raise UsageProblem(_bad_map(entry, _("Roles are: {names}").format(names=", ".join(roles))))
    for known in get_args(Type):
        if type_ == known:
            return header.strip(), (role or None, known)
    if type_:
        raise UsageProblem(_bad_map(entry, _("Types are: {names}").format(names=", ".join(TYPES))))
    return header.strip(), (role or None, None)


def match_of(entry: str) -> tuple[str, str]:
    """`联系手机=phone` as header and identifier."""
    header, equals, identifier = entry.rpartition("=")
    if not equals or not header.strip() or not identifier.strip():
        what = _("“{entry}” does not say which column names customers, and by what.").format(entry=entry)
        raise UsageProblem(Problem("bad-match", what, _("Write it like --match '联系手机=phone'.")))
    return header.strip(), identifier.strip()


def _bad_map(entry: str, advice: str) -> Problem:
    return Problem("bad-map", _("“{entry}” does not say what a column is.").format(entry=entry), advice)


def date_of(text: str | None) -> date | None:
    """The date of --taken."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        problem = Problem(
            "bad-date",
            _("“{text}” is not a date.").format(text=text),
            _("Write it like: --taken 2026-10-31"),
        )
        raise UsageProblem(problem) from None


def _limit(text: str) -> int | float:
    """The number or share of --max-rejects."""
    if text.strip().isdecimal():
        return int(text)
    try:
        return share(text)
    except ValueError:
        raise UsageProblem(
            Problem(
                "bad-max-rejects",
                _("“{text}” is no number of rows, and no share of them.").format(text=text),
                _("Write it like: --max-rejects 20, or --max-rejects 5%"),
            )
        ) from None


def share_of(text: str) -> float:
    """The share of --max-missing."""
    try:
        return share(text)
    except ValueError as error:
        raise UsageProblem(
            Problem("bad-max-missing", str(error), _("Write it like: --max-missing 10%"))
        ) from None


# ── the import ────────────────────────────────────────────────────────────────────────────────────


class Telling(NamedTuple):
    """The options that any changing command has."""

    dry_run: bool
    yes: bool
    note: str | None
    by: str | None
    format: Literal["table", "json"]
    verbose: bool


def run_import(
    context: typer.Context,
    files: Sequence[str],
    options: ImportOptions,
    subject: str,
    telling: Telling,
) -> None:
    """Import files of model.CUSTOMER, model.ASSIGNMENT, or events of this type."""
    session = Session(context, by=telling.by)
    paths = [Path(file) for file in files]
    names = called(paths)
    zone, currency, rates = session.zone, session.settings.currency, session.settings.rates
    shows = telling.format == "table" and not getattr(context.obj, "quiet", False)
    asks = shows and session.settings.found and not (telling.yes or telling.dry_run)
    shown = asks and somebody_there() and _agree(session, subject, paths, options)
    with (
        working(_("Importing {files}").format(files=names)),
        session.changing("import", what=names, note=telling.note, dry_run=telling.dry_run) as operation,
    ):
        if subject == ASSIGNMENT:
            options = replace(options, ruled=session.given_tags())
            report = importing.import_assignments(operation, paths, options, timezone=zone)
        elif subject == CUSTOMER:
            options = replace(options, types=session.declared_types())
            report = importing.import_customers(
                operation, paths, options, timezone=zone, currency=currency, rates=rates
            )
        else:
            report = importing.import_events(
                operation, subject, paths, options, timezone=zone, currency=currency, rates=rates
            )
        if report.unknown_labels:
            from tagctl.workflows import labelling
            from tagctl.workflows.labelling import arriving

            path = session.settings.taxonomy_file
            file = labelling.File(path, session.place(path), session.taxonomy_text)
            report = arriving.settled(
                operation, file, session.taxonomy, report, options.unknown, session.refuse_changed_files
            )
    show = partial(show_import, columns=not shown, cells=telling.verbose)
    session.emit(numbered(report, operation), telling.format, show)


def _agree(session: Session, subject: str, paths: Sequence[Path], options: ImportOptions) -> bool:
    """Shows how new kinds of files would be taken, and asks; whether all files were shown."""
    with ExitStack() as stack:
        there = session.settings.database.exists()
        store = stack.enter_context(session.reading(answers=False)) if there else None
        proposals = importing.propose(store, subject, paths, options, session.taxonomy)
    new = [proposal for proposal in proposals if not proposal.known]
    if new:
        show_proposals(new)
        confirm(_("Import them so?") if len(new) > 1 else _("Import it so?"), yes=False)
    return len(new) == len(proposals)
