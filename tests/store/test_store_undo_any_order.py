"""Random operations, then all of them undone in random order: the content is as at the start.

On the way, every undo that nothing stands in the way of is also redone and undone again. A cascade comes to
what undoing all that stands in the way, one after the other, comes to.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from content import check_invariants, content
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop import Shop, taxonomy

from tagctl.errors import GuardStop, UsageProblem
from tagctl.model import Found
from tagctl.store import undo

KEYS = ("001", "002", "003")
LABELS = ("A", "B", "甲", "C")
TAXONOMIES = (
    taxonomy("x/A", "x/B", "y/C"),
    taxonomy("x/A", "y/C", A=["B"]),  # B merged into A
    taxonomy("x/A", "x/A/A1", "x/B", "y/D", B=["甲"], D=["C"]),  # C renamed, 甲 known
    taxonomy("x/B", "y/C"),  # A gone
    taxonomy("y/A", "x/B", "z/C"),  # A moved, y renamed or new
)

rows = st.dictionaries(
    st.sampled_from(KEYS),
    st.dictionaries(st.sampled_from(["city", "score"]), st.sampled_from([None, 0, 1]), max_size=2),
    min_size=1,
)
cells = st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(LABELS), unique=True, max_size=3))
held = st.dictionaries(
    st.sampled_from(("A", "B", "C", "D", "A1")), st.lists(st.sampled_from(KEYS), unique=True)
)
events = st.lists(
    st.tuples(
        st.sampled_from(["e1", "e2", "e3"]), st.sampled_from(KEYS), st.integers(1, 3), st.integers(0, 2)
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda event: event[0],
)
steps = st.one_of(
    st.tuples(st.just("taxonomy"), st.integers(0, len(TAXONOMIES) - 1)),
    st.tuples(st.just("customers"), st.sampled_from("ab"), rows, cells),
    st.tuples(st.just("events"), st.sampled_from(["order", "login"]), events),
    st.tuples(st.just("run"), held, st.integers(0, 3)),
    st.tuples(st.just("merge"), st.permutations(KEYS), st.sampled_from(("newest", "first", "longest"))),
    st.tuples(st.just("assign"), st.sampled_from(KEYS), st.sampled_from(("A", "C")), st.booleans()),
)
undos = st.tuples(st.just("undo"), st.integers(0, 9), st.booleans())


def values(row):
    return {f: (str(v) if f == "city" and v is not None else v and v / 3) for f, v in row.items()}


def take(shop, step):
    """Carry out one step; the operation's number, or None where there was nothing to do."""
    match step:
        case ("taxonomy", number):
            return shop.apply(TAXONOMIES[number])
        case ("customers", feed, found, read):
            return shop.import_customers(feed, {key: values(row) for key, row in found.items()}, **read)
        case ("events", event_type, found):
            return shop.import_events(event_type, found)
        case ("run", wanted, count):
            found = [Found("tag-conflict", "warning", ("A", "C"), count)] if count else []
            return shop.run(wanted, found)
        case ("merge", (into, *others), keep):
            known = {key for (key,) in shop.store.rows("SELECT tagctl_key FROM customers")}
            others = [key for key in others if key in known]
            return shop.merge(into, others, keep) if into in known and others else None
        case ("assign", key, tag, pin):
            known = shop.store.value("SELECT 1 FROM customers WHERE tagctl_key = ?", (key,))
            live = shop.store.value("SELECT 1 FROM tags WHERE name = ? AND state <> 'merged'", (tag,))
            if known and live and key not in shop.holders(tag, "manual"):
                return shop.assign(key, tag, pin=pin)
    return None


def undone_and_redone(shop, number, others):
    """Undo, redo, undo: each gives the content again. False where later operations stand in the way."""
    before = content(shop.store)
    try:
        undone = shop.undo(number)
    except GuardStop as stop:
        assert content(shop.store) == before
        obstacles = {int(problem.next.split()[-1]) for problem in stop.problems}
        assert obstacles <= set(others)
        assert min(obstacles) > number
        return False
    check_invariants(shop.store)
    after = content(shop.store)
    redone = shop.undo(undone)
    check_invariants(shop.store)
    assert content(shop.store) == before
    shop.undo(redone)
    check_invariants(shop.store)
    assert content(shop.store) == after
    return True


@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=7), st.data())
def test_all_undone_in_any_order_is_as_at_the_start(taken, data):
    folder = Path(tempfile.mkdtemp())
    shop = Shop(folder)
    try:
        start = content(shop.store)
        done = [number for step in taken if (number := take(shop, step)) is not None]
        done = data.draw(st.permutations(done), "order of undoing")
        while done:
            # The latest can always be undone, so each round undoes something.
            left = [number for number in done if not undone_and_redone(shop, number, done)]
            assert len(left) < len(done)
            done = left
        assert content(shop.store) == start
    finally:
        shop.store.close()
        shutil.rmtree(folder)


@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=2, max_size=7), st.data())
def test_a_cascade_is_one_undo_after_the_other(taken, data):
    folder = Path(tempfile.mkdtemp())
    shop = Shop(folder)
    try:
        done = [number for step in taken if (number := take(shop, step)) is not None]
        if not done:
            return
        before = content(shop.store)
        number = data.draw(st.sampled_from(done), "which")
        with shop.operation("undo") as op:
            also = undo.undo(op, number, cascade=True).also
        check_invariants(shop.store)
        after = content(shop.store)
        back = shop.undo(op.number)
        check_invariants(shop.store)
        assert content(shop.store) == before
        assert list(also) == sorted(also, reverse=True)
        for later in (*also, number):
            shop.undo(later)
        check_invariants(shop.store)
        assert content(shop.store) == after
        assert undone_by(shop, back) is None
        with pytest.raises(UsageProblem):  # what it brought back has been undone again
            shop.undo(back)
    finally:
        shop.store.close()
        shutil.rmtree(folder)


@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(steps, undos), min_size=4, max_size=10))
def test_operations_made_while_others_are_out_of_force(taken):
    """An undo can be undone at once, whatever was done before; the newest operation always can."""
    folder = Path(tempfile.mkdtemp())
    shop = Shop(folder)
    try:
        start = content(shop.store)
        for step in taken:
            if step[0] != "undo":
                take(shop, step)
            elif known := in_force(shop, "init"):
                undone_redone_undone(shop, known[step[1] % len(known)], cascade=step[2])
            check_invariants(shop.store)
        while known := in_force(shop, "init", "undo"):
            shop.undo(known[0])
        check_invariants(shop.store)
        assert content(shop.store) == start
    finally:
        shop.store.close()
        shutil.rmtree(folder)


def undone_redone_undone(shop, number, cascade):
    before = content(shop.store)
    try:
        undone = shop.undo(number, cascade=cascade)
    except (GuardStop, UsageProblem):
        assert content(shop.store) == before
        return
    after = content(shop.store)
    redone = shop.undo(undone)
    assert content(shop.store) == before
    shop.undo(redone)
    assert content(shop.store) == after


def in_force(shop, *without):
    """Operations that can be undone, the newest first."""
    rows = shop.store.rows("SELECT number, kind FROM operations WHERE undone_by IS NULL ORDER BY number DESC")
    return [number for number, kind in rows if kind not in without]


def undone_by(shop, number):
    return shop.store.value("SELECT undone_by FROM operations WHERE number = ?", (number,))
