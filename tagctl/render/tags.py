"""The list of tags as a table or a tree with bars, and where a tag is named."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, ngettext
from tagctl.render.terminal import Cell, Figure, Styled, bar, say, table
from tagctl.render.values import commas, day, percent
from tagctl.reports.tags import TagRow, UsedRow

_STATES = {
    "value": N_("value"),
    "undeclared": N_("gone from the file"),
    "unknown": N_("no tag yet"),
    "draft": N_("draft"),
    "pilot": N_("pilot"),
    "deprecated": N_("deprecated"),
}
_BAR = 16
_SHOWN = 30  # labels without a tag


def show_tag_list(rows: Sequence[TagRow], zone: ZoneInfo, *, tree: bool) -> None:
    """`tags list`."""
    most = max((row.customers for row in rows), default=0)
    tags = [row for row in rows if row.state != "unknown"]
    labels = [row for row in rows if row.state == "unknown"]
    shown = [*tags, *labels[:_SHOWN]] if not tree else tags
    if tree:
        for dimension in dict.fromkeys(row.dimension for row in tags):
            _show_dimension(dimension, [row for row in tags if row.dimension == dimension], most, zone)
        if labels:
            _show_dimension(_("Labels that are no tags yet"), labels[:_SHOWN], most, zone)
    else:
        title = [_("Tag"), _("Dimension"), *_titles()]
        table(title, [[_name(row), row.dimension or "", *_cells(row, most, zone)] for row in shown])
    say()
    text = ngettext("{count} tag", "{count} tags", len(tags)).format(count=len(tags))
    if labels:
        more = ngettext(
            "{count} label that is none yet (see: tagctl tags unknown)",
            "{count} labels that are none yet (see: tagctl tags unknown)",
            len(labels),
        )
        text = commas([text, more.format(count=len(labels))])
    say(text)


def show_places(rows: Sequence[UsedRow]) -> None:
    """`tags where-used`."""
    if not rows:
        say(_("Neither taxonomy.yaml nor rules.yaml uses it."))
        return
    table(
        [_("Place"), _("Section"), _("In"), _("Line")],
        [
            [f"{row.file}:{row.line}:{row.column}", row.section, Styled(row.entry, "name"), row.text]
            for row in rows
        ],
    )


def _show_dimension(name: str | None, rows: Sequence[TagRow], most: int, zone: ZoneInfo) -> None:
    say(Styled(name or "", "strong"))
    depths: dict[str, int] = {}
    for row in rows:
        depths[row.tag] = depths[row.parent] + 1 if row.parent in depths else 0
    table([_("Tag"), *_titles()], [[_name(row, depths[row.tag]), *_cells(row, most, zone)] for row in rows])
    say()


def _titles() -> list[str]:
    return [
        _("Customers"),
        _("Share"),
        "",
        _("Imported"),
        _("By hand"),
        _("By rule"),
        _("Last gained"),
        _("Last lost"),
        _("Used in"),
        _("State"),
    ]


def _name(row: TagRow, depth: int = 0) -> Styled:
    return Styled("  " * depth + row.tag, "warn" if row.state == "unknown" else "name")


def _cells(row: TagRow, most: int, zone: ZoneInfo) -> list[Cell]:
    state = row.state if row.state != "declared" else row.status or ""
    total = round(row.customers / row.share) if row.share else 0
    return [
        row.customers,
        Figure(percent(row.customers, total)),
        bar(row.customers, most, _BAR),
        row.imported or None,
        row.manual or None,
        row.by_rule or None,
        "" if row.gained_at is None else day(row.gained_at, zone),
        "" if row.lost_at is None else day(row.lost_at, zone),
        _used(row),
        Styled(_(_STATES[state]), "warn") if state in _STATES else "",
    ]


def _used(row: TagRow) -> str:
    """Rules 2, segments 1; what gives it first."""
    parts = (
        (_("rules"), row.rules),
        (_("conditions"), row.conditions),
        (_("segments"), row.segments),
        (_("actions"), row.actions),
        (_("tags"), row.taxonomy),
    )
    found = [f"{name} {count}" for name, count in parts if count]
    return commas([_("own rule"), *found] if row.rule else found)
