"""A plan as it is written says what was proposed, and what was decided is not proposed again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tagctl.model import Catalog
from tagctl.normalise import identity
from tagctl.reports.duplicates import DuplicatesReport
from tagctl.rules import Files, read_taxonomy, written
from tagctl.rules.curating.draft import Draft
from tagctl.store import tags
from tagctl.store.connection import open_store
from tagctl.store.operations import operate
from tagctl.store.undo import undo
from tagctl.workflows import comparing, curating
from tagctl.workflows.curating import applying, deciding, plan_reading, plans
from tests.store.content import check_invariants, content

ZONE = ZoneInfo("Asia/Shanghai")
STEMS = (
    "沉默",
    "活跃",
    "VIP",
    "高价值",
    "loyal",
    "new buyer",
    "潜在",
    "意向",
    "-x",
    "=1+1",
    "#双11",
    "1.5万",
    "no",
    "a: b",
)
FORMS = ("{}", "{}客户", "{}用户", "{} customers", "黑金{}", "非{}", "{}s", "高{}", "'{}'", "{}-7")
LABELS = [form.format(stem) for stem in STEMS for form in FORMS]


def identities(text: str) -> str:
    return identity(text)


class Words(dict[str, str]):
    """Every code in other words."""

    def __missing__(self, code: str) -> str:
        return f"<{code}>"


WORDS = plans.Words(Words(), Words(), Words())


def draft_of(labels: list[str]) -> Draft:
    lines = [
        "dimensions:",
        "  - name: 标签",
        "    tags:",
        *(f"      - {written.text(one)}" for one in labels),
    ]
    files = Files(("\n".join(lines) + "\n").encode(), b"rules: []\n", "taxonomy.yaml", "rules.yaml")
    return Draft(files, Catalog(), ZONE)


def done_by_hand(draft: Draft, report: DuplicatesReport) -> Draft:
    """The same clusters merged and the parents' children moved, one command at a time."""
    for cluster in report.clusters:
        if cluster.verdict == "same":
            draft = curating.merge(draft, cluster.labels[1:], cluster.canonical).after
    for row in plans.rows(report.clusters):
        if row.verdict == "parent":
            draft = curating.move(draft, row.label, None, row.canonical).after
    return draft


def decided(report: DuplicatesReport) -> set[frozenset[str]]:
    """The pairs that a plan asks about."""
    return {
        frozenset((identity(row.label), identity(row.canonical)))
        for row in plans.rows(report.clusters)
        if row.verdict is not None and identity(row.label) != identity(row.canonical)
    }


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
@given(
    labels=st.lists(st.sampled_from(LABELS), min_size=2, max_size=12, unique_by=identities),
    suffix=st.sampled_from([".yaml", ".xlsx"]),
)
def test_a_plan_as_written_is_what_was_proposed(labels: list[str], suffix: str) -> None:
    draft = draft_of(labels)
    assert read_taxonomy(draft.files.taxonomy, "taxonomy.yaml")[1] == ()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = applying.Paths(folder / "taxonomy.yaml", folder / "rules.yaml")
        paths.taxonomy.write_bytes(draft.files.taxonomy)
        paths.rules.write_bytes(draft.files.rules)
        with open_store(folder / "tagctl.db", create=True) as store:
            store.execute("PRAGMA synchronous = OFF")
            with operate(store, "taxonomy", now=1, by="test") as op:
                tags.sync(op, draft.taxonomy)
            start = content(store)
            report = comparing.in_store(store, draft.taxonomy, None)
            plans.write(report, folder / f"plan{suffix}", WORDS, ZONE)
            rows = plan_reading.read(folder / f"plan{suffix}")
            proposed = [(row.label, row.canonical, row.verdict) for row in plans.rows(report.clusters)]
            assert [(row.label, row.canonical, row.verdict) for row in rows] == proposed
            with operate(store, "tags-plan", now=2, by="test") as op:
                done = deciding.decide(op, draft, rows)
                deciding.apply(op, done, paths)
            after = done.curations[-1].after if done.curations else draft
            assert after.files == done_by_hand(draft, report).files
            assert paths.taxonomy.read_bytes() == after.files.taxonomy
            check_invariants(store)
            left = comparing.in_store(store, after.taxonomy, None)
            assert not decided(left) & decided(report)
            assert not any(cluster.verdict == "same" for cluster in left.clusters)
            if op.result is not None:
                with operate(store, "undo", now=3, by="test") as taken_back:
                    undo(taken_back, op.result, {paths.taxonomy: "taxonomy", paths.rules: "rules"})
            assert content(store) == start
            assert paths.taxonomy.read_bytes() == draft.files.taxonomy
