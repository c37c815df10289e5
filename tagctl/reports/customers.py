"""Customers, duplicates, and what uniting them did."""

from __future__ import annotations

from collections.abc import Mapping

from tagctl.record import record
from tagctl.reports.tables import Cell
from tagctl.reports.why import Evidence


@record
class CustomerReport:
    """show CUSTOMER: fields in the order of the file, tags by dimension, events per type."""

    key: str
    name: str | None
    fields: tuple[tuple[str, str, Cell], ...]  # (field, type, value in stored form)
    tags: tuple[Evidence, ...]
    dimensions: Mapping[str, str]  # tag → dimension
    events: tuple[tuple[str, int, int | None, int | None], ...]  # (type, count, first, last)
    bans: tuple[Evidence, ...] = ()
    unknown_labels: tuple[str, ...] = ()
    gone: tuple[int, int] | None = None  # the operation whose snapshot had the customer no more, and when
    known_as: tuple[tuple[str, str], ...] = ()  # (key, phone …, text) from before a merge
    sharing: tuple[str, ...] = ()  # keys of others with the phone, e-mail address … that was asked for


@record
class DuplicateRow:
    """customers duplicates: one customer of a cluster of customers who may be the same person. `witnesses`:
    what speaks for it, of the whole cluster, such as `phone +8613812345678` or `name 王伟, birthday …`."""

    cluster: int
    customer: str
    name: str | None
    witnesses: tuple[str, ...]


@record
class MergedField:
    """A field in which customers who are united differ: the value kept, whose it was, the others' values."""

    field: str
    type: str
    value: Cell
    customer: str
    others: tuple[tuple[str, Cell], ...] = ()


@record
class MergeReport:
    """customers merge: who stays (`customer`), whose keys it answers to now, and what was united. `exclusive`
    and `banned` are conflicts that the next run settles: tags of one dimension that exclude each other,
    tags that are held and banned."""

    operation: int | None
    customer: str
    name: str | None
    merged: tuple[str, ...]
    keep: str
    fields: tuple[MergedField, ...] = ()
    tags_gained: tuple[str, ...] = ()
    events_moved: int = 0
    exclusive: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    dry_run: bool = False
