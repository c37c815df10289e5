"""A project in memory of a test: YAML texts, a database, and short words to fill it and to run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl import rules as language
from tagctl.model import CUSTOMER, Found
from tagctl.reports.running import RunReport
from tagctl.reports.why import WhyReport
from tagctl.sql import name
from tagctl.store import catalog, tags
from tagctl.store.connection import open_store
from tagctl.store.operations import operate
from tagctl.store.schema import event_table
from tagctl.workflows import explaining, running

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    """Local time as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


NOW = at("2026-06-30T12:00")
START = at("2026-01-01T00:00")


class Project:
    """Fields and event types are made when first used; money is given in whole units."""

    def __init__(self, folder: Path, taxonomy: str, rules: str = "rules: []") -> None:
        self.store = open_store(folder / "tagctl.db", create=True)
        self.rules = rules
        self.events = 0
        self.edit(taxonomy)

    def edit(self, taxonomy: str) -> None:
        found, problems, _warnings = language.read_taxonomy(taxonomy.encode(), "taxonomy.yaml")
        assert not problems, problems
        self.taxonomy = found
        with operate(self.store, "taxonomy", now=START, by="test") as op:
            tags.sync(op, found)
            op.keep()

    def field(self, subject: str, field: str, kind: str = "text", role: str | None = None) -> None:
        with operate(self.store, "import", now=START, by="test") as op:
            if subject != CUSTOMER and catalog.read(self.store).event(subject) is None:
                catalog.ensure_event_type(op, subject)
                catalog.add_field(op, subject, "客户", "text", "key")
                catalog.add_field(op, subject, "时间", "datetime", "at")
            if field:
                catalog.add_field(op, subject, field, kind, role)
            op.keep()

    def customer(self, key: str, **values: object) -> None:
        row = {"tagctl_key": key, "tagctl_op": 1, **values}
        self._insert("customers", row)

    def customers(self, count: int) -> None:
        for number in range(count):
            self.customer(f"{number:04}")

    def event(self, kind: str, key: str, when: str | int, **values: object) -> None:
        self.events += 1
        row = {
            "tagctl_customer": self.id(key),
            "tagctl_at": at(when) if isinstance(when, str) else when,
            "tagctl_identity": str(self.events),
            "tagctl_op": 1,
            **values,
        }
        self._insert(event_table(kind), row)

    def assign(self, key: str, tag: str, source: str = "import", since: int = START) -> None:
        with operate(self.store, "import", now=since, by="test") as op:
            self._insert(
                "assignments",
                {"tag": self.tag(tag), "customer": self.id(key), "source": source, "gained_op": op.number}
                | {"since": since},
            )
            op.keep()

    def override(self, kind: str, key: str, tag: str, until: int | None = None) -> None:
        row = {"kind": kind, "customer": self.id(key), "tag": self.tag(tag), "until": until, "op": 1}
        self._insert("overrides", row)

    def _insert(self, table: str, row: dict[str, object]) -> None:
        columns = ", ".join(name(column) for column in row)
        marks = ", ".join("?" * len(row))
        self.store.execute(f"INSERT INTO {name(table)} ({columns}) VALUES ({marks})", tuple(row.values()))

    def id(self, key: str) -> int:
        return int(self.store.value("SELECT tagctl_id FROM customers WHERE tagctl_key = ?", (key,)))

    def tag(self, tag: str) -> int:
        return int(self.store.value("SELECT id FROM tags WHERE name = ?", (tag,)))

    # ── doing ────────────────────────────────────────────────────────────────────────────────────

    def compiled(self):
        compiled = language.compile(
            self.rules.encode(), "rules.yaml", self.taxonomy, catalog.read(self.store), ZONE
        )
        assert not compiled.problems, compiled.problems
        return compiled.ruleset

    def run(self, as_of: int = NOW, **options: object) -> RunReport:
        return self.run_and_find(as_of, **options)[0]

    def run_and_find(
        self, as_of: int = NOW, dry_run: bool = False, **options: object
    ) -> tuple[RunReport, list[Found]]:
        with operate(self.store, "run", now=max(as_of, NOW), as_of=as_of, by="test", dry_run=dry_run) as op:
            return running.run(op, self.compiled(), self.taxonomy, timezone=ZONE, **options)

    def why(self, key: str, tag: str, as_of: int = NOW) -> WhyReport:
        known = catalog.read(self.store, as_of)
        return explaining.why(
            self.store, self.compiled(), self.taxonomy, known, key, tag, as_of=as_of, timezone=ZONE
        )

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def holders(self, tag: str, source: str = "rule") -> set[str]:
        rows = self.store.rows(
            "SELECT c.tagctl_key FROM assignments a JOIN customers c ON c.tagctl_id = a.customer "
            "WHERE a.tag = ? AND a.source = ? AND a.lost_op IS NULL",
            (self.tag(tag), source),
        )
        return {key for (key,) in rows}

    def since(self, key: str, tag: str, source: str = "rule") -> int:
        return int(
            self.store.value(
                "SELECT since FROM assignments "
                "WHERE customer = ? AND tag = ? AND source = ? AND lost_op IS NULL",
                (self.id(key), self.tag(tag), source),
            )
        )

    def operations(self) -> int:
        return int(self.store.value("SELECT count(*) FROM operations"))
