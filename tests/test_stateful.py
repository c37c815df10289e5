"""A project lives on: imports, corrections, edits of the rules, assignments of people, undo and runs, in any
order. Every run comes to what the reference says, and undoing everything gives back the start.

TAGCTL_EXAMPLES=500 makes it look further, at random.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import living
import oracle
import pytest
import worlds
import yaml
from content import check_invariants, content
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from scenes import FIELDS, STEPS, Drawing, Scene, event, stored, until, world
from strategies import rules_for
from test_oracle_agreement import EXAMPLES, folded, limits, ruleset_of, taxonomy_of, text
from writers import EACH
from writing_taxonomies import taxonomy

from tagctl.errors import GuardStop, UsageProblem
from tagctl.normalise import fold
from tagctl.sql import Sql, values
from tagctl.store import tags
from tagctl.store.connection import open_store
from tagctl.store.operations import operate
from tagctl.store.undo import undo
from tagctl.workflows import by_hand, running

ENGINES = ["sqlite"]
if find_spec("duckdb") and find_spec("duckdb_extension_sqlite_scanner"):
    ENGINES.append("duckdb")
AGO = [1, 3600, 86_400, 30 * 86_400]  # seconds that a backfill goes back


class Project(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder / "tagctl.db", create=True)
        self.store.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        d = Drawing(data.draw)
        self.scene = Scene(d)
        files, self.nodes = taxonomy(d)
        files["dimensions"].append({"name": EACH, "kind": "attribute", "tags": []})
        self.names = [node.name for node in self.nodes]
        self.world = world(d, self.scene, [*self.names, "旧标签"])
        self.write_rules(d, files)
        worlds.fill(self.store, self.world, taxonomy_of(text(self.files)))
        self.life = living.Life(self.store, self.scene.as_ofs[0])
        self.first = self.newest()
        self.start = content(self.store)

    def write_rules(self, d: Drawing, files: dict[str, Any]) -> None:
        """New rules, with the pilots that they have in the taxonomy."""
        for node in self.nodes:
            node.body.pop("pilot", None)
        self.rules = rules_for(d, self.scene, self.world, files, self.nodes)
        self.taxonomy, self.files = files, copy.deepcopy(files)
        note(text(self.files).decode())
        note(text(self.rules).decode())

    def newest(self) -> int:
        return int(self.store.value("SELECT max(number) FROM operations"))

    def in_force(self) -> list[int]:
        """The operations that can be undone."""
        query = "SELECT number FROM operations WHERE number > ? AND undone_by IS NULL ORDER BY number"
        return [number for (number,) in self.store.rows(query, (self.first,))]

    # ── what happens between runs ────────────────────────────────────────────────────────────────

    @rule(step=st.sampled_from(STEPS[2:]))
    def time_goes_by(self, step: int) -> None:
        self.life.now += step
        self.scene.as_ofs = [self.life.now]

    @rule(data=st.data())
    def the_rules_change(self, data: st.DataObject) -> None:
        self.write_rules(Drawing(data.draw), self.taxonomy)

    @rule(data=st.data(), correction=st.booleans())
    def an_event_comes(self, data: st.DataObject, correction: bool) -> None:
        d = Drawing(data.draw)
        found = event(d, self.scene, self.world, d.pick(list(self.world.customers)))
        query = f"SELECT tagctl_id FROM event_{found.type} ORDER BY tagctl_id"
        known = [number for (number,) in self.store.rows(query)]
        if correction and known:
            self.life.correct_event(found.type, d.pick(known), found)
        else:
            self.life.import_event(found)

    @rule(data=st.data())
    def a_customer_changes(self, data: st.DataObject) -> None:
        d = Drawing(data.draw)
        fields = d.some(list(FIELDS), 1, 2)
        values = {field: stored(d, self.scene, FIELDS[field].type) for field in fields}
        self.life.change_customer(d.pick(list(self.world.customers)), values)

    @rule(data=st.data(), back=st.booleans())
    def a_customer_leaves_or_returns(self, data: st.DataObject, back: bool) -> None:
        self.life.leave_or_return(Drawing(data.draw).pick(list(self.world.customers)), back)

    @rule(data=st.data(), what=st.sampled_from(["import", "manual", "pin", "ban", "back", "back"]))
    def a_tag_is_given_or_taken_back(self, data: st.DataObject, what: str) -> None:
        d = Drawing(data.draw)
        if what == "back":
            return self.something_is_taken_back(d)
        if what == "ban":
            return self.life.ban(*self.someone(d), until(d, self.scene))
        since = d.pick([self.life.now, self.scene.instant()])
        source = "import" if what == "import" else "manual"
        interval = worlds.Interval(*self.someone(d), source, since, self.life.now)
        return self.life.assign(interval, what == "pin", until(d, self.scene))

    @rule(data=st.data(), verb=st.sampled_from(["assign", "unassign", "pin", "ban"]), many=st.booleans())
    def a_person_decides(self, data: st.DataObject, verb: by_hand.Verb, many: bool) -> None:
        """As the command does it; said twice, it does nothing more."""
        d = Drawing(data.draw)
        people = d.some(list(self.world.customers), 1, 4 if many else 1)
        tag, end = d.pick(self.names), until(d, self.scene) if verb in ("pin", "ban") else None
        keys = values(people)
        for changes in (True, False):
            with self.life.operation(verb) as op:
                tags.sync(op, taxonomy_of(text(self.files)))
                about = by_hand.subject(op.store, taxonomy_of(text(self.files)), verb, tag)
                who = Sql("SELECT tagctl_id FROM customers WHERE tagctl_key IN ") + keys
                done = by_hand.decide(op, verb, about, who, timezone=ZoneInfo(self.world.zone), until=end)
            assert changes or not done.changed
        check_invariants(self.store)

    def something_is_taken_back(self, d: Drawing) -> None:
        found = living.read(self.store, self.world)
        given = {
            (i.source, i.customer, i.tag) for i in found.intervals if i.source != "rule" and i.lost is None
        }
        given |= {(o.kind, o.customer, o.tag) for o in found.overrides}
        if given:
            self.life.take_back(*d.pick(sorted(given)))

    def someone(self, d: Drawing) -> tuple[str, str]:
        return d.pick(list(self.world.customers)), d.pick(self.names)

    # ── undo ─────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.in_force())
    @rule(data=st.data())
    def something_is_undone(self, data: st.DataObject) -> None:
        known = self.in_force()
        number = known[-1 - data.draw(st.integers(0, len(known) - 1), "how far back")]
        before = content(self.store)
        try:
            self.undo(number)
        except GuardStop:  # later operations build on it
            assert content(self.store) == before
        check_invariants(self.store)

    def undo(self, number: int) -> None:
        with self.life.operation("undo") as op:
            undo(op, number)

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────

    @rule(engine=st.sampled_from(ENGINES))
    def run_now(self, engine: str) -> None:
        self.run_is_right(self.life.now, engine)

    @rule(engine=st.sampled_from(ENGINES), ago=st.sampled_from(AGO))
    def run_in_the_past(self, engine: str, ago: int) -> None:
        as_of = self.life.now - ago
        last = self.store.value("SELECT max(as_of) FROM operations WHERE kind = 'run' AND undone_by IS NULL")
        if last is not None and as_of < last:
            with pytest.raises(UsageProblem):
                self.run(as_of, engine, backfill=False)
        self.run_is_right(as_of, engine)

    def run(self, as_of: int, engine: str, backfill: bool = True) -> tuple[int | None, dict[str, str]]:
        """The number of the operation, if one was written, and the states of the rules."""
        declared, zone = taxonomy_of(text(self.files)), self.world.zone
        with operate(self.store, "run", now=self.life.now, as_of=as_of, by="test") as op:
            tags.sync(op, declared)
            ruleset = ruleset_of(text(self.rules), self.store, declared, zone)
            options: dict[str, Any] = {"max_change": 1.0, "engine": engine, "backfill": backfill}
            report, _found = running.run(op, ruleset, declared, timezone=ZoneInfo(zone), **options)
        assert (report.engine, report.engine_note) == (engine, "")
        return op.result, {fold(change.tag): change.state for change in report.changes if change.rule}

    def run_is_right(self, as_of: int, engine: str) -> None:
        found = living.read(self.store, self.world)
        note(f"{engine} as of {as_of}: {found}")
        files, rules = (yaml.safe_load(text(part)) for part in (self.files, self.rules))
        expected = oracle.Run(files, rules, found, as_of).outcome()
        _written, states = self.run(as_of, engine)
        held = worlds.held(self.store)
        assert folded(held) == folded(expected.held)
        assert folded(worlds.outranked(self.store)) == folded(expected.outranked)
        assert states == {fold(tag): state for tag, state in expected.states.items()}
        check_invariants(self.store)
        self.one_choice_of_rules(held)
        written, _states = self.run(as_of, "sqlite")
        assert written is None
        assert worlds.held(self.store) == held

    def one_choice_of_rules(self, held: dict[tuple[str, str, str], int]) -> None:
        declared = taxonomy_of(text(self.files))
        choices: dict[tuple[str, str], set[str | None]] = {}
        for customer, name, source in held:
            tag = declared.tags.get(name)
            if tag and source == "rule" and declared.dimensions[tag.dimension].exclusive != "none":
                choices.setdefault((customer, tag.dimension), set()).add(tag.choice)
        assert all(len(found) == 1 for found in choices.values())

    # ── the end ──────────────────────────────────────────────────────────────────────────────────

    def teardown(self) -> None:
        try:
            while hasattr(self, "start") and (number := self.latest()) is not None:
                self.undo(number)
            assert not hasattr(self, "start") or content(self.store) == self.start
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    def latest(self) -> int | None:
        """The latest operation that counts; nothing can stand in the way of its undo."""
        query = "SELECT max(number) FROM operations WHERE number > ? AND undone_by IS NULL AND kind <> 'undo'"
        number = self.store.value(query, (self.first,))
        return None if number is None else int(number)


Project.TestCase.settings = settings(
    limits, deadline=None, max_examples=EXAMPLES or 10, stateful_step_count=25 if EXAMPLES else 12
)
test_a_project_lives = pytest.mark.timeout(0 if EXAMPLES else 600)(Project.TestCase)
