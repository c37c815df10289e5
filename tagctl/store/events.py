"""Events: written from a stage into the table of their type."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.store import pairing
from tagctl.store.operations import Operation
from tagctl.store.pairing import Alike
from tagctl.store.schema import event_table
from tagctl.store.staging import Stage
from tagctl.store.upserting import Counts, Target, write


def upsert(
    op: Operation, stage: Stage, event_type: str, columns: Sequence[str], *, correct: bool = False
) -> tuple[Counts, Alike]:
    """Write the staged events, whose customers are resolved; `columns` are where v0 … go to.

    A known identity with other content is a correction: updated, its cells journaled; so are, with `correct`,
    the rows that are told in any case because they differ from a stored event in few cells. Afterwards
    temp.stage_rows tells the customer of every staged row (store/readings.py reads it).
    """
    pairs = (
        ("tagctl_customer", "customer"),
        ("tagctl_at", "at"),
        *zip(columns, stage.value_columns(), strict=True),
        ("tagctl_lines", "lines"),
    )
    alike = Alike()

    def find_others() -> None:
        nonlocal alike
        alike = pairing.pair(op, stage, event_type, columns, correct=correct)

    # Loaded in the order in which rules read it: random order would cost more than the sort.
    order = "s.customer, s.at, s.seq"
    target = Target(event_table(event_type), "tagctl_identity", "identity", pairs, order)
    counts = write(op, stage, target, find_others)
    pairing.remember_unread(op, stage, event_type, columns)
    stage.show_rows("s.customer")
    return counts, alike
