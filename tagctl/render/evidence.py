"""How an assignment came about and ended, in one line."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.render.values import commas, labelled, moment
from tagctl.reports.why import Evidence

SOURCES = {"import": N_("import"), "manual": N_("by hand"), "rule": N_("rule")}
KINDS = {
    "tags": N_("labels"),
    "init": N_("init"),
    "import": N_("import"),
    "run": N_("run"),
    "taxonomy": N_("taxonomy"),
    "fix": N_("fix"),
    "undo": N_("undo"),
    "assign": N_("assign"),
    "unassign": N_("unassign"),
    "pin": N_("pin"),
    "ban": N_("ban"),
    "rules": N_("rules"),
    "merge": N_("merge"),
    "tags-rename": N_("tag renamed"),
    "tags-merge": N_("tags merged"),
    "tags-move": N_("tag moved"),
    "tags-plan": N_("labels decided"),
    "tags-review": N_("labels decided"),
    "tags-verdicts": N_("verdicts removed"),
    "tags-retire": N_("tag retired"),
    "tags-split": N_("tag split"),
}


def kind_name(kind: str) -> str:
    """What an operation of this kind is called."""
    return _(KINDS[kind]) if kind in KINDS else kind


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
