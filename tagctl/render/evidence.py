"""How an assignment came about and ended, in one line."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.render.values import commas, labelled, moment
from tagctl.reports.kinds import kind_name
from tagctl.reports.why import Evidence

SOURCES = {"import": N_("import"), "manual": N_("by hand"), "rule": N_("rule")}


def source(evidence: Evidence) -> str:
    """import, by hand, rule; a pin says so."""
    text = _(SOURCES[evidence.source]) if evidence.source in SOURCES else evidence.source
    return _("{source}, pinned").format(source=text) if evidence.pinned else text


def origin(evidence: Evidence) -> str:
    """Where it came from: file, sheet, row, text and alias path; person and note; or the operation."""
    if evidence.file:
        return _from_file(evidence)
    if evidence.source == "manual":
        text = _("{by}, operation {number}").format(by=evidence.by or "?", number=evidence.operation)
        remark = evidence.reason or evidence.note
        return labelled(text, remark) if remark else text
    return _("operation {number}").format(number=evidence.operation)


def _from_file(evidence: Evidence) -> str:
    place = [evidence.file or ""]
    if evidence.sheet:
        place.append(_("sheet {name}").format(name=evidence.sheet))
    if evidence.row is not None:
        place.append(_("row {row}").format(row=evidence.row))
    text = commas(place)
    if evidence.text:
        text += _(": the cell says “{text}”").format(text=evidence.text)
    if evidence.alias_path:
        text += " " + _("(alias: {path})").format(path=" → ".join(evidence.alias_path))
    return text + " " + _("[operation {number}]").format(number=evidence.operation)


def ending(evidence: Evidence, zone: ZoneInfo) -> str:
    """When and by what it was lost; empty for one that is held."""
    if evidence.lost_operation is None:
        return ""
    when = moment(evidence.lost_at, zone) if evidence.lost_at is not None else "?"
    return _("lost {when} by operation {number} ({kind})").format(
        when=when, number=evidence.lost_operation, kind=kind_name(evidence.lost_kind or "?")
    )
