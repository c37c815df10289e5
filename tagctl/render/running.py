"""What a run did, tag by tag."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import _, ngettext
from tagctl.render.closing import close
from tagctl.render.terminal import Cell, Figure, Styled, pairs, say, table
from tagctl.render.values import listed, moment, semicolons
from tagctl.reports.running import RunReport, TagChange, waiting


def show_run(report: RunReport, zone: ZoneInfo) -> None:
    """The run's report: changed tags, waiting rules, totals, findings, operation."""
    say(
        ngettext(
            "Computed as of {when} for {count} customer.",
            "Computed as of {when} for {count} customers.",
            report.customers,
        ).format(when=moment(report.as_of, zone), count=f"{report.customers:,}")
    )
    changed = [change for change in report.changes if change.gained or change.lost or change.imported]
    if changed:
        say()
        table(
            [_("Tag"), _("Before"), _("Gained"), _("Lost"), _("Remarks")],
            [_row(change, report) for change in changed],
        )
    _show_waiting(report)
    _show_drafts(report)
    _show_past(report)
    say()
    pairs(_totals(report), indent=0)
    if report.stopped_by and report.dry_run:
        text = _("Without --dry-run it would stop: more changes than --max-change allows: {tags}")
        say(Styled(text.format(tags=listed(report.stopped_by)), "bad"))
    _show_profile(report)
    nothing = _("Every tag is as it should be: nothing changed, nothing was written.")
    if report.stopped_by:
        nothing = _("The run was stopped: nothing was written.")
    close(report.operation, dry_run=report.dry_run, nothing=nothing)


def _row(change: TagChange, report: RunReport) -> list[Cell]:
    style = "bad" if change.tag in report.stopped_by else ""
    lost = change.lost + change.closed_imported
    return [
        Styled(change.tag, style or "name"),
        change.members,
        Figure(f"+{change.gained:,}" if change.gained else "0"),
        Figure(f"-{lost:,}" if lost else "0"),
        _remarks(change, report),
    ]


def _remarks(change: TagChange, report: RunReport) -> str:
    remarks = []
    if change.tag in report.stopped_by:
        remarks.append(_("more than --max-change"))
    if change.state == "gone":
        remarks.append(_("its rule is gone"))
    if change.first_run:
        remarks.append(_("first run"))
    elif change.changed:
        remarks.append(_("rule changed"))
    if change.imported:
        remarks.append(
            _("{imported} imported: {confirmed} confirmed, {closed} closed").format(
                imported=change.imported, confirmed=change.confirmed, closed=change.closed_imported
            )
        )
    return semicolons(remarks)


def _show_waiting(report: RunReport) -> None:
    found = waiting(report.changes)
    for state, text in (
        ("waiting", _("Rules that wait for data; their tags stay as they are:")),
        ("late", _("Rules whose data is late; their tags stay as they are:")),
    ):
        needs = {need: tags for (which, need), tags in found.items() if which == state}
        if not needs:
            continue
        say()
        say(Styled(text, "warn"))
        rules = (
            ngettext("{count} rule: {tags}", "{count} rules: {tags}", len(tags)).format(
                count=len(tags), tags=listed(tags)
            )
            for tags in needs.values()
        )
        pairs(zip(needs, rules, strict=True))


def _show_drafts(report: RunReport) -> None:
    drafts = [change for change in report.changes if change.state == "draft"]
    if not drafts:
        return
    say()
    say(Styled(_("Drafts: what their rules would do, were they active:"), "warn"))
    text = _("would gain {gained}, would lose {lost}")
    waits = _("waits for data ({needs})")
    rows = (
        waits.format(needs=listed(change.needs))
        if change.needs
        else text.format(gained=f"{change.would_gain:,}", lost=f"{change.would_lose:,}")
        for change in drafts
    )
    pairs(zip((change.tag for change in drafts), rows, strict=True))


def _show_profile(report: RunReport) -> None:
    """Where the time went: steps add up, rules and metrics were computed alone. The longest come first."""
    rules = _("What rules and metrics take alone; a run reads events once for all of them:")
    for title, name, kinds in (
        (_("Where the time went:"), _("Step"), ("step",)),
        (rules, _("Rule or metric"), ("rule", "metric")),
    ):
        found = [timing for timing in report.profile if timing.kind in kinds]
        found.sort(key=lambda timing: -timing.seconds)
        if found:
            say()
            say(title)
            table([name, _("Seconds")], [[timing.name, Figure(f"{timing.seconds:.3f}")] for timing in found])


def _show_past(report: RunReport) -> None:
    if report.past and report.reads_today:
        say()
        say(
            Styled(
                _("Customer fields keep no past; these rules read them as they are today: {rules}").format(
                    rules=listed(report.reads_today)
                ),
                "warn",
            )
        )


def _totals(report: RunReport) -> list[tuple[str, Cell]]:
    """Names and numbers; what is nothing is left out."""
    lost = f"{report.lost + report.closed_imported:,}"
    if report.closed_imported:
        lost += " " + _("({count} of them imported, which their rule does not confirm)").format(
            count=f"{report.closed_imported:,}"
        )
    rows: list[tuple[str, Cell]] = []
    if report.gained or report.lost or report.closed_imported:
        rows += [(_("Gained"), f"{report.gained:,}"), (_("Lost"), lost)]
    for name, count in (
        (_("Expired"), report.expired),
        (_("Closed by on_conflict"), report.closed_conflicts),
        (_("Closed by bans"), report.closed_banned),
        (_("Pins and bans lifted"), report.lifted),
    ):
        if count:
            rows.append((name, f"{count:,}"))
    if report.findings_open or report.findings_resolved:
        findings = _("{opened} new, {resolved} resolved, {open} open").format(
            opened=report.findings_opened, resolved=report.findings_resolved, open=report.findings_open
        )
        if report.findings_open:
            findings += "  " + _("(see: tagctl findings list)")
        rows.append((_("Findings"), findings))
    return rows
