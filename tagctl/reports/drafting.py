"""A taxonomy proposed from files; a project begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tagctl.record import record


@record
class DraftTag:
    """A tag proposed for a label: how many customers have it, its aliases, and other spellings found that
    mean the same by themselves."""

    name: str
    customers: int
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@record
class DraftDimension:
    """Tags proposed for one dimension. `origin` says why they are together: known (the dimension is there
    already), column, prefix, words (the lexicon's) or unsorted."""

    name: str
    kind: str
    exclusive: Literal["none", "one"]
    tags: tuple[DraftTag, ...]
    origin: str
    file: str
    header: str


@record
class DraftFile:
    """A file that labels were read from. `event_type` is None for customers; `columns` hold labels; without
    a `key` the import needs to be told one. `labels` counts the cells' labels, each once per customer."""

    file: str
    event_type: str | None
    rows: int
    key: str | None
    columns: tuple[str, ...]
    labels: int
    path: str
    command: str  # that imports it
    tags: tuple[str, ...] = ()  # columns that the user said hold labels
    said_key: str | None = None  # the key, where the user said it


@record
class WaitingRules:
    """Rules (by tag, or by dimension) that lack the same data: an event type, a field of customers, or one of
    events (`order.category`)."""

    need: str
    kind: Literal["events", "field", "event field"]
    rules: tuple[str, ...]


@record
class DraftReport:
    """`taxonomy draft`, and the part of `init --from` that is about tags. `text` is the taxonomy with the
    proposals; `held` counts customers by tag that was there already."""

    operation: int | None
    files: tuple[DraftFile, ...]
    dimensions: tuple[DraftDimension, ...]
    aliases: Mapping[str, tuple[str, ...]]
    held: Mapping[str, int]
    left_out: tuple[str, ...]  # labels that cannot be a tag's name
    text: str
    runs: tuple[str, ...] = ()
    waiting: tuple[WaitingRules, ...] = ()
    counting: tuple[str, ...] = ()  # tags found in the files whose rules only count for now
    written: bool = False
    dry_run: bool = False


@record
class InitReport:
    folder: str
    files: tuple[str, ...]
    timezone: str
    operation: int | None = None
    draft: DraftReport | None = None
