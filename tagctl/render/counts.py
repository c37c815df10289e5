"""The counts of an operation in words: `customers_created: 270` is “customers new 270”."""

from __future__ import annotations

from collections.abc import Mapping

from tagctl.messages import N_, _

_WHOLE = {
    "rows": N_("rows"),
    "rejected": N_("rejected"),
    "gained": N_("gained"),
    "lost": N_("lost"),
    "confirmed": N_("confirmed"),
    "expired": N_("expired"),
    "closed_imported": N_("imported tags closed"),
    "closed_conflicts": N_("closed by on_conflict"),
    "closed_banned": N_("closed by bans"),
    "taken_over": N_("from files, now by hand"),
    "restarted": N_("dated anew"),
    "outranked": N_("outranked tags of rules"),
    "pinned": N_("pinned"),
    "unpinned": N_("pins lifted"),
    "banned": N_("banned"),
    "unbanned": N_("bans lifted"),
    "taxonomy_changes": N_("changes of the taxonomy"),
    "labels_settled": N_("labels that became tags"),
    "labels_ignored": N_("labels to be ignored"),
    "decided": N_("pairs decided"),
}
_THINGS = {
    "customers": N_("customers"),
    "events": N_("events"),
    "event_types": N_("event types"),
    "fields": N_("fields"),
    "tags": N_("tags"),
    "dimensions": N_("dimensions"),
    "aliases": N_("aliases"),
    "labels": N_("labels"),
    "readings": N_("labels read"),
    "assignments": N_("customers’ tags"),
    "findings": N_("findings"),
    "feeds": N_("kinds of file"),
    "imports": N_("imports"),
    "overrides": N_("pins and bans"),
    "known_as": N_("earlier keys"),
    "verdicts": N_("verdicts"),
}
_DONE = {
    "created": N_("new"),
    "updated": N_("changed"),
    "changed": N_("changed"),
    "converted": N_("converted"),
    "gained": N_("gained"),
    "lost": N_("lost"),
    "removed": N_("removed"),
    "restored": N_("restored"),
    "closed": N_("closed"),
    "opened": N_("opened"),
    "resolved": N_("resolved"),
    "merged": N_("merged"),
    "moved": N_("moved"),
    "gone": N_("gone"),
    "back": N_("back"),
}


def in_words(counts: Mapping[str, object]) -> list[tuple[str, int]]:
    """Names in the language in use with their numbers, without what is zero."""
    return [(_name(key), count) for key, count in counts.items() if isinstance(count, int) and count]


def _name(key: str) -> str:
    if key in _WHOLE:
        return _(_WHOLE[key])
    thing, _underscore, done = key.rpartition("_")
    if thing in _THINGS and done in _DONE:
        return f"{_(_THINGS[thing])} {_(_DONE[done])}"
    return key.replace("_", " ")
