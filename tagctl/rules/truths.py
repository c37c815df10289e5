"""Leaves that are true by themselves: tag, dimension, did, bucket, condition, segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal

from tagctl.messages import _
from tagctl.model import BUCKETS, Bucket, Compare, Condition, Duration, Followed, HasTag, TagRecord
from tagctl.rules import aggregates, literals, shape, values
from tagctl.rules.nodes import Node
from tagctl.rules.operators import MODIFIERS
from tagctl.rules.problems import listed
from tagctl.rules.resolve import Scope

# What each word asks of a tag's record.
RECORD_WORDS: Mapping[str, tuple[Literal["held", "gained", "lost"], str]] = {
    "held_for": ("held", "older_than"),
    "gained_within": ("gained", "newer_than"),
    "lost_within": ("lost", "newer_than"),
}
_FOLLOWING = ("followed_by", "not_followed_by")


def read(found: shape.Entries, subject: str, scope: Scope) -> Condition | None:
    """A leaf of such a subject; None after its problems are told."""
    own = tuple(m.name for m in MODIFIERS.values() if subject in m.subjects)
    if not values.only(found, (subject, *own), subject, scope):
        return None
    return _READERS[subject](found, scope)


def _name(found: shape.Entries, subject: str, scope: Scope) -> tuple[str, Node] | None:
    node = found.values[subject]
    text = literals.name(node, scope.problems, _("a name"))
    return None if text is None else (text, node)


def _named(found: shape.Entries, scope: Scope) -> Condition | None:
    """condition and segment stand for their own condition."""
    subject = "condition" if "condition" in found else "segment"
    wanted = _name(found, subject, scope)
    known = scope.conditions if subject == "condition" else scope.segments
    named = known.get(*wanted) if wanted else None
    return named[1] if named else None


# ── tags ─────────────────────────────────────────────────────────────────────────────────────────


def _tag(found: shape.Entries, scope: Scope) -> Condition | None:
    wanted = _name(found, "tag", scope)
    tag = scope.tag(*wanted) if wanted else None
    words = [word for word in found.values if word in RECORD_WORDS]
    if len(words) > 1:
        _one_only(found, words, scope)
        return None
    duration = literals.duration(found.values[words[0]], scope.problems) if words else None
    if tag is None or (words and duration is None):
        return None
    tags = scope.taxonomy.children(tag)
    if duration is None:
        return HasTag(tag, tags, found.node.location)
    part, operator = RECORD_WORDS[words[0]]
    return Compare(TagRecord(tag, tags, part), operator, duration, found.node.location)


def _dimension(found: shape.Entries, scope: Scope) -> Condition | None:
    wanted = _name(found, "dimension", scope)
    dimension = scope.dimension(*wanted) if wanted else None
    if dimension is None:
        return None
    tags = scope.taxonomy.dimensions[dimension].tags
    return HasTag(dimension, tags, found.node.location, dimension=True)


def _one_only(found: shape.Entries, words: list[str], scope: Scope) -> None:
    what = _("These do not stand together: {names}.").format(names=listed(f"`{word}`" for word in words))
    advice = _("Write one leaf for each, in a list.")
    scope.problems.error(found.keys[words[1]], "two-operators", what, advice)


# ── did ──────────────────────────────────────────────────────────────────────────────────────────


def _did(found: shape.Entries, scope: Scope) -> Condition | None:
    words = [word for word in found.values if word in _FOLLOWING]
    if len(words) > 1:
        _one_only(found, words, scope)
        return None
    if not words:
        what = _("It is not said what must follow, or must not.")
        advice = _("Add `followed_by` or `not_followed_by`; to ask for the event alone write {example}.")
        scope.problems.error(
            found.node, "no-operator", what, advice.format(example="{count: …, at_least: 1}")
        )
        return None
    within = _span(found, scope)
    first = aggregates.sources(found.values["did"], scope)
    then = aggregates.sources(found.values[words[0]], scope)
    if within is None or first is None or then is None:
        return None
    value = Followed(first, then, within, negative=words[0] == "not_followed_by")
    return Compare(value, "exists", 1, found.node.location)


def _span(found: shape.Entries, scope: Scope) -> Duration | None:
    """How long after the first event the other counts."""
    node = found.get("within")
    if node is None:
        shape.missing(found.node, "within", scope.problems, _("how soon the other must follow"))
        return None
    duration = literals.duration(node, scope.problems)
    if duration is not None and duration.unit not in ("h", "d", "w"):
        what = _("How soon something follows is counted in hours, days or weeks.")
        scope.problems.error(node, "duration-unit", what, _("Write for example 48h or 30d."))
        return None
    return duration


# ── bucket ───────────────────────────────────────────────────────────────────────────────────────


def _bucket(found: shape.Entries, scope: Scope) -> Condition | None:
    node = found.values["bucket"]
    share = literals.share(node, scope.problems)
    if share is None:
        return None
    places = None if share.share is None else Decimal(str(share.share)) * BUCKETS
    if places is None or places != int(places) or not 0 < places < BUCKETS:
        what = _("`bucket` takes a share between 0% and 100%, with at most two digits after the point.")
        scope.problems.error(node, "bad-share", what, _("Write for example 10%."))
        return None
    return Compare(Bucket(), "below", int(places), found.node.location)


_READERS: Mapping[str, Callable[[shape.Entries, Scope], Condition | None]] = {
    "tag": _tag,
    "dimension": _dimension,
    "did": _did,
    "bucket": _bucket,
    "condition": _named,
    "segment": _named,
}
