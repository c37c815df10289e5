"""The list of tags, and where the files name them."""

from __future__ import annotations

from typing import Literal

from tagctl.record import record

Sort = Literal["name", "customers", "gained", "lost", "used"]


@record
class TagRow:
    """tags list: a tag, or (state unknown) a label that no tag answers to. `imported`, `manual` and `by_rule`
    are the customers who have it from there; somebody may have it from several. `rule`: a rule gives it.
    Then how often the files use it: other rules, named conditions and metrics, segments, actions, other tags
    (`implies`, pilots …) and conflicts, tests; None where the rules cannot be read."""

    tag: str
    dimension: str | None
    parent: str | None
    state: str  # declared, value, undeclared, unknown
    status: str | None
    customers: int
    share: float | None
    imported: int = 0
    manual: int = 0
    by_rule: int = 0
    gained_at: int | None = None
    lost_at: int | None = None
    rule: bool | None = False
    rules: int | None = 0
    conditions: int | None = 0
    segments: int | None = 0
    actions: int | None = 0
    taxonomy: int | None = 0
    tests: int | None = 0

    @property
    def used(self) -> int:
        """Places that would miss it; tests only try it."""
        parts = (self.rules, self.conditions, self.segments, self.actions, self.taxonomy)
        return sum(part or 0 for part in parts)


@record
class UsedRow:
    """tags where-used: a place of taxonomy.yaml or rules.yaml that names a tag. `section` is the key at the
    top of the file, `entry` the rule, segment, tag … in which it stands, `text` the line."""

    tag: str
    section: str
    entry: str
    file: str
    line: int
    column: int
    text: str
