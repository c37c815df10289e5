"""`customers list`, `duplicates` and `merge`: who is who."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.reports.customers import DuplicateRow, MergeReport
from tagctl.reports.tables import Table
from tagctl.store import customers, duplicates, listing, merging
from tagctl.store.connection import Store
from tagctl.store.merging import Keep
from tagctl.store.operations import Operation


def listed(store: Store, limit: int = 0, *, gone: bool = False) -> Table:
    """Customers (those who are not gone, or those who are) with name, identifiers, earlier keys and the
    number of their tags; 0 lists all."""
    return listing.customers(store, limit, gone=gone)


def find_duplicates(store: Store) -> tuple[DuplicateRow, ...]:
    """Clusters of customers who may be the same person, with what speaks for it."""
    return duplicates.duplicates(store)


def merge(op: Operation, people: Sequence[str], into: str | None, keep: Keep) -> MergeReport:
    """Unite customers with `into` (else the first named), who keeps the key. Each is named by key; a phone,
    e-mail address … names all who share it.

    UsageProblem where one is not there, or where fewer than two different ones are named.
    """
    found: dict[int, tuple[str, str | None]] = {}
    if into is not None:
        number, key, called = customers.find(op.store, into)
        found[number] = (key, called)
    for text in people:
        shared = customers.sharing(op.store, text)
        own = [one for one in shared if one[1] == text] if len(people) > 1 else []  # a key says just whom
        for number, key, called in own or shared or [customers.find(op.store, text)]:
            found.setdefault(number, (key, called))
    if len(found) < 2:
        raise UsageProblem(
            Problem(
                "one-customer",
                _("All of these are one customer: {key}.").format(key=next(iter(found.values()))[0]),
                _("Name at least two customers. Who may be the same person: tagctl customers duplicates"),
            )
        )
    first, *others = found
    merged = merging.merge(op, first, others, keep)
    key, called = found[first]
    return MergeReport(
        operation=None,
        customer=key,
        name=called,
        merged=tuple(found[other][0] for other in others),
        keep=keep,
        fields=merged.fields,
        tags_gained=merged.tags,
        events_moved=merged.events,
        exclusive=merged.exclusive,
        banned=merged.banned,
        dry_run=op.dry_run,
    )
