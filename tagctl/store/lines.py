"""Lines of events that are known by their id: kept beside the event, whose own fields stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.sql import Sql, name
from tagctl.store import journal, staging
from tagctl.store.operations import Operation
from tagctl.store.schema import event_table
from tagctl.store.staging import Stage
from tagctl.store.upserting import Counts


def take_unknown(stage: Stage, event_type: str) -> dict[int, str]:
    """Take out the rows whose key is no event's id: line in the file → `event`."""
    known = f"SELECT 1 FROM {name(event_table(event_type))} e WHERE e.tagctl_identity = s.key"
    return staging.take(stage, Sql(f"NOT EXISTS ({known})"), "event")


def attach(op: Operation, stage: Stage, event_type: str, id_: str, names: Sequence[str]) -> Counts:
    """The staged rows are all lines of their events, `id_` and `names` what the key and the value columns
    are called. Returns how many events have other lines than before."""
    table = event_table(event_type)
    run = op.store.execute
    run("DROP TABLE IF EXISTS temp.lined")
    run("CREATE TEMP TABLE lined (id INTEGER PRIMARY KEY, lines TEXT, changed INTEGER)")
    line = f"json_patch(json_object(?, s.key), {staging.line_json(stage)})"
    rows = f"SELECT s.key, {line} AS line FROM temp.stage s ORDER BY s.key, s.seq"
    run(
        "INSERT INTO temp.lined SELECT e.tagctl_id, l.lines, l.lines IS NOT e.tagctl_lines "
        f"FROM (SELECT r.key, json_group_array(json(r.line)) AS lines FROM ({rows}) r GROUP BY r.key) l "
        f"CROSS JOIN {name(table)} e ON e.tagctl_identity = l.key",
        (id_, *names),
    )
    changed = Sql("tagctl_id IN (SELECT id FROM temp.lined WHERE changed)")
    journal.updating(op, table, changed + Sql(" AND tagctl_op <> ?", (op.number,)), ["tagctl_lines"])
    updated = run(
        Sql(
            f"UPDATE {name(table)} SET tagctl_lines = "
            f"(SELECT l.lines FROM temp.lined l WHERE l.id = {name(table)}.tagctl_id) WHERE "
        )
        + changed
    ).rowcount
    total = int(op.store.value("SELECT count(*) FROM temp.lined"))
    run("DROP TABLE temp.lined")
    return Counts(updated=updated, unchanged=total - updated)
