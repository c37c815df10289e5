"""`rules check`: rules.yaml against the taxonomy and, where there is a database, what that holds."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.model import Catalog, Taxonomy
from tagctl.reports.checking import CheckReport, StageGap
from tagctl.rules import supposed
from tagctl.store import reading, tags
from tagctl.store.connection import Store
from tagctl.store.value_tags import with_values


def check(
    data: bytes | None,
    file: str,
    taxonomy: Taxonomy,
    catalog: Catalog,
    timezone: ZoneInfo,
    as_of: int,
    store: Store | None = None,
) -> CheckReport:
    """What is wrong in rules.yaml, what could be better, how much it defines; with a database also how many
    customers are in no stage of a lifecycle. Advice about what rules mean takes everything that they name as
    imported, and its examples are of `as_of`. Reads only."""
    compiled = rules.compile(data, file, taxonomy, catalog, timezone)
    found, warnings = compiled.ruleset, compiled.warnings
    if not compiled.problems:
        supposing = rules.compile(data, file, taxonomy, supposed.catalog(found, catalog), timezone)
        warnings += rules.review(supposing.ruleset, taxonomy, timezone, as_of, data)
    counts = {
        "rules": len(found.rules) + len(found.each),
        "metrics": len(found.metrics),
        "segments": len(found.segments),
    }
    gaps: tuple[StageGap, ...] = ()
    if store is not None and not compiled.problems:
        gaps = tuple(_gaps(store, taxonomy, ruled=bool(found.rules or found.each)))
    return CheckReport((file,), compiled.problems, warnings, counts, gaps)


def _gaps(store: Store, taxonomy: Taxonomy, *, ruled: bool) -> Iterator[StageGap]:
    """The customers in no stage of each lifecycle, by the tags they hold now. Where there are rules that
    never ran, that says nothing yet."""
    everybody = reading.count_customers(store)
    meaningful = reading.has_run(store) or not ruled
    ids = tags.ids(store)
    for dimension in with_values(store, taxonomy).dimensions.values():
        if dimension.kind != "lifecycle" or not dimension.tags:
            continue
        stages = [ids[tag] for tag in dimension.tags if tag in ids]
        count = reading.count_without(store, stages) if meaningful else None
        yield StageGap(dimension.name, count, everybody, dimension.location)
