"""What workflows return: plain frozen values that render/ draws and --format json prints as they are.

Instants are Unix seconds (UTC); render turns them into local or ISO times. No report holds translated
words, except `Problem` texts and `Wording`s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from tagctl.errors import Location, Problem
from tagctl.program import Timing
from tagctl.record import record

Cell = str | int | float | None


@record
class ColumnUse:
    """What became of one column of a file. `role` "tags" marks a tag column, "ignored" an ignored one."""

    header: str
    field: str
    type: str
    role: str | None = None
    filled: int = 0
    bad: int = 0
    separator: str | None = None
    examples: tuple[str, ...] = ()


@record
class CellCounts:
    """The cells of a file's rows, blank rows left out. read == stored + rejected + ignored + blank, always.

    Cells of rejected rows are rejected, as are those that cannot be read; `ignored` stand in columns left
    out; `blank` are empty or hold a word for nothing.
    """

    read: int = 0
    stored: int = 0
    rejected: int = 0
    ignored: int = 0
    blank: int = 0

    def row(self) -> tuple[int, int, int, int, int]:
        return self.read, self.stored, self.rejected, self.ignored, self.blank


@record
class FileReading:
    """How one file was read: what was decided and how many rows it held. `preset`: the product whose export
    it was recognised as; `mapping`: the named mapping by which it was read or under which it is saved.

    rows == imported + rejected + blank, always.
    """

    file: str
    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rows: int = 0
    imported: int = 0
    rejected: int = 0
    blank: int = 0
    columns: tuple[ColumnUse, ...] = ()
    notes: tuple[str, ...] = ()
    rejects_file: str | None = None
    preset: str | None = None
    mapping: str | None = None
    cells: CellCounts = CellCounts()


@record
class MappingProposal:
    """How a file would be taken. `known`: as earlier files of its kind were, or by a mapping named."""

    file: str
    columns: tuple[ColumnUse, ...]
    notes: tuple[str, ...]
    known: bool


@record
class Reject:
    """One row or cell that was not taken: where, its text, and why (a stable code and a sentence)."""

    location: Location
    code: str
    reason: str
    text: str = ""
    whole_row: bool = True


@record
class ImportReport:
    """rows_in = the sum of the files' rows. Customers: created, updated, unchanged. Events likewise."""

    operation: int | None
    subject: str
    files: tuple[FileReading, ...]
    unchanged_file: bool = False  # same bytes, mapping and options as the feed's last import: a no-op
    same_as_operation: int | None = None
    customers_created: int = 0
    customers_updated: int = 0
    customers_unchanged: int = 0
    events_created: int = 0
    events_updated: int = 0
    events_unchanged: int = 0
    tags_gained: int = 0
    tags_lost: int = 0
    customers_gone: int = 0  # whom a snapshot does not have any more
    customers_back: int = 0  # who were gone, and are in a file again
    tags_withheld: int = 0  # kept from customers by a ban
    tags_created: tuple[str, ...] = ()  # tags made of labels that were unknown
    mode: str = "sync"
    unknown_labels: Mapping[str, int] = field(default_factory=dict)  # label → customers
    suggestions: Mapping[str, str] = field(default_factory=dict)  # unknown label → the tag most like it
    rejects: tuple[Reject, ...] = ()
    rejects_file: str | None = None
    dry_run: bool = False


@record
class DeclaredTag:
    """What a label became in taxonomy.yaml: a tag of a dimension, or (`alias`) another spelling of one."""

    label: str
    tag: str
    dimension: str
    alias: bool = False


@record
class LabelsReport:
    """`tags add` and `tags ignore`. `gained`: customers' tags that came of it; `customers`: those who have
    an ignored label."""

    operation: int | None
    declared: tuple[DeclaredTag, ...] = ()
    ignored: tuple[str, ...] = ()
    gained: int = 0
    customers: int = 0
    dry_run: bool = False


@record
class TagChange:
    """What a run does to one tag. `members` counts customers before the run; `imported`,
    `confirmed` and `closed_imported` tell of imported assignments that the rule took over."""

    tag: str
    rule: str | None
    members: int
    gained: int
    lost: int
    imported: int = 0
    confirmed: int = 0
    closed_imported: int = 0
    state: Literal["ran", "waiting", "late", "draft", "gone"] = "ran"  # gone: nothing gives the tag any more
    needs: tuple[str, ...] = ()  # what a waiting or late rule waits for
    first_run: bool = False
    changed: bool = False
    would_gain: int = 0  # of a draft: what its rule would do, were it active
    would_lose: int = 0


def waiting(changes: Iterable[TagChange]) -> dict[tuple[str, str], list[str]]:
    """What rules wait for: (waiting or late, event type or field) → the tags whose rules need it. A rule
    that needs two things stands under both."""
    found: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        if change.state in ("waiting", "late"):
            for need in change.needs:
                found.setdefault((change.state, need), []).append(change.tag)
    return found


@record
class RunReport:
    operation: int | None  # None: nothing to write (or a dry run)
    as_of: int
    customers: int
    changes: tuple[TagChange, ...]
    gained: int
    lost: int
    closed_imported: int
    expired: int
    findings_opened: int
    findings_resolved: int
    findings_open: int
    past: bool = False  # as_of lies before now: rules that read today's fields are named
    reads_today: tuple[str, ...] = ()
    stopped_by: tuple[str, ...] = ()  # tags over the blast radius
    dry_run: bool = False
    seconds: float = 0.0
    closed_conflicts: int = 0  # imported and manual assignments that on_conflict closed
    closed_banned: int = 0  # those that a ban closed
    lifted: int = 0  # pins and bans whose time was over
    engine: str = "sqlite"  # what computed it
    engine_note: str = ""  # why DuckDB did not, where it was to
    profile: tuple[Timing, ...] = ()  # only where it was asked for


@record
class ForecastFlip:
    """One customer gains or loses one tag. `reason`: rule, instead (of `other`, in an exclusive dimension),
    implied (by `other`), expired, pin-ended, ban-ended."""

    customer: str
    name: str | None
    tag: str
    gained: bool
    reason: str
    other: str | None = None


@record
class ForecastDay:
    """What a run at this instant would change, after those of the days before."""

    at: int
    flips: tuple[ForecastFlip, ...]


@record
class ForecastReport:
    """run --forecast. `due` is what a run as of now would change, `days` what the local ends of the days
    after it do. `resting`: tags whose rules wait for data or are late, and so stay as they are."""

    as_of: int
    until: int
    customers: int
    due: ForecastDay
    days: tuple[ForecastDay, ...]
    resting: tuple[str, ...] = ()


@record
class TaxonomyChange:
    """One difference between taxonomy.yaml and the database. `kind`: add, rename, merge, drop, move,
    alias, edit. Breaking ones (merge, drop, move with members) need `taxonomy apply`."""

    kind: str
    tag: str
    into: str | None = None
    members: int = 0
    breaking: bool = False
    hint: str = ""


@record
class TaxonomyReport:
    operation: int | None
    changes: tuple[TaxonomyChange, ...]
    dimensions: int
    tags: int
    gained: int = 0
    lost: int = 0
    dry_run: bool = False


@record
class StageGap:
    """How many customers are in no stage of a lifecycle dimension; None while there was no run."""

    dimension: str
    customers: int | None
    of: int
    location: Location | None = None


@record
class CheckReport:
    """taxonomy check, rules check: `problems` are errors, `warnings` advice. `gaps`: each lifecycle, where
    there is a database and the rules have no errors."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    gaps: tuple[StageGap, ...] = ()


@record
class FixReport:
    """rules check --fix: what was mended, the changed lines (number, before, after), and the check of the
    mended text. `backup`: the name under which the old text is kept where no operation can undo it."""

    file: str
    mended: tuple[Problem, ...]
    lines: tuple[tuple[int, str, str], ...]
    check: CheckReport
    operation: int | None = None
    backup: str | None = None
    dry_run: bool = False


@record
class CountChange:
    """How many customers hold a tag, before and after."""

    tag: str
    before: int
    after: int


@record
class Effect:
    """Who would hold a tag under another rule: against the rules as they are (gained, lost), and against
    what is held now. `others` are further tags whose number changes against the rules as they are. `value`
    is that of --vary; keys are given where they were asked for."""

    members: int
    gained: int
    lost: int
    gained_from_now: int
    lost_from_now: int
    value: str | None = None
    others: tuple[CountChange, ...] = ()
    gained_keys: tuple[str, ...] = ()
    lost_keys: tuple[str, ...] = ()


@record
class SimulationReport:
    """rules simulate: `settings` are path and value of what was set, `path` is what was varied and `written`
    its value in the file. `held`: customers who hold the tag now; `members`: with the rule as it is."""

    tag: str
    as_of: int
    customers: int
    held: int
    members: int
    settings: tuple[tuple[str, str], ...]
    effects: tuple[Effect, ...]
    path: str | None = None
    written: str = ""
    state: str = "ran"  # of the rule as it is: ran, waiting, late
    needs: tuple[str, ...] = ()
    reads_today: tuple[str, ...] = ()  # with an as-of in the past: rules that read today's fields


@record
class AdditionReport:
    """rules add: the block as written, where it stands, the dimension of a tag that is new too, and whom the
    next run would give the tag."""

    operation: int | None
    tag: str
    block: str
    location: Location
    customers: int
    effect: Effect
    dimension: str | None = None
    state: str = "ran"
    needs: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    dry_run: bool = False


@record
class FindingRow:
    id: int
    code: str
    severity: Literal["error", "warning", "info"]
    subject: tuple[str, ...]
    count: int
    state: Literal["open", "accepted", "resolved"]
    first_operation: int
    details: Mapping[str, Any] = field(default_factory=dict)


@record
class FindingMember:
    """One customer (or thing) a finding is about, with its evidence: which tag came when, from where."""

    key: str
    name: str | None
    evidence: tuple[Evidence, ...] = ()


@record
class FindingReport:
    finding: FindingRow
    members: tuple[FindingMember, ...]
    total: int


@record
class Evidence:
    """How one assignment came about. For an import: file, sheet, row, the original text and, where the
    text is not the tag's name, the alias path. For a person: by, note. For a rule: its place."""

    tag: str
    source: str
    since: int
    operation: int
    kind: str = ""
    by: str | None = None
    note: str | None = None
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    text: str | None = None
    alias_path: tuple[str, ...] = ()
    pinned: bool = False
    until: int | None = None
    reason: str | None = None
    lost_operation: int | None = None
    lost_at: int | None = None
    lost_kind: str | None = None


@record
class Proof:
    """A condition for one customer: whether it holds, in words the rule's author used, the actual
    value against the threshold. `kind`: all, any, not, compare, tag. `missing`: there was no value."""

    kind: str
    holds: bool
    text: str
    actual: Cell | tuple[Cell, ...] = None
    wanted: str = ""
    value_type: str = ""
    missing: bool = False
    window: tuple[int | None, int | None] | None = None
    location: Location | None = None
    items: tuple[Proof, ...] = ()


@record
class Turned:
    """A leaf of a rule that turns: from then on it `holds` or not. A new event of one of `unless` before that
    would prevent it."""

    tag: str
    text: str
    holds: bool
    unless: tuple[str, ...] = ()
    location: Location | None = None


@record
class Turning:
    """When time alone will flip the tag: at `at` (None: not until `until`, as far as was looked), gained or
    lost, why (`reason` and `other` as of ForecastFlip), by which leaves. `ranks`: ranks among customers
    matter, and were taken as they are. Without newer events of `late` the rule stands still from `late_at`.
    """

    at: int | None
    until: int
    due: bool = False  # at once: a run as of now would do it
    gained: bool = False
    reason: str = ""
    other: str | None = None
    turned: tuple[Turned, ...] = ()
    ranks: bool = False
    late: str | None = None
    late_at: int | None = None


@record
class WhyReport:
    customer: str
    name: str | None
    tag: str
    dimension: str | None
    holds: bool
    as_of: int
    evidence: tuple[Evidence, ...]  # current assignments
    past: tuple[Evidence, ...] = ()  # earlier intervals, newest first
    rule: str | None = None
    rule_location: Location | None = None
    rule_state: str = ""  # ran, waiting, late, draft
    needs: tuple[str, ...] = ()
    when: Proof | None = None
    leave: Proof | None = None
    pilot: Proof | None = None
    implied_by: tuple[str, ...] = ()
    outranked_by: str | None = None  # the tag that won the exclusive dimension
    banned: Evidence | None = None
    asked: str = ""  # what the user typed, where it is an alias
    next: Turning | None = None  # where it was asked for


@record
class Wording:
    """A sentence, and what is listed below it."""

    text: str
    items: tuple[Wording, ...] = ()


@record
class Definition:
    """What a rule mentions by name. `kind`: metric, condition, events, period."""

    kind: str
    name: str
    wording: Wording


@record
class ExplainedRule:
    """A rule in words: its sentence first, then what else bears on it (leave, pilot, who wins). `tag` is None
    for a family whose tags are values. `state` is empty without a database; `sql` where it was asked for."""

    tag: str | None
    dimension: str
    wordings: tuple[Wording, ...]
    location: Location | None
    state: str = ""
    needs: tuple[str, ...] = ()
    sql: str | None = None


@record
class RulesExplained:
    """rules explain: the rules asked for, and everything that they mention by name, each thing once."""

    rules: tuple[ExplainedRule, ...]
    definitions: tuple[Definition, ...]


@record
class RuleTestFailure:
    """A tag that a test expects and the rules do not give (`expected`), or the other way round; `why` is the
    proof, and None for a value that no rule has made a tag."""

    tag: str
    expected: bool
    why: WhyReport | None


@record
class RuleTestResult:
    """One entry of `tests:`, by its number in the file (from 1). `held`, of one that failed: all the tags
    that the rules give."""

    number: int
    name: str | None
    passed: bool
    as_of: int
    held: tuple[str, ...]
    failures: tuple[RuleTestFailure, ...]
    location: Location | None


@record
class RuleTestReport:
    """rules test: `total` counts all tests of the file, the others those that were run."""

    total: int
    passed: int
    failed: int
    results: tuple[RuleTestResult, ...]


@record
class CustomerReport:
    """show CUSTOMER: fields in the order of the file, tags by dimension, events per type."""

    key: str
    name: str | None
    fields: tuple[tuple[str, str, Cell], ...]  # (field, type, value in stored form)
    tags: tuple[Evidence, ...]
    dimensions: Mapping[str, str]  # tag → dimension
    events: tuple[tuple[str, int, int | None, int | None], ...]  # (type, count, first, last)
    bans: tuple[Evidence, ...] = ()
    unknown_labels: tuple[str, ...] = ()
    gone: tuple[int, int] | None = None  # the operation whose snapshot had the customer no more, and when
    known_as: tuple[tuple[str, str], ...] = ()  # (key, phone …, text) from before a merge


@record
class DuplicateRow:
    """customers duplicates: one customer of a cluster of customers who may be the same person. `witnesses`:
    what speaks for it, of the whole cluster, such as `phone +8613812345678` or `name 王伟, birthday …`."""

    cluster: int
    customer: str
    name: str | None
    witnesses: tuple[str, ...]


@record
class MergedField:
    """A field in which customers who are united differ: the value kept, whose it was, the others' values."""

    field: str
    type: str
    value: Cell
    customer: str
    others: tuple[tuple[str, Cell], ...] = ()


@record
class MergeReport:
    """customers merge: who stays (`customer`), whose keys it answers to now, and what was united. `exclusive`
    and `banned` are conflicts that the next run settles: tags of one dimension that exclude each other,
    tags that are held and banned."""

    operation: int | None
    customer: str
    name: str | None
    merged: tuple[str, ...]
    keep: str
    fields: tuple[MergedField, ...] = ()
    tags_gained: tuple[str, ...] = ()
    events_moved: int = 0
    exclusive: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    dry_run: bool = False


@record
class Table:
    """Rows to list or export: `types` runs parallel to `columns`; values are in stored form."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int | None = None


@record
class SegmentReport:
    """segment show: how many of all customers, how they spread over tags, and the first rows."""

    name: str
    strategy: str | None
    size: int
    customers: int
    breakdown: tuple[tuple[str, str, int], ...]  # (dimension, tag, how many of the segment hold it)
    rows: Table
    not_imported: tuple[str, ...] = ()  # event types and fields that it reads and no import brought


@record
class ExportReport:
    what: str
    file: str
    format: str
    rows: int
    columns: tuple[str, ...]
    guarded: int = 0  # cells that got the formula guard's apostrophe
    not_imported: tuple[str, ...] = ()  # of a segment, as in SegmentReport


@record
class OperationRow:
    number: int
    kind: str
    at: int
    as_of: int
    by: str
    note: str | None
    what: str
    counts: Mapping[str, Any]
    undoes: int | None = None
    undone_by: int | None = None
    changes: tuple[tuple[str, str, str], ...] = ()  # (gained or lost, tag, source), for one customer or tag


@record
class UndoReport:
    operation: int | None
    undone: int
    kind: str
    counts: Mapping[str, int]
    files: tuple[str, ...] = ()
    dry_run: bool = False


# ── drafting a taxonomy ──────────────────────────────────────────────────────────────────────────


@record
class DraftTag:
    """A tag proposed for a label: how many customers have it, its aliases, and other spellings found that
    mean the same by themselves."""

    name: str
    customers: int
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@record
class DraftDimension:
    """Tags proposed for one dimension. `origin` says why they are together: known (the dimension is there
    already), column, prefix, words (the lexicon's) or unsorted."""

    name: str
    kind: str
    exclusive: Literal["none", "one"]
    tags: tuple[DraftTag, ...]
    origin: str
    file: str
    header: str


@record
class DraftFile:
    """A file that labels were read from. `event_type` is None for customers; `columns` hold labels; without
    a `key` the import needs to be told one. `labels` counts the cells' labels, each once per customer."""

    file: str
    event_type: str | None
    rows: int
    key: str | None
    columns: tuple[str, ...]
    labels: int
    path: str
    command: str  # that imports it
    tags: tuple[str, ...] = ()  # columns that the user said hold labels


@record
class WaitingRules:
    """Rules (by tag, or by dimension) that lack the same data: an event type, a field of customers, or one of
    events (`order.category`)."""

    need: str
    kind: Literal["events", "field", "event field"]
    rules: tuple[str, ...]


@record
class DraftReport:
    """`taxonomy draft`, and the part of `init --from` that is about tags. `text` is the taxonomy with the
    proposals; `held` counts customers by tag that was there already."""

    operation: int | None
    files: tuple[DraftFile, ...]
    dimensions: tuple[DraftDimension, ...]
    aliases: Mapping[str, tuple[str, ...]]
    held: Mapping[str, int]
    left_out: tuple[str, ...]  # labels that cannot be a tag's name
    text: str
    runs: tuple[str, ...] = ()
    waiting: tuple[WaitingRules, ...] = ()
    counting: tuple[str, ...] = ()  # tags found in the files whose rules only count for now
    written: bool = False
    dry_run: bool = False


@record
class InitReport:
    folder: str
    files: tuple[str, ...]
    timezone: str
    operation: int | None = None
    draft: DraftReport | None = None
