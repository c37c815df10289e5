"""What an engine executes: a run or a question as ordered statements, each with its rule's place.

rules/emit makes programs, store/ executes them; everything is frozen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Literal

from tagctl.errors import Location
from tagctl.record import record
from tagctl.sql import Sql

RuleState = Literal["ran", "waiting", "late", "draft"]


@record
class Place:
    """Where a tag has its bit: `id` is tags.id, `mask` the bit in the word."""

    id: int
    word: int
    mask: int


@record
class Layout:
    """The bits of a run. Words 0 … stored-1 are those of rule_state; the words after them exist in the
    run only. `kept`: per stored word, the bits of tags that take no part and stay as they are."""

    places: Mapping[str, Place]
    stored: int
    words: int
    kept: tuple[int, ...]


@record
class Step:
    """One statement of a program, and what it is for.

    `local`: SQLite must execute it whatever the engine, for it calls functions of ours or reads what this
    operation wrote. Named are the temporary table that it fills, then those that it reads.
    """

    label: str
    sql: Sql
    local: tuple[str, ...] = ()


@record
class ForeignStep:
    """What an engine beside SQLite does next: execute a statement, its values written out (`text`); have
    SQLite execute one (`here`); read a table of the file into memory, of its columns those among `names`
    (`take`); or free that memory (`leave`).

    `exact` of what is taken: a query whether the order of its rows is all one. Where it says no, rows stay
    in the order of the file, and until they leave memory one thread works alone.
    """

    label: str
    text: str = ""
    here: Step | None = None
    take: str = ""
    names: frozenset[str] = frozenset()
    leave: str = ""
    exact: str = ""


@record
class Foreign:
    """A program for an engine beside SQLite. `makes`: how SQLite makes the temporary tables, by name;
    `functions`: those of ours that are called."""

    settings: tuple[str, ...]
    steps: tuple[ForeignStep, ...]
    makes: Mapping[str, Step]
    functions: tuple[str, ...]


@record
class Probe:
    """The steps of one rule alone: tried when a program fails, to name the rule that is to blame."""

    rule: str
    location: Location | None
    steps: tuple[Step, ...]


@record
class Timing:
    """What a run spent on one thing: a step of its own, or a rule or metric computed alone. The steps add up
    to the run; rules do not, because a run reads events once for all of them."""

    kind: Literal["step", "rule", "metric"]
    name: str
    seconds: float


class Laps:
    """Times the steps of a run by a clock in seconds; without one nothing is measured."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._begun = clock() if clock else 0.0
        self._spent: dict[tuple[Literal["step", "rule", "metric"], str], float] = {}

    @property
    def on(self) -> bool:
        return self._clock is not None

    def lap(self, name: str, kind: Literal["step", "rule", "metric"] = "step") -> None:
        """What went on since the last call was this."""
        if self._clock is not None:
            now = self._clock()
            self._spent[kind, name] = self._spent.get((kind, name), 0.0) + now - self._begun
            self._begun = now

    def timings(self) -> tuple[Timing, ...]:
        """What was measured: steps as they came first, then rules and metrics."""
        found = [Timing(kind, name, round(seconds, 6)) for (kind, name), seconds in self._spent.items()]
        return tuple(sorted(found, key=lambda timing: timing.kind != "step"))


UNMEASURED = Laps()


@record
class Given:
    """A tag that a rule or an implication gives. `hash` changes with the text of what gives it."""

    tag: str
    rule: str | None
    hash: str
    state: RuleState = "ran"
    needs: tuple[str, ...] = ()
    keep_imported: bool = False


@record
class Narrow:
    """The same run for those customers only whom something can concern since the run that was operation
    `since`: `touching` puts them into temp.run_touched, where the store has put those for whom something was
    written; `steps` compute them. `edges` as in Program."""

    since: int
    touching: tuple[Step, ...]
    steps: tuple[Step, ...]
    edges: tuple[Sql, ...]


@record
class Program:
    """A run as statements. The store fills some temporary tables before the steps and reads others after
    them: rules/emit/sqlite.py tells their shape."""

    steps: tuple[Step, ...]
    layout: Layout
    as_of: int
    given: tuple[Given, ...]
    expires: tuple[tuple[str, int], ...] = ()  # a tag, and the latest since that has expired
    takeover: tuple[str, ...] = ()  # tags whose imported assignments the rule takes over
    leaving: tuple[str, ...] = ()  # tags whose rule asks what it held before
    newest: tuple[str, ...] = ()  # tags of dimensions with on_conflict: newest
    inside: tuple[str, ...] = ()  # tags with a pilot: their rule is about the customers of run_inside only
    edges: tuple[Sql, ...] = ()  # queries for the values at the edges of ranks, after the steps
    narrow: Narrow | None = None
    probes: Callable[[], Iterator[Probe]] | None = None

    def fingerprint(self) -> str:
        """The same for programs that compute the same from the same data."""
        said = [(step.sql.text, step.sql.params) for step in self.steps]
        return sha256(repr((sys.version, said)).encode()).hexdigest()
