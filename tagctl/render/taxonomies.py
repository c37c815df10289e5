"""What an edit of taxonomy.yaml means for the database, and what a check of the YAML files found."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close
from tagctl.render.problems import show_problems
from tagctl.render.terminal import Cell, Styled, note, say, table
from tagctl.render.values import commas, labelled, listed, semicolons
from tagctl.reports.checking import CheckReport, StageGap
from tagctl.reports.tables import Table
from tagctl.reports.taxonomy import TaxonomyChange, TaxonomyReport

_KINDS = {
    "add": N_("new"),
    "rename": N_("renamed"),
    "merge": N_("merged"),
    "drop": N_("gone from the file"),
    "move": N_("moved"),
    "alias": N_("alias"),
    "edit": N_("changed"),
}


def show_taxonomy_changes(report: TaxonomyReport) -> None:
    """The preview or result of `taxonomy apply`."""
    say(
        _("taxonomy.yaml: {dimensions} dimensions, {tags} tags.").format(
            dimensions=report.dimensions, tags=report.tags
        )
    )
    if report.changes:
        say()
        show_changes(report.changes)
        say()
    if report.gained or report.lost:
        say(
            _("Customers’ tags: {gained} gained, {lost} lost.").format(gained=report.gained, lost=report.lost)
        )
    close(
        report.operation,
        dry_run=report.dry_run,
        nothing=_("The database already agrees with the file: nothing to apply."),
    )


def show_changes(changes: tuple[TaxonomyChange, ...]) -> None:
    """The differences between the file and the database; those that move members stand out."""
    table(
        [_("Change"), _("Tag"), _("Into"), _("Customers")],
        [
            [
                Styled(_(_KINDS[change.kind]) if change.kind in _KINDS else change.kind, _style(change)),
                change.tag,
                change.into,
                change.members,
            ]
            for change in changes
        ],
    )


def note_edits(report: TaxonomyReport) -> None:
    """What edits of taxonomy.yaml did within another command. New tags alone, which change nothing for
    anybody, are not worth a note."""
    by_kind: dict[str, list[str]] = {}
    for change in report.changes:
        by_kind.setdefault(change.kind, []).append(change.tag)
    if set(by_kind) == {"add"} and not (report.gained or report.lost):
        return
    parts = [f"{_(_KINDS.get(kind, kind))} {listed(tags)}" for kind, tags in by_kind.items()]
    note(_("taxonomy.yaml was edited, and that applies now: {changes}.").format(changes=semicolons(parts)))
    if report.operation is not None and not report.dry_run:
        note(_("It is operation {number}.").format(number=report.operation))
    if report.gained or report.lost:
        note(
            _("Customers’ tags: {gained} gained, {lost} lost.").format(gained=report.gained, lost=report.lost)
        )


def _style(change: TaxonomyChange) -> str:
    return "bad" if change.breaking else ""


def show_check(report: CheckReport) -> None:
    """Errors and warnings of the files, or that there are none, with what they hold."""
    show_problems(report.problems)
    show_problems(report.warnings, warnings=True)
    counts = commas(labelled(_(name), f"{count:,}") for name, count in report.counts.items())
    files = commas(report.files)
    if report.problems:
        say(
            ngettext("{files}: {count} error.", "{files}: {count} errors.", len(report.problems)).format(
                files=files, count=len(report.problems)
            )
        )
        return
    say(Styled(_("{files}: no errors.").format(files=files), "good"), f" {counts}" if counts else "")
    for gap in report.gaps:
        _show_gap(gap)
    if report.warnings:
        say(
            ngettext(
                "{count} piece of advice above.", "{count} pieces of advice above.", len(report.warnings)
            ).format(count=len(report.warnings))
        )


def _show_gap(gap: StageGap) -> None:
    """Customers in no stage, and how to see them."""
    if gap.customers is None:
        text = _("{dimension}: customers in no stage can be counted once there was a run.")
        say(text.format(dimension=gap.dimension))
    elif gap.customers:
        text = ngettext(
            "{dimension}: {count} customer of {all} is in no stage. See: {command}",
            "{dimension}: {count} customers of {all} are in no stage. See: {command}",
            gap.customers,
        )
        name = gap.dimension if gap.dimension.isalnum() else json.dumps(gap.dimension, ensure_ascii=False)
        command = f"tagctl segment show --when '{{not: {{dimension: {name}}}}}'"
        line = text.format(
            dimension=gap.dimension, count=f"{gap.customers:,}", all=f"{gap.of:,}", command=command
        )
        say(Styled(line, "warn"))


# What the counts of a CheckReport are called.
COUNT_NAMES = (
    N_("dimensions"),
    N_("tags"),
    N_("rules"),
    N_("metrics"),
    N_("segments"),
    N_("aliases"),
    N_("conflicts"),
)


def show_tags(found: Table) -> None:
    """`taxonomy show`: the tags under their dimensions, children indented below their parents."""
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    for dimension in dict.fromkeys(str(row["dimension"]) for row in rows):
        inside = [row for row in rows if row["dimension"] == dimension]
        kind, exclusive = inside[0]["kind"], inside[0]["exclusive"]
        marks = [str(mark) for mark in (kind, exclusive if exclusive != "none" else None) if mark]
        say(Styled(dimension, "strong"), f"  ({commas(marks)})" if marks else "")
        table(
            [_("Tag"), _("Customers"), _("Aliases"), _("Implies"), _("State"), _("Owner"), _("Purpose")],
            [_tag_row(row) for row in inside],
        )
        say()


def _tag_row(row: Mapping[str, object]) -> list[Cell]:
    def text(name: str) -> str:
        return "" if row[name] is None else str(row[name])

    members = row["members"]
    status = text("status") if row["state"] == "declared" else text("state")
    return [
        ("  " if row["parent"] else "") + text("tag"),
        members if isinstance(members, int) else None,
        text("aliases"),
        text("implies"),
        "" if status == "active" else status,
        text("owner"),
        text("purpose"),
    ]
