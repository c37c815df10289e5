"""What an operation did to a customer or a tag, in a few words."""

from __future__ import annotations

from tagctl.messages import N_, _, ngettext
from tagctl.render.evidence import SOURCES
from tagctl.reports.operations import Change

_WORDS = {
    "created": N_("new: {name}"),
    "removed": N_("removed"),
    "restored": N_("restored"),
    "united": N_("united with {name}"),
    "separated": N_("separated from {name}"),
    "gone": N_("gone"),
    "back": N_("back"),
    "field": N_("{name}: {before} → {after}"),
    "events": N_("{name}: {count} new"),
    "corrected": N_("{name}: {count} corrected"),
    "pinned": N_("pinned: {name}"),
    "unpinned": N_("pin lifted: {name}"),
    "banned": N_("banned: {name}"),
    "unbanned": N_("ban lifted: {name}"),
    "renamed": N_("renamed: {before} → {after}"),
    "moved": N_("moved: {before} → {after}"),
    "parent": N_("parent: {before} → {after}"),
    "merged": N_("merged: {before} → {after}"),
    "state": N_("state: {before} → {after}"),
    "alias_added": N_("alias +{name}"),
    "alias_removed": N_("alias -{name}"),
}
_STATES = {
    "declared": N_("in the file"),
    "undeclared": N_("gone from the file"),
    "merged": N_("merged"),
    "value": N_("value"),
}
_NOTHING = "–"


def change_in_words(change: Change) -> str:
    """+VIP (import); city: 上海 → 北京; pinned: VIP (asked)"""
    if change.what in ("gained", "lost"):
        return _held(change)
    places = {
        "name": change.name,
        "before": _side(change, change.before),
        "after": _side(change, change.after),
        "count": change.count,
    }
    text = _(_WORDS[change.what]).format(**places)
    if change.what in ("pinned", "banned") and change.after:
        return _("{text} ({detail})").format(text=text, detail=change.after)
    if change.count is not None and "{count}" not in _WORDS[change.what]:
        return _("{text} ({detail})").format(text=text, detail=_customers(change.count))
    return text


def _side(change: Change, value: str | None) -> str:
    if change.what == "state" and value in _STATES:
        return _(_STATES[value])
    return value or _NOTHING


def _held(change: Change) -> str:
    source = change.source or ""
    origin = _(SOURCES[source]) if source in SOURCES else source
    tag = f"{'+' if change.what == 'gained' else '-'}{change.name}"
    if change.count is None:
        return _("{text} ({detail})").format(text=tag, detail=origin)
    return _("{text} ({detail})").format(text=tag, detail=f"{origin}, {_customers(change.count)}")


def _customers(count: int) -> str:
    return ngettext("{count} customer", "{count} customers", count).format(count=f"{count:,}")
