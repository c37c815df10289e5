"""`tagctl fields`: what there is to write rules with."""

from __future__ import annotations

import typer

from tagctl.commands._options import ReadFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import single
from tagctl.errors import ConfigError
from tagctl.messages import _
from tagctl.render.tables import FIELD_TITLES
from tagctl.workflows import listing


def fields(context: typer.Context, format_: ReadFormat = "table") -> None:
    """Fields of customers and of every event type."""
    session = Session(context)
    with session.reading() as store:
        try:
            uses = listing.uses(session.ruleset(session.catalog(store)))
        except ConfigError:  # the fields help to mend the files
            uses = {}
        table = listing.fields(store, session.zone, uses)
    session.emit_table(table, format_, FIELD_TITLES)


app = single(
    fields,
    help=_(
        "List the fields that imports brought, with types and roles. These are the names that rules can use, "
        "each with how many rows have a value and an example."
    ),
    examples=("tagctl fields", "tagctl fields --format json"),
)
