"""What every command needs: the project, the one reading of the clock, the open database, the compiled
YAML, and for changing commands one operation in which pending edits of taxonomy.yaml apply first.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import typer

from tagctl import settings as project
from tagctl.commands._invocation import Invocation
from tagctl.errors import ConfigError, ExitCode, Location, Problem, StoreError, TagctlError, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Ruleset, Taxonomy, Type
from tagctl.render import terminal
from tagctl.render.safe import safe
from tagctl.reports.checking import CheckReport
from tagctl.reports.tables import Table
from tagctl.reports.taxonomy import TaxonomyReport
from tagctl.settings import Settings
from tagctl.store import catalog as catalogs
from tagctl.store import feeds, texts
from tagctl.store.connection import Store, open_store
from tagctl.store.operations import Before, Operation, complete_pending, operate
from tagctl.workflows import tagging

if TYPE_CHECKING:
    from tagctl.rules import Files
    from tagctl.workflows.segmenting import Asking

Report = TypeVar("Report")


class Session:
    """One call of a command. Files are read once, the clock is read once."""

    def __init__(self, context: typer.Context, *, as_of: str | None = None, by: str | None = None) -> None:
        invocation = context.obj if isinstance(context.obj, Invocation) else Invocation()
        self.settings: Settings = project.find(invocation.project, invocation.db)
        self.zone: ZoneInfo = self.settings.timezone
        self.now: int = read_clock(self.zone)
        self.as_of: int = instant(as_of, self.zone, "--as-of") if as_of else self.now
        self.by: str = by or self.settings.by
        self._stored: dict[str, bytes | None] = {}
        self._edited: TaxonomyReport | None = None
        self._completed = False

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def taxonomy_text(self) -> bytes | None:
        """taxonomy.yaml, else the text that the database last stored, else None."""
        return self._text(self.settings.taxonomy_file, "taxonomy")

    @cached_property
    def rules_text(self) -> bytes | None:
        """rules.yaml, else the text that the database last stored, else None."""
        return self._text(self.settings.rules_file, "rules")

    def _text(self, file: Path, column: str) -> bytes | None:
        self._complete_due()
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return self._stored.get(column)

    @property
    def files(self) -> Files:
        """Both texts, for edits; a file that is not there is empty."""
        from tagctl.rules import Files

        return Files(
            self.taxonomy_text or b"",
            self.rules_text or b"",
            self.place(self.settings.taxonomy_file),
            self.place(self.settings.rules_file),
        )

    def _complete_due(self) -> None:
        """Put into place what a command that was killed had still to write, before the files are read."""
        if self._completed or not self.settings.database.exists():
            return
        self._completed = True
        # Where that cannot be done now, the next command that changes something does it or says why.
        with suppress(TagctlError), open_store(self.settings.database, read_only=True) as store:
            if not texts.due(store):
                return
            with open_store(self.settings.database) as writing:
                complete_pending(writing, self.settings.folder)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """taxonomy.yaml, checked; ConfigError with all its problems."""
        from tagctl import rules

        found, problems, _warnings = rules.read_taxonomy(
            self.taxonomy_text, self.place(self.settings.taxonomy_file)
        )
        if problems:
            raise ConfigError(problems)
        return found

    def ruleset(self, catalog: Catalog) -> Ruleset:
        """rules.yaml, checked against the taxonomy and the catalog; ConfigError with all its problems."""
        from tagctl import rules

        compiled = rules.compile(
            self.rules_text, self.place(self.settings.rules_file), self.taxonomy, catalog, self.zone
        )
        if compiled.problems:
            raise ConfigError(compiled.problems)
        return compiled.ruleset

    def declared_types(self) -> dict[str, Type]:
        """The types that `fields:` of rules.yaml declares for customers' fields."""
        from tagctl import rules

        declared = rules.declared_fields(self.rules_text, self.place(self.settings.rules_file))
        return {field.name: field.type for field in declared}

    def given_tags(self) -> frozenset[str]:
        """The tags that rules of rules.yaml give."""
        from tagctl import rules

        return rules.given_tags(self.rules_text, self.place(self.settings.rules_file), self.taxonomy)

    def catalog(self, store: Store, *, newest: Container[str] | None = None) -> Catalog:
        """What imports have supplied, as of the session's instant. `newest` is described at catalog.read."""
        return catalogs.read(store, self.as_of, newest=newest)

    def known_catalog(self, *, answers: bool = True) -> Catalog:
        """What imports have supplied; nothing where there is no database yet. `answers`: see `reading`."""
        if not self.settings.database.exists():
            return Catalog()
        with self.reading(answers=answers) as store:
            return self.catalog(store)

    def check_rules(self) -> CheckReport:
        """rules.yaml against the taxonomy and, where there is a database, what imports brought."""
        from tagctl.workflows import checking_rules

        file = self.place(self.settings.rules_file)
        with ExitStack() as stack:
            store = stack.enter_context(self.reading()) if self.settings.database.exists() else None
            catalog = self.catalog(store) if store is not None else Catalog()
            return checking_rules.check(
                self.rules_text, file, self.taxonomy, catalog, self.zone, self.as_of, store
            )

    def rules_checker(self) -> Callable[[bytes], CheckReport]:
        """What checks any text of rules.yaml as `check_rules` does, but counts no customers."""
        from tagctl.workflows import checking_rules

        file, catalog = self.place(self.settings.rules_file), self.known_catalog()
        return lambda data: checking_rules.check(data, file, self.taxonomy, catalog, self.zone, self.as_of)

    def asking(self, store: Store) -> Asking:
        """What segments are judged by."""
        from tagctl.workflows.segmenting import Asking

        catalog = self.catalog(store)
        return Asking(self.ruleset(catalog), self.taxonomy, catalog, self.as_of, self.zone)

    def refuse_changed_files(self) -> None:
        """Stops where a person has edited one of the two files since it was read."""
        for file, text in (
            (self.settings.taxonomy_file, self.taxonomy_text),
            (self.settings.rules_file, self.rules_text),
        ):
            if file.exists() and file.read_bytes() != text:
                what = _("{file} has been changed in the meantime.").format(file=file.name)
                raise ConfigError(
                    Problem("file-changed", what, _("Call the command again."), Location(self.place(file)))
                )

    def require_file(self, file: Path) -> None:
        """Stops a command that is about a file that is not there."""
        if file.exists():
            return
        self._require_project()
        raise ConfigError(
            Problem(
                "no-file",
                _("There is no {file}.").format(file=file.name),
                _("Make one to start from with: tagctl init"),
                Location(self.place(file)),
            )
        )

    def place(self, file: Path) -> str:
        """A file's name in messages: relative to the working directory where it is below it."""
        try:
            return str(file.resolve().relative_to(Path.cwd()))
        except ValueError:
            return str(file)

    def signature(self) -> str:
        """Who and when, for a comment in a file."""
        day = datetime.fromtimestamp(self.now, self.zone)
        return _("Added on {day} by {name}").format(day=f"{day:%Y-%m-%d}", name=self.by)

    # ── the answer ───────────────────────────────────────────────────────────────────────────────

    def emit(self, report: Report, format_: str, show: Callable[[Report], None]) -> None:
        """A report as JSON or, drawn by `show`, as text."""
        emit(report, format_, self.zone, show)

    def emit_rows(
        self, rows: Sequence[object], row_type: type, format_: str, show: Callable[[], None]
    ) -> None:
        """A list of reports of one type as JSON, CSV or text."""
        if format_ == "table":
            show()
            return
        from tagctl.render import machine

        terminal.payload(
            machine.to_json(rows, self.zone)
            if format_ == "json"
            else machine.reports_to_csv(rows, row_type, self.zone)
        )

    def emit_table(self, table: Table, format_: str, titles: Mapping[str, str] | None = None) -> None:
        """A table as JSON, CSV or text."""
        if format_ == "table":
            from tagctl.render.tables import show_table

            show_table(table, self.zone, titles)
            return
        from tagctl.render import machine

        make = machine.to_json if format_ == "json" else machine.table_to_csv
        terminal.payload(make(table, self.zone))

    # ── the database ─────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self, *, answers: bool = True) -> Iterator[Store]:
        """The database, read-only. What a command `answers` is printed despite --quiet."""
        if answers:
            terminal.be_quiet(False)
        self.require_database()
        with open_store(self.settings.database, read_only=True) as store:
            store.identifying = self.settings.identifying
            self._remember_texts(store)
            yield store

    @contextmanager
    def changing(
        self,
        kind: str,
        *,
        what: str = "",
        note: str | None = None,
        dry_run: bool = False,
        sync: bool = True,
    ) -> Iterator[Operation]:
        """One operation on the database, which is made where there is none. With `sync`, what people edited
        in the two files applies first, as an operation of its own (GuardStop where an edit of taxonomy.yaml
        would move customers); both texts are stored."""
        with ExitStack() as stack:
            store = stack.enter_context(self._open_to_write(stack, dry_run))
            store.identifying = self.settings.identifying
            complete_pending(store, self.settings.folder)
            self._completed = True
            self._remember_texts(store)
            before = self._edits(store) if sync else ()
            operation = stack.enter_context(
                operate(
                    store,
                    kind,
                    now=self.now,
                    as_of=self.as_of,
                    by=self.by,
                    note=note,
                    what=what,
                    dry_run=dry_run,
                    folder=self.settings.folder,
                    before=before,
                )
            )
            if sync:
                if not before:
                    self._take_up(operation)
                    self._convert_fields(operation)
                feeds.refuse_other_zone(store, self.zone)
                operation.texts(self.taxonomy_text, self.rules_text)
            yield operation
            if self._edited is not None:
                from tagctl.render.taxonomies import note_edits

                note_edits(self._edited)

    def _edits(self, store: Store) -> tuple[Before, ...]:
        """What takes up the edits of the two files. The first text that a database sees is no edit: it comes
        with whatever the first command does."""
        if texts.newest_hash(store, "taxonomy") is None:
            return ()
        taxonomy, rules = self.settings.taxonomy_file.name, self.settings.rules_file.name
        return (Before("taxonomy", taxonomy, self._take_up), Before("fields", rules, self._convert_fields))

    def _take_up(self, operation: Operation) -> None:
        """Bring the database to what taxonomy.yaml says."""
        self._edited = None
        if self.taxonomy_text is None:
            return
        report = tagging.take_up(
            operation, self.taxonomy, self.settings.taxonomy_file, self.taxonomy_text, confirm=False
        )
        if report.changes:
            self._edited = replace(report, operation=operation.number)

    def _convert_fields(self, operation: Operation) -> None:
        """Convert the columns whose type `fields:` of rules.yaml declares otherwise."""
        if b"fields" not in (self.rules_text or b""):
            return
        from tagctl.workflows import converting

        converted = converting.convert_declared(
            operation,
            self.declared_types(),
            self.place(self.settings.rules_file),
            timezone=self.zone,
            currency=self.settings.currency,
            rates=self.settings.rates,
        )
        if converted and self.rules_text is not None:
            operation.took_up(self.settings.rules_file, "rules", self.rules_text)

    def _open_to_write(self, stack: ExitStack, dry_run: bool) -> Store:
        path = self.settings.database
        if not path.exists():
            self._require_project()
            if dry_run:  # nothing may appear: try it in a database of its own
                import tempfile

                path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / project.DATABASE
        return open_store(path, create=True, lock_timeout=self.settings.lock_timeout)

    def _require_project(self) -> None:
        if self.settings.found:
            return
        raise UsageProblem(
            Problem(
                "no-project",
                _("There is no project in this folder or above it."),
                _("Make one here with: tagctl init\nOr name one: --project DIR"),
            )
        )

    def require_database(self) -> None:
        """Stops a command that cannot do anything without a database."""
        if self.settings.database.exists():
            return
        self._require_project()
        raise StoreError(
            Problem(
                "no-database",
                _("There is no database yet: nothing has been imported."),
                _("Bring customers in with: tagctl import customers FILE.xlsx"),
                Location(str(self.settings.database)),
            )
        )

    def _remember_texts(self, store: Store) -> None:
        """The texts of the last operation, for a database that travels without its YAML files."""
        if not self.settings.taxonomy_file.exists():
            self._stored["taxonomy"] = texts.newest(store, "taxonomy")
        if not self.settings.rules_file.exists():
            self._stored["rules"] = texts.newest(store, "rules")


def numbered(report: Report, operation: Operation) -> Report:
    """The report with the number that the operation got; None where nothing was kept."""
    # mypy does not take a @record for a dataclass
    return replace(report, operation=operation.result)  # type: ignore[type-var]


def emit(report: Report, format_: str, zone: ZoneInfo, show: Callable[[Report], None]) -> None:
    """A report as JSON or, drawn by `show`, as text."""
    if format_ == "json":
        from tagctl.render import machine

        terminal.payload(machine.to_json(report, zone))
    else:
        show(report)


def read_clock(zone: ZoneInfo) -> int:
    """Now, in Unix seconds; TAGCTL_NOW (a date or time) stands in for it in tests and the demo."""
    fixed = os.environ.get("TAGCTL_NOW")
    return instant(fixed, zone, "TAGCTL_NOW") if fixed else int(time.time())


def instant(text: str, zone: ZoneInfo, name: str, *, first: bool = False) -> int:
    """A date (its last second, local, or its first) or a time as Unix seconds; UsageProblem for anything
    else."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
            moment = datetime.fromisoformat(f"{text.strip()}T{'00:00:00' if first else '23:59:59'}")
        else:
            moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageProblem(
            Problem(
                "bad-date",
                _("{name}: “{text}” is not a date.").format(name=name, text=text),
                _("Write it like 2026-06-30 or 2026-06-30T12:00."),
            )
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def somebody_there() -> bool:
    """Whether there is a terminal on which something can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str, *, yes: bool) -> bool:
    """Whether something helpful is to be done as well: --yes, or Enter on a terminal; not where nobody is."""
    return yes or (somebody_there() and typer.confirm(safe(question), default=True, err=True))


def confirm(question: str, *, yes: bool, dry_run: bool = False) -> None:
    """Asks on a terminal before something is destroyed; elsewhere --yes must say so."""
    if yes or dry_run:
        return
    if not somebody_there():
        raise UsageProblem(
            Problem(
                "needs-yes",
                _("This needs a confirmation, and there is nobody to ask."),
                _("Look first with --dry-run, then say --yes."),
            )
        )
    if not typer.confirm(safe(question), err=True):
        terminal.complain(_("Nothing was changed."))
        raise typer.Exit(ExitCode.OK)
