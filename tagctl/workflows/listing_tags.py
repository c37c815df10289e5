"""`tags list` and `tags where-used`: who has each tag, from where, since when, and what names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Taxonomy
from tagctl.normalise import identity
from tagctl.reports.tags import Sort, TagRow, UsedRow
from tagctl.rules import Files
from tagctl.store import labels, reading, tags
from tagctl.store.connection import Store
from tagctl.store.tallies import Tally, tallies
from tagctl.store.value_tags import with_values

_SECTIONS = ("rules", "conditions", "segments", "actions", "taxonomy", "tests")
# Keys at the top of the files that count as another's.
_COUNTED_AS = {"metrics": "conditions", "layers": "rules", "dimensions": "taxonomy", "conflicts": "taxonomy"}


def used(files: Files, catalog: Catalog, timezone: ZoneInfo) -> tuple[UsedRow, ...]:
    """Every place of both files that names a tag, in their order. ConfigError where a file is not valid."""
    from tagctl.rules import references

    return tuple(
        UsedRow(
            one.tag,
            one.section,
            one.entry,
            one.node.source.file,
            one.node.line,
            one.node.column,
            one.node.source.lines[one.node.line - 1].strip(),
        )
        for one in references.find(files, catalog, timezone)
    )


def where_used(
    places: Iterable[UsedRow], store: Store | None, taxonomy: Taxonomy, label: str
) -> list[UsedRow]:
    """The places that name one tag. UsageProblem where there is no such tag."""
    known = with_values(store, taxonomy) if store is not None else taxonomy
    tag = known.names.get(identity(label))
    if tag is None:
        raise UsageProblem(reading.unknown_tag(label, known.tags))
    return [place for place in places if place.tag == tag]


def listed(
    store: Store,
    taxonomy: Taxonomy,
    places: Sequence[UsedRow] | None,
    *,
    sort: Sort | None = None,
    dimension: str | None = None,
    unused: bool = False,
) -> tuple[TagRow, ...]:
    """The tags in the order of the file, then those that only the database has, then labels that no tag
    answers to; or sorted. `places` is None where the files cannot tell. With `unused` only tags that nothing
    but their own rule names. UsageProblem where there is no such dimension."""
    uses = None if places is None else _uses(places, taxonomy)
    counted, total = tallies(store), reading.count_customers(store)
    stored = {tag.name: tag for tag in tags.stored_tags(store)}
    parents = {tag.id: tag.name for tag in stored.values()}
    rows = []
    for name in dict.fromkeys((*taxonomy.tags, *stored)):
        declared, here = taxonomy.tags.get(name), stored.get(name)
        tally = counted.get(name, Tally())
        state = "declared" if declared else here.state if here else ""
        if declared is None and not tally.customers and state != "value":
            continue  # gone from the file, and from everybody
        parent = declared.parent if declared else parents.get(here.parent or 0) if here else None
        home = declared.dimension if declared else here.dimension if here else None
        status = declared.status if declared else None
        rows.append(_row(name, home, parent, state, status, tally, total, uses))
    for label in labels.unknown(store):
        share = label.customers / total if total else None
        rows.append(TagRow(label.label, None, None, "unknown", None, label.customers, share))
    if dimension is not None:
        homes = {identity(row.dimension): row.dimension for row in rows if row.dimension}
        if identity(dimension) not in homes:
            raise UsageProblem(_no_dimension(dimension, homes.values()))
        rows = [row for row in rows if row.dimension == homes[identity(dimension)]]
    if unused:
        rows = [row for row in rows if row.state != "unknown" and not row.used]
    return tuple(sorted(rows, key=_ORDER[sort]) if sort else rows)


_ORDER: dict[Sort, Callable[[TagRow], int | str]] = {
    "name": lambda row: identity(row.tag),
    "customers": lambda row: -row.customers,
    "gained": lambda row: -(row.gained_at or 0),
    "lost": lambda row: -(row.lost_at or 0),
    "used": lambda row: -row.used,
}


def _row(
    name: str,
    home: str | None,
    parent: str | None,
    state: str,
    status: str | None,
    tally: Tally,
    total: int,
    uses: Counter[tuple[str, str]] | None,
) -> TagRow:
    counts = {section: None if uses is None else uses[name, section] for section in _SECTIONS}
    return TagRow(
        tag=name,
        dimension=home,
        parent=parent,
        state=state,
        status=status,
        customers=tally.customers,
        share=tally.customers / total if total else None,
        imported=tally.imported,
        manual=tally.manual,
        by_rule=tally.by_rule,
        gained_at=tally.gained_at,
        lost_at=tally.lost_at,
        rule=None if uses is None else uses[name, "own rule"] > 0,
        **counts,
    )


def _uses(places: Iterable[UsedRow], taxonomy: Taxonomy) -> Counter[tuple[str, str]]:
    """(tag, section) → in how many entries there it is named. Its own rule, and the family of rules of its
    dimension, count as `own rule`."""
    entries = set()
    for place in places:
        section = _COUNTED_AS.get(place.section, place.section)
        own = place.section == "rules" and place.entry in (place.tag, taxonomy.tags[place.tag].dimension)
        entries.add((place.tag, "own rule" if own else section, place.entry or f"{place.line}"))
    return Counter((tag, section) for tag, section, _entry in entries)


def _no_dimension(name: str, known: Iterable[str]) -> Problem:
    from tagctl.rules.problems import meant

    what = _("There is no dimension “{name}”.").format(name=name)
    return Problem("unknown-dimension", what, meant(name, known))
