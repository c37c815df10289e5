"""What holds for any files: counts add up, values as a plain loop would leave them, twice is once."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from importing_project import OP, Project, adds_up

KEYS = ("1", "2", "007", "甲", "O'Hara")
CELL = st.sampled_from(("", "上海", "a,b", 'say "hi"', "'=1+1", "007", "\n换行"))
NUMBER = st.sampled_from(("", "1", "2.5", "1,280.50", "三"))
PERSON = st.tuples(st.sampled_from(("", *KEYS)), CELL, NUMBER)
EVENT = st.tuples(
    st.sampled_from(KEYS), st.sampled_from(("2026-01-05", "2026-01-06 10:00")), st.sampled_from("12")
)
CONTENT = settings(max_examples=25, derandomize=True)

TAGS = {"VIP": "VIP", "高价值客户": "VIP", "新客户": "新客户", "老客户": "老客户", "铂金": None}
FILE = st.dictionaries(st.sampled_from(("1", "2", "3")), st.sets(st.sampled_from(sorted(TAGS))), min_size=1)
STEP = st.one_of(
    st.tuples(st.just("feed A"), FILE),
    st.tuples(st.just("feed B"), FILE),
    st.tuples(st.just("unassign"), st.sampled_from(("1", "2", "3"))),
)


@contextmanager
def project() -> Iterator[Project]:
    with tempfile.TemporaryDirectory() as folder:
        made = Project(Path(folder))
        yield made
        made.store.close()


def table(made: Project, name: str, header: tuple[str, ...], rows) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    path = made.folder / name
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def content(made: Project):
    return (
        made.rows("SELECT * FROM customers ORDER BY 1"),
        made.rows("SELECT tag, customer, source, gained_op, lost_op FROM assignments ORDER BY 1, 2, 3, 4"),
        made.rows("SELECT customer, feed, label, op, gone_op FROM readings ORDER BY 1, 2, 3, 4"),
    )


@CONTENT
@given(
    st.lists(PERSON, min_size=1, max_size=12).filter(lambda rows: any(row[0] for row in rows)), st.booleans()
)
def test_customers_are_as_a_plain_loop_would_leave_them(rows, strict):
    header = ("会员号", "城市", "积分")
    with project() as made:
        file = table(made, "a.csv", header, rows)
        options = {"key": "会员号", "map": {"积分": (None, "number")}, "strict": strict}
        taken = [row for row in rows if row[0] and not (strict and row[2] == "三")]
        if not taken:
            return
        report = made.customers(file, **options)
        assert adds_up(report)
        assert report.files[0].imported == len(taken)
        expected: dict[str, list[object]] = {}
        for key, city, points in taken:
            known = expected.setdefault(key, [None, None])
            city = city.removeprefix("'") if city.startswith("'=") else city
            if city.strip():
                known[0] = city
            if points not in ("", "三"):
                known[1] = float(points.replace(",", ""))
        found = made.rows("SELECT tagctl_key, 城市, 积分 FROM customers")
        assert {key: [city, points] for key, city, points in found} == expected
        counts = (report.customers_created, report.customers_updated, report.customers_unchanged)
        assert counts == (len(expected), 0, 0)

        before = content(made)
        again = made.customers(table(made, "b.csv", header, [*rows, ("", "", "")]), **options)
        counts = (again.customers_created, again.customers_updated, again.customers_unchanged)
        assert counts == (0, 0, len(expected))
        assert content(made) == before


@CONTENT
@given(st.lists(st.lists(EVENT, min_size=1, max_size=8), min_size=1, max_size=3))
def test_overlapping_exports_of_events_add_only_what_is_new(files):
    header = ("客户编号", "时间", "金额")
    with project() as made:
        stored: Counter[tuple[str, ...]] = Counter()
        for number, rows in enumerate(files):
            report = made.events("order", table(made, f"{number}.csv", header, rows), key="客户编号")
            there = Counter(rows)
            new = there - stored
            stored |= there
            assert adds_up(report)
            if not report.unchanged_file:
                assert (report.events_created, report.events_unchanged) == (
                    new.total(),
                    (there - new).total(),
                )
            assert made.rows("SELECT count(*) FROM event_order") == [(stored.total(),)]
        assert made.rows("SELECT count(*) FROM customers") == [(len({key for key, _at, _amount in stored}),)]


@CONTENT
@given(st.lists(STEP, min_size=1, max_size=7))
def test_tags_follow_the_feeds_and_stay_where_people_put_them(steps):
    with project() as made:
        made.taxonomy()
        read: dict[tuple[str, str], set[str]] = {}  # (feed, customer) → tags
        held: set[tuple[str, str]] = set()
        for number, (what, argument) in enumerate(steps):
            if what == "unassign":
                made.change(
                    "UPDATE assignments SET lost_op = ? WHERE lost_op IS NULL AND customer IN "
                    "(SELECT tagctl_id FROM customers WHERE tagctl_key = ?)",
                    OP, argument,
                )  # fmt: skip
                held = {(customer, tag) for customer, tag in held if customer != argument}
                continue
            header = ("客户编号", "标签") if what == "feed A" else ("客户编号", "会员标签")
            rows = [(key, "|".join(sorted(cell))) for key, cell in sorted(argument.items())]
            file = table(made, f"{number}.csv", header, [*rows, *(("", "") for _ in range(number))])
            made.customers(file, key="客户编号")
            for customer, cell in argument.items():
                now = {tag for label in cell if (tag := TAGS[label])}
                was = read.get((what, customer), set())
                read[what, customer] = now
                other = read.get(("feed A" if what == "feed B" else "feed B", customer), set())
                held |= {(customer, tag) for tag in now - was}
                held -= {(customer, tag) for tag in was - now - other}
            assert {(customer, tag) for customer, tag, _source in made.held()} == held
