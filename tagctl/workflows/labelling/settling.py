"""Many labels at once: a table to fill in, and what was filled in becomes tags, aliases or nothing.

In column `tag` stands what a label is: a tag that is there (another spelling), a new one with its
`dimension`, or - for no tag at all. Rows without it stay open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.io.guard import unguard
from tagctl.io.registry import open_table
from tagctl.io.table import TableFile
from tagctl.io.target import Target
from tagctl.messages import _
from tagctl.model import Taxonomy
from tagctl.normalise import fold, identity
from tagctl.record import record
from tagctl.reports.labels import DeclaredTag, LabelsReport
from tagctl.reports.tables import ExportReport
from tagctl.rules.problems import meant, nearest
from tagctl.store import labels
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.workflows.labelling import (
    Declared,
    File,
    apply,
    declare,
    not_free,
    parts,
    spellings,
    unknown,
)

NO_TAG = "-"
_COLUMNS = ("label", "customers", "nearest", "tag", "dimension", "file", "sheet", "row")
_TYPES = ("text", "number", "text", "text", "text", "text", "text", "number")


@record
class Plan:
    """What a filled-in table says; `left` labels stay open, `done` are what it says already."""

    declared: Declared | None
    ignored: tuple[str, ...]
    left: int
    done: int


@record
class _Row:
    """`place` is where its tag stands."""

    label: str
    tag: str
    dimension: str
    place: Location


def write(store: Store, taxonomy: Taxonomy, target: Path, timezone: ZoneInfo) -> ExportReport:
    """Write the labels that wait for a tag, all of them, with columns to fill in."""
    to = Target(target)
    rows = [
        (label, customers, near, None, None, file, sheet, row)
        for label, customers, file, sheet, row, near in unknown(store, taxonomy, 0).rows
    ]
    written = to.write(_COLUMNS, _TYPES, rows, timezone)
    return ExportReport("labels", to.name, to.chosen_format, written.rows, _COLUMNS, written.guarded)


def read(path: Path, file: File, taxonomy: Taxonomy) -> Plan:
    """What the table says. UsageProblem with everything in it that cannot be."""
    rows = list(_rows(open_table(path), taxonomy))
    decided = [row for row in rows if row.tag]
    problems: list[Problem] = []
    homes = _homes(decided, taxonomy, problems)
    found: dict[str, DeclaredTag | None] = {}  # by identity of the label; None: no tag
    done = 0
    for row in decided:
        meaning = _meaning(row, homes, taxonomy)
        if isinstance(meaning, Problem):
            problems.append(meaning)
        elif meaning is not None and taxonomy.names.get(identity(row.label)) == meaning.tag:
            done += 1
        elif found.setdefault(identity(row.label), meaning) != meaning:
            what = _("“{label}” stands in several rows, each with another tag.").format(label=row.label)
            problems.append(Problem("label-twice", what, _("Keep one of them."), row.place))
    if problems:
        raise UsageProblem(problems)
    wanted = [meaning for meaning in found.values() if meaning is not None]
    ignored = tuple(row.label for row in decided if row.tag == NO_TAG)
    return Plan(declare(file, wanted) if wanted else None, ignored, len(rows) - len(decided), done)


def settle(op: Operation, file: File, plan: Plan, name: str) -> LabelsReport:
    """Do what the table called `name` says, in one operation."""
    report = LabelsReport(None, ignored=plan.ignored, left=plan.left, done=plan.done, dry_run=op.dry_run)
    if plan.declared is not None:
        gained = apply(op, file, plan.declared).gained
        report = replace(report, declared=plan.declared.tags, gained=gained)
    if plan.ignored:
        report = replace(report, customers=labels.ignore(op, plan.ignored))
    if op.kept:
        op.keep(name)
    return report


def _rows(table: TableFile, taxonomy: Taxonomy) -> Iterator[_Row]:
    """The rows with a label. UsageProblem where columns are missing or a row does not fit them."""
    there = {identity(header): index for index, header in enumerate(table.headers)}
    advice = _("Such a table is written by: tagctl tags unknown FILE.xlsx")
    missing = [name for name in ("label", "tag") if name not in there]
    if missing:
        what = _("There is no column “{name}”.")
        raise UsageProblem(
            [Problem("unknown-column", what.format(name=n), advice, table.location()) for n in missing]
        )
    for row in table.rows():
        if row.error is not None:
            what = _("This row has other columns than the header.")
            raise UsageProblem(Problem(row.error, what, advice, table.location(row.number)))
        cells = [(unguard(text) if table.guarded else text).strip() for text in row.texts]
        label, tag = cells[there["label"]], cells[there["tag"]]
        dimension = cells[there["dimension"]] if "dimension" in there else ""
        prefix, value = parts(tag)
        if identity(tag) not in taxonomy.names and identity(prefix) in map(identity, taxonomy.dimensions):
            tag, dimension = value, dimension or prefix
        if label:
            tag = NO_TAG if fold(tag) == NO_TAG else tag
            yield _Row(label, tag, dimension, table.location(row.number, "tag"))


def _homes(rows: list[_Row], taxonomy: Taxonomy, problems: list[Problem]) -> dict[str, tuple[str, str]]:
    """The new tags, by identity: name and dimension. One row that names the dimension is enough. It may be
    a new one, unless it is so like one that is there that it may be a slip."""
    dimensions = {identity(name): name for name in taxonomy.dimensions}
    homes: dict[str, tuple[str, str]] = {}
    for row in rows:
        if not row.dimension or row.tag == NO_TAG or identity(row.tag) in taxonomy.names:
            continue
        home = dimensions.setdefault(identity(row.dimension), row.dimension)
        if home not in taxonomy.dimensions and nearest(home, taxonomy.dimensions):
            what = _("There is no dimension {name}.").format(name=row.dimension)
            advice = meant(row.dimension, taxonomy.dimensions)
            problems.append(Problem("unknown-dimension", what, advice, row.place))
        name, other = homes.setdefault(identity(row.tag), (row.tag, home))
        if other != home:
            what = _("{tag} cannot be in two dimensions: {names}.").format(tag=name, names=f"{other}, {home}")
            problems.append(Problem("two-dimensions", what, _("Keep one of them."), row.place))
    return homes


def _meaning(
    row: _Row, homes: Mapping[str, tuple[str, str]], taxonomy: Taxonomy
) -> DeclaredTag | Problem | None:
    """What the label becomes; None: no tag."""
    tag = taxonomy.names.get(identity(row.tag))
    taken = not_free(row.label, taxonomy)
    if taken is not None and (tag is None or taxonomy.names.get(identity(row.label)) != tag):
        return replace(taken, location=row.place)
    if row.tag == NO_TAG:
        return None
    if tag is None:
        home = homes.get(identity(row.tag))
        return DeclaredTag(row.label, *home) if home is not None else _homeless(row, taxonomy)
    there = taxonomy.tags[tag].dimension
    if row.dimension and identity(row.dimension) != identity(there):
        what = _("{tag} is a tag of {home}, not of {dimension}.")
        what = what.format(tag=tag, home=there, dimension=row.dimension)
        return Problem("other-dimension", what, _("Leave the dimension empty."), row.place)
    return DeclaredTag(row.label, tag, there, alias=True)


def _homeless(row: _Row, taxonomy: Taxonomy) -> Problem:
    """A tag that is not there, and no dimension for a new one."""
    what = _("There is no tag {name}.").format(name=row.tag)
    advice = _("For a new tag, write its dimension beside it.")
    return Problem("needs-dimension", what, f"{meant(row.tag, spellings(taxonomy))} {advice}", row.place)
