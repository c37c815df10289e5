"""`assign`, `unassign`, `pin`, `ban`: what a person decides about one tag and some customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Dimension, Tag, Taxonomy
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.by_hand import HandReport, Meeting, Outcome, Verb
from tagctl.rules.time import ahead, day, local_date
from tagctl.sql import Sql
from tagctl.store import by_hand, reading, tags
from tagctl.store.by_hand import Decided, Decision
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.store.value_tags import with_values
from tagctl.workflows.by_hand.who import Who, listed, named


@record
class Order:
    """What a person says, and what it is understood by: `meets` gives, within, a query of the customers for
    whom a condition holds."""

    verb: Verb
    tag: str
    who: Who
    taxonomy: Taxonomy
    timezone: ZoneInfo
    meets: Callable[[Store, str], AbstractContextManager[Sql]]
    until: int | None = None
    reason: str | None = None


@record
class Subject:
    """The tag: as stored, as declared (None where it is gone from taxonomy.yaml), and the taxonomy."""

    id: int
    name: str
    declared: Tag | None
    taxonomy: Taxonomy


def subject(store: Store, taxonomy: Taxonomy, verb: Verb, label: str, people: Sequence[str] = ()) -> Subject:
    """The tag that a name or alias means. UsageProblem where there is none; one that is gone from the file
    can only be taken away."""
    known = with_values(store, taxonomy)
    declared = known.tags.get(known.names.get(identity(label), ""))
    stored = tags.resolve(store, declared.name if declared else label)
    if stored is not None and (declared is not None or verb == "unassign"):
        return Subject(stored[0], stored[1], declared, known)
    problem = reading.unknown_tag(label, known.tags)
    if any(identity(person) in known.names for person in people):
        advice = _("The tag comes first, then the customers: tagctl {verb} TAG CUSTOMER…").format(verb=verb)
        problem = Problem(problem.code, problem.what, advice)
    raise UsageProblem(problem)


def until(text: str, now: int, zone: ZoneInfo) -> int | None:
    """The end of a duration (30d, 3个月) that begins now; None where the text is none."""
    found = rules.duration(text)
    return None if found is None else ahead(now, found, zone)


def carry_out(op: Operation, order: Order) -> HandReport:
    """Do what a person says; the operation is kept where something changed. UsageProblem with all customers
    that are not there."""
    about = subject(op.store, order.taxonomy, order.verb, order.tag, order.who.names)
    with _customers(op.store, order) as customers:
        return decide(
            op,
            order.verb,
            about,
            customers,
            timezone=order.timezone,
            until=order.until,
            reason=order.reason,
        )


def _customers(store: Store, order: Order) -> AbstractContextManager[Sql]:
    who = order.who
    if who.when is not None:
        return order.meets(store, who.when)
    return nullcontext(named(store, who.names) if who.file is None else listed(store, who.file, who.column))


# ── what ─────────────────────────────────────────────────────────────────────────────────────────


def decide(
    op: Operation,
    verb: Verb,
    about: Subject,
    who: Sql,
    *,
    timezone: ZoneInfo,
    until: int | None = None,
    reason: str | None = None,
) -> HandReport:
    """Write the decision about the customers of a query; the operation is kept where something changed.

    What was given by hand today need not be dated anew, but where the newest wins.
    """
    home = about.taxonomy.dimensions[about.declared.dimension] if about.declared else None
    competing = home is not None and home.on_conflict == "newest"
    decision = Decision(
        verb,
        about.id,
        op.as_of if competing else day(local_date(op.as_of, timezone).isoformat(), timezone)[0],
        until,
        reason,
        _choices(op.store, about, home),
        competing,
    )
    by_hand.choose(op, about.id, who)
    decided = by_hand.decide(op, decision, _relatives(op.store, about))
    if decided.changed:
        op.keep(_what(about.name, decided))
    return HandReport(
        operation=None,
        verb=verb,
        tag=about.name,
        dimension=reading.dimensions_of_tags(op.store)[about.name],
        customers=decided.customers,
        changed=decided.changed,
        gained=decided.gained,
        lost=decided.lost,
        by_rule=decided.by_rule,
        until=until,
        reason=reason,
        outranked=decided.outranked,
        meets=_meetings(verb, about, home, decided),
        below={tag: count for tag, count in decided.related.items() if tag in _below(about)},
        people=decided.people,
        dry_run=op.dry_run,
        **decided.counts,
    )


def _choices(store: Store, about: Subject, home: Dimension | None) -> dict[int, str]:
    """The tags of an exclusive dimension with their choices."""
    if home is None or home.exclusive == "none":
        return {}
    ids = tags.ids(store)
    return {ids[tag]: about.taxonomy.tags[tag].choice for tag in home.tags if tag in ids}


def _below(about: Subject) -> set[str]:
    return set(about.taxonomy.children(about.name)) - {about.name} if about.declared else set()


def _foes(about: Subject) -> set[str]:
    """Tags that the taxonomy declares to be in conflict with this one, their children included."""
    return {
        child
        for names in about.taxonomy.conflicts
        if any(about.name in about.taxonomy.children(name) for name in names)
        for name in names
        if about.name not in about.taxonomy.children(name)
        for child in about.taxonomy.children(name)
    }


def _relatives(store: Store, about: Subject) -> list[int]:
    """The tags of which the report tells how many of the customers hold them."""
    ids = tags.ids(store)
    return [ids[tag] for tag in (*_below(about), *_foes(about)) if tag in ids]


def _meetings(verb: Verb, about: Subject, home: Dimension | None, decided: Decided) -> tuple[Meeting, ...]:
    """What the tag meets now, and how the next run settles it."""
    if verb not in ("assign", "pin") or about.declared is None:
        return ()
    found = []
    for (tag, pinned), count in decided.rivals.items():
        outcome = _outcome(verb == "pin", about, home, tag, pinned=pinned)
        found.append(Meeting(tag, count, outcome))
    rivals = {tag for tag, _pinned in decided.rivals}
    foes = _foes(about) - rivals
    found += [Meeting(tag, count, "stays") for tag, count in decided.related.items() if tag in foes]
    return tuple(found)


def _outcome(pins: bool, about: Subject, home: Dimension | None, rival: str, *, pinned: bool) -> Outcome:
    """As a run decides between two choices that imports and people gave."""
    assert home is not None and about.declared is not None
    if home.on_conflict == "flag" or (pins and pinned):
        return "stays"
    if pins or pinned:
        return "ends" if pins else "loses"
    later = about.taxonomy.tags[rival].position > about.declared.position
    return "loses" if home.on_conflict == "later" and later else "ends"


def _what(tag: str, decided: Decided) -> str:
    """What the operation is about, for the history: the tag and the first customers."""
    keys = ", ".join(key for key, _name in decided.people)
    return f"{tag}: {keys}" + (" …" if decided.changed > len(decided.people) else "")
