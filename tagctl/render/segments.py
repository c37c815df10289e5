"""Segments: how many, who, and how they spread over the tags."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import _
from tagctl.render.tables import show_table
from tagctl.render.terminal import Figure, Styled, heading, note, say, table
from tagctl.render.values import commas, percent
from tagctl.reports.tables import SegmentReport, Table


def show_segments(found: Table) -> None:
    """`segment list`: every segment with its size and share."""
    if not found.rows:
        say(_("rules.yaml has no segments. Ask by tags: tagctl segment show --tag TAG"))
        return
    table(
        [_("Segment"), _("Customers"), _("Share"), _("Strategy")],
        [
            [
                Styled(str(name), "name"),
                int(size or 0),
                Figure(f"{share:.1%}" if share is not None else ""),
                strategy,
            ]
            for name, size, share, strategy in found.rows
            if isinstance(size, int | None)
            and isinstance(share, float | None)
            and isinstance(strategy, str | None)
        ],
    )


def note_missing(names: Sequence[str]) -> None:
    """What a segment reads and no import has brought, on stderr."""
    if names:
        text = _("Not imported so far, and counted as none: {names}.")
        note(text.format(names=commas(names)))


def show_segment(report: SegmentReport, zone: ZoneInfo) -> None:
    """`segment show`: size, breakdown by dimension, first rows."""
    size = _("{size} of {all} customers").format(size=f"{report.size:,}", all=f"{report.customers:,}")
    share = percent(report.size, report.customers)
    say(Styled(report.name, "strong"), f"{': ' if report.name else ''}{size}", f" ({share})" if share else "")
    if report.strategy:
        say(_("Strategy: {strategy}").format(strategy=report.strategy))
    if report.breakdown:
        heading(_("They also hold"))
        table(
            [_("Dimension"), _("Tag"), _("Customers"), _("Share")],
            [
                [dimension, Styled(tag, "name"), count, Figure(percent(count, report.size))]
                for dimension, tag, count in report.breakdown
            ],
        )
    if report.rows.rows:
        heading(_("Customers"))
        show_table(report.rows, zone)
