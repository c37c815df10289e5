"""What the checks noticed, and whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.render.evidence import origin, source
from tagctl.render.terminal import Styled, say, table
from tagctl.render.values import day, labelled, listed, semicolons
from tagctl.reports.findings import FindingReport, FindingRow

_SEVERITIES = {"error": (N_("error"), "bad"), "warning": (N_("warning"), "warn"), "info": (N_("info"), "dim")}
_STATES = {"open": N_("open"), "accepted": N_("accepted"), "resolved": N_("resolved")}
_FEW = 5
_DETAILS = {"rules": N_("rules")}


def show_findings(rows: Sequence[FindingRow], titles: Mapping[str, str]) -> None:
    """`findings list`; `titles` says in words what each code means."""
    if not rows:
        say(_("Nothing to report: no findings."))
        return
    table(
        ["ID", _("Severity"), _("What"), _("About"), _("Count"), _("State"), _("Remarks")],
        [
            [
                str(row.id),
                _severity(row.severity),
                titles.get(row.code, row.code),
                Styled(" × ".join(row.subject), "name"),
                row.count,
                _(_STATES[row.state]),
                Styled(_details(row.details, _FEW), "dim"),
            ]
            for row in rows
        ],
    )


def _details(details: Mapping[str, object], most: int | None = None) -> str:
    """name: value; of a list of names the first `most`."""
    return semicolons(
        labelled(_(_DETAILS[name]) if name in _DETAILS else name, _names(str(value), most))
        for name, value in details.items()
    )


def _names(text: str, most: int | None) -> str:
    names = text.split(", ")
    return listed(names, len(names) if most is None else most)


def show_finding(report: FindingReport, titles: Mapping[str, str], manual: str, zone: ZoneInfo) -> None:
    """`findings show ID`: what it is, why it matters, and the customers with the evidence."""
    row = report.finding
    say(
        _severity(row.severity),
        f"  {labelled(titles.get(row.code, row.code), '')}",
        Styled(" × ".join(row.subject), "strong"),
    )
    say(
        _("{state}; first seen by operation {number}; code {code}").format(
            state=_(_STATES[row.state]), number=row.first_operation, code=row.code
        )
    )
    if row.details:
        say("  ", _details(row.details))
    if manual:
        say()
        say(manual)
    if not report.members:
        return
    say()
    lines: list[list[str | Styled]] = []
    for member in report.members:
        first = True
        for evidence in member.evidence:
            who = (member.key, member.name or "") if first else ("", "")
            lines.append(
                [
                    *who,
                    Styled(evidence.tag, "name"),
                    source(evidence),
                    day(evidence.since, zone),
                    origin(evidence),
                ]
            )
            first = False
        if first:
            lines.append([member.key, member.name or "", "", "", "", ""])
    table([_("Customer"), _("Name"), _("Tag"), _("Source"), _("Since"), _("From")], lines)
    if report.total > len(report.members):
        say(
            _("{shown} of {total} customers; all with --limit 0").format(
                shown=len(report.members), total=report.total
            )
        )


def _severity(severity: str) -> Styled:
    word, style = _SEVERITIES[severity]
    return Styled(_(word), style)
