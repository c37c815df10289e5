"""How files would be taken, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tagctl.io.sources import chosen
from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.reports.importing import MappingProposal
from tagctl.store import catalog as stored
from tagctl.store.connection import Store
from tagctl.store.labels import Words
from tagctl.workflows.importing.deciding import decide
from tagctl.workflows.importing.loading import used
from tagctl.workflows.importing.mapping import check_headers
from tagctl.workflows.importing.opening import open_sources
from tagctl.workflows.importing.options import ImportOptions
from tagctl.workflows.importing.remembering import Recalled, recall


def propose(
    store: Store | None, subject: str, files: Sequence[Path], options: ImportOptions, taxonomy: Taxonomy
) -> tuple[MappingProposal, ...]:
    """How the files would be taken; reads only. `subject` is model.CUSTOMER or an event type, `store` None
    where there is no database yet, `taxonomy` what an import would apply first. Raises what import would."""
    fields = stored.read_fields(store) if store is not None else {}
    words = Words(store, taxonomy)
    subject = next((known for known in fields if identity(known) == identity(subject)), subject)
    sources = open_sources(chosen(files), options)
    check_headers((source.table for source in sources), options)
    proposals = []
    for source in sources:
        known = recall(store, subject, source.feed_headers, options) if store is not None else Recalled()
        mapping = decide(source.table, subject, fields, known.completed(options), words, known)
        columns = tuple(used(column) for column in mapping.columns())
        proposals.append(
            MappingProposal(source.table.path.name, columns, mapping.notes, known=bool(known.columns))
        )
    return tuple(proposals)
