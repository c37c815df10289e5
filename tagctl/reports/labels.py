"""Labels that became tags, or are ignored."""

from __future__ import annotations

from tagctl.record import record


@record
class DeclaredTag:
    """What a label became in taxonomy.yaml: a tag of a dimension, or (`alias`) another spelling of one."""

    label: str
    tag: str
    dimension: str
    alias: bool = False


@record
class LabelsReport:
    """`tags add`, `tags ignore` and `tags settle`. `gained`: customers' tags that came of it; `customers`:
    those who have an ignored label. Of a table, `left` labels have no tag in it, `done` had theirs before."""

    operation: int | None
    declared: tuple[DeclaredTag, ...] = ()
    ignored: tuple[str, ...] = ()
    gained: int = 0
    customers: int = 0
    left: int = 0
    done: int = 0
    dry_run: bool = False
