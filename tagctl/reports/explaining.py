"""Rules in words."""

from __future__ import annotations

from tagctl.errors import Location
from tagctl.record import record


@record
class Wording:
    """A sentence, and what is listed below it."""

    text: str
    items: tuple[Wording, ...] = ()


@record
class Definition:
    """What a rule mentions by name. `kind`: metric, condition, events, period."""

    kind: str
    name: str
    wording: Wording


@record
class ExplainedRule:
    """A rule in words: its sentence first, then what else bears on it (leave, pilot, who wins). `tag` is None
    for a family whose tags are values. `state` is empty without a database; `sql` where it was asked for."""

    tag: str | None
    dimension: str
    wordings: tuple[Wording, ...]
    location: Location | None
    state: str = ""
    needs: tuple[str, ...] = ()
    sql: str | None = None


@record
class RulesExplained:
    """rules explain: the rules asked for, and everything that they mention by name, each thing once."""

    rules: tuple[ExplainedRule, ...]
    definitions: tuple[Definition, ...]
