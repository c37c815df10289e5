"""What is exported and imported into a new project is the same there, whatever the texts are.

TAGCTL_EXAMPLES=500 makes it look further, at random.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from importing_project import ZONE, Project

from tagctl.io.target import Target
from tagctl.workflows import exporting

EXAMPLES = int(os.environ.get("TAGCTL_EXAMPLES", "0"))
NASTY = (
    "007", "110101199003078888", "13800138000", "+8613800138000", "🙂👨‍👩‍👧",
    "一\n二", "一\r\n二", "=1+1", "'=1+1", "''", "'7",
    '="007"', "@SUM(A1)", "-1", "－１", "+",
    "ＶＩＰ", "１２３", " 前后 ", "a,b;c|d、e", '他说"好"', '"',
    "\\n", "null", "N/A", "-",
    "TRUE", "2026-01-05", "1e5", "1.50", "https://example.com", "_x000D_",
    "\u202eabc", "\u200b=1", "é", "e\u0301", "a\tb",
    "#N/A", "合计", "[1]", '{"a": 1}', "\ufeff", "\u3000",
)  # fmt: skip
# A file with NUL is refused aloud as damaged.
ANY = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
TEXT = st.one_of(st.sampled_from(NASTY), ANY)
TAGS = ("VIP", "黑卡/白卡", "满100,减20", "他说“好”", "+1", "🙂", "０元购", "双11|双12")
RULED = frozenset(TAGS[::2])
NO_KEYS = ("合计", "-", "\u3000")  # a row of totals, nobody, nothing
TAXONOMY = "dimensions:\n  - name: 价值\n    kind: value\n    tags: " + json.dumps(TAGS, ensure_ascii=False)

MOMENTS = (
    "2026-01-05T10:00:00+08:00", "2026-01-05T10:00:00Z", "2025-03-09T01:59:59-05:00",
    "2025-12-31T23:59:59+08:00",
    "1970-01-01T08:00:00+08:00", "1899-12-31T12:00:00+08:00", "1991-09-15T00:30:00+09:00",
)  # fmt: skip
SOURCES = ("import", "manual", "rule")

CUSTOMER = st.fixed_dictionaries(
    {
        "客户编号": TEXT,
        "备注": TEXT,
        "积分": st.sampled_from((None, 0, 12.5, 123456789012345, -3)),
        "累计消费": st.sampled_from((None, 0.0, 12.3456, 1280.5, -1)),
        "生日": st.sampled_from((None, "1990-03-07", "2000-02-29", "1899-12-31")),
        "同意": st.sampled_from((None, True, False)),
        "登记": st.sampled_from((None, *MOMENTS)),
        "兴趣": st.one_of(st.none(), st.lists(TEXT, max_size=3)),
        "标签": st.lists(st.sampled_from(TAGS), unique=True, max_size=4),
    }
)
EVENT = st.fixed_dictionaries(
    {
        "客户编号": TEXT,
        "时间": st.sampled_from(MOMENTS[:5]),
        "订单编号": TEXT,
        "品类": TEXT,
        "金额": st.sampled_from((None, 0.01, 99.0)),
    }
)
ASSIGNMENT = st.fixed_dictionaries(
    {
        "customer": TEXT,
        "tag": st.sampled_from(TAGS),
        "source": st.sampled_from(SOURCES),
        "gained_at": st.sampled_from((None, *MOMENTS[:3])),
    }
)
# What rules.yaml declares in a project: that these are texts, whatever they look like.
OF_CUSTOMERS = {
    "key": "客户编号",
    "tags": ("标签",),
    "map": {
        "备注": (None, "text"), "积分": (None, "number"), "累计消费": (None, "money"),
        "生日": (None, "date"), "同意": (None, "bool"), "登记": (None, "datetime"), "兴趣": (None, "list"),
    },
}  # fmt: skip
OF_EVENTS = {
    "key": "客户编号",
    "id": "订单编号",
    "map": {
        "时间": ("at", None),
        "订单编号": (None, "text"),
        "品类": (None, "text"),
        "金额": ("amount", None),
    },
}


@contextmanager
def project() -> Iterator[Project]:
    with tempfile.TemporaryDirectory() as folder:
        made = Project(Path(folder))
        made.taxonomy(TAXONOMY)
        yield made
        made.store.close()


def content(made: Project):
    return {
        "customers": made.rows(
            "SELECT tagctl_key, 备注, 积分, 累计消费, 生日, 同意, 登记, 兴趣 FROM customers ORDER BY 1"
        ),
        "events": made.rows(
            "SELECT tagctl_key, tagctl_at, 订单编号, 品类, 金额 FROM event_order "
            "JOIN customers ON customers.tagctl_id = tagctl_customer ORDER BY 订单编号, tagctl_key, 2"
        ),
        "tags": made.rows("SELECT customer, tag, source, since_utc FROM current_tags ORDER BY 1, 2, 3"),
        "unknown": made.rows("SELECT text FROM labels WHERE tag IS NULL ORDER BY 1"),
    }


def export(made: Project, what, file: Path, **options) -> Path:
    exporting.export(made.store, what, Target(file), timezone=ZONE, now=1, by="ann", **options)
    return file


def check(customers, events, assignments):
    """Everything of a project in files of each format, and from there in a new project, as people do it."""
    with project() as first:
        first.customers(first.file("c.jsonl", *map(json.dumps, customers)), **OF_CUSTOMERS)
        first.events("order", first.file("o.jsonl", *map(json.dumps, events)), **OF_EVENTS)
        file = first.file("t.jsonl", *map(json.dumps, assignments))
        first.assignments(file, ruled=RULED, unknown_customers="reject")
        there = content(first)
        for suffix in ("csv", "xlsx", "jsonl", "json"):
            with project() as second:
                second.now = first.now
                file = export(first, "customers", second.folder / f"c.{suffix}")
                report = second.customers(file, **{**OF_CUSTOMERS, "tags": ("tags",)})
                assert report.rejects == (), suffix
                file = export(first, "events", second.folder / f"o.{suffix}", event_type="order")
                assert second.events("order", file, **OF_EVENTS).rejects == (), suffix
                file = export(first, "assignments", second.folder / f"t.{suffix}")
                if first.held():
                    assert second.assignments(file, ruled=RULED).rejects == (), suffix
                assert content(second) == there, suffix


# A failure is told at once: making the example smaller would take minutes.
@settings(max_examples=EXAMPLES or 8, derandomize=not EXAMPLES, phases=(Phase.explicit, Phase.generate))
@given(
    st.lists(CUSTOMER, min_size=1, max_size=10),
    st.lists(EVENT, min_size=1, max_size=8),
    st.lists(ASSIGNMENT, max_size=8),
)
def test_what_leaves_comes_back_the_same(customers, events, assignments):
    customers = [{**customers[0], "客户编号": "001"}, *customers]
    events = [{**events[0], "客户编号": "001", "订单编号": "202601050000000001"}, *events]
    for assignment, customer in zip(assignments[::2], customers, strict=False):
        assignment["customer"] = customer["客户编号"]
    check(customers, events, [{"customer": "001", "tag": TAGS[0], "source": "rule"}, *assignments])


def test_every_text_that_is_known_to_be_hard():
    """Each as a field, in a list, as an event's id and category, and as a key where it can be one."""
    keys = [f"0{number}" for number in range(len(NASTY))] + [text for text in NASTY if text not in NO_KEYS]
    texts = [*NASTY, *NASTY]
    customers = [
        {
            "客户编号": key, "备注": text, "积分": number % 7 - 3, "累计消费": number / 8,
            "生日": "2000-02-29", "同意": number % 2 == 0, "登记": MOMENTS[number % 7], "兴趣": [text, "a,b"],
            "标签": [TAGS[number % 8]],
        }
        for number, (key, text) in enumerate(zip(keys, texts, strict=False))
    ]  # fmt: skip
    events = [
        {"客户编号": "00", "时间": MOMENTS[number % 5], "订单编号": text, "品类": text, "金额": number / 4}
        for number, text in enumerate(NASTY)
    ]
    assignments = [
        {"customer": key, "tag": TAGS[number % 8], "source": SOURCES[number % 3], "gained_at": MOMENTS[0]}
        for number, key in enumerate(keys)
    ]
    check(customers, events, assignments)
