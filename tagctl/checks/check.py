"""What a check is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Literal

from tagctl.model import Taxonomy
from tagctl.record import record
from tagctl.sql import Scalar, Sql

Severity = Literal["error", "warning", "info"]


@record
class Context:
    """What checks look at besides the database: the taxonomy, the ids of tags by name, and for each tag
    with `review` the instant before which an assignment is due."""

    taxonomy: Taxonomy
    ids: Mapping[str, int]
    review_before: Mapping[str, int] = field(default_factory=dict)

    def family(self, tag: str) -> tuple[int, ...]:
        """The ids of a tag and its descendants: whoever holds one of them holds the tag."""
        return tuple(self.ids[t] for t in self.taxonomy.children(tag) if t in self.ids)


@record
class Check:
    """One check. `title` and `manual` are messages (N_); `manual` says what it means and what to do.

    `sql` gives a query of (subject as a JSON array of names, customer), or None where the taxonomy leaves
    nothing to look for. Without `sql` the code is found by `run` itself.
    """

    code: str
    severity: Severity
    title: str
    manual: str
    sql: Callable[[Context], Sql | None] | None = None
    tags: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None
    """Which names of a subject are tags, whose assignments are the evidence."""
    gone: bool = False
    """Whether it is about customers who are gone, whom no other check looks at."""


def table(name: str, columns: str, rows: Iterable[tuple[Scalar, ...]]) -> Sql | None:
    """A WITH clause that holds these rows; None for none."""
    found = list(rows)
    if not found:
        return None
    places = "(" + ", ".join("?" * len(found[0])) + ")"
    return Sql(
        f"WITH {name}({columns}) AS (VALUES {', '.join([places] * len(found))}) ",
        tuple(value for row in found for value in row),
    )


def whole(subject: tuple[str, ...]) -> tuple[str, ...]:
    """All names of the subject are tags."""
    return subject
