"""`import customers --snapshot`: the files are all customers of their feed. What they lack is gone. And what
is older than the last file of its feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl.errors import GuardStop, Problem
from tagctl.io.taken import named_date, written_at
from tagctl.messages import _, ngettext
from tagctl.store import snapshots
from tagctl.store.operations import Operation
from tagctl.store.snapshots import Missing, Taken
from tagctl.workflows.importing.options import ImportOptions

_SHOWN = 3  # keys of customers that are named
_NO_CUSTOMER = ("total-row", "remark")  # rejected rows that are nobody's


@dataclass(frozen=True, slots=True)
class Left:
    """What a snapshot made of those whom it lacks: how many are gone now, and what is to be said."""

    gone: int = 0
    notes: tuple[str, ...] = ()


def taken_on(path: Path, options: ImportOptions) -> date | None:
    """The local date for which a file speaks: what the user says, else what its name does."""
    return options.taken or named_date(path.name)


def check_age(
    op: Operation, feeds: Mapping[int, Sequence[Path]], options: ImportOptions, zone: ZoneInfo
) -> dict[Path, list[str]]:
    """Refuse snapshots, and files whose date the user tells, that are older than the last one of their feed
    (GuardStop); notes about files that may be.

    Of other files the name may mean anything: a date in it makes a note, no more.
    """
    refusing = options.snapshot or options.taken is not None
    notes: dict[Path, list[str]] = {}
    problems: list[Problem] = []
    for feed, paths in feeds.items():
        last = snapshots.last_taken(op.store, feed)
        for path in paths if last is not None else ():
            assert last is not None
            taken = taken_on(path, options)
            if taken is not None and last.date is not None:
                if taken.isoformat() < last.date and refusing:
                    problems.append(_older(path, taken, last))
                elif taken.isoformat() < last.date:
                    notes[path] = [_put_back(op, path, taken, last)]
            elif refusing:
                notes[path] = _perhaps_older(path, last, zone)
    if problems:
        raise GuardStop(problems)
    return notes


def leave(
    op: Operation, feeds: Iterable[int], rejected_rows: Mapping[str, int], options: ImportOptions
) -> Left:
    """Those whom a snapshot lacks are gone; nobody, where a rejected row (counted by code) may be theirs.
    GuardStop where more are missing than allowed."""
    if not options.snapshot:
        return Left()
    found = snapshots.missing(op.store, feeds)
    rejected = sum(count for code, count in rejected_rows.items() if code not in _NO_CUSTOMER)
    if found.missing and rejected:
        return Left(notes=(_uncertain(found, rejected),))
    if found.share > options.max_missing:
        raise GuardStop(_too_many(found, options.max_missing))
    return Left(snapshots.leave(op) if found.missing else 0)


def _uncertain(found: Missing, rejected: int) -> str:
    return ngettext(
        "{missing} customers of earlier files are missing, but {count} row was rejected, which may be theirs."
        " So nobody is gone. Correct the row and import the file again.",
        "{missing} customers of earlier files are missing, but {count} rows were rejected, which may be"
        " theirs. So nobody is gone. Correct the rows and import the file again.",
        rejected,
    ).format(missing=found.missing, count=rejected)


def _too_many(found: Missing, allowed: float) -> Problem:
    return Problem(
        "too-many-missing",
        _(
            "{missing} of {known} customers of earlier files are missing ({share}), more than --max-missing"
            " {allowed} allows, among them {keys}. Nothing was imported."
        ).format(
            missing=found.missing,
            known=found.known,
            share=_percent(found.share),
            allowed=_percent(allowed),
            keys=", ".join(found.keys[:_SHOWN]),
        ),
        _(
            "Look whether the file is whole. If it is, allow it with --max-missing {share}; if it holds only"
            " some of the customers, import it without --snapshot."
        ).format(share=_percent(found.share, up=True)),
    )


def _percent(share: float, *, up: bool = False) -> str:
    """A share in percent; `up`: a whole number that is not below it."""
    return f"{int(-(-share * 100 // 1))}%" if up else f"{share * 100:.3g}%"


def _older(path: Path, taken: date, last: Taken) -> Problem:
    return Problem(
        "older-file",
        _(
            "{file} is of {date}, older than {last} of {last_date} (operation {number})."
            " Nothing was imported."
        ).format(file=path.name, date=taken, last=last.file, last_date=last.date, number=last.operation),
        _("Import the newest file. If the date is another one, say it with --taken DATE."),
    )


def _put_back(op: Operation, path: Path, taken: date, last: Taken) -> str:
    note = _(
        "By its name {file} is of {date}, older than {last} (operation {number}): it puts back the values and"
        " tags of then."
    ).format(file=path.name, date=taken, last=last.file, number=last.operation)
    if op.dry_run:
        return note
    return note + " " + _("If that was not meant: tagctl undo {number}").format(number=op.number)


def _perhaps_older(path: Path, last: Taken, zone: ZoneInfo) -> list[str]:
    written = written_at(path)
    if written is None or written >= last.at:
        return []
    moments = {
        "written": datetime.fromtimestamp(written, zone),
        "imported": datetime.fromtimestamp(last.at, zone),
    }
    note = _(
        "{file} was last written on {written}, before {last} was imported on {imported}. Is it the newer one?"
        " A date in the names, or --taken DATE, would tell."
    )
    shown = {key: f"{at:%Y-%m-%d %H:%M}" for key, at in moments.items()}
    return [note.format(file=path.name, last=last.file, **shown)]
