"""What an edit of taxonomy.yaml means for the database, and what a check of the YAML files found."""

from __future__ import annotations

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close
from tagctl.render.problems import show_problems
from tagctl.render.terminal import Styled, say, table
from tagctl.reports import CheckReport, TaxonomyChange, TaxonomyReport

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


def _style(change: TaxonomyChange) -> str:
    return "bad" if change.breaking else ""


def show_check(report: CheckReport) -> None:
    """Errors and warnings of the files, or that there are none, with what they hold."""
    show_problems(report.problems)
    show_problems(report.warnings, warnings=True)
    counts = ", ".join(f"{_(name)}: {count:,}" for name, count in report.counts.items())
    files = ", ".join(report.files)
    if report.problems:
        say(
            ngettext("{files}: {count} error.", "{files}: {count} errors.", len(report.problems)).format(
                files=files, count=len(report.problems)
            )
        )
        return
    say(Styled(_("{files}: no errors.").format(files=files), "good"), f" {counts}" if counts else "")
    if report.warnings:
        say(
            ngettext(
                "{count} piece of advice above.", "{count} pieces of advice above.", len(report.warnings)
            ).format(count=len(report.warnings))
        )


# What the counts of a CheckReport are called.
COUNT_NAMES = (N_("dimensions"), N_("tags"), N_("rules"), N_("metrics"), N_("segments"), N_("aliases"))
