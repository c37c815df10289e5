"""A small project for tests of import: files as text, operations with a clock, reports back."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.reports.importing import ImportReport
from tagctl.store import labels, tags
from tagctl.store.connection import open_store
from tagctl.store.operations import operate
from tagctl.workflows.importing import ImportOptions, import_assignments, import_customers, import_events

ZONE = ZoneInfo("Asia/Shanghai")
START = 1_767_225_600  # 2026-01-01 08:00 in Shanghai

TAXONOMY = """
dimensions:
  - name: 价值
    kind: value
    tags:
      - {name: VIP, aliases: [高价值客户]}
      - 黑卡/白卡
  - name: 生命周期
    kind: lifecycle
    tags: [新客户, 老客户]
"""


class Project:
    """A folder with a database. Every call is one operation, a day after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = open_store(folder / "tagctl.db", create=True)
        self.now = START
        self.operation: int | None = None

    def operate(self, kind: str, **options: Any):
        self.now += 86400
        return operate(self.store, kind, now=self.now, by="test", **options)

    def taxonomy(self, text: str = TAXONOMY) -> int:
        """Sync a taxonomy and settle labels; how many tags were gained."""
        taxonomy, problems, _warnings = rules.read_taxonomy(text.encode(), "taxonomy.yaml")
        assert not problems
        with self.operate("taxonomy") as op:
            tags.sync(op, taxonomy)
            gained = labels.settle(op)
            op.keep()
        return gained

    def file(self, name: str, *lines: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    def customers(self, *files: Path, dry_run: bool = False, **options: Any) -> ImportReport:
        with self.operate("import", dry_run=dry_run) as op:
            report = import_customers(op, files, ImportOptions(**options), timezone=ZONE, currency="CNY")
        self.operation = op.result
        return report

    def events(
        self,
        type_: str,
        *files: Path,
        dry_run: bool = False,
        rates: dict[str, float] | None = None,
        **options: Any,
    ) -> ImportReport:
        with self.operate("import", dry_run=dry_run) as op:
            report = import_events(
                op, type_, files, ImportOptions(**options), timezone=ZONE, currency="CNY", rates=rates
            )
        self.operation = op.result
        return report

    def assignments(self, *files: Path, dry_run: bool = False, **options: Any) -> ImportReport:
        with self.operate("import", dry_run=dry_run) as op:
            report = import_assignments(op, files, ImportOptions(**options), timezone=ZONE)
        self.operation = op.result
        return report

    def rows(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        return self.store.rows(statement, params)

    def held(self) -> set[tuple[str, str, str]]:
        """(customer, tag, source) of all current assignments."""
        return set(self.rows("SELECT customer, tag, source FROM current_tags"))

    def change(self, statement: str, *params: Any) -> None:
        """Something another command would do (a ban, an assignment, a closed interval)."""
        with self.operate("assign") as op:
            self.store.execute(statement, [op.number if p is OP else p for p in params])
            op.keep()

    def customer(self, key: str) -> int:
        return int(self.store.value("SELECT tagctl_id FROM customers WHERE tagctl_key = ?", (key,)))

    def tag(self, name: str) -> int:
        return int(self.store.value("SELECT id FROM tags WHERE name = ?", (name,)))


OP = object()  # stands for the operation's number in Project.change


def adds_up(report: ImportReport) -> bool:
    """Rows and cells: what was read is in one of the places where it can be."""
    return all(
        f.rows == f.imported + f.rejected + f.blank
        and f.cells.read == f.cells.stored + f.cells.rejected + f.cells.ignored + f.cells.blank
        for f in report.files
    )
