"""`show CUSTOMER`: what is known of one customer."""

from __future__ import annotations

from tagctl.reports.customers import CustomerReport
from tagctl.store import customers, evidence, reading
from tagctl.store.connection import Store


def show(store: Store, customer: str) -> CustomerReport:
    """The customer with this key, phone or e-mail: fields in the order of the file, current tags with how
    they came about, in the order of the taxonomy, events per type. UsageProblem where there is none."""
    number, key, called = customers.find(store, customer)
    homes = reading.dimensions_of_tags(store)
    places = {tag: place for place, tag in enumerate(homes)}
    tags = sorted(evidence.current(store, [number]).get(number, []), key=lambda e: places.get(e.tag, 0))
    return CustomerReport(
        key=key,
        name=called,
        fields=reading.customer_fields(store, number),
        tags=tuple(tags),
        dimensions={tag.tag: homes[tag.tag] for tag in tags},
        events=reading.customer_events(store, number),
        bans=tuple(evidence.bans(store, [number]).get(number, [])),
        unknown_labels=reading.unknown_labels(store, number),
        known_as=reading.known_as(store, number),
        gone=reading.gone(store, number),
        sharing=tuple(
            other
            for id_, other, _name in customers.sharing(store, customer)
            if id_ != number and reading.gone(store, id_) is None
        ),
    )
