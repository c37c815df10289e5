"""`tagctl tags list|where-used`."""

from __future__ import annotations

from typing import Annotated

import typer

from tagctl.commands._options import ReadFormat
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.errors import ConfigError
from tagctl.messages import _
from tagctl.reports.tags import Sort, TagRow, UsedRow


def list_(
    context: typer.Context,
    sort: Annotated[
        Sort | None,
        typer.Option(
            "--sort", help=_("By name, customers, last gain, last loss or uses; else as in the file.")
        ),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help=_("By dimension, children below their parents."))
    ] = False,
    dimension: Annotated[
        str | None, typer.Option("--dimension", metavar="NAME", help=_("Only the tags of this dimension."))
    ] = None,
    unused: Annotated[
        bool, typer.Option("--unused", help=_("Only tags that no other rule, segment, action or tag uses."))
    ] = False,
    format_: ReadFormat = "table",
) -> None:
    """Who has each tag, from where, since when, and what uses it."""
    from tagctl.render.tags import show_tag_list
    from tagctl.render.terminal import note
    from tagctl.workflows import listing_tags

    session = Session(context)
    taxonomy = session.taxonomy  # what is wrong there is not said of rules.yaml
    with session.reading() as store:
        try:
            places = listing_tags.used(session.files, session.catalog(store), session.zone)
        except ConfigError:
            if unused:
                raise
            places = None
            note(_("rules.yaml has errors, so where tags are used is not told. See: tagctl rules check"))
        rows = listing_tags.listed(store, taxonomy, places, sort=sort, dimension=dimension, unused=unused)
    session.emit_rows(rows, TagRow, format_, lambda: show_tag_list(rows, session.zone, tree=tree))


def where_used(
    context: typer.Context,
    tag: Annotated[str, typer.Argument(metavar="TAG", help=_("The tag, by its name or an alias."))],
    format_: ReadFormat = "table",
) -> None:
    """Every place of both files that names it."""
    from tagctl.render.tags import show_places
    from tagctl.workflows import listing_tags

    session = Session(context)
    places = listing_tags.used(session.files, session.known_catalog(), session.zone)
    if session.settings.database.exists():
        with session.reading() as store:
            rows = listing_tags.where_used(places, store, session.taxonomy, tag)
    else:
        rows = listing_tags.where_used(places, None, session.taxonomy, tag)
    session.emit_rows(rows, UsedRow, format_, lambda: show_places(rows))


def register(app: typer.Typer) -> None:
    """Gives `tagctl tags` these commands."""
    add(
        app,
        list_,
        name="list",
        help=_(
            "List the tags: how many customers have each, from files, by hand and by rule, when it was last "
            "gained and lost, and what uses it. Labels that no tag answers to come last."
        ),
        examples=(
            "tagctl tags list --sort customers",
            "tagctl tags list --tree",
            "tagctl tags list --unused --format csv",
        ),
    )
    add(
        app,
        where_used,
        name="where-used",
        help=_(
            "List every place of taxonomy.yaml and rules.yaml that names a tag, with its line. Names of its "
            "parents and children are other tags'."
        ),
        examples=("tagctl tags where-used VIP",),
    )
