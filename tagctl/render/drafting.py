"""A drafted taxonomy: what was found in which file, the proposals by dimension, which rules can run."""

from __future__ import annotations

from tagctl.messages import _, ngettext
from tagctl.render.closing import close, next_steps
from tagctl.render.terminal import Styled, note, say
from tagctl.render.values import listed
from tagctl.reports.drafting import DraftDimension, DraftFile, DraftReport

_SHOWN = 6  # tags of a dimension, rules of a need


def show_found(report: DraftReport, *, error: bool = False) -> None:
    """The files, the tags proposed and the rules: what a person checks before importing."""
    for file in report.files:
        say(_file(file), error=error)
    for dimension in report.dimensions:
        say("  ", Styled(dimension.name, "strong"), "  ", _tags(dimension), error=error)
    if report.held:
        known = sorted(report.held.items(), key=lambda item: -item[1])
        text = _("In the taxonomy already: {tags}")
        say("  ", text.format(tags=listed([f"{tag} {count:,}" for tag, count in known], _SHOWN)), error=error)
    for tag, aliases in report.aliases.items():
        text = _("New aliases of {tag}: {aliases}")
        say("  ", text.format(tag=tag, aliases=listed([*aliases], _SHOWN)), error=error)
    if report.left_out:
        text = _("Left out, for they are no names: {labels}")
        say("  ", Styled(text.format(labels=listed([*report.left_out], _SHOWN)), "warn"), error=error)
    _rules(report, error=error)


def _file(file: DraftFile) -> str:
    if file.event_type is None:
        text = ngettext("{file}: {count} row of customers", "{file}: {count} rows of customers", file.rows)
    else:
        text = ngettext(
            "{file}: {count} row of events ({type})", "{file}: {count} rows of events ({type})", file.rows
        )
    said = text.format(file=file.file, count=f"{file.rows:,}", type=file.event_type)
    if file.columns:
        found = ngettext("; {count} label in {columns}", "; {count} labels in {columns}", file.labels)
        said += found.format(count=f"{file.labels:,}", columns=listed([*file.columns], _SHOWN))
    else:
        said += _("; no column of tags")
    return said


def _tags(dimension: DraftDimension) -> str:
    return listed([f"{tag.name} {tag.customers:,}" for tag in dimension.tags], _SHOWN)


def _rules(report: DraftReport, *, error: bool) -> None:
    if report.runs:
        text = ngettext(
            "{count} rule has its data: {rules}", "{count} rules have their data: {rules}", len(report.runs)
        )
        say(text.format(count=len(report.runs), rules=listed([*report.runs], _SHOWN)), error=error)
    for waiting in report.waiting:
        text = {
            "events": _("Waiting for events {need} (tagctl import events {need} FILE): {rules}"),
            "field": _("Waiting for {need}, a column of customers: {rules}"),
            "event field": _("Waiting for {need}, a column of events: {rules}"),
        }[waiting.kind]
        say("  ", text.format(need=waiting.need, rules=listed([*waiting.rules], _SHOWN)), error=error)
    if report.counting:
        text = _(
            "Your files hold tags that rules of the template give too: {tags}. Until you delete their "
            "`status: draft` in taxonomy.yaml, these rules only count what they would change."
        )
        say(text.format(tags=listed([*report.counting], _SHOWN)), error=error)


def show_ways_on(report: DraftReport, *, imported: bool) -> None:
    """The commands after `init --from`."""
    steps = [] if imported else [(_command(file), _("bring them in")) for file in report.files]
    next_steps(
        *steps,
        ("tagctl run --dry-run", _("see what the rules would change")),
        ("tagctl run", _("let the rules decide")),
        ("tagctl findings list", _("what needs a person")),
    )


def _command(file: DraftFile) -> str:
    header = _("HEADER")
    return file.command if file.key is not None else f"{file.command} --key {header}"


def show_written(report: DraftReport) -> None:
    """`taxonomy draft --write`: what is in taxonomy.yaml now."""
    show_found(report)
    close(report.operation, dry_run=report.dry_run, nothing=_nothing(report))
    if report.operation is not None:
        next_steps(("tagctl taxonomy show", _("who holds which")))


def note_found(report: DraftReport) -> None:
    """The same beside a draft that is printed; it goes to stderr."""
    show_found(report, error=True)
    if not report.dimensions and not report.aliases:
        note(_nothing(report))


def _nothing(report: DraftReport) -> str:
    """Why nothing is proposed."""
    if any(file.labels for file in report.files):
        return _("All of these labels are in the taxonomy already.")
    return _("There are no labels in these files.")
