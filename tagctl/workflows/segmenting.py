"""Segments: a named condition of rules.yaml, or one asked for by tags and `--when`; who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.io.target import Target
from tagctl.messages import _
from tagctl.model import (
    CUSTOMER_ROLES,
    All,
    AnyOf,
    Catalog,
    Condition,
    HasTag,
    MetricValue,
    Not,
    Ruleset,
    Segment,
    Taxonomy,
    Type,
    Value,
)
from tagctl.normalise import identity
from tagctl.reports.tables import ExportReport, SegmentReport, Table
from tagctl.rules import readiness
from tagctl.rules.emit import question
from tagctl.sql import Sql, name
from tagctl.store import evaluate, exports, reading, tags
from tagctl.store.connection import Store
from tagctl.store.value_tags import with_values

TAG_COLUMNS = ("tags", "标签")


@dataclass(frozen=True, slots=True)
class Asking:
    """What segments are judged by: the checked YAML, what imports supplied, and the instant."""

    ruleset: Ruleset
    taxonomy: Taxonomy
    catalog: Catalog
    as_of: int
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Selection:
    """Customers by tags and a condition; all of `holds`, none of `lacks`, at least one of `any_of`."""

    holds: Sequence[str] = ()
    lacks: Sequence[str] = ()
    any_of: Sequence[str] = ()
    when: str | None = None


def list_segments(store: Store, asking: Asking) -> Table:
    """The segments of rules.yaml: how many customers each has now, their share, and its strategy."""
    segments = asking.ruleset.segments
    with exports.snapshot(store):
        total = reading.count_customers(store)
        found = sizes(store, asking)
    rows = tuple(
        (segment.name, found[segment.name], found[segment.name] / total if total else None, segment.strategy)
        for segment in segments
    )
    return Table(("segment", "customers", "share", "strategy"), ("text", "number", "number", "text"), rows)


def sizes(store: Store, asking: Asking) -> dict[str, int]:
    """Segment → how many customers it has now."""
    segments = asking.ruleset.segments
    if not segments:
        return {}
    ask = _ask(store, asking, [segment.when for segment in segments])
    with evaluate.answered(store, ask.steps, ask.tables):
        sums = ", ".join(f"coalesce(sum(a.c{n}), 0)" for n in range(len(segments)))
        counts = store.rows(f"SELECT {sums} FROM temp.{name(question.ANSWER)} a")[0]
    return {segment.name: int(count) for segment, count in zip(segments, counts, strict=True)}


def choose(store: Store, asking: Asking, segment: str | None, selection: Selection) -> Segment:
    """The named segment, or the one that the selection describes; UsageProblem for both or neither."""
    described = selection != Selection()
    if segment is not None and not described:
        return named(asking, segment)
    if described and segment is None:
        return ad_hoc(store, asking, selection)
    raise UsageProblem(
        Problem(
            "which-segment",
            _("Name a segment, or describe one by tags, not both.")
            if described
            else _("It is not said which customers."),
            _("Name a segment of rules.yaml, or use --tag, --not-tag, --any-tag, --when."),
        )
    )


def named(asking: Asking, segment: str) -> Segment:
    """The segment of this name. UsageProblem with the nearest where there is none."""
    wanted = identity(segment)
    for found in asking.ruleset.segments:
        if identity(found.name) == wanted:
            return found
    names = [found.name for found in asking.ruleset.segments]
    raise UsageProblem(
        Problem(
            "unknown-segment",
            _("There is no segment “{name}” in rules.yaml.").format(name=segment),
            _did_you_mean(segment, names)
            or _("Ask for one by its tags: --tag TAG --not-tag TAG --when CONDITION"),
        )
    )


def ad_hoc(store: Store, asking: Asking, selection: Selection) -> Segment:
    """A segment made of tags and a condition given on the command line. UsageProblem where a tag is
    unknown or the condition is wrong."""
    parts: list[Condition] = [_holds(store, asking, tag) for tag in selection.holds]
    parts += [Not(_holds(store, asking, tag)) for tag in selection.lacks]
    if selection.any_of:
        parts.append(AnyOf(tuple(_holds(store, asking, tag) for tag in selection.any_of)))
    if selection.when is not None:
        parts.append(
            rules.condition(selection.when, asking.taxonomy, asking.catalog, asking.timezone, asking.ruleset)
        )
    return Segment("", All(tuple(parts)))


def show(
    store: Store, asking: Asking, segment: Segment, columns: Sequence[str] = (), limit: int = 10
) -> SegmentReport:
    """How many are in a segment, how they spread over the tags of each dimension, and the first rows."""
    with exports.snapshot(store), _answer(store, asking, segment, columns) as (chosen, joined):
        stream = exports.customers(store, chosen, joined, limit)
        rows = tuple(stream.rows)
        size = int(store.value(f"SELECT count(*) FROM temp.{name(question.ANSWER)}"))
        return SegmentReport(
            name=segment.name,
            strategy=segment.strategy,
            size=size,
            customers=reading.count_customers(store),
            breakdown=exports.breakdown(store, question.ANSWER),
            rows=Table(stream.columns, stream.types, rows, size),
            not_imported=not_imported(asking, [segment.when]),
        )


def export(
    store: Store,
    asking: Asking,
    segment: Segment,
    target: Target,
    *,
    columns: Sequence[str] = (),
    now: int,
    by: str,
) -> ExportReport:
    """Write the customers of a segment: its columns, or these."""
    with exports.snapshot(store), _answer(store, asking, segment, columns) as (chosen, joined):
        stream = exports.customers(store, chosen, joined)
        written = target.write(stream.columns, stream.types, stream.rows, asking.timezone)
    what = f"segment {segment.name}".rstrip()
    exports.log(store, at=now, by=by, what=what, file=target.name, rows=written.rows, fields=stream.columns)
    return ExportReport(
        what,
        target.name,
        target.chosen_format,
        written.rows,
        stream.columns,
        written.guarded,
        not_imported(asking, [segment.when]),
    )


@contextmanager
def chosen(store: Store, asking: Asking, when: str) -> Iterator[Sql]:
    """Within: a query of the customers for whom a condition given on the command line holds."""
    segment = ad_hoc(store, asking, Selection(when=when))
    ask = _ask(store, asking, [segment.when], only_holding=True)
    with evaluate.answered(store, ask.steps, ask.tables):
        yield Sql(f"SELECT a.customer FROM temp.{name(question.ANSWER)} a")


def not_imported(asking: Asking, conditions: Iterable[Condition]) -> tuple[str, ...]:
    """The event types and fields that these read and no import brought: they count as none."""
    return readiness.not_supplied(readiness.inputs(asking.ruleset, conditions))


# ── who ──────────────────────────────────────────────────────────────────────────────────────────


def _holds(store: Store, asking: Asking, label: str) -> HasTag:
    """Holding a tag or one of its children; tags that are not in the file have none."""
    declared = asking.taxonomy.names.get(identity(label))
    if declared is not None:
        return HasTag(declared, asking.taxonomy.children(declared))
    stored = tags.resolve(store, label)
    if stored is None:
        known = {**dict.fromkeys(asking.taxonomy.tags), **reading.dimensions_of_tags(store)}
        raise UsageProblem(reading.unknown_tag(label, known))
    return HasTag(stored[1], (stored[1],))


def _ask(
    store: Store,
    asking: Asking,
    conditions: Sequence[Condition],
    values: Sequence[Value] = (),
    *,
    only_holding: bool = False,
) -> question.Question:
    return question.ask(
        asking.ruleset,
        tags.ids(store),
        asking.as_of,
        asking.timezone,
        conditions,
        values,
        taxonomy=with_values(store, asking.taxonomy),
        only_holding=only_holding,
    )


@contextmanager
def _answer(
    store: Store, asking: Asking, segment: Segment, columns: Sequence[str]
) -> Iterator[tuple[list[exports.Column], str]]:
    """Within: the customers of the segment in a temporary table, as columns to export and SQL to join."""
    chosen, metrics = _columns(store, asking, columns or segment.columns)
    ask = _ask(store, asking, [segment.when], metrics, only_holding=True)
    with evaluate.answered(store, ask.steps, ask.tables):
        yield chosen, f"CROSS JOIN temp.{name(question.ANSWER)} a ON a.customer = c.tagctl_id"


# ── columns ──────────────────────────────────────────────────────────────────────────────────────


def _columns(
    store: Store, asking: Asking, wanted: Sequence[str]
) -> tuple[list[exports.Column], list[MetricValue]]:
    """Fields, roles, metrics and `tags` by name, the key always first; without a wish the customer's key,
    name, phone and tags. The metrics are what v0, v1 … of the answer must hold."""
    available = exports.customer_columns(store)
    by_name = {identity(column.name): column for column in available}
    roles = {field.role: field.name for field in asking.catalog.fields if field.role}
    declared = {identity(field.name): field.type for field in asking.ruleset.declared_fields}
    by_metric = {identity(metric): metric for metric in asking.ruleset.metrics}
    metrics: list[MetricValue] = []
    found: list[exports.Column] = []
    for word in wanted or [role for role in ("key", "name", "phone") if role in roles] + ["tags"]:
        column = by_name.get(identity(word)) or by_name.get(identity(roles.get(word, "")))
        metric = by_metric.get(identity(word))
        if column is None and word in TAG_COLUMNS:
            column = available[-1]
        if column is not None:
            label = word if wanted else column.name
            found.append(exports.Column(label, column.type, column.sql))
        elif metric is not None:
            kind = asking.ruleset.metrics[metric].type
            found.append(exports.Column(word, kind, _metric_cell(kind, len(metrics))))
            metrics.append(MetricValue(metric, kind))
        elif word in CUSTOMER_ROLES or identity(word) in declared:  # no import has brought it
            found.append(exports.Column(word, declared.get(identity(word), "text"), "NULL"))
        else:
            raise UsageProblem(_unknown_column(word, asking, [column.name for column in available]))
    if not any(column.sql == exports.KEY for column in found):
        found.insert(0, next(column for column in available if column.sql == exports.KEY))
    return found, metrics


def _metric_cell(kind: Type, number: int) -> str:
    cell = name("a", f"v{number}")
    # An average or a ratio of money is a fraction of the stored unit.
    return f"CAST(round({cell}) AS INTEGER)" if kind == "money" else cell


def _unknown_column(word: str, asking: Asking, fields: Sequence[str]) -> Problem:
    known = [*fields, *asking.ruleset.metrics, *CUSTOMER_ROLES, TAG_COLUMNS[0]]
    return Problem(
        "unknown-column",
        _("“{name}” is neither a field, a role, a metric nor tags.").format(name=word),
        _did_you_mean(word, known) or _("The fields there are: tagctl fields"),
    )


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return _("Did you mean {names}?").format(names=", ".join(near)) if near else ""
